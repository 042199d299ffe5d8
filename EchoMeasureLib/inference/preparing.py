"""Networks made ready by a process of their own, which gives back what that takes.

Converting a network of the published size takes torch and more memory than running it, and a
trial of engines runs it on each of them. The process that measures needs none of that afterwards.
"""

from __future__ import annotations

import time

from EchoMeasureLib.errors import (
    EXTRAS,
    EngineProblem,
    MissingPackage,
    OutputProblem,
    WeightsProblem,
)
from EchoMeasureLib.folder_lock import FolderInUse, only_one
from EchoMeasureLib.inference.events import Failed, Finished
from EchoMeasureLib.inference.openvino_models import kept_in
from EchoMeasureLib.inference.settings import Precision
from EchoMeasureLib.inference.weight_store import Checkpoint
from EchoMeasureLib.inference.worker_client import WorkerClient
from EchoMeasureLib.progress import Monitor, Progress

LARGE = 64 << 20
"""Bytes of a checkpoint; a smaller network takes less memory than torch itself."""
LOOK_S = 0.05
"""How often the process is looked at; so soon it is ended when the work is cancelled."""
LOCK = ".converting"


def prepare(
    checkpoint: Checkpoint, measurement: str, precision: Precision, trial: bool, monitor: Monitor
) -> None:
    """Convert a network for OpenVINO, with `trial` after the choice of an engine.

    One process of this machine's user at a time; those that wait may find it done. A monitor stops
    it. Raises `EngineProblem`, `WeightsProblem` and `MissingPackage`.
    """
    folder = kept_in()
    name = checkpoint.path.name
    what = "trying the engines with" if trial else "converting"
    while folder is not None:
        try:
            with only_one(folder, LOCK, "converts networks in"):
                _run(checkpoint, measurement, precision, trial, monitor, f"{what} {name}, once")
                return
        except FolderInUse:
            monitor(Progress(0, 0, f"waiting for another process that converts {name}"))
            time.sleep(LOOK_S)
        except OutputProblem:
            return  # nothing can be kept there: it is converted where it is needed


def _run(
    checkpoint: Checkpoint,
    measurement: str,
    precision: Precision,
    trial: bool,
    monitor: Monitor,
    stage: str,
) -> None:
    client = WorkerClient()
    try:
        client.prepare(checkpoint, measurement, precision, trial)
        while True:
            for event in client.poll():
                if isinstance(event, Failed):
                    raise _error(event, checkpoint.path.name)
                if isinstance(event, Finished):
                    return
            monitor(Progress(0, 0, stage))
            time.sleep(LOOK_S)
    finally:
        client.close()


def _error(event: Failed, file: str) -> EngineProblem | WeightsProblem | MissingPackage:
    """What the process met, as it would have been here."""
    if event.package:
        return MissingPackage(event.package, "Converting a network", EXTRAS[event.package])
    if event.kind == WeightsProblem.__name__:
        return WeightsProblem(event.problem, event.hint)
    return EngineProblem(
        f"{file} could not be made ready for OpenVINO: {event.problem}", "Use --engine torch."
    )
