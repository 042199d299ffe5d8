"""Training packs: what reviewers corrected, for training, and nobody's name."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import numpy as np
import pydicom
import pytest
from marked_file import check_bytes, check_files, write_marked
from PIL import Image
from review_studies import predicted, predicted_beats
from schemas import validate

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.exporting.pseudonyms import Key
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.review.document import load, save
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.training.manifest import read_manifest, split_of
from EchoMeasureLib.training.sources import ManifestSource
from EchoMeasureLib.training.tasks import Heads

FOUND, MOVED = [(300.0, 100.0), (300.0, 200.0)], [(300.0, 100.0), (310.5, 220.25)]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A cine with names everywhere, and a review by Gerda ZQXJ, who wrote down more of them."""
    cine = read(write_marked(tmp_path / "in" / "echo.dcm"))
    review = Review(cine, "Dr ZQXJ")
    moved = review.add_prediction(predicted("lvid", 1, FOUND))
    review.move(moved.id, MOVED)
    review.note(moved.id, "ZQXJ was restless")
    review.accept(review.add_prediction(predicted("ivs", 1, FOUND)).id)
    review.add_prediction(predicted("lvid", 2, FOUND))
    review.reject(review.add_prediction(predicted("lvid", 0, FOUND)).id, "ZQXJ moved")
    review.mark(1, Phase.ED)
    save(review, tmp_path / "in" / "review.json")
    return tmp_path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()


def export(study: Path, *words: object, key: str = "site.key") -> int:
    reviews = [str(path) for path in sorted((study / "in").glob("*.json"))]
    more = ["--key-file", str(study / key), "--out", str(study / "pack"), *map(str, words)]
    return main(["export", "training", *reviews, *more])


def rows(study: Path) -> list[dict]:
    return json.loads((study / "pack" / "manifest.json").read_text())["examples"]


def test_a_pack_holds_what_was_predicted_and_what_the_reviewer_made_of_it(study: Path) -> None:
    assert export(study) == 0
    document = json.loads((study / "pack" / "manifest.json").read_text())
    validate(document, "training/manifest.schema.json")
    (row,) = document["examples"]
    assert row["landmarks"] == {"lvid": [list(map(list, MOVED))], "ivs": [list(map(list, FOUND))]}
    assert row["predicted"]["lvid"] == [list(map(list, FOUND))]
    assert row["status"] == {"lvid": ["edited"], "ivs": ["accepted"]}
    assert (row["image_frame"], row["phase"]) == (1, "ed")
    # 40 ms between the frames; regions as the file declares them, 0.5 mm a pixel.
    assert row["time_s"] == pytest.approx(0.04)
    assert row["region"] == {"kind": "2d", "bounds": [272, 76, 690, 320], "delta": [0.05, 0.05]}


def test_nothing_in_a_pack_names_a_person(study: Path, capsys) -> None:
    assert export(study) == 0
    assert check_files((study / "pack").rglob("*")) == {".json", ".png"}
    uids = pydicom.dcmread(study / "in" / "echo.dcm", stop_before_pixels=True)
    for path in (study / "pack").iterdir():
        data = path.name.encode() + path.read_bytes()
        for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
            assert str(uids[keyword].value).encode() not in data
    printed = capsys.readouterr()
    check_bytes("what is printed", (printed.out + printed.err).encode())


def test_whole_screens_are_kept_only_where_that_is_asked(study: Path) -> None:
    assert export(study, "--keep-screen") == 0
    with pytest.raises(AssertionError):
        check_files((study / "pack").rglob("*.png"))


def test_training_reads_the_pack_and_sees_the_pixels_of_the_file(study: Path) -> None:
    assert export(study) == 0
    (example,) = read_manifest(study / "pack" / "manifest.json")
    assert example.landmarks["lvid"] == ((PixelPoint(*MOVED[0]), PixelPoint(*MOVED[1])),)
    assert example.region is not None
    assert (example.region.kind, example.region.delta) == (RegionKind.TWO_D, (0.05, 0.05))
    frame = read(study / "in" / "echo.dcm").frame(1)
    packed = np.asarray(Image.open(example.file))
    assert packed.shape == frame.shape
    assert (packed[76:321, 272:691] == frame[76:321, 272:691]).all()
    heads = Heads.of(["lvid"])
    source = ManifestSource.of(heads, 2, [example], example.split)
    # The screen of 1024 columns lies on a canvas of 640.
    seen = source.sample(0).supervision.points[0, 0]
    assert seen == pytest.approx([300 * 0.625 + (0.625 - 1) / 2, 100 * 0.625 + (0.625 - 1) / 2])


def test_the_same_key_gives_the_same_pseudonyms_and_another_key_others(study: Path) -> None:
    assert export(study) == 0
    first = rows(study)
    assert stat.S_IMODE((study / "site.key").stat().st_mode) == 0o600
    assert export(study) == 0
    assert rows(study) == first
    assert export(study, key="other.key") == 0
    (before,), (after,) = first, rows(study)
    assert before["study"] != after["study"]
    assert before["image"] != after["image"]
    # What names a patient and what names an image are different even where both say the same.
    key = Key(b"0123456789abcdef")
    assert key.pseudonym("patient", "1") != key.pseudonym("image", "1")


def add_study(study: Path, number: int, patient: str) -> None:
    path = study / "in" / f"echo{number}.dcm"
    dataset = pydicom.dcmread(write_marked(path))
    dataset.PatientID = patient
    dataset.StudyInstanceUID, dataset.SOPInstanceUID = f"1.2.9.{number}", f"1.2.9.{number}.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(path)
    review = Review(read(path), "AB")
    review.place("lvid", 0, FOUND)
    save(review, study / "in" / f"review{number}.json")


