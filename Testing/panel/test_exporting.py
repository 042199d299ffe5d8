"""What leaves the panel: the review, tables, pictures, markups, plots."""

from __future__ import annotations

import csv
from pathlib import Path

from open_module import OpenModule


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


def test_tables_and_pictures_leave_out_what_was_rejected(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3)
    opened.open_section("exportSection")
    opened.click_row(0)
    opened.click("rejectCaliperButton")
    opened.answers.path = folder = tmp_path / "results"
    opened.click("exportTableButton")
    opened.click("exportPicturesButton")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["lvid-f3.png", "measurements.csv", "measurements.json"]
    with (folder / "measurements.csv").open(encoding="utf-8", newline="") as file:
        kinds = [line["kind"] for line in csv.DictReader(file)]
    assert kinds == ["caliper", "summary", "summary"]


def test_markups_are_written_with_their_sidecars_and_as_a_sequence(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3)
    opened.open_section("exportSection")
    opened.answers.path = folder = tmp_path / "markups"
    opened.click("exportMarkupsButton")
    assert sorted(path.name for path in folder.iterdir()) == [
        "lvid-f0.echomeasure.json",
        "lvid-f0.mrk.json",
        "lvid-f3.echomeasure.json",
        "lvid-f3.mrk.json",
        "lvid.seq.mrb",
        "measurements.csv",
        "measurements.json",
    ]
    assert opened.text("exportLabel") == f"Wrote 7 files to {folder}."


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
        "exportTableButton",
        "exportPicturesButton",
    ):
        opened.click(button)
    assert opened.answers.warnings == []
    assert opened.text("exportLabel") == ""


def test_a_structured_report_needs_a_decision_and_the_dicom_database(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0)
    opened.open_section("exportSection")
    assert not opened.enabled("echoReportButton")
    assert opened.tip("echoReportButton") == "Accept or edit calipers first."
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    assert not opened.enabled("pointsReportButton")
    assert opened.tip("pointsReportButton") == "Slicer's DICOM database is not open."
