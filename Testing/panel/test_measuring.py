"""Measuring: which frames, one run at a time, how it ends, and whose outcome is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_module import OpenModule, across_the_ring
from scripted_worker import ScriptedWorker

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.frames import frames_of
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.inference.events import Finished, Found, Judged, Stopped, Working
from EchoMeasureLib.inference.quality_findings import Finding, Quality, Standing
from EchoMeasureLib.progress import Progress


def use(opened: OpenModule, weights: Path, *ids: str) -> None:
    """Choose networks and measurements."""
    opened.answers.path = weights
    opened.panel.weights.use_folder()
    opened.look()
    assert "2 custom" in opened.text("weightsLabel")
    opened.panel.measurements.tick(ids)


def measure(opened: OpenModule, echo: Path, weights: Path, *ids: str) -> None:
    """Open an echo and measure every frame of it: which are left out is no matter of the panel."""
    opened.open_file(echo)
    opened.choose("framesCombo", "every")
    use(opened, weights, *ids)
    opened.click("measureButton")


def found(*frames: int, measurement: str = "lvid") -> list[Found]:
    """One caliper on each of these frames."""
    return [Found(across_the_ring(measurement, frame)) for frame in frames]


def test_the_measuring_process_fills_the_table(
    opened_for_real: OpenModule, echo: Path, weights: Path
) -> None:
    """The whole way: its own process, the panel's timers, and small networks."""
    opened = opened_for_real
    opened.open_file(echo)
    opened.answers.path = weights
    opened.panel.weights.use_folder()
    opened.wait(lambda: "2 custom" in opened.text("weightsLabel"))
    opened.panel.measurements.tick(("lvid",))
    opened.choose("framesCombo", "every")
    opened.click("measureButton")
    opened.wait(lambda: not opened.desk.measuring.busy)
    assert [row[1] for row in opened.table()] == [str(i) for i in range(1, 9)]
    assert opened.text("progressLabel").startswith("Found 8 calipers")
    assert opened.answers.warnings == []
    assert "custom networks" in opened.text("researchBanner")
    opened.screenshot("panel-measured.png")


def test_measure_asks_for_what_is_ticked_with_the_chosen_networks(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, weights: Path
) -> None:
    measure(opened, echo, weights, "lvid", "ivs")
    (request,) = worker.child.requests
    assert request["measurements"] == ["ivs", "lvid"]
    assert request["frames"] == list(range(8))
    assert (request["path"], request["weights"]) == (str(echo), str(weights))


def test_what_is_wrong_with_the_picture_stands_above_the_answers(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, weights: Path
) -> None:
    """The worker looks before it measures; in another session the calipers say it still."""
    measure(opened, echo, weights, "lvid")
    opened.look()
    assert not opened.visible("pictureLabel")
    blurred = Finding("sharpness", Standing.POOR, "The picture is blurred.", 0.2)
    no_ecg = Finding("ecg", Standing.NOTICE, "No ECG is seen.", 0.0)
    said = Quality((blurred, no_ecg), 8, 8)
    worker.say(Judged(said), Found(said.doubting(across_the_ring("lvid", 0))))
    opened.look()
    assert opened.visible("pictureLabel")
    assert opened.text("pictureLabel").splitlines() == [
        "Picture: blurred; no ECG",
        "The picture is blurred. What the networks found in it is flagged.",
    ]
    assert "ecg: notice. No ECG is seen." in opened.tip("pictureLabel")


def test_calipers_come_one_by_one(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, weights: Path
) -> None:
    measure(opened, echo, weights, "lvid")
    assert opened.visible("progressBar")
    assert opened.text("progressLabel") == "Starting the networks"
    assert opened.tip("measureButton") == "A measurement is running."
    opened.look()
    assert opened.table() == []
    worker.say(*found(0), Working(Progress(1, 8, "measuring")))
    opened.look()
    assert [row[1] for row in opened.table()] == ["1"]
    assert opened.ui.progressBar.value() == 1
    assert opened.ui.progressBar.maximum() == 8
    worker.say(*found(1, 2), Finished(3, 1.25))
    opened.look()
    assert [row[1] for row in opened.table()] == ["1", "2", "3"]
    assert opened.text("progressLabel") == "Found 3 calipers in 1.2 s."
    assert not opened.visible("progressBar")
    assert opened.enabled("measureButton")
    assert opened.tip("cancelButton") == "Nothing is running."


def test_cancel_keeps_what_was_found(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, weights: Path
) -> None:
    measure(opened, echo, weights, "lvid")
    worker.say(*found(0, 1))
    opened.look()
    opened.click("cancelButton")
    assert opened.text("progressLabel") == "Cancelling"
    assert not opened.enabled("cancelButton")
    assert worker.asked == ["measure", "cancel"]
    worker.say(*found(2), Stopped())
    opened.look()
    assert opened.text("progressLabel") == "Cancelled after 3 calipers."
    assert [row[1] for row in opened.table()] == ["1", "2", "3"]
    assert opened.enabled("measureButton")


