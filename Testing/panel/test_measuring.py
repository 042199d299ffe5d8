"""Measuring: which frames, one run at a time, how it ends, and whose outcome is told."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from open_module import OpenModule

from EchoMeasureLib.catalog import Phase
from EchoMeasureLib.desk.frames import frames_of
from EchoMeasureLib.errors import InvalidState


def use(opened: OpenModule, weights: Path, *ids: str) -> None:
    """Choose networks and measurements."""
    opened.answers.path = weights
    opened.panel.weights.use_folder()
    opened.wait(lambda: "2 custom" in opened.text("weightsLabel"))
    opened.panel.measurements.tick(ids)


def measure(opened: OpenModule, echo: Path, weights: Path, *ids: str) -> None:
    """Open an echo and press Measure."""
    opened.open_file(echo)
    use(opened, weights, *ids)
    opened.click("measureButton")


def test_measure_finds_calipers_one_by_one(opened: OpenModule, echo: Path, weights: Path) -> None:
    measure(opened, echo, weights, "lvid")
    assert opened.visible("progressBar")
    assert opened.tip("measureButton") == "A measurement is running."
    opened.wait(lambda: len(opened.table()) > 0)
    opened.wait(lambda: not opened.desk.measuring.busy)
    assert [row[1] for row in opened.table()] == [str(i) for i in range(8)]
    assert opened.text("progressLabel").startswith("Found 8 calipers")
    assert opened.answers.warnings == []
    assert "Custom networks" in opened.text("weightsBanner")
    opened.screenshot("panel-measured.png")


def test_cancel_keeps_what_was_found(opened: OpenModule, echo: Path, weights: Path) -> None:
    measure(opened, echo, weights, "lvid", "ivs")
    opened.wait(lambda: len(opened.table()) > 0)
    opened.click("cancelButton")
    opened.wait(lambda: not opened.desk.measuring.busy, 1.5)
    assert opened.text("progressLabel").startswith("Cancelled after")
    assert len(opened.table()) > 0
    assert opened.enabled("measureButton")


def test_a_worker_that_dies_leaves_the_review_and_is_replaced(
    opened: OpenModule, echo: Path, weights: Path
) -> None:
    opened.predict(echo, 0)
    use(opened, weights, "ivs")
    opened.click("measureButton")
    os.kill(opened.desk.measuring.worker_pid, signal.SIGKILL)
    opened.wait(lambda: not opened.desk.measuring.busy)
    assert "lack of memory" in opened.answers.warnings[0]
    assert "The review is kept" in opened.text("progressLabel")
    assert [row[0] for row in opened.table()] == ["LVID"]
    opened.click("measureButton")
    opened.wait(lambda: not opened.desk.measuring.busy)
    assert [row[0] for row in opened.table()] == [*8 * ["IVS"], "LVID"]


def test_frames_shown_all_range(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.choose("framesCombo", "current")
    opened.desk.study.show_frame(5)
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


def test_there_is_no_frame_before_the_first(opened: OpenModule, echo: Path) -> None:
    assert frames_of("range", 8, 0, (-3, 7, 1), ()) == tuple(range(8))
    opened.open_file(echo)
    opened.choose("framesCombo", "range")
    opened.spin("firstFrameSpin", -3)
    opened.spin("lastFrameSpin", 100)
    opened.spin("stepFrameSpin", 0)
    assert opened.panel.frames.frames() == tuple(range(8))
    with pytest.raises(ValueError, match="-1"):
        opened.widget._parameterNode.first_frame = -1


def test_the_frames_line_follows_what_counts_as_end_diastole(
    opened: OpenModule, echo: Path
) -> None:
    opened.open_file(echo)
    opened.choose("framesCombo", "ed_es")
    assert "No end-diastole" in opened.text("framesLabel")
    entry = opened.desk.study.review.place("lvid", 0, [(160, 60), (160, 180)])
    opened.desk.study.review.choose(entry.id, Phase.ED)
    assert opened.text("framesLabel") == "1 frame (number 0)"
    opened.desk.study.review.undo()
    assert "No end-diastole" in opened.text("framesLabel")


def test_a_second_run_waits_for_the_first(
    opened: OpenModule, echo: Path, doppler: Path, weights: Path
) -> None:
    opened.open_file(echo)
    use(opened, weights, "lvid", "ivs")
    cine = opened.desk.study.image
    opened.click("measureButton")
    opened.wait(lambda: len(opened.table()) > 0)
    opened.open_file(doppler)  # of the same study: what runs goes on
    with pytest.raises(InvalidState, match="already running"):
        opened.desk.measuring.start(("trvmax",), (0,), weights)
    opened.wait(lambda: not opened.desk.measuring.busy)
    entries = opened.desk.study.review.entries.values()
    assert {entry.image for entry in entries} == {cine}
    assert len(entries) == 16
    assert opened.text("progressLabel").startswith("Found 16 calipers")


def test_what_became_of_one_study_is_not_told_of_the_next(
    opened: OpenModule, echo: Path, other_echo: Path, weights: Path
) -> None:
    opened.open_file(echo)
    use(opened, weights, "lvid", "ivs")
    opened.click("measureButton")
    opened.wait(lambda: len(opened.table()) > 0)
    opened.open_file(other_echo)  # of another study: what runs is cancelled
    opened.wait(lambda: not opened.desk.measuring.busy, 5)
    opened.pause()
    assert opened.text("progressLabel") == ""
    assert opened.table() == []


def test_the_outcome_of_a_run_goes_with_its_study(
    opened: OpenModule, echo: Path, other_echo: Path, weights: Path
) -> None:
    opened.open_file(echo)
    use(opened, weights, "lvid")
    opened.click("measureButton")
    opened.wait(lambda: opened.text("progressLabel").startswith("Found"))
    opened.open_file(other_echo)
    assert opened.text("progressLabel") == ""
