"""What leaves the desk: what the command line makes of the saved review, whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pytest
from dicom_database import DicomDatabase
from marked_file import check_files, tags
from report_study import report_study
from report_walking import Item
from scripted_desk import scripted_desk
from slicer_scene import HeadlessSlicer
from watch import Watch

from EchoMeasureLib import __version__
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.desk.export_kinds import OFFERS, Export, Option, Wish
from EchoMeasureLib.errors import InvalidArgument, InvalidState, OutputProblem
from EchoMeasureLib.exporting.pseudonyms import usual_key_file
from EchoMeasureLib.folders import DATA_VARIABLE
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.progress import Cancelled, Progress

MODEL = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")
MakeDesk = Callable[..., Desk]


@pytest.fixture
def database(tmp_path: Path) -> DicomDatabase:
    return DicomDatabase(tmp_path / "database")


@pytest.fixture
def make_desk(
    slicer_app: HeadlessSlicer, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeDesk]:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    made: list[Desk] = []

    def make(database: DicomDatabase | None = None) -> Desk:
        desk = scripted_desk(slicer_app, watch, database)
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def study(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A clip with LVIDd 5.0, LVIDs 3.0 and a rejected septum, and a TR jet that AB put at 2.5 m/s.

    All of its identity tags are marked, and so is the screen around the regions.
    """
    return reviewed(make_desk(), tmp_path)


def reviewed(desk: Desk, tmp_path: Path) -> Desk:
    folder = tmp_path / "images"
    folder.mkdir(exist_ok=True)
    report_study(folder, {**tags(), "StudyInstanceUID": "1.2.840.99.7"})
    clip = desk.load_file(folder / "1.dcm")
    desk.set_reviewer("AB")
    review = desk.study.need_review()
    desk.load_file(folder / "2.dcm")
    review.place("trvmax", 0, [(60, 45)], desk.study.image)
    desk.open_node(clip)
    for measurement, frame, y, length, phase in (
        ("lvid", 0, 20, 50, Phase.ED),
        ("lvid", 2, 20, 30, Phase.ES),
        ("ivs", 0, 10, 10, Phase.ED),
    ):
        points = [(100.25, y), (100.25, y + length)]
        review.place(measurement, frame, points, desk.study.image, phase)
    review.reject("ivs-f0", "off axis")
    return desk


PLACES = {
    "report": ("html", "report.html"),
    "table": ("csv", "values.csv"),
    "table jsonl": ("jsonl", "values.jsonl"),
    "table parquet": ("parquet", "values.parquet"),
    "pictures": ("png", "pictures"),
    "video": ("mp4", "echo.mp4"),
    "sr": ("5300", "5300.dcm"),
    "sr 1500": ("1500", "1500.dcm"),
    "fhir": ("json", "fhir.json"),
    "markups": ("folder", "markups"),
    "training": ("folder", "pack"),
}
"""What is exported, in which form, and under which name."""

COMMANDS = {
    "report": ["report"],
    "table": ["export", "table"],
    "pictures": ["export", "pictures"],
    "video": ["export", "video", "--image", "1"],
    "sr": ["export", "sr", "--template", "5300"],
    "sr 1500": ["export", "sr", "--template", "1500"],
    "fhir": ["export", "fhir"],
    "markups": ["export", "markups"],
    "training": ["export", "training"],
}


def test_the_desk_exports_what_the_command_line_does(study: Desk, tmp_path: Path) -> None:
    """Measured and reviewed at the desk, saved, and exported from there and from the file."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    for name, (form, place) in PLACES.items():
        said = study.exports.write(Wish(Export(name.split()[0]), form), here / place)
        assert str(here / place) in said, said
    saved = tmp_path / "images" / "review.json"
    study.save_review(saved)
    for name, (_, place) in PLACES.items():
        words = COMMANDS.get(name, COMMANDS[name.split()[0]])
        kind = 1 if words[0] == "report" else 2
        line = [*words[:kind], str(saved), *words[kind:], "--out", str(there / place)]
        line += ["--key-file", str(usual_key_file())] if name == "training" else []
        assert main(line) == 0, line
    for name, read in READERS.items():
        assert read(here / name) == read(there / name), name
    for name in ("values.csv", "values.jsonl", "echo.mp4"):
        assert (here / name).read_bytes() == (there / name).read_bytes(), name
    for folder in ("pictures", "pack"):
        files = {path.name: path.read_bytes() for path in (here / folder).iterdir()}
        assert files == {path.name: path.read_bytes() for path in (there / folder).iterdir()}
        assert len(files) >= 2
    # The TR jet: 25 rows of 10 cm/s, as the beat and as the value that counts.
    sizes = [size for code, size in reported(here / "5300.dcm") if code == "79921-3"]
    assert sizes == [250, 250]
    sequences = [path for path in (here / "markups").iterdir() if path.suffix == ".mrb"]
    assert [path.name for path in sequences] == ["image-1-lvid.seq.mrb"]
    kept = {path for path in here.rglob("*") if path.suffix not in (".dcm", ".mrb", ".parquet")}
    assert check_files(kept) == {".html", ".csv", ".jsonl", ".png", ".mp4", ".json"}


def reported(path: Path) -> list[tuple[str, float]]:
    """Code and size of every number of a structured report."""
    items = Item(pydicom.dcmread(path)).everything()
    known = [item for item in items if item.dataset.get("MeasuredValueSequence")]
    return [(item.name[0], float(item.value)) for item in known]


def page_of(path: Path) -> str:
    """A page without times and the version that saved the file: an open review has none."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "", path.read_text(encoding="utf-8"))
    return text.replace(f"<td>{__version__}</td>", "<td></td>")