def test_a_worker_that_does_not_listen_is_ended_and_replaced(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, weights: Path
) -> None:
    measure(opened, echo, weights, "lvid")
    opened.click("cancelButton")
    opened.look(seconds=0)
    assert opened.desk.measuring.busy
    opened.look(seconds=1)
    assert worker.child.exit_code is not None
    assert opened.text("progressLabel") == "Cancelled after 0 calipers."
    opened.click("measureButton")
    assert len(worker.children) == 2


def test_a_worker_that_the_system_ends_leaves_the_review_and_is_replaced(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, weights: Path
) -> None:
    opened.predict(echo, 0)
    use(opened, weights, "ivs")
    opened.click("measureButton")
    worker.die(-9)
    opened.look()
    assert "lack of memory" in opened.answers.warnings[0]
    assert "The review is kept" in opened.text("progressLabel")
    assert [row[0] for row in opened.table()] == ["LVID"]
    opened.click("measureButton")
    worker.say(*found(0, 1, measurement="ivs"), Finished(2, 1.0))
    opened.look()
    assert [row[0] for row in opened.table()] == ["IVS", "IVS", "LVID"]


def test_a_worker_that_crashes_is_told_with_its_last_words(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, weights: Path
) -> None:
    measure(opened, echo, weights, "lvid")
    worker.say(*found(0))
    worker.die(1, "ImportError: of a kind that nobody has thought of")
    opened.look()
    (warning,) = opened.answers.warnings
    assert "of a kind that nobody has thought of" in warning
    assert (
        opened.text("progressLabel") == "Stopped by an error after 1 caliper. The review is kept."
    )
    assert len(opened.table()) == 1


def test_frames_shown_all_range(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.choose("framesCombo", "current")
    opened.desk.study.show_frame(5)
    assert opened.text("framesLabel") == "frame 6, and 4 beside it for comparison"
    opened.choose("framesCombo", "range")
    assert opened.visible("rangeWidget")
    opened.spin("firstFrameSpin", 3)
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
    assert opened.text("framesLabel") == "frame 1, and 2 beside it for comparison"
    opened.desk.study.review.undo()
    assert "No end-diastole" in opened.text("framesLabel")


def test_a_second_run_waits_for_the_first(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, doppler: Path, weights: Path
) -> None:
    opened.open_file(echo)
    opened.choose("framesCombo", "every")
    use(opened, weights, "lvid")
    cine = opened.desk.study.image
    opened.click("measureButton")
    worker.say(*found(0))
    opened.look()
    opened.open_file(doppler)  # of the same study: what runs goes on
    with pytest.raises(InvalidState, match="already running"):
        opened.desk.measuring.start(("trvmax",), (0,), weights)
    assert worker.asked == ["measure"]
    worker.say(*found(1), Finished(2, 1.0))
    opened.look()
    entries = opened.desk.study.need_review().entries.values()
    assert [(entry.image, entry.frame) for entry in entries] == [(cine, 0), (cine, 1)]
    assert opened.text("progressLabel").startswith("Found 2 calipers")


def test_a_late_answer_of_a_cancelled_run_is_not_taken_for_one_of_the_next(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, weights: Path
) -> None:
    measure(opened, echo, weights, "lvid")
    former = worker.job
    opened.click("cancelButton")
    worker.say(Stopped())
    opened.look()
    opened.click("measureButton")
    worker.say(*found(5), Finished(1, 1.0), job=former)
    opened.look()
    assert opened.table() == []
    assert opened.desk.measuring.busy
    worker.say(*found(6), Finished(1, 1.0))
    opened.look()
    assert [row[1] for row in opened.table()] == ["7"]


def test_what_became_of_one_study_is_not_told_of_the_next(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, other_echo: Path, weights: Path
) -> None:
    measure(opened, echo, weights, "lvid")
    worker.say(*found(0))
    opened.look()
    opened.open_file(other_echo)  # of another study: what runs is cancelled
    assert worker.asked == ["measure", "cancel"]
    worker.say(*found(1), Stopped())
    opened.look()
    assert not opened.desk.measuring.busy
    assert opened.text("progressLabel") == ""
    assert opened.table() == []


def test_the_outcome_of_a_run_goes_with_its_study(
    opened: OpenModule, worker: ScriptedWorker, echo: Path, other_echo: Path, weights: Path
) -> None:
    measure(opened, echo, weights, "lvid")
    worker.say(*found(0), Finished(1, 1.0))
    opened.look()
    assert opened.text("progressLabel").startswith("Found 1 caliper in")
    opened.open_file(other_echo)
    assert opened.text("progressLabel") == ""