def test_two_studies_of_one_patient_are_in_one_split(study: Path) -> None:
    for number, patient in enumerate(["A", "B", "A", "C"]):
        add_study(study, number, patient)
    assert export(study) == 0
    found = rows(study)
    assert len(found) == 5
    assert len({row["study"] for row in found}) == 4
    assert all(row["split"] == split_of(row["study"]) for row in found)


def strip_review(study: Path, reviewed: int) -> None:
    """E and A of three beats on the strip of the marked file."""
    (study / "in" / "review.json").unlink()
    cine = read(study / "in" / "echo.dcm")
    review = Review(cine, "AB")
    places = [[(200.0 + 200 * n, 482.0), (260.0 + 200 * n, 500.0)] for n in range(3)]
    review.add_prediction(predicted_beats("mvpeak", places))
    for id in list(review.entries)[:reviewed]:
        review.accept(id)
    save(review, study / "in" / "review.json")


def test_a_strip_teaches_when_all_of_its_beats_were_decided(study: Path, capsys) -> None:
    strip_review(study, 3)
    assert export(study) == 0
    (row,) = rows(study)
    assert [beat[0][0] for beat in row["landmarks"]["mvpeak"]] == [200, 400, 600]
    assert row["region"]["kind"] == "pw"
    # Row 342 is the strip's first, and the baseline its 200th.
    assert row["region"]["baseline_y"] == 542
    (study / "in" / "review.json").touch()
    strip_review(study, 2)
    assert export(study) == 2
    assert "1 of 3 beats of mvpeak are not reviewed" in capsys.readouterr().err


def traced(left: float, columns: tuple[int, ...] = (0, 20, 40)) -> list[tuple[float, float]]:
    """A wave beneath the baseline of the marked file, which is row 542."""
    return [(left + x, 542.0 + x * (40 - x) / 10) for x in columns]


def tracings(study: Path) -> list[list[tuple[float, float]]]:
    """Of three beats one is accepted, one moved with more points, one rejected; E and A as well."""
    strip_review(study, 3)
    review = load(study / "in" / "review.json", read(study / "in" / "echo.dcm"), "AB")
    found = [traced(200), traced(400), traced(600)]
    review.add_prediction(predicted_beats("lvotvti", found))
    first, second, third = (e.id for e in review.entries.values() if e.measurement == "lvotvti")
    review.accept(first)
    review.move(second, traced(405, (0, 10, 20, 30, 40)))
    review.reject(third)
    save(review, study / "in" / "review.json")
    return [traced(200), traced(405, (0, 10, 20, 30, 40))]


def test_tracings_are_in_a_pack_as_they_were_reviewed_and_can_be_read_back(study: Path) -> None:
    kept = tracings(study)
    assert export(study) == 0
    document = json.loads((study / "pack" / "manifest.json").read_text())
    validate(document, "training/manifest.schema.json")
    (row,) = document["examples"]
    assert row["landmarks"]["lvotvti"] == [list(map(list, one)) for one in kept]
    assert row["status"]["lvotvti"] == ["accepted", "edited"]
    assert row["predicted"]["lvotvti"] == [list(map(list, traced(x))) for x in (200, 400)]
    assert row["beats"]["lvotvti"] == [1, 2]
    (example,) = read_manifest(study / "pack" / "manifest.json")
    assert example.landmarks["lvotvti"] == tuple(
        tuple(PixelPoint(x, y) for x, y in one) for one in kept
    )
    # What networks learn of the same strip is learned as if nothing were traced there.
    source = ManifestSource.of(Heads.of(["mvpeak"]), 2, [example], example.split)
    assert source.sample(0).supervision.points.shape[0] >= 1
    assert check_files((study / "pack").rglob("*")) == {".json", ".png"}


def test_a_tracing_of_two_points_is_none(study: Path) -> None:
    tracings(study)
    assert export(study) == 0
    path = study / "pack" / "manifest.json"
    document = json.loads(path.read_text())
    document["examples"][0]["landmarks"]["lvotvti"][0] = [[200, 542], [240, 542]]
    path.write_text(json.dumps(document))
    with pytest.raises(InvalidDocument, match="lvotvti takes 3 to 200 point"):
        read_manifest(path)


REFUSED = [
    ("short.key", "holds no key"),
    ("pack/site.key", "would lie in the pack"),
]


@pytest.mark.parametrize(("key", "said"), REFUSED)
def test_a_key_that_is_none_or_would_be_given_away_is_refused(
    study: Path, key: str, said: str, capsys
) -> None:
    (study / "short.key").write_text("1234")
    assert export(study, key=key) == 2
    assert said in capsys.readouterr().err
    assert not (study / "pack").exists()


def test_a_review_in_which_nothing_was_decided_teaches_nothing(study: Path, capsys) -> None:
    review = Review(read(study / "in" / "echo.dcm"), "CD")
    review.add_prediction(predicted("lvid", 2, FOUND))
    (study / "in" / "review.json").unlink()
    save(review, study / "in" / "review.json")
    assert export(study) == 2
    assert "nothing to learn from" in capsys.readouterr().err
    assert not (study / "pack").exists()


def test_a_folder_with_anything_else_in_it_is_left_alone(study: Path, capsys) -> None:
    (study / "pack").mkdir()
    (study / "pack" / "mine.png").write_bytes(b"")
    assert export(study) == 1
    assert [item.name for item in (study / "pack").iterdir()] == ["mine.png"]
