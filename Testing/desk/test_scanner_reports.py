"""A scanner's structured report beside the review: the same rows as `echomeasure sr` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from dicom_database import DicomDatabase
from report_study import report_study, write_image
from scripted_desk import scripted_desk
from slicer_scene import HeadlessSlicer
from ultrasound_files import region
from vendor_report import (
    FLOW,
    LEFT_VENTRICLE,
    M_MODE,
    SELECTION,
    findings,
    number,
    said,
    write_vendor_report,
)
from watch import Watch

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.desk.export_kinds import Export, Option, Wish
from EchoMeasureLib.errors import InvalidArgument, UnreadableFile
from EchoMeasureLib.folders import DATA_VARIABLE

LVIDD = ("29436-3", "LN", "Left Ventricle Internal End Diastolic Dimension")
EF = ("18043-0", "LN", "Left Ventricular Ejection Fraction")
JET = ("11726-7", "LN", "Peak Velocity")
TRICUSPID = ("T-35100", "SRT", "Tricuspid Valve")
CW, BACK = ("R-409E3", "SRT", "Doppler Continuous Wave"), ("R-42E61", "SRT", "Retrograde Flow")
CHOSEN = said(SELECTION, ("121412", "DCM", "Mean value chosen"))


def sections() -> list[pydicom.Dataset]:
    """LVIDd of 48 mm chosen of two, and 5.2 cm in M-mode; an EF without a method; TR of 2.6 m/s."""
    return [
        findings(
            LEFT_VENTRICLE,
            number(LVIDD, 48, "mm", CHOSEN),
            number(LVIDD, 4.6, "cm"),
            number(EF, 62, "%"),
        ),
        findings(LEFT_VENTRICLE, number(LVIDD, 5.2, "cm"), mode=M_MODE),
        findings(TRICUSPID, number(JET, 2.6, "m/s", said(FLOW, BACK)), mode=CW),
    ]


@pytest.fixture
def database(tmp_path: Path) -> DicomDatabase:
    return DicomDatabase(tmp_path / "database")


@pytest.fixture
def stocked(
    slicer_app: HeadlessSlicer,
    watch: Watch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database: DicomDatabase,
) -> Iterator[Desk]:
    """A desk with a database and a parasternal clip on which AB has put an LVIDd of 5.0 cm."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    desk = scripted_desk(slicer_app, watch, database)
    study = report_study(tmp_path)
    desk.load_file(study.folder / "1.dcm")
    desk.set_reviewer("AB")
    review = desk.study.need_review()
    review.place("lvid", 0, [(100.25, 20), (100.25, 70)], phase=Phase.ED)
    yield desk
    desk.close()


def lines(desk: Desk) -> dict[str, tuple[str, ...]]:
    found = desk.their_reports.beside()
    assert found is not None
    return {line.name: line[1:] for line in found.lines}


def test_theirs_stands_beside_ours_in_our_unit_with_what_is_said_of_it(
    stocked: Desk, tmp_path: Path
) -> None:
    stocked.their_reports.open(write_vendor_report(tmp_path / "theirs.dcm", sections()))
    # 4.8 - 5.0 cm, 0.2 of a mean of 4.9
    assert lines(stocked) == {
        "LVIDd": ("5.00 cm", "4.80 cm", "-0.20 cm (-4.1 %)", "2D mode, chosen"),
        "TR Vmax": ("-", "2.60 m/s", "", "Doppler Continuous Wave"),
        "EDV (Teichholz)": ("118 mL", "-", "", ""),
    }
    found = stocked.their_reports.beside()
    assert found is not None
    assert found.words.startswith("TID 5200 of GE Vingmed Ultrasound Vivid T8, partial, unverified")
    name = LVIDD[2]
    assert found.details[0].splitlines() == [
        f"{name} 48.00 mm (Left Ventricle, 2D mode, chosen)",
        f"{name} 4.60 cm (Left Ventricle, 2D mode)",
        f"{name} 5.20 cm (Left Ventricle, M mode)",
    ]
    assert found.unmatched == (
        (
            "Left Ventricular Ejection Fraction 62.00 % (Left Ventricle)",
            "the method is not said",
        ),
    )
    stocked.show_lengths(Lengths.MM)
    assert lines(stocked)["LVIDd"][:3] == ("50.0 mm", "48.0 mm", "-2.0 mm (-4.1 %)")