def observations(path: Path) -> list[object]:
    entries = json.loads(path.read_text(encoding="utf-8"))["entry"]
    return [e for e in entries if e["resource"]["resourceType"] == "Observation"]


def rows_of(path: Path) -> list[dict[str, object]]:
    from pyarrow import parquet

    return list(parquet.read_table(path).to_pylist())


def markups_in(folder: Path) -> dict[str, object]:
    return {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}


READERS: dict[str, Callable[[Path], object]] = {
    "report.html": page_of,
    "values.parquet": rows_of,
    "5300.dcm": reported,
    "1500.dcm": reported,
    "fhir.json": observations,
    "markups": markups_in,
}


def test_who_was_examined_is_named_on_request_alone(study: Desk, tmp_path: Path) -> None:
    for export, name in ((Export.REPORT, "report.html"), (Export.FHIR, "fhir.json")):
        plain, named = Wish(export), Wish(export, options=frozenset({Option.IDENTITY}))
        assert study.exports.says(plain).startswith("It names no patient.")
        assert study.exports.says(named).startswith("It names the patient")
        study.exports.write(plain, tmp_path / name)
        check_files([tmp_path / name])
        study.exports.write(named, tmp_path / name)
        with pytest.raises(AssertionError):
            check_files([tmp_path / name])


@pytest.mark.parametrize("form", ["5300", "1500"])
def test_a_report_goes_into_the_database_of_the_patient(
    make_desk: MakeDesk, database: DicomDatabase, tmp_path: Path, form: str
) -> None:
    desk = reviewed(make_desk(database), tmp_path)
    wish = Wish(Export.STRUCTURED, form, frozenset({Option.DATABASE}))
    assert desk.exports.to_database(wish)
    said = desk.exports.write(wish)
    assert said == "Stored in the DICOM database. 3 values of calipers."
    (report,) = database.reports()
    image = pydicom.dcmread(tmp_path / "images" / "1.dcm", stop_before_pixels=True)
    assert report.StudyInstanceUID == image.StudyInstanceUID
    assert report.PatientName == image.PatientName
    assert (report.CompletionFlag, report.VerificationFlag) == ("PARTIAL", "UNVERIFIED")
    assert Item(report).says("121008") == ["AB^"]


def test_a_corrected_report_names_the_one_before(
    make_desk: MakeDesk, database: DicomDatabase, tmp_path: Path
) -> None:
    desk = reviewed(make_desk(database), tmp_path)
    wish = Wish(Export.STRUCTURED, options=frozenset({Option.DATABASE, Option.COMPLETE}))
    desk.exports.write(wish)
    (first,) = database.reports()
    desk.study.need_review().move("lvid-f0", [(100.25, 20), (100.25, 72)])
    desk.exports.write(wish)
    assert len(database.reports()) == 2
    (second,) = [r for r in database.reports() if "PredecessorDocumentsSequence" in r]
    series = second.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == first.SOPInstanceUID
    assert second.CompletionFlag == "COMPLETE"


