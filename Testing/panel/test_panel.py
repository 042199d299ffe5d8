"""The module as its user meets it: every button and key, over the real scene."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance


def test_it_opens_over_an_empty_scene_and_says_what_to_do(opened: Any) -> None:
    assert "DICOM module" in opened.text("imageLabel")
    assert not opened.enabled("measureButton")
    assert opened.tip("measureButton") == "Choose an image first."
    assert "Research use only" in opened.text("researchBanner")
    opened.screenshot("panel-empty.png")


def test_choosing_a_file_opens_it_and_says_how_it_is_calibrated(opened: Any, echo: Path) -> None:
    opened.open_file(echo)
    assert "8 frames of 320 x 240 pixels, 0.28 s at 25 frames/s" in opened.text("imageLabel")
    assert "0.5 mm per pixel" in opened.text("calibrationLabel")
    assert opened.text("fileLabel") == "plax.dcm"
    opened.screenshot("panel-opened.png")


def test_what_cannot_be_measured_is_grey_and_says_why(opened: Any, echo: Path) -> None:
    opened.open_file(echo)
    opened.click("tickPossibleButton")
    assert opened.panel.measurements.ticked == opened.panel.measurements.possible
    assert "trvmax" not in opened.panel.measurements.possible
    opened.click("tickNoneButton")
    assert opened.panel.measurements.ticked == ()
    assert opened.tip("measureButton") == "Tick at least one measurement."


def use_weights(opened: Any, weights: Path) -> None:
    opened.answers.path = weights
    opened.panel.weights.use_folder()
    opened.wait(lambda: "2 custom" in opened.text("weightsLabel"))


def measure(opened: Any, echo: Path, weights: Path, *ids: str) -> None:
    """Open an echo and press Measure."""
    opened.open_file(echo)
    use_weights(opened, weights)
    opened.panel.measurements.tick(ids)
    opened.click("measureButton")


def predict(opened: Any, echo: Path, *frames: int) -> None:
    """Calipers across the ring as a network would have put them, without running one."""
    opened.open_file(echo)
    model = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")
    for frame in frames:
        points = (Landmark(160, 60, confidence=0.9), Landmark(160, 180, confidence=0.8))
        opened.desk.review.add_prediction(Prediction("lvid", frame, points, model))
    opened.wait(lambda: len(opened.table()) == len(frames), 5)


def test_measure_finds_calipers_one_by_one(opened: Any, echo: Path, weights: Path) -> None:
    measure(opened, echo, weights, "lvid")
    assert opened.visible("progressBar")
    assert opened.tip("measureButton") == "A measurement is running."
    opened.wait(lambda: len(opened.table()) > 0)
    opened.wait(lambda: not opened.desk.job.busy)
    assert [row[1] for row in opened.table()] == [str(i) for i in range(8)]
    assert opened.text("progressLabel").startswith("Found 8 calipers")
    assert opened.answers.warnings == []
    assert "Custom networks" in opened.text("weightsBanner")
    opened.screenshot("panel-measured.png")


def test_cancel_keeps_what_was_found(opened: Any, echo: Path, weights: Path) -> None:
    measure(opened, echo, weights, "lvid", "ivs")
    opened.wait(lambda: len(opened.table()) > 0)
    opened.click("cancelButton")
    opened.wait(lambda: not opened.desk.job.busy, 1.5)
    assert opened.text("progressLabel").startswith("Cancelled after")
    assert len(opened.table()) > 0
    assert opened.enabled("measureButton")


def test_a_worker_that_dies_leaves_the_review_and_is_replaced(
    opened: Any, echo: Path, weights: Path
) -> None:
    predict(opened, echo, 0)
    use_weights(opened, weights)
    opened.panel.measurements.tick(("ivs",))
    opened.click("measureButton")
    os.kill(opened.desk.job.worker_pid, signal.SIGKILL)
    opened.wait(lambda: not opened.desk.job.busy)
    assert "lack of memory" in opened.answers.warnings[0]
    assert "The review is kept" in opened.text("progressLabel")
    assert [row[0] for row in opened.table()] == ["LVID"]
    opened.click("measureButton")
    opened.wait(lambda: not opened.desk.job.busy)
    assert [row[0] for row in opened.table()] == [*8 * ["IVS"], "LVID"]


def test_the_table_shows_value_confidence_and_status(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    # 120 pixels of 0.5 mm.
    assert opened.table() == [["LVID", "0", "6.00 cm", "0.80", "unreviewed", ""]]
    assert opened.text("summaryLabel") == "0 of 1 reviewed."


def test_a_click_in_the_table_goes_to_the_frame(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0, 3, 6)
    opened.click_row(2)
    assert opened.desk.frame == 6
    assert opened.desk.selection.entry.id == "lvid-f6"


def test_accept_and_reject_go_on_to_the_next(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0, 3, 6)
    opened.click("nextButton")
    opened.click("acceptButton")
    assert opened.desk.frame == 3
    opened.write("noteEdit", "off axis")
    opened.click("rejectButton")
    assert [row[4] for row in opened.table()] == ["accepted", "rejected", "unreviewed"]
    assert opened.desk.review.entry("lvid-f3").reason == "off axis"
    assert opened.text("summaryLabel") == "2 of 3 reviewed."
    opened.screenshot("panel-review.png")


def test_the_list_can_be_narrowed_and_next_keeps_to_it(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0, 2, 4, 6)
    opened.click_row(0)
    opened.choose("phaseCombo", "ed")
    opened.click_row(2)
    opened.choose("phaseCombo", "es")
    opened.choose("filterCombo", "ed_es")
    assert [row[1] for row in opened.table()] == ["0", "4"]
    assert opened.text("summaryLabel") == "0 of 4 reviewed. 2 listed."
    opened.click_row(0)
    opened.click("acceptButton")
    assert opened.desk.frame == 4
    opened.choose("filterCombo", "frame")
    opened.desk.show_frame(6)
    assert [row[1] for row in opened.table()] == ["6"]
    opened.choose("filterCombo", "unreviewed")
    assert [row[1] for row in opened.table()] == ["2", "4", "6"]
    opened.click_row(0)
    opened.click("acceptButton")
    assert [row[1] for row in opened.table()] == ["4", "6"]
    assert opened.desk.selection.entry.frame == 4
    opened.choose("filterCombo", "all")
    assert len(opened.table()) == 4


def test_every_key_does_what_its_button_does(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0, 3, 6)
    opened.key("N")
    opened.key("A")
    opened.key("R")
    assert [row[4] for row in opened.table()] == ["accepted", "rejected", "unreviewed"]
    opened.key("U")
    assert [row[4] for row in opened.table()] == ["accepted", "unreviewed", "unreviewed"]
    opened.desk.show_frame(3)
    opened.key("Right")
    assert opened.desk.frame == 4
    opened.key("Left")
    opened.key("Left")
    assert opened.desk.frame == 2


def test_keys_are_letters_while_one_types(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    opened.click("nextButton")
    opened.type("noteEdit", "a rare view, no")
    assert opened.desk.review.entry("lvid-f0").notes == "a rare view, no"
    assert opened.table()[0][4] == "unreviewed"


def test_keys_are_left_to_others_outside_the_module(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    opened.click("nextButton")
    opened.widget.exit()
    opened.key("A")
    assert opened.table()[0][4] == "unreviewed"
    opened.widget.enter()
    opened.key("A")
    assert opened.table()[0][4] == "accepted"


def test_reset_delete_undo_redo(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    opened.click("nextButton")
    opened.desk.review.move("lvid-f0", [(160, 60), (160, 160)])
    assert opened.table()[0][2:5] == ["5.00 cm", "0.90", "edited"]
    opened.click("resetButton")
    assert opened.table()[0][2:5] == ["6.00 cm", "0.80", "unreviewed"]
    opened.click("deleteButton")
    assert opened.table() == []
    opened.click("undoButton")
    opened.click("undoButton")
    assert opened.table()[0][2] == "5.00 cm"
    opened.click("redoButton")
    assert opened.table()[0][2] == "6.00 cm"


def test_a_frame_can_be_chosen_as_end_diastole(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0, 4)
    opened.click_row(0)
    opened.choose("phaseCombo", "ed")
    opened.click_row(1)
    opened.choose("phaseCombo", "es")
    assert [row[4] for row in opened.table()] == [
        "unreviewed, ED",
        "unreviewed, ES",
    ]
    opened.choose("framesCombo", "ed_es")
    assert opened.text("framesLabel") == "2 of 8 frames"


def test_derived_values_follow_at_once(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0, 4)
    opened.open_section("derivedSection")
    review = opened.desk.review
    review.move("lvid-f4", [(160, 60), (160, 144)])  # 84 pixels: 4.2 cm
    opened.click_row(0)
    opened.choose("phaseCombo", "ed")
    opened.click_row(1)
    opened.choose("phaseCombo", "es")
    shortening = next(row for row in opened.table("derivedTable") if row[0] == "FS")
    assert shortening[1].startswith("30")  # (6.0 - 4.2) / 6.0
    opened.click("rejectButton")
    shortening = next(row for row in opened.table("derivedTable") if row[0] == "FS")
    assert shortening[1] == ""
    assert "LVIDs" in shortening[3]
    opened.screenshot("panel-derived.png", 1600)


def test_size_and_sex_give_values_per_body_surface(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    opened.open_section("derivedSection")
    opened.choose("sexCombo", "F")
    opened.spin("heightSpin", 170)
    opened.spin("weightSpin", 65)
    surface = next(row for row in opened.table("derivedTable") if row[0] == "BSA")
    assert surface[1].startswith("1.75")  # Du Bois: 0.007184 x 65^0.425 x 170^0.725
    assert opened.desk.review.subject.sex == "F"


def test_frames_shown_all_range(opened: Any, echo: Path) -> None:
    opened.open_file(echo)
    opened.choose("framesCombo", "current")
    opened.desk.show_frame(5)
    assert opened.text("framesLabel") == "1 frame (number 5)"
    opened.choose("framesCombo", "range")
    assert opened.visible("rangeWidget")
    opened.spin("firstFrameSpin", 2)
    opened.spin("stepFrameSpin", 2)
    assert opened.panel.frames.frames() == (2, 4, 6)
    opened.choose("framesCombo", "ed_es")
    assert "No end-diastole" in opened.text("framesLabel")
    opened.choose("framesCombo", "all")
    assert opened.panel.frames.frames() == tuple(range(8))


def test_choices_are_kept_in_the_scene(opened: Any, echo: Path) -> None:
    opened.open_file(echo)
    opened.panel.measurements.tick(("lvid", "la"))
    opened.choose("framesCombo", "current")
    opened.type("reviewerEdit", "AB")
    opened.widget.exit()
    opened.widget.enter()
    assert opened.panel.measurements.ticked == ("lvid", "la")
    assert opened.panel.frames.frames() == (0,)
    assert opened.desk.reviewer == "AB"


def test_a_second_reviewer_begins_afresh_and_the_first_ones_work_stays(
    opened: Any, echo: Path
) -> None:
    predict(opened, echo, 0, 3)
    opened.type("reviewerEdit", "AB")
    opened.click("nextButton")
    opened.click("acceptButton")
    opened.type("reviewerEdit", "CD")
    assert [row[4] for row in opened.table()] == ["unreviewed", "unreviewed"]
    opened.click_row(1)
    opened.click("rejectButton")
    opened.type("reviewerEdit", "AB")
    assert [row[4] for row in opened.table()] == ["accepted", "unreviewed"]


def test_the_review_is_there_again_when_the_echo_is_opened_again(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    opened.click("nextButton")
    opened.click("acceptButton")
    opened.slicer.clear()
    assert opened.table() == []
    opened.open_file(echo)
    assert opened.table()[0][4] == "accepted"


def test_closing_the_scene_empties_the_panel(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    opened.slicer.clear()
    assert opened.desk.cine is None
    assert opened.table() == []
    assert opened.tip("measureButton") == "Choose an image first."


def test_save_and_open_a_review(opened: Any, echo: Path, tmp_path: Path) -> None:
    predict(opened, echo, 0)
    opened.open_section("exportSection")
    opened.click_row(0)
    opened.click("acceptButton")
    opened.answers.path = tmp_path / "review.json"
    opened.click("saveReviewButton")
    opened.click("undoButton")
    opened.click("openReviewButton")
    assert opened.table()[0][4] == "accepted"
    assert "review.json" in opened.text("exportLabel")


def test_a_review_of_another_image_is_refused(
    opened: Any, echo: Path, other_echo: Path, tmp_path: Path
) -> None:
    predict(opened, echo, 0)
    opened.open_section("exportSection")
    opened.answers.path = tmp_path / "review.json"
    opened.click("saveReviewButton")
    uid = opened.desk.image
    opened.slicer.clear()
    opened.open_file(other_echo)
    opened.answers.path = tmp_path / "review.json"
    opened.click("openReviewButton")
    assert uid in opened.answers.warnings[0]
    assert opened.desk.image in opened.answers.warnings[0]


def test_tables_and_pictures_leave_out_what_was_rejected(
    opened: Any, echo: Path, tmp_path: Path
) -> None:
    predict(opened, echo, 0, 3)
    opened.open_section("exportSection")
    opened.click_row(0)
    opened.click("rejectButton")
    opened.answers.path = folder = tmp_path / "results"
    opened.click("exportTableButton")
    opened.click("exportPicturesButton")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["lvid-f3.png", "measurements.csv", "measurements.json"]
    assert len((folder / "measurements.csv").read_text().splitlines()) == 2


def test_markups_are_written_with_their_sidecars_and_as_a_sequence(
    opened: Any, echo: Path, tmp_path: Path
) -> None:
    predict(opened, echo, 0, 3)
    opened.open_section("exportSection")
    opened.answers.path = folder = tmp_path / "markups"
    opened.click("exportMarkupsButton")
    assert sorted(path.name for path in folder.iterdir()) == [
        "lvid-f0.echomeasure.json",
        "lvid-f0.mrk.json",
        "lvid-f3.echomeasure.json",
        "lvid-f3.mrk.json",
        "lvid.seq.mrb",
    ]
    assert opened.text("exportLabel") == f"Wrote 5 files to {folder}."


def test_plot_and_table_in_the_scene_follow_the_review(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0, 2, 4)
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
    opened.desk.review.move("lvid-f2", [(160, 60), (160, 160)])
    opened.wait(lambda: table.GetCellText(1, 1) == "5.00 cm", 5)
    opened.screenshot("panel-plot.png", 1500)


def test_a_dialog_that_is_closed_does_nothing(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
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


def test_a_file_that_is_no_echo_is_refused_in_one_sentence(opened: Any, tmp_path: Path) -> None:
    path = tmp_path / "notes.dcm"
    path.write_text("nothing to see")
    opened.open_file(path)
    assert len(opened.answers.warnings) == 1
    assert opened.desk.cine is None


def test_a_caliper_is_placed_by_two_clicks_in_the_slice_view(opened: Any, echo: Path) -> None:
    opened.open_file(echo)
    opened.desk.show_frame(2)
    opened.show()
    opened.choose("placeCombo", "lvid")
    opened.click("placeButton")
    opened.click_pixel(160, 60)
    opened.click_pixel(160, 180)
    opened.wait(lambda: len(opened.table()) == 1, 5)
    row = opened.table()[0]
    assert (row[0], row[1], row[3], row[4]) == ("LVID", "2", "", "edited")
    assert float(row[2].split()[0]) == pytest.approx(6.0, abs=0.05)


def test_a_peak_is_placed_by_one_click(opened: Any, doppler: Path) -> None:
    opened.open_file(doppler)
    opened.show()
    opened.choose("placeCombo", "trvmax")
    opened.click("placeButton")
    opened.click_pixel(400, 642)  # 200 rows of 0.5 cm/s... below the baseline of row 442
    opened.wait(lambda: len(opened.table()) == 1, 5)
    assert float(opened.table()[0][2].split()[0]) == pytest.approx(1.0, abs=0.02)


def test_leaving_place_mode_leaves_nothing_behind(opened: Any, echo: Path) -> None:
    opened.open_file(echo)
    opened.show()
    before = opened.slicer.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode")
    opened.click("placeButton")
    opened.click_pixel(160, 60)
    interaction = opened.slicer.app.app_logic.GetInteractionNode()
    interaction.SetCurrentInteractionMode(interaction.ViewTransform)
    opened.wait(lambda: opened.desk.placing.measurement == "", 5)
    assert opened.table() == []
    assert opened.slicer.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode") == before


def test_a_picture_without_calibration_is_calibrated_on_its_depth_ruler(
    opened: Any, picture: Path
) -> None:
    opened.open_file(picture)
    assert opened.text("calibrationLabel").startswith("Not calibrated")
    assert "not calibrated" in opened.tip("measureButton")
    opened.click("calibrateButton")
    assert opened.visible("calibrationFrame")
    opened.screenshot("panel-uncalibrated.png")
    opened.spin("calibrationValueSpin", 10)
    opened.show()
    opened.click("pickPointsButton")
    opened.click_pixel(300, 20)
    opened.click_pixel(300, 220)
    opened.wait(lambda: opened.enabled("useCalibrationButton"), 5)
    opened.click("useCalibrationButton")
    assert "0.5 mm per pixel, by hand" in opened.text("calibrationLabel")
    assert not opened.visible("calibrationFrame")
    assert "lvid" in opened.panel.measurements.possible


def test_the_velocity_axis_is_calibrated_from_its_zero_line(opened: Any, picture: Path) -> None:
    opened.open_file(picture)
    opened.click("calibrateButton")
    opened.choose("calibrationKindCombo", "cw")
    assert "zero line first" in opened.text("calibrationHint")
    opened.spin("calibrationValueSpin", 200)
    opened.show()
    opened.click("pickPointsButton")
    opened.click_pixel(300, 120)
    opened.click_pixel(300, 220)
    opened.wait(lambda: opened.enabled("useCalibrationButton"), 5)
    opened.click("useCalibrationButton")
    assert "trvmax" in opened.panel.measurements.possible
    entry = opened.desk.review.place("trvmax", 0, [(100, 170)])
    # 50 rows below the line, 2 cm/s a row.
    assert entry.caliper.values[0].value == pytest.approx(-100, abs=2)


def test_a_dragged_caliper_changes_the_table_and_is_one_step_back(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0, 3)
    opened.show()
    opened.drag_pixel((160, 180), (160, 160))
    assert opened.table()[0][4] == "edited"
    assert float(opened.table()[0][2].split()[0]) == pytest.approx(5.0, abs=0.05)
    assert opened.table()[1] == ["LVID", "3", "6.00 cm", "0.80", "unreviewed", ""]
    opened.screenshot("panel-edited.png")
    opened.picture("slice-edited.png")
    opened.click("undoButton")
    assert opened.table()[0] == ["LVID", "0", "6.00 cm", "0.80", "unreviewed", ""]


def test_an_accepted_caliper_cannot_be_dragged(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    opened.click_row(0)
    opened.click("acceptButton")
    opened.show()
    opened.drag_pixel((160, 180), (160, 160))
    assert opened.table()[0][2:5] == ["6.00 cm", "0.80", "accepted"]
    opened.click("reopenButton")
    opened.drag_pixel((160, 180), (160, 160))
    assert opened.table()[0][4] == "edited"
    assert opened.tip("reopenButton") == "It is neither accepted nor rejected."


def test_of_a_thousand_rows_only_the_changed_one_is_written(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    model = opened.desk.review.entries["lvid-f0"].caliper.model
    points = (Landmark(160, 60, confidence=0.9), Landmark(160, 180, confidence=0.8))
    for number in range(1000):
        row = list(CATALOG)[number % 9]
        prediction = Prediction(row, number // 9 % 8, points, model)
        opened.desk.review.add_prediction(prediction)
    with opened.desk.review.step("place many"):
        for number in range(1000):
            opened.desk.review.place("aorta", number % 8, [(160, 60), (160, 180 + number / 100)])
    opened.click("nextButton")
    table, row = opened.ui.reviewTable, opened.ui.reviewTable.currentRow()
    assert table.rowCount > 1000
    # Only the row that changes is written again: a mark in every other one stays.
    for number in range(table.rowCount):
        table.item(number, 2).setToolTip("mark")
    opened.click("acceptButton")
    kept = [table.item(n, 2).toolTip() == "mark" for n in range(table.rowCount)]
    assert not kept[row]
    assert kept.count(False) == 1


def test_deleting_the_image_in_the_data_module_closes_it(opened: Any, echo: Path) -> None:
    predict(opened, echo, 0)
    opened.slicer.scene.RemoveNode(opened.desk.located.nodes.volume)
    opened.wait(lambda: opened.desk.cine is None, 5)
    assert opened.table() == []


def test_the_weights_dialog_lists_every_network(opened: Any, weights: Path) -> None:
    use_weights(opened, weights)
    opened.click("weightsButton")
    dialog = opened.panel.weights.dialog
    rows = dict(opened.cells(dialog.table))
    assert len(rows) == 17
    assert rows["Left ventricular internal diameter"] == "custom: image.ckpt"
    assert rows["Left atrium, antero-posterior"].startswith("There are no weights for la")
    opened.grab(dialog.widget, "panel-weights.png")
    opened.click_widget(dialog.close)
    assert opened.hidden(dialog.widget)


def test_installing_from_a_folder_without_networks_says_so(opened: Any, tmp_path: Path) -> None:
    opened.click("weightsButton")
    dialog = opened.panel.weights.dialog
    opened.wait(lambda: not opened.panel.weights.sets.busy)
    opened.answers.path = tmp_path
    opened.click_widget(dialog.install)
    opened.wait(lambda: "published files" in opened.read(dialog.help))
    opened.click_widget(dialog.close)


def test_another_image_of_the_study_joins_its_review(
    opened: Any, echo: Path, doppler: Path
) -> None:
    predict(opened, echo, 0)
    opened.open_file(doppler)
    opened.desk.review.place("trvmax", 0, [(400, 642)], opened.desk.image)
    assert [row[0] for row in opened.table()] == ["LVID", "TR Vmax"]


def test_an_image_of_another_study_begins_another_review(
    opened: Any, echo: Path, other_echo: Path
) -> None:
    predict(opened, echo, 0)
    opened.open_file(other_echo)
    assert opened.table() == []
