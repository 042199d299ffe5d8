"""Networks made ready by a process of their own, which gives back what that takes.

Converting a network of the published size takes torch and more memory than running it. A trial
runs it on each engine, and all in one process would take the memory of all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

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
from EchoMeasureLib.inference.settings import EngineName, Precision
from EchoMeasureLib.inference.weight_store import Checkpoint
from EchoMeasureLib.inference.worker_client import WorkerClient
from EchoMeasureLib.progress import Monitor, Progress

LARGE = 64 << 20
"""Bytes of a checkpoint; a smaller network takes less memory than torch itself."""
LOOK_S = 0.05
"""How often the process is looked at; so soon it is ended when the work is cancelled."""
LOCK = ".converting"


@contextmanager
def alone(checkpoint: Checkpoint, monitor: Monitor) -> Iterator[bool]:
    """Nobody else of this machine's user prepares a network meanwhile; False: none can be kept.

    Those that wait may find it done. A monitor stops the wait.
    """
    folder = kept_in()
    if folder is None:
        yield False
        return
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(only_one(folder, LOCK, "converts networks in"))
            except FolderInUse:
                name = checkpoint.path.name
                monitor(Progress(0, 0, f"waiting for another process that converts {name}"))
                time.sleep(LOOK_S)
            except OutputProblem:
                break
            else:
                yield True
                return
    yield False


def convert(checkpoint: Checkpoint, measurement: str, monitor: Monitor) -> None:
    """Convert a network for OpenVINO, and keep it.

    A monitor stops it. Raises `EngineProblem`, `WeightsProblem` and `MissingPackage`.
    """
    client = WorkerClient()
    try:
        client.prepare(checkpoint, measurement)
        _wait(client, checkpoint, monitor, f"converting {checkpoint.path.name}, once")
    finally:
        client.close()


class Elsewhere:
    """An engine with a network in a process of its own, for a trial; begun when it is tried."""

    def __init__(
        self,
        engine: EngineName,
        checkpoint: Checkpoint,
        measurement: str,
        precision: Precision,
        monitor: Monitor,
    ) -> None:
        self._asked = (engine, checkpoint, measurement, precision)
        self._monitor = monitor
        self._client = WorkerClient()

    def __call__(self) -> float:
        """Run one canvas of noise; the seconds that it took. As `convert`."""
        checkpoint = self._asked[1]
        self._client.try_engine(*self._asked)
        stage = f"trying the engines with {checkpoint.path.name}, once"
        return _wait(self._client, checkpoint, self._monitor, stage)

    def close(self) -> None:
        """End the process."""
        self._client.close()


def _wait(client: WorkerClient, checkpoint: Checkpoint, monitor: Monitor, stage: str) -> float:
    """Until it is done; the seconds that it says it took."""
    while True:
        for event in client.poll():
            if isinstance(event, Failed):
                raise _error(event, checkpoint.path.name)
            if isinstance(event, Finished):
                return event.seconds
        monitor(Progress(0, 0, stage))
        time.sleep(LOOK_S)


def _error(event: Failed, file: str) -> EngineProblem | WeightsProblem | MissingPackage:
    """What the process met, as it would have been here."""
    if event.package:
        return MissingPackage(event.package, "Converting a network", EXTRAS[event.package])
    if event.kind == WeightsProblem.__name__:
        return WeightsProblem(event.problem, event.hint)
    return EngineProblem(
        f"{file} could not be made ready for OpenVINO: {event.problem}", "Use --engine torch."
    )