def test_the_numbers_are_those_of_the_terminal(
    stocked: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = write_vendor_report(tmp_path / "theirs.dcm", sections())
    stocked.their_reports.open(theirs)
    saved = tmp_path / "mine.json"
    stocked.save_review(saved)
    assert main(["sr", str(theirs), "--beside", str(saved), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    found = stocked.their_reports.beside()
    assert found is not None
    here = [(row.id, row.ours, row.difference, row.percent) for row in found.rows]
    there = [
        (row["id"], row["ours"], row["difference"], row["percent"]) for row in record["values"]
    ]
    assert here == there
    assert stocked.their_reports.numbers() == {
        row["id"]: row["theirs"] for row in record["values"] if row["theirs"] is not None
    }


def test_the_table_follows_the_review(stocked: Desk, tmp_path: Path) -> None:
    stocked.their_reports.open(write_vendor_report(tmp_path / "theirs.dcm", sections()))
    stocked.study.need_review().move("lvid-f0", [(100.25, 20), (100.25, 68)])
    assert lines(stocked)["LVIDd"][:3] == ("4.80 cm", "4.80 cm", "0.00 cm (0.0 %)")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"study": "1.2.840.99.8"}, "The report is of study 1.2.840.99.8"),
        ({"patient": ("P-18", "19640229")}, "of another patient"),
        ({"patient": ("P-17", "19640228")}, "of another patient"),
    ],
)
def test_a_report_of_another_study_or_patient_is_refused(
    stocked: Desk, tmp_path: Path, header: dict[str, object], why: str
) -> None:
    stocked.their_reports.open(write_vendor_report(tmp_path / "theirs.dcm", sections()))
    other = write_vendor_report(tmp_path / "other.dcm", sections(), **header)
    with pytest.raises(InvalidArgument, match=why):
        stocked.their_reports.open(other)
    assert stocked.their_reports.file == str(tmp_path / "theirs.dcm")


def test_a_report_that_names_no_study_says_so(stocked: Desk, tmp_path: Path) -> None:
    path = write_vendor_report(tmp_path / "theirs.dcm", sections(), study="", patient=("", ""))
    stocked.their_reports.open(path)
    found = stocked.their_reports.beside()
    assert found is not None
    assert "does not say of which study it is" in found.words


def test_an_image_is_no_report(stocked: Desk, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        stocked.their_reports.open(tmp_path / "1.dcm")
    assert stocked.their_reports.beside() is None


def test_the_only_report_of_a_scanner_in_the_database_is_opened(
    stocked: Desk, database: DicomDatabase, tmp_path: Path
) -> None:
    for name, study in (("theirs", "1.2.840.99.7"), ("elsewhere", "1.2.840.99.8")):
        path = write_vendor_report(tmp_path / f"{name}.dcm", sections(), study=study)
        database.insert(str(path), True, False)
    database.insert(str(tmp_path / "1.dcm"), True, False)
    stocked.exports.write(Wish(Export.STRUCTURED, options=frozenset({Option.DATABASE})))
    stocked.their_reports.look()
    assert stocked.their_reports.title == "Vivid T8"
    names = [name for _, name in stocked.their_reports.choices]
    assert names[0] == "GE Vingmed Ultrasound Vivid T8"
    assert names[1].startswith("EchoMeasure, ")
    assert len(names) == 2


def test_of_several_reports_the_user_chooses(
    stocked: Desk, database: DicomDatabase, tmp_path: Path
) -> None:
    for number_, date in enumerate(("20260301", "20260303")):
        path = write_vendor_report(tmp_path / f"{number_}.sr", sections())
        report = pydicom.dcmread(path)
        report.ContentDate, report.ContentTime = date, "101500"
        report.save_as(path)
        database.insert(str(path), True, False)
    stocked.their_reports.look()
    assert stocked.their_reports.beside() is None
    assert [name[-16:] for _, name in stocked.their_reports.choices] == [
        "2026-03-03 10:15",
        "2026-03-01 10:15",
    ]


def test_the_report_goes_with_its_study(stocked: Desk, tmp_path: Path) -> None:
    for study in ("1.2.840.99.7", ""):
        path = write_vendor_report(
            tmp_path / "theirs.dcm", sections(), study=study, patient=("", "")
        )
        stocked.their_reports.open(path)
        (tmp_path / "there").mkdir(exist_ok=True)
        tags = {"StudyInstanceUID": "1.2.840.99.8", "PatientID": "P-18"}
        other = write_image(
            tmp_path / "there", "1.2.840.99.8.1", tags, 1, region((0, 0, 199, 149), (0.1, 0.1))
        )
        stocked.load_file(other)
        assert stocked.their_reports.beside() is None
        assert stocked.their_reports.title == ""
        assert stocked.their_reports.choices == ()
        stocked.load_file(tmp_path / "1.dcm")
