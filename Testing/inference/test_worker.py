"""What the worker answers: driven here within one process, one request at a time."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.events import (
    Event,
    Failed,
    Finished,
    Found,
    Judged,
    Stopped,
    Working,
    read_event,
)
from EchoMeasureLib.inference.messages import MeasureRequest, from_line, request_message
from EchoMeasureLib.inference.predicting import predict
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.inference.worker import Worker


class Replies(io.BytesIO):
    """What the worker has written, a line as soon as it is complete."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    def flush(self) -> None:
        for line in self.getvalue().splitlines():
            event = read_event(from_line(line))
            assert event is not None, line
            self.events.append(event)
        self.seek(0)
        self.truncate()

    @property
    def found(self) -> list[Prediction]:
        return [event.prediction for event in self.events if isinstance(event, Found)]


class Asked:
    """A worker, and the job that it is given, again and again, with changes."""

    def __init__(self, job: MeasureRequest) -> None:
        self.job = job
        self.replies = Replies()
        self.worker = Worker(io.BytesIO(), self.replies)

    def __call__(self, job: MeasureRequest | None = None) -> Replies:
        self.replies.events.clear()
        self.worker.answer(request_message(1, job or self.job))
        return self.replies


@pytest.fixture(scope="module")
def asked(noisy_echo: Path, small_weights: Path) -> Asked:
    return Asked(MeasureRequest(("lvid",), (0, 5), noisy_echo, weights=small_weights))


def test_the_worker_finds_what_the_library_finds(asked: Asked) -> None:
    job = replace(asked.job, measurements=("lvid", "ivs"), settings=Settings(view_check=False))
    replies = asked(job)
    assert job.path is not None
    assert replies.found == list(
        predict(read(job.path), ("lvid", "ivs"), (0, 5), Store(job.weights))
    )
    last = replies.events[-1]
    assert isinstance(last, Finished)
    assert last.count == 4


def test_how_good_the_picture_is_comes_before_the_first_result(asked: Asked) -> None:
    events = [event for event in asked().events if not isinstance(event, Working)]
    first = events[0]
    assert isinstance(first, Judged)
    assert (first.quality.poor, first.quality.frame_count) == (False, 8)
    assert [type(event) for event in events[1:]] == [Found, Found, Finished]


def test_what_is_found_in_a_poor_picture_says_why_it_is_doubtful(
    asked: Asked, tmp_path: Path
) -> None:
    black = np.zeros((2, 240, 320, 3), np.uint8)
    file = write_ultrasound(tmp_path / "b.dcm", black, [region((0, 0, 319, 239), (0.05, 0.05))])
    (found,) = asked(replace(asked.job, path=file, frames=(1,))).found
    assert found.quality.startswith("No ultrasound picture is seen")


def test_what_is_found_in_another_view_says_so(asked: Asked) -> None:
    """The echo is noise, in which small networks find what they are asked for."""
    for found in asked().found:
        assert found.view.endswith("LVID is measured in a parasternal long axis.")


def test_a_view_that_nobody_asks_about_is_not_in_doubt(asked: Asked) -> None:
    job = replace(asked.job, settings=Settings(view_check=False))
    assert [found.view for found in asked(job).found] == ["", ""]


def test_of_pixels_without_a_file_only_the_asked_frames_are_judged(
    asked: Asked, tmp_path: Path
) -> None:
    """The others of the shared array are empty, which says nothing of the picture."""
    assert asked.job.path is not None
    pixels = np.zeros((8, 240, 320, 3), np.uint8)
    pixels[5] = read(asked.job.path).frame(5)
    np.save(tmp_path / "frames.npy", pixels)
    replies = asked(replace(asked.job, path=None, pixels=tmp_path / "frames.npy", frames=(5,)))
    (judged,) = (event.quality for event in replies.events if isinstance(event, Judged))
    assert (judged.poor, judged.looked_at) == (False, 1)


