"""Who stops at a frame that was left out finds it measured, and nobody else pays for it."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scripted_worker import ScriptedWorker
from ultrasound_files import region, write_ultrasound
from watch import Watch

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.desk.filling_in import REST_S
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.events import Failed, Finished, Found, Stopped
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.mrml.loading import load_cine

COUNT = 60
MODEL = Provenance("a.ckpt", "0", "custom")


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """1.2 s of 50 frames a second, 20 pixels a centimetre."""
    box = region((0, 0, 159, 119), (0.05, 0.05))
    pixels = np.zeros((COUNT, 120, 160, 3), np.uint8)
    return write_ultrasound(tmp_path / "echo.dcm", pixels, [box], {"FrameTime": "20"})


def answer(worker: ScriptedWorker) -> None:
    """Have the worker do what it was asked last: a ventricle of 3 to 5 cm, smallest at frame 20."""
    request = worker.child.requests[-1]
    found = [
        Found(Prediction(id, frame, ends(frame), MODEL))
        for id in request["measurements"]
        for frame in request["frames"]
    ]
    worker.say(*found, Finished(len(found), 0.1))


def ends(frame: int) -> tuple[Landmark, Landmark]:
    length = 20 * (4 - math.cos(2 * math.pi * (frame - 20) / 40))
    return Landmark(80, 8, confidence=0.9), Landmark(80, 8 + length, confidence=0.9)


def measured(desk: Desk) -> dict[str, set[int]]:
    review = desk.study.need_review()
    found: dict[str, set[int]] = {}
    for entry in review.entries.values():
        found.setdefault(entry.measurement, set()).add(entry.frame)
    return found


@pytest.fixture
def left_out(desk: Desk, echo: Path, worker: ScriptedWorker) -> int:
    """A frame between two of the row, of a cine in which two diameters were measured."""
    desk.load_file(echo)
    desk.measuring.start(("lvid", "lvpw"), tuple(range(COUNT)))
    while desk.measuring.busy:
        answer(worker)
        desk.measuring.poll()
    ran = measured(desk)
    assert max(map(len, ran.values())) < COUNT
    return next(frame for frame in range(COUNT) if not any(frame in run for run in ran.values()))


def rest(desk: Desk, watch: Watch, seconds: float = REST_S) -> None:
    desk.tick()
    watch.now += seconds
    desk.tick()


def test_a_frame_at_which_one_rests_is_run_and_nothing_else_changes(
    desk: Desk, worker: ScriptedWorker, watch: Watch, left_out: int
) -> None:
    before, asked = measured(desk), len(worker.child.requests)
    desk.study.show_frame(left_out)
    chosen = desk.selection.entry
    for id in ("lvid", "lvpw"):
        rest(desk, watch)
        request = worker.child.requests[-1]
        assert (request["measurements"], request["frames"]) == ([id], [left_out])
        assert request["planned"], "frames beside it are measured already"
        assert not desk.measuring.busy, "nobody asked for it"
        answer(worker)
        desk.tick()
    assert measured(desk) == {id: frames | {left_out} for id, frames in before.items()}
    assert (desk.study.frame, desk.selection.entry) == (left_out, chosen)
    rest(desk, watch)
    assert len(worker.child.requests) == asked + 2, "each once"


def test_nothing_is_run_while_it_plays_nor_where_all_was_run(
    desk: Desk, worker: ScriptedWorker, watch: Watch, left_out: int
) -> None:
    asked = len(worker.child.requests)
    for frame in range(COUNT):
        desk.study.show_frame(frame)
        desk.tick()
        watch.now += REST_S / 2
    there = next(iter(measured(desk)["lvid"] & measured(desk)["lvpw"]))
    desk.study.show_frame(there)
    rest(desk, watch)
    desk.measuring.start(("lvid",), tuple(range(COUNT)), every_frame=True)
    answer(worker)
    desk.measuring.poll()
    desk.study.show_frame(left_out)
    rest(desk, watch)
    assert len(worker.child.requests) == asked + 1, "every single frame is run already"


def test_who_goes_on_is_not_followed(
    desk: Desk, worker: ScriptedWorker, watch: Watch, left_out: int
) -> None:
    desk.study.show_frame(left_out)
    rest(desk, watch)
    asked = len(worker.child.requests)
    desk.study.show_frame(0)
    answer(worker)
    desk.tick()
    rest(desk, watch)
    assert left_out in measured(desk)["lvid"]
    assert left_out not in measured(desk)["lvpw"]
    assert len(worker.child.requests) == asked, "the first frame was run of both"


def test_what_is_asked_for_meanwhile_begins_when_the_frame_is_done(
    desk: Desk, worker: ScriptedWorker, watch: Watch, left_out: int
) -> None:
    desk.study.show_frame(left_out)
    rest(desk, watch)
    asked = len(worker.child.requests)
    desk.measuring.start(("ivs",), (3,))
    assert desk.measuring.busy
    assert desk.measuring.poll() == []
    assert len(worker.child.requests) == asked
    answer(worker)
    assert desk.measuring.poll() == []
    assert worker.child.requests[-1]["measurements"] == ["ivs"]
    answer(worker)
    assert Finished(1, 0.1) in desk.measuring.poll()
    assert not desk.measuring.busy
    assert measured(desk)["ivs"] == {3}
    assert left_out in measured(desk)["lvid"]


def test_what_was_asked_for_meanwhile_can_be_cancelled(
    desk: Desk, worker: ScriptedWorker, watch: Watch, left_out: int
) -> None:
    desk.study.show_frame(left_out)
    rest(desk, watch)
    desk.measuring.start(("ivs",), (3,))
    desk.measuring.cancel()
    worker.say(Stopped())
    assert desk.measuring.poll() == [Stopped()]
    rest(desk, watch)
    rest(desk, watch)
    assert not desk.measuring.busy
    assert worker.asked[-1] == "cancel", "and nothing is filled in any more"


@pytest.mark.skipif(sys.platform == "win32", reason="files are limited as POSIX does")
def test_a_frame_that_cannot_be_handed_over_is_not_run_and_nobody_is_told(
    desk: Desk, worker: ScriptedWorker, watch: Watch, echo: Path
) -> None:
    """A scene without the image's file hands its pixels over in one of their own."""
    from full_disk import full_disk

    nodes = load_cine(desk.study.scene, read(echo), "echo")
    echo.unlink()
    desk.open_node(nodes.volume)
    desk.measuring.start(("lvid",), tuple(range(COUNT)))
    while desk.measuring.busy:
        answer(worker)
        desk.measuring.poll()
    asked = worker.asked.count("measure")
    left_out = next(iter(set(range(COUNT)) - measured(desk)["lvid"]))
    desk.study.show_frame(left_out)
    with full_disk():
        rest(desk, watch)
    rest(desk, watch)
    assert worker.asked.count("measure") == asked
    assert not desk.measuring.busy


NO_WEIGHTS = Failed("WeightsProblem", "There are none.", "")


@pytest.mark.parametrize("end", [NO_WEIGHTS, Stopped()])
@pytest.mark.parametrize("filling", [False, True], ids=["measuring", "filling in"])
def test_after_a_run_that_did_not_end_well_nothing_more_is_filled_in(
    desk: Desk,
    worker: ScriptedWorker,
    watch: Watch,
    left_out: int,
    filling: bool,
    end: Failed | Stopped,
) -> None:
    if filling:
        desk.study.show_frame(left_out)
        rest(desk, watch)
    else:
        desk.measuring.start(("ivs",), tuple(range(COUNT)))
    asked = len(worker.child.requests)
    worker.say(end)
    desk.tick()
    desk.measuring.poll()
    assert not desk.measuring.busy
    desk.study.show_frame(left_out)
    rest(desk, watch)
    assert len(worker.child.requests) == asked
