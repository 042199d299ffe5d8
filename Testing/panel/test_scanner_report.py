"""A scanner's report beside the review, in its dialog and in the column of the answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
from dicom_database import DicomDatabase
from open_module import OpenModule
from vendor_report import LEFT_VENTRICLE, SELECTION, findings, number, said, write_vendor_report

from EchoMeasureLib.definitions import Phase

LVIDD = ("29436-3", "LN", "Left Ventricle Internal End Diastolic Dimension")
EF = ("18043-0", "LN", "Left Ventricular Ejection Fraction")
CHOSEN = said(SELECTION, ("121412", "DCM", "Mean value chosen"))


@pytest.fixture
def theirs(echo: Path, tmp_path: Path) -> Path:
    """A report of the study of `echo`: LVIDd of 54 mm, and an EF without a method."""
    image = pydicom.dcmread(echo, stop_before_pixels=True)
    section = findings(LEFT_VENTRICLE, number(LVIDD, 54, "mm", CHOSEN), number(EF, 62, "%"))
    who = str(image.get("PatientID", "")), str(image.get("PatientBirthDate", ""))
    return write_vendor_report(
        tmp_path / "theirs.dcm", [section], study=image.StudyInstanceUID, patient=who
    )


def measured(opened: OpenModule, echo: Path) -> None:
    """LVIDd of 6.00 cm, put by hand."""
    opened.open_file(echo)
    opened.desk.study.need_review().place("lvid", 0, [(160, 60), (160, 180)], phase=Phase.ED)
    opened.look()
    opened.open_section("compareSection")


def open_dialog(opened: OpenModule) -> Any:
    opened.click("theirReportButton")
    return opened.panel.their_report.dialog


def test_a_chosen_file_fills_the_table_and_the_column(
    opened: OpenModule, echo: Path, theirs: Path
) -> None:
    assert opened.tip("theirReportButton") == "Choose an image first."
    measured(opened, echo)
    dialog = open_dialog(opened)
    assert "has no structured report of this study" in opened.read(dialog.summary)
    opened.answers.path = theirs
    opened.click_widget(dialog.file)
    assert opened.read(dialog.summary).startswith("TID 5200 of GE Vingmed Ultrasound Vivid T8")
    # 5.4 - 6.0 cm, of a mean of 5.7
    assert opened.cells(dialog.table)[0] == [
        *("LVIDd", "6.00 cm", "5.40 cm", "-0.60 cm (-10.5 %)", "2D mode, chosen"),
    ]
    assert opened.cells(dialog.unmatched) == [
        ["Left Ventricular Ejection Fraction 62.00 % (Left Ventricle)", "the method is not said"]
    ]
    assert "54.00 mm" in dialog.table.item(0, 2).toolTip()
    opened.grab(dialog.widget, "scanner-report.png")
    assert opened.choices("previousCombo") == ["nobody beside", "Vivid T8 beside"]
    opened.choose("previousCombo", "\n")
    row = next(row for row in opened.answer_rows() if row[0] == "LVIDd")
    assert row[4] == "5.4"
    opened.screenshot("panel-scanner-report.png")
    assert opened.answers.warnings == []


def test_a_line_leads_to_its_answer(opened: OpenModule, echo: Path, theirs: Path) -> None:
    measured(opened, echo)
    dialog = open_dialog(opened)
    opened.answers.path = theirs
    opened.click_widget(dialog.file)
    opened.desk.study.show_frame(5)
    dialog.table.selectRow(0)
    assert opened.desk.study.frame == 0
    assert opened.desk.selection.entry is not None
    assert opened.desk.selection.entry.id == "lvid-f0"


def test_a_report_of_another_study_is_one_sentence_and_changes_nothing(
    opened: OpenModule, echo: Path, theirs: Path, tmp_path: Path
) -> None:
    measured(opened, echo)
    dialog = open_dialog(opened)
    opened.answers.path = theirs
    opened.click_widget(dialog.file)
    other = write_vendor_report(tmp_path / "other.dcm", [], study="1.2.3")
    for path, why in ((other, "The report is of study 1.2.3"), (echo, "no structured report")):
        opened.answers.path = path
        opened.click_widget(dialog.file)
        assert why in opened.answers.warnings[-1]
        assert opened.cells(dialog.table)[0][2] == "5.40 cm"
    assert dialog.report.itemText(dialog.report.currentIndex()) == "theirs.dcm"
    assert len(opened.answers.warnings) == 2


def test_the_report_in_the_database_is_there_at_once_and_can_be_left(
    opened: OpenModule, echo: Path, theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    database = DicomDatabase(tmp_path / "database")
    database.insert(str(theirs), True, False)
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    measured(opened, echo)
    dialog = open_dialog(opened)
    assert opened.cells(dialog.table)[0][:3] == ["LVIDd", "6.00 cm", "5.40 cm"]
    dialog.report.setCurrentIndex(0)
    dialog.report.activated.emit(0)
    assert opened.cells(dialog.table) == []
    assert opened.choices("previousCombo") == ["nobody beside"]
    dialog.report.setCurrentIndex(1)
    dialog.report.activated.emit(1)
    assert len(opened.cells(dialog.table)) >= 1


def test_closing_the_image_leaves_nothing(opened: OpenModule, echo: Path, theirs: Path) -> None:
    measured(opened, echo)
    dialog = open_dialog(opened)
    opened.answers.path = theirs
    opened.click_widget(dialog.file)
    opened.slicer.clear()
    assert opened.cells(dialog.table) == []
    assert not opened.enabled("theirReportButton")
    opened.click_widget(dialog.close)
    assert opened.hidden(dialog.widget)
    assert opened.answers.warnings == []
