"""Nothing that names a person leaves: not from a tag, not from a pixel, by no output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from marked_file import MARK, check_bytes, check_files, painted, pictures_of, write_marked
from small_networks import write_small_networks
from training_manifests import write_manifest

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_marked(tmp_path_factory.mktemp("echo") / "echo.dcm")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_networks(tmp_path_factory.mktemp("weights"), ["lvid"], ["mvpeak"])


def reviewed(cine: Cine) -> Review:
    review = Review(cine, "AB")
    review.place("lvid", 1, [(300, 100), (300, 200)])
    review.place("mvpeak", 0, [(400, 482), (460, 500)])
    return review


def test_measuring_writes_nothing_that_names_a_person(
    echo: Path, weights: Path, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "out"
    words = ["-m", "lvid", "-m", "mvpeak", "--weights", str(weights), "--video", "--json"]
    assert main(["measure", str(echo), *words, "--frames", "0,2", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    check_bytes("what is printed", (printed.out + printed.err).encode())
    assert json.loads(printed.out)["results"]
    assert check_files(out.rglob("*")) == {".json", ".csv", ".png", ".mp4"}


def test_the_search_would_find_what_is_kept_on_purpose(
    echo: Path, weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["-m", "lvid", "--weights", str(weights), "--video", "--keep-screen"]
    assert main(["measure", str(echo), *words, "--frames", "1", "--out", str(out)]) == 0
    for name in ("frame-1.png", "calipers.mp4"):
        assert all(painted(picture) > 100_000 for picture in pictures_of(out / name))
    with pytest.raises(AssertionError):
        check_files([echo])


def test_commands_print_nothing_that_names_a_person(echo: Path, capsys) -> None:
    points = ("--points", "300,100", "300,200")
    for words in (["info"], ["info", "--json"], ["value", "-m", "lvid", *points]):
        assert main([words[0], str(echo), *words[1:]]) == 0
    printed = capsys.readouterr()
    check_bytes("what is printed", (printed.out + printed.err).encode())


def test_reviews_hold_nothing_that_names_a_person(echo: Path, tmp_path: Path) -> None:
    cine = read(echo)
    save(reviewed(cine), tmp_path / "review.json")
    assert check_files(tmp_path.rglob("*")) == {".json"}
    for text in (cine.kind, *cine.notes, *cine.timing.notes, repr(cine.identity)):
        check_bytes("a cine", text.encode())


def test_training_keeps_nothing_that_names_a_person(echo: Path, tmp_path: Path, capsys) -> None:
    """Prepared pictures lie on disk as long as a training may go on."""
    row = {
        "file": str(echo),
        "frame": 1,
        "study": "s1",
        "split": "train",
        "landmarks": {"lvid": [[[300, 100], [300, 200]]]},
    }
    write_manifest(tmp_path / "m.json", [row])
    words = ["train", "--manifest", str(tmp_path / "m.json"), "--steps", "1", "--batch", "1"]
    assert main([*words, "--out", str(tmp_path / "lvid.ckpt")]) == 0
    printed = capsys.readouterr()
    check_bytes("what is printed", (printed.out + printed.err).encode())
    kinds = check_files(path for path in tmp_path.rglob("*") if path.name != "m.json")
    assert {".npy", ".npz", ".ckpt", ".json"} <= kinds


def test_comparing_two_readers_writes_nothing_that_names_a_person(
    echo: Path, tmp_path: Path, capsys
) -> None:
    """Of the file nothing, and of a table neither patients nor columns that nobody asked for."""
    review = reviewed(read(echo))
    for entry in list(review.entries.values()):
        review.note(entry.id, f"{MARK} moved")
    save(review, tmp_path / "review.json")
    study = read(echo).identity.study_instance_uid
    lines = ["study,patient,doctor,frame,measurement,value,unit"]
    lines += [f"{study},{MARK}^Gerda,{MARK},,{id},47,mm" for id in ("lvidd", "ivsd")]
    lines += [f"{study},{MARK}^Gerda,{MARK},{MARK},e,80,cm/s"]
    (tmp_path / "lab.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "own.csv").write_text("\n".join(lines[:-1]), encoding="utf-8")
    out = tmp_path / "out"
    for first in ("review.json", "own.csv"):
        words = [str(tmp_path / first), str(tmp_path / "lab.csv"), "--out", str(out)]
        assert main(["agreement", *words]) in (0, 5)
        printed = capsys.readouterr()
        check_bytes("what is printed", (printed.out + printed.err).encode())
        kinds = check_files(out.rglob("*"))
    assert kinds == {".json", ".csv", ".html", ".png"}