def test_each_result_is_told_before_the_next_frame_is_begun(asked: Asked) -> None:
    asked(replace(asked.job, frames=tuple(range(8)), settings=Settings(batch=1)))
    told: list[tuple[str, int]] = []
    for event in asked.replies.events:
        if isinstance(event, Working) and event.progress.total:
            assert event.progress.total == 8
            told.append(("done", event.progress.done))
        elif isinstance(event, Found):
            told.append(("frame", event.prediction.frame))
    of_each = [(("frame", frame), ("done", frame + 1)) for frame in range(8)]
    assert told[told.index(("frame", 0)) :] == [step for pair in of_each for step in pair]


def test_pixels_without_a_file_are_measured_through_a_shared_array(
    asked: Asked, tmp_path: Path
) -> None:
    assert asked.job.path is not None
    cine = read(asked.job.path)
    np.save(tmp_path / "frames.npy", np.stack([cine.frame(i) for i in range(8)]))
    from_file = asked().found
    assert len(from_file) == 2
    assert asked(replace(asked.job, path=None, pixels=tmp_path / "frames.npy")).found == from_file


def test_a_calibration_by_hand_goes_with_the_job(asked: Asked) -> None:
    job = replace(asked.job, measurements=("trvmax",))
    strip = Region(-1, RegionKind.CW, Box(0, 0, 319, 239), ("s", "cm/s"), (1, -1), (0, 10))
    # The strip is accepted; what is missing are weights for it.
    assert failure(asked(replace(job, regions=(strip,)))).kind == "WeightsProblem"
    assert failure(asked(job)).kind == "CannotMeasure"


def failure(replies: Replies) -> Failed:
    """The last reply, which must tell of a failure."""
    last = replies.events[-1]
    assert isinstance(last, Failed), last
    return last


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"path": Path("/nowhere/echo.dcm")}, "UnreadableFile", "no longer there"),
        ({"frames": (99,)}, "InvalidArgument", "no frame 99"),
        ({"measurements": ("nose",)}, "UnknownMeasurement", "nose"),
        ({"weights": Path("/nowhere")}, "WeightsProblem", "/nowhere"),
    ],
)
def test_what_is_wrong_comes_back_in_the_words_of_the_library(
    asked: Asked, change: dict[str, object], kind: str, words: str
) -> None:
    failed = failure(asked(replace(asked.job, **change)))
    assert failed.kind == kind
    assert words in failed.problem


def test_a_request_that_it_does_not_know_is_refused(asked: Asked) -> None:
    asked.replies.events.clear()
    asked.worker.answer({"id": 1, "type": "dance"})
    assert failure(asked.replies).problem == "The worker knows no request 'dance'."


def test_a_job_that_is_cancelled_ends_with_the_frame_at_hand(
    noisy_echo: Path, small_weights: Path
) -> None:
    """The wish comes while the second result is told; a third is not begun."""

    class Impatient(Replies):
        def flush(self) -> None:
            super().flush()
            if len(self.found) == 2:
                worker.take({"id": 1, "type": "cancel"})

    replies = Impatient()
    worker = Worker(io.BytesIO(), replies)
    one_by_one = Settings(batch=1)
    job = MeasureRequest(
        ("lvid",), tuple(range(8)), noisy_echo, weights=small_weights, settings=one_by_one
    )
    worker.answer(request_message(1, job))
    assert [prediction.frame for prediction in replies.found] == [0, 1]
    assert replies.events[-1] == Stopped()
    worker.answer(request_message(2, job))
    assert isinstance(replies.events[-1], Finished)


def test_a_step_of_a_plan_runs_no_frames_beside(asked: Asked) -> None:
    """And what was said of the picture is said again, without looking at it again."""
    first = asked(replace(asked.job, planned=True, frames=(4,)))
    (judged,) = (event for event in first.events if isinstance(event, Judged))
    assert [(one.frame, one.near) for one in first.found] == [(4, ())]
    again = asked(replace(asked.job, planned=True, frames=(2,)))
    assert [event.quality for event in again.events if isinstance(event, Judged)] == [
        judged.quality
    ]
