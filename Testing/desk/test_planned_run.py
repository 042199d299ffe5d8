"""A measurement in steps, told as one: the worker is a script, the plan is the real one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scripted_worker import ScriptedWorker
from watch import Watch

from EchoMeasureLib.desk.planned_run import PlannedRun
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.events import Failed, Finished, Found, Judged, Stopped, Working
from EchoMeasureLib.inference.messages import MeasureRequest
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.quality_findings import Quality
from EchoMeasureLib.inference.worker_client import WorkerClient
from EchoMeasureLib.measuring.coarse_to_fine import FramePlan
from EchoMeasureLib.progress import Progress

COUNT = 100
SMALLEST = (20, 60)
"""Frames at which the drawn ventricle is smallest, 0.8 s apart."""


@pytest.fixture
def cine() -> Cine:
    """Two seconds of 50 frames each, 20 pixels a centimetre."""
    pixels = np.broadcast_to(np.zeros((1, 1, 1, 3), np.uint8), (COUNT, 300, 300, 3))
    region = Region(0, RegionKind.TWO_D, Box(0, 0, 299, 299), ("cm", "cm"), (0.05, 0.05))
    timing = Timing(tuple(i / 50 for i in range(COUNT)), "test")
    return Cine(ArraySource(pixels), timing, (region,))


@pytest.fixture
def worker() -> ScriptedWorker:
    return ScriptedWorker()


@pytest.fixture
def client(worker: ScriptedWorker) -> WorkerClient:
    return WorkerClient(worker.start, Watch())


@pytest.fixture
def run(client: WorkerClient, cine: Cine, tmp_path) -> PlannedRun:
    run = PlannedRun(client)
    request = MeasureRequest(("lvid", "ivs"), tuple(range(COUNT)), tmp_path / "echo.dcm")
    run.start(FramePlan(cine, ("lvid", "ivs"), first=33), request)
    return run


def said(id: str, frame: int) -> Found:
    wave = math.cos(2 * math.pi * (frame - SMALLEST[0]) / 40)
    px = 20 * (4 - wave if id == "lvid" else 1)
    ends = (Landmark(50, y, confidence=0.9) for y in (50.0, 50.0 + px))
    return Found(Prediction(id, frame, tuple(ends), Provenance("a.ckpt", "0", "custom")))


def step(worker: ScriptedWorker, note: str = "") -> dict[str, object]:
    """Have the worker do what it was asked last; the request."""
    request = worker.child.requests[-1]
    found = [said(id, frame) for id in request["measurements"] for frame in request["frames"]]
    worker.say(Judged(Quality((), 0, COUNT)), Working(Progress(0, len(found), "lvid")))
    worker.say(*found, Finished(len(found), 2.0, note))
    return request


def test_the_steps_are_told_as_one_job(
    run: PlannedRun, client: WorkerClient, worker: ScriptedWorker
) -> None:
    events, asked = [], []
    while client.busy:
        asked.append(step(worker, "A note."))
        events += run.poll()
    assert all(request["planned"] for request in asked)
    assert asked[0]["frames"][0] == 33
    assert asked[0]["measurements"] == ["lvid"]
    assert asked[-1]["measurements"] == ["ivs"]
    found = [event.prediction for event in events if isinstance(event, Found)]
    of_lvid = {one.frame for one in found if one.measurement == "lvid"}
    of_ivs = {one.frame for one in found if one.measurement == "ivs"}
    assert {*range(18, 23), *range(38, 43), *range(58, 63)} <= of_lvid
    assert len(of_lvid) < COUNT
    assert 40 in of_ivs
    assert len(of_ivs) < len(of_lvid)
    assert sum(isinstance(event, Judged) for event in events) == 1
    (end,) = (event for event in events if isinstance(event, Finished))
    assert end == Finished(len(found), 2.0 * len(asked), "A note.")
    assert events[-1] is end
    steps = [event.progress for event in events if isinstance(event, Working)]
    assert [p.done for p in steps] == sorted(p.done for p in steps)
    assert all(p.done <= p.total for p in steps)


def test_no_step_follows_what_was_cancelled_or_failed(
    run: PlannedRun, client: WorkerClient, worker: ScriptedWorker
) -> None:
    run.cancel()
    worker.say(Stopped())
    assert run.poll() == [Stopped()]
    assert not client.busy
    assert worker.asked == ["measure", "cancel"]


def test_no_step_follows_one_that_ended_before_the_worker_heard_of_the_cancel(
    run: PlannedRun, client: WorkerClient, worker: ScriptedWorker
) -> None:
    step(worker)
    run.cancel()
    assert run.poll()[-1] == Stopped()
    assert not client.busy
    assert worker.asked == ["measure", "cancel"]


def test_an_error_ends_it(run: PlannedRun, client: WorkerClient, worker: ScriptedWorker) -> None:
    failed = Failed("WeightsProblem", "There are no weights.", "")
    worker.say(failed)
    assert run.poll() == [failed]
    assert not client.busy
