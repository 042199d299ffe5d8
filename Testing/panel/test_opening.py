"""How an image is opened and calibrated, what is kept of it, and how it is closed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from open_module import OpenModule
from ultrasound_files import write_ultrasound


def test_it_opens_over_an_empty_scene_and_says_what_to_do(opened: OpenModule) -> None:
    assert "DICOM module" in opened.text("imageLabel")
    assert not opened.enabled("measureButton")
    assert opened.tip("measureButton") == "Choose an image first."
    assert "Research use only" in opened.text("researchBanner")
    opened.screenshot("panel-empty.png")


def test_choosing_a_file_opens_it_and_says_how_it_is_calibrated(
    opened: OpenModule, echo: Path
) -> None:
    opened.open_file(echo)
    assert "8 frames of 320 x 240 pixels, 0.28 s at 25 frames/s" in opened.text("imageLabel")
    assert "0.5 mm per pixel" in opened.text("calibrationLabel")
    assert opened.text("fileLabel") == "plax.dcm"
    opened.screenshot("panel-opened.png")


def test_what_is_odd_about_a_file_stands_under_what_it_is(
    opened: OpenModule, tmp_path: Path
) -> None:
    frames = np.zeros((4, 48, 64, 3), np.uint8)
    opened.open_file(write_ultrasound(tmp_path / "a.dcm", frames, tags={"FrameTime": 0}))
    assert "does not say when each frame was taken" in opened.text("imageLabel")
    assert "0 ms between frames cannot be" in opened.text("imageLabel")


def test_what_cannot_be_measured_is_grey_and_says_why(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.click("tickPossibleButton")
    assert opened.panel.measurements.ticked == opened.panel.measurements.possible
    assert "trvmax" not in opened.panel.measurements.possible
    opened.click("tickNoneButton")
    assert opened.panel.measurements.ticked == ()
    assert opened.tip("measureButton") == "Tick at least one measurement."


def test_a_file_that_is_no_echo_is_refused_in_one_sentence(
    opened: OpenModule, tmp_path: Path
) -> None:
    path = tmp_path / "notes.dcm"
    path.write_text("nothing to see")
    opened.open_file(path)
    assert len(opened.answers.warnings) == 1
    assert opened.desk.study.cine is None


def test_a_picture_without_calibration_is_calibrated_on_its_depth_ruler(
    opened: OpenModule, picture: Path
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
    opened.look()
    assert opened.enabled("useCalibrationButton")
    opened.click("useCalibrationButton")
    assert "0.5 mm per pixel, by hand" in opened.text("calibrationLabel")
    assert not opened.visible("calibrationFrame")
    assert "lvid" in opened.panel.measurements.possible


def test_the_velocity_axis_is_calibrated_from_its_zero_line(
    opened: OpenModule, picture: Path
) -> None:
    opened.open_file(picture)
    opened.click("calibrateButton")
    opened.choose("calibrationKindCombo", "cw")
    assert "zero line first" in opened.text("calibrationHint")
    opened.spin("calibrationValueSpin", 200)
    opened.show()
    opened.click("pickPointsButton")
    opened.click_pixel(300, 120)
    opened.click_pixel(300, 220)
    opened.look()
    assert opened.enabled("useCalibrationButton")
    opened.click("useCalibrationButton")
    assert "trvmax" in opened.panel.measurements.possible
    entry = opened.desk.study.review.place("trvmax", 0, [(100, 170)])
    # 50 rows below the line, 2 cm/s a row.
    assert entry.caliper.values[0].value == pytest.approx(-100, abs=2)


def test_choices_are_kept_in_the_scene(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.panel.measurements.tick(("lvid", "la"))
    opened.choose("framesCombo", "current")
    opened.type("reviewerEdit", "AB")
    opened.widget.exit()
    opened.widget.enter()
    assert opened.panel.measurements.ticked == ("lvid", "la")
    assert opened.panel.frames.frames() == (0,)
    assert opened.desk.study.reviewer == "AB"


def test_the_review_is_there_again_when_the_echo_is_opened_again(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0)
    opened.click("nextCaliperButton")
    opened.click("acceptCaliperButton")
    opened.slicer.clear()
    assert opened.table() == []
    opened.open_file(echo)
    assert opened.table()[0][4] == "accepted"


def test_another_image_of_the_study_joins_its_review(
    opened: OpenModule, echo: Path, doppler: Path
) -> None:
    opened.predict(echo, 0)
    opened.open_file(doppler)
    opened.desk.study.review.place("trvmax", 0, [(400, 642)], opened.desk.study.image)
    assert [row[0] for row in opened.table()] == ["LVID", "TR Vmax"]


def test_an_image_of_another_study_begins_another_review(
    opened: OpenModule, echo: Path, other_echo: Path
) -> None:
    opened.predict(echo, 0)
    opened.open_file(other_echo)
    assert opened.table() == []


def test_closing_the_scene_empties_the_panel(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.slicer.clear()
    assert opened.desk.study.cine is None
    assert opened.table() == []
    assert opened.tip("measureButton") == "Choose an image first."


def test_deleting_the_image_in_the_data_module_closes_it(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.slicer.scene.RemoveNode(opened.desk.study.located.nodes.volume)
    opened.look()
    assert opened.desk.study.cine is None
    assert opened.table() == []
