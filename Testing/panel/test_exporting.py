"""What leaves the panel: the review, tables, pictures, markups, plots."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pydicom
import pytest
from dicom_database import DicomDatabase
from open_module import OpenModule

from EchoMeasureLib.desk.export_kinds import Export, Option, Wish
from EchoMeasureLib.exporting.report.printing import BROWSER_VARIABLE


def test_save_and_open_a_review(opened: OpenModule, echo: Path, tmp_path: Path) -> None:
    opened.predict(echo, 0)
    opened.open_section("exportSection")
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    opened.answers.path = tmp_path / "review.json"
    opened.click("saveReviewButton")
    opened.click("undoButton")
    opened.click("openReviewButton")
    assert opened.table()[0][4] == "accepted"
    assert "review.json" in opened.text("exportLabel")


def test_a_review_of_another_image_is_refused(
    opened: OpenModule, echo: Path, other_echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0)
    opened.open_section("exportSection")
    opened.answers.path = tmp_path / "review.json"
    opened.click("saveReviewButton")
    uid = opened.desk.study.image
    opened.slicer.clear()
    opened.open_file(other_echo)
    opened.answers.path = tmp_path / "review.json"
    opened.click("openReviewButton")
    assert uid in opened.answers.warnings[0]
    assert opened.desk.study.image in opened.answers.warnings[0]


def test_pictures_leave_out_what_was_rejected_and_the_table_says_so(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3)
    opened.click_row(0)
    opened.click("rejectCaliperButton")
    opened.export(Export.TABLE, tmp_path / "values.csv")
    with (tmp_path / "values.csv").open(encoding="utf-8", newline="") as file:
        rows = [line for line in csv.DictReader(file) if line["kind"] == "caliper"]
    assert [(row["frame"], row["status"]) for row in rows] == [
        ("0", "rejected"),
        ("3", "unreviewed"),
    ]
    opened.export(Export.PICTURES, folder := tmp_path / "pictures")
    assert [path.name for path in folder.iterdir()] == ["image-1-frame-3.png"]
    assert opened.text("exportLabel").startswith(f"Wrote 1 picture to {folder}.")


def test_markups_are_written_with_their_sidecars_and_as_a_sequence(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3)
    folder = tmp_path / "markups"
    opened.export(Export.MARKUPS, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "image-1-lvid.seq.mrb",
        "lvid-f0.echomeasure.json",
        "lvid-f0.mrk.json",
        "lvid-f3.echomeasure.json",
        "lvid-f3.mrk.json",
    ]
    assert opened.text("exportLabel") == f"Wrote 2 markups to {folder}."


def test_plot_and_table_in_the_scene_follow_the_review(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 2, 4)
    opened.open_section("plotSection")
    opened.choose("plotCombo", "lvid lvid")
    opened.click("plotButton")
    opened.click("tableButton")
    scene = opened.slicer.scene
    chart = scene.GetFirstNodeByClass("vtkMRMLPlotChartNode")
    assert chart.GetYAxisTitle() == "LVID (cm)"
    table = next(
        node for node in opened.nodes("vtkMRMLTableNode") if node.GetName() == "EchoMeasure results"
    )
    values = [table.GetCellText(row, 1) for row in range(table.GetNumberOfRows())]
    assert values[:3] == ["6.00 cm", "6.00 cm", "6.00 cm"]
    opened.desk.study.review.move("lvid-f2", [(160, 60), (160, 160)])
    opened.look()
    assert table.GetCellText(1, 1) == "5.00 cm"
    opened.screenshot("panel-plot.png", 1500)


def test_a_dialog_that_is_closed_does_nothing(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.open_section("exportSection")
    opened.answers.path = None
    for button in (
        "chooseFileButton",
        "saveReviewButton",
        "openReviewButton",
    ):
        opened.click(button)
    for export in (Export.REPORT, Export.PICTURES):
        opened.export(export, None)
    assert opened.answers.warnings == []
    assert opened.text("exportLabel") == ""


def test_a_structured_report_needs_a_decision_or_the_wish_for_what_waits(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0)
    dialog = opened.export_dialog(Export.STRUCTURED)
    assert not dialog.write.isEnabled()
    assert opened.read(dialog.says).startswith("Accept or edit calipers first, or tick")
    dialog = opened.export_dialog(Export.STRUCTURED, "5300", Option.UNREVIEWED)
    assert dialog.write.isEnabled()
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    opened.export(Export.STRUCTURED, tmp_path / "echo.dcm", "5300")
    assert opened.answers.warnings == []
    assert pydicom.dcmread(tmp_path / "echo.dcm").Modality == "SR"


def test_with_an_open_database_a_report_goes_there_unless_a_file_is_wanted(
    opened: OpenModule, echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    database = DicomDatabase(tmp_path / "database")
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    opened.predict(echo, 0)
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    dialog = opened.chosen_export(Export.STRUCTURED)
    assert opened.read(dialog.write) == "Store"
    opened.click_widget(dialog.write)
    assert opened.read(dialog.said).startswith("Stored in the DICOM database. 1 value of calipers.")
    assert len(database.reports()) == 1
    dialog.options[Option.DATABASE].click()
    assert opened.read(dialog.write) == "Write\u2026"


def test_what_is_chosen_says_what_is_in_it(opened: OpenModule, echo: Path) -> None:
    """Who was examined stands in nothing unless somebody asks, or a DICOM object has it."""
    opened.predict(echo, 0)
    said = {}
    for export in Export:
        dialog = opened.export_dialog(export)
        shown = [option for option, box in dialog.options.items() if not box.isHidden()]
        assert not [option for option in shown if dialog.options[option].isChecked()], export
        obstacle = opened.desk.exports.obstacle(Wish(export))
        assert opened.read(dialog.says) == obstacle or obstacle == ""
        said[export] = opened.desk.exports.says(Wish(export))
        opened.grab(dialog.widget, f"export-{export}.png")
    for export in (Export.REPORT, Export.TABLE, Export.PICTURES, Export.VIDEO, Export.FHIR):
        assert said[export].startswith("It names no patient."), export
    assert "has the patient and the study of its images" in said[Export.STRUCTURED]
    assert said[Export.TRAINING].startswith("It names nobody: pseudonyms")
    dialog = opened.export_dialog(Export.REPORT, "html", Option.IDENTITY)
    assert opened.read(dialog.says).startswith("It names the patient, as the file of the image")


def test_a_name_without_ending_gets_one_and_asks_before_it_replaces(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0)
    opened.export(Export.TABLE, tmp_path / "values")
    before = (tmp_path / "values.csv").read_bytes()
    assert opened.answers.questions == []
    opened.desk.study.need_review().accept("lvid-f0")
    opened.answers.yes = False
    opened.export(Export.TABLE, tmp_path / "values")
    assert "values.csv is there already" in opened.answers.questions[0]
    assert (tmp_path / "values.csv").read_bytes() == before


def test_a_missing_package_is_one_question_and_then_one_sentence(
    opened: OpenModule, echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pyarrow" else find(name)
    )
    opened.predict(echo, 0)
    opened.answers.yes = False
    opened.export(Export.TABLE, tmp_path / "values.parquet", "parquet")
    assert opened.answers.questions == [
        "Writing Parquet needs the package pyarrow, which is not installed. "
        "Install pyarrow>=17 now?"
    ]
    assert opened.answers.warnings == [
        "Writing Parquet needs the package pyarrow, which is not installed. "
        "Install it with: pip install 'echomeasure[tables]'"
    ]
    assert not (tmp_path / "values.parquet").exists()


def test_without_a_browser_a_pdf_says_what_helps(
    opened: OpenModule, echo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BROWSER_VARIABLE, "no-such-browser")
    opened.predict(echo, 0)
    dialog = opened.export_dialog(Export.REPORT, "pdf")
    assert not dialog.write.isEnabled()
    assert "The browser no-such-browser" in opened.read(dialog.says)
    assert opened.export_dialog(Export.REPORT, "html").write.isEnabled()
