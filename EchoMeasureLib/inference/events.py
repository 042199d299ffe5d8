"""What a worker tells of its job, and how that crosses the pipe.

Both sides use these: the worker sends `event_message`, the application reads it again
with `read_event`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeAlias

from EchoMeasureLib.inference.messages import Message, prediction_record, read_prediction
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.quality_findings import Quality, quality_of
from EchoMeasureLib.progress import Progress


@dataclass(frozen=True, slots=True)
class Working:
    """The job has come this far."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class Found:
    """One more prediction."""

    prediction: Prediction

    @property
    def calipers(self) -> int:
        """How many it is: one for each beat of a strip."""
        return max(1, len(self.prediction.beats))


@dataclass(frozen=True, slots=True)
class Judged:
    """How good the picture is, told before the first prediction."""

    quality: Quality


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done."""

    count: int
    seconds: float
    note: str = ""
    """What people should know of it, in a sentence; empty when nothing."""


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Which network there is for one measurement."""

    measurement: str
    file: str
    """Name of the checkpoint; empty when there is none."""
    set: str
    """Word of `settings.WeightSet`; empty when there is none."""
    problem: str
    """Why there is none; empty when there is one."""


@dataclass(frozen=True, slots=True)
class WeightsListed:
    """What the store holds, in the order of the catalog."""

    states: tuple[NetworkState, ...]


@dataclass(frozen=True, slots=True)
class WeightsInstalled:
    """What an installation did."""

    installed: int
    present: int
    missing: tuple[str, ...]
    problems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stopped:
    """The job was cancelled."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job could not be done, or the worker died."""

    kind: str
    """Name of the error's class; `crash` or `out_of_memory` when the worker died."""
    problem: str
    hint: str
    package: str = ""
    """The optional package that is missing; empty when it is none of that."""


Event: TypeAlias = (
    Working | Judged | Found | Finished | WeightsListed | WeightsInstalled | Stopped | Failed
)

LAST = (Finished, WeightsListed, WeightsInstalled, Stopped, Failed)
"""The kinds of event after which the job is over."""


def event_message(id: int, event: Event) -> Message:
    """The reply that tells of an event of the job with this id."""
    match event:
        case Working(progress):
            reply, content = "progress", asdict(progress)
        case Judged(quality):
            reply, content = "quality", {"quality": quality.record()}
        case Found(prediction):
            reply, content = "prediction", {"prediction": prediction_record(prediction)}
        case Finished():
            reply, content = "done", asdict(event)
        case WeightsListed():
            reply, content = "weights", asdict(event)
        case WeightsInstalled():
            reply, content = "installed", _installation(event)
        case Stopped():
            reply, content = "cancelled", {}
        case Failed():
            reply, content = "error", asdict(event)
    return {"id": id, "reply": reply, **content}


def _installation(done: WeightsInstalled) -> Message:
    return {
        "installed": done.installed,
        "present": done.present,
        "missing": list(done.missing),
        "problems": dict(done.problems),
    }


def read_event(message: Message) -> Event | None:
    """The event that a reply tells of; None when it is another kind of reply."""
    match message.get("reply"):
        case "progress":
            return Working(Progress(message["done"], message["total"], message["stage"]))
        case "quality":
            return Judged(quality_of(message["quality"]))
        case "prediction":
            return Found(read_prediction(message["prediction"]))
        case "done":
            return Finished(message["count"], message["seconds"], message["note"])
        case "weights":
            return WeightsListed(tuple(NetworkState(**state) for state in message["states"]))
        case "installed":
            counts = message["installed"], message["present"]
            return WeightsInstalled(*counts, tuple(message["missing"]), message["problems"])
        case "cancelled":
            return Stopped()
        case "error":
            names = ("kind", "problem", "hint", "package")
            return Failed(*(message[name] for name in names))
    return None
