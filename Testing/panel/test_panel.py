"""The module as its user meets it: every button and key, over the real scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


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
    opened.open_file(echo)
    use_weights(opened, weights)
    opened.panel.measurements.tick(ids)
    opened.click("measureButton")


def test_measure_finds_calipers_one_by_one(opened: Any, echo: Path, weights: Path) -> None:
    measure(opened, echo, weights, "lvid")
    assert opened.visible("progressBar")
    opened.wait(lambda: len(opened.table()) > 0)
    opened.wait(lambda: not opened.desk.busy)
    assert len(opened.table()) == 8
    assert opened.text("progressLabel").startswith("Found 8 calipers")
    assert opened.answers.warnings == []
    opened.screenshot("panel-measured.png")
