"""`echomeasure export pictures` and `export video`, from saved files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from marked_file import check_files, write_marked
from PIL import Image
from small_networks import write_small_networks

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.screen_parts import ScreenPart
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with a cine of three frames and its review: LVID on frames 0 and 2."""
    cine = read(write_marked(tmp_path / "echo.dcm"))
    review = Review(cine, "AB")
    review.place("lvid", 0, [(300, 100), (300, 200)])
    review.place("lvid", 2, [(300, 100), (300, 190)])
    save(review, tmp_path / "review.json")
    return tmp_path


def export(kind: str, *words: object) -> int:
    return main(["export", kind, *map(str, words)])


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def test_pictures_at_the_resolution_of_the_screen_that_name_nobody(study: Path) -> None:
    out = study / "out"
    assert export("pictures", study / "review.json", "--out", out) == 0
    assert names(out) == ["image-1-frame-0.png", "image-1-frame-2.png"]
    part = ScreenPart.declared(read(study / "echo.dcm").regions, 1024, 768)
    with Image.open(out / "image-1-frame-0.png") as picture:
        assert picture.size == (part.area.width, part.area.height)
    assert check_files(out.rglob("*")) == {".png"}


def test_frames_and_measurements_can_be_chosen(study: Path) -> None:
    out = study / "out"
    words = (study / "review.json", "--out", out)
    assert export("pictures", *words, "--format", "jpg") == 0
    assert names(out) == ["image-1-frame-0.jpg", "image-1-frame-2.jpg"]
    assert export("pictures", *words, "--frames", "2", "-m", "lvid") == 0
    assert names(out) == ["image-1-frame-2.png"]
    assert export("pictures", *words, "-m", "ivs") == 5
    assert export("pictures", *words, "--frames", "1") == 5
    # Nothing took the place of what was there.
    assert names(out) == ["image-1-frame-2.png"]


def test_heat_maps_lie_beside_the_pictures_and_say_whose_they_are(study: Path, capsys) -> None:
    weights, out = write_small_networks(study, ["lvid"]), study / "out"
    words = ("--frames", "0", "--heat-map", "--weights", weights, "--out", out)
    assert export("pictures", study / "review.json", *words) == 0
    name = "image-1-frame-0"
    assert names(out) == [f"{name}-lvid-heat.png", f"{name}-lvid-overlay.png", f"{name}.png"]
    heat, over, plain = (np.asarray(Image.open(out / file)) for file in names(out))
    # The small network is half sure everywhere: all of the image is coloured, nothing beside it.
    part = ScreenPart.declared(read(study / "echo.dcm").regions, 1024, 768)
    inside = part.of(np.ones((768, 1024, 3), np.uint8)) > 0
    assert (plain != over)[inside].mean() > 0.9
    between = np.s_[325 - 76 : 338 - 76]
    assert not inside[between].any()
    assert heat[between].max() == over[between].max() == 0


def test_a_folder_with_anything_else_in_it_is_left_alone(study: Path, capsys) -> None:
    out = study / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    assert export("pictures", study / "review.json", "--out", out) == 1
    assert "it holds letter.txt" in capsys.readouterr().err
    assert names(out) == ["letter.txt"]


def test_files_elsewhere_are_named_and_a_missing_one_is_said(study: Path, capsys) -> None:
    (study / "elsewhere").mkdir()
    shutil.move(study / "echo.dcm", study / "elsewhere" / "e.dcm")
    words = (study / "review.json", "--out", study / "out")
    assert export("pictures", *words) == 2
    assert "Name their files with --file" in capsys.readouterr().err
    assert not (study / "out").exists()
    assert export("pictures", *words, "--file", study / "elsewhere" / "e.dcm") == 0


@pytest.mark.parametrize("name", ["a.mp4", "a.avi"])
def test_a_video_of_the_only_cine(study: Path, name: str) -> None:
    out = study / name
    assert export("video", study / "review.json", "--out", out, "--speed", "0.5") == 0
    # 40 ms between frames, at half speed.
    assert read(out).times == pytest.approx([0, 0.08, 0.16], abs=0.001)


REFUSED = [
    (("--out", "a.mkv"), "End it in .mp4 or .avi"),
    (("--out", "a.mp4", "--speed", "0"), "makes no video"),
    (("--out", "a.mp4", "--image", "2"), "There is no image 2"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_makes_no_video_is_said(
    study: Path, words: tuple[str, ...], said: str, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(study)
    assert export("video", "review.json", *words) == 2
    assert said in capsys.readouterr().err
    assert names(study) == ["echo.dcm", "review.json"]