def test_what_nobody_has_reviewed_is_left_out_and_that_is_said(study: Desk, tmp_path: Path) -> None:
    review = study.study.need_review()
    for entry in list(review.entries):
        review.delete(entry)
    points = (Landmark(100, 20, confidence=0.9), Landmark(100, 70, confidence=0.9))
    found = review.add_prediction(Prediction("lvid", 0, points, MODEL), study.study.image)
    review.choose(found.id, Phase.ED)
    wish = Wish(Export.FHIR)
    assert study.exports.obstacle(wish).startswith("Accept or edit calipers first, or tick")
    with pytest.raises(InvalidState):
        study.exports.write(wish, tmp_path / "fhir.json")
    assert study.exports.obstacle(Wish(Export.TRAINING)) == "Accept or edit calipers first."
    study.exports.write(
        Wish(Export.FHIR, options=frozenset({Option.UNREVIEWED})), tmp_path / "fhir.json"
    )
    assert "not reviewed" in (tmp_path / "fhir.json").read_text()


def test_nothing_can_be_exported_before_there_is_something(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = make_desk()
    for export in Export:
        assert desk.exports.obstacle(Wish(export)) == "Choose an image first."
    report_study(tmp_path)
    desk.load_file(tmp_path / "2.dcm")
    assert desk.exports.obstacle(Wish(Export.REPORT)) == "Nothing has been measured yet."
    desk.study.need_review().place("trvmax", 0, [(60, 45)])
    assert "is a still" in desk.exports.obstacle(Wish(Export.VIDEO))
    assert desk.exports.options(Export.STRUCTURED) == (Option.UNREVIEWED, Option.COMPLETE)


@pytest.mark.parametrize("export", [Export.PICTURES, Export.MARKUPS, Export.TRAINING])
def test_a_folder_of_other_things_is_not_taken(study: Desk, tmp_path: Path, export: Export) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(OutputProblem, match=r"holds letter\.txt\. Name a new folder"):
        study.exports.write(Wish(export), folder)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_who_stops_an_export_finds_all_as_it_was(study: Desk, tmp_path: Path) -> None:
    def stop_at_once(progress: Progress) -> None:
        raise Cancelled

    for export in (
        Export.REPORT,
        Export.PICTURES,
        Export.VIDEO,
        Export.MARKUPS,
        Export.TRAINING,
    ):
        place = tmp_path / f"new{OFFERS[export].forms[0].ending}"
        with pytest.raises(Cancelled):
            study.exports.write(Wish(export), place, stop_at_once)
        assert not place.exists(), export


def test_images_that_are_not_loaded_come_from_the_database(
    make_desk: MakeDesk, database: DicomDatabase, tmp_path: Path, slicer_app: HeadlessSlicer
) -> None:
    saved = tmp_path / "saved.json"
    reviewed(make_desk(), tmp_path).save_review(saved)
    for number in (1, 2):
        database.insert(str(tmp_path / "images" / f"{number}.dcm"), True, False)
    (tmp_path / "alone").mkdir()
    clip = (tmp_path / "images" / "1.dcm").rename(tmp_path / "alone" / "1.dcm")
    for with_database in (True, False):
        slicer_app.clear()
        desk = make_desk(database if with_database else None)
        desk.load_file(clip)
        desk.set_reviewer("AB")
        desk.open_review(saved)
        said = desk.exports.write(Wish(Export.REPORT), tmp_path / "report.html")
        page = (tmp_path / "report.html").read_text()
        if with_database:
            assert page.count("data:image/png") == 3
            assert said == f"Wrote {tmp_path / 'report.html'}."
        else:
            assert page.count("data:image/png") == 2
            assert said.endswith("Without a picture: The file of the image was not at hand.")
            with pytest.raises(InvalidArgument, match="not at hand"):
                desk.exports.write(Wish(Export.STRUCTURED), tmp_path / "echo.dcm")
            assert not (tmp_path / "echo.dcm").exists()


@pytest.mark.parametrize("id", ["../../evil", "/etc/evil", "lvid-../../evil", "LVID-F0", "lvid-\0"])
def test_an_id_from_a_shared_document_names_no_place(study: Desk, tmp_path: Path, id: str) -> None:
    """Ids come with the review, and whoever wrote that has chosen them."""
    shared = tmp_path / "data" / "shared.json"
    study.save_review(shared)
    record = json.loads(shared.read_text())
    (entry,) = [e for e in record["layers"][0]["entries"] if e["id"] == "lvid-f0"]
    entry["id"] = id
    shared.write_text(json.dumps(record))
    study.open_review(shared)
    before = {path.name for path in tmp_path.iterdir()}
    out = tmp_path / "a" / "b"
    study.exports.write(Wish(Export.MARKUPS), out / "markups")
    study.exports.write(Wish(Export.PICTURES), out / "pictures")
    assert {path.name for path in tmp_path.iterdir()} == before | {"a"}
    assert {path.name for path in out.iterdir()} == {"markups", "pictures"}
    assert sum(path.name.startswith("lvid-_") for path in (out / "markups").iterdir()) == 2
