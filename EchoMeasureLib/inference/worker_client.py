"""The application's end of the worker: gives it jobs, hears of them, ends it.

Nothing here knows Qt or Slicer. Everything happens in the caller's thread, in `poll`,
which a timer of the panel calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.inference.child import Child, start_worker
from EchoMeasureLib.inference.events import LAST, Event, Failed, Stopped, read_event
from EchoMeasureLib.inference.messages import (
    OUT_OF_MEMORY,
    MeasureRequest,
    Message,
    expected_message,
    from_line,
    request_message,
)

if TYPE_CHECKING:
    from EchoMeasureLib.inference.settings import EngineName, Precision, Settings
    from EchoMeasureLib.inference.weight_store import Checkpoint

CANCEL_GRACE_S = 0.6
"""How long the worker may take to stop by itself; then it is ended."""


class WorkerClient:
    """Gives one job at a time to a worker, which is started when it is first needed."""

    def __init__(
        self,
        start: Callable[[], Child] = start_worker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`start` gives a new worker; `clock` gives seconds from anywhere and never goes back."""
        self._start = start
        self._clock = clock
        self._child: Child | None = None
        self._next_id = 0
        self._job: int | None = None
        self._cancel_by: float | None = None

    @property
    def busy(self) -> bool:
        """Whether a job is being done."""
        return self._job is not None

    @property
    def pid(self) -> int | None:
        """Process id of the running worker."""
        return self._child.pid if self._child else None

    def measure(self, request: MeasureRequest) -> None:
        """Start a job; its events come from `poll`. Raises `InvalidState` while one runs."""
        self._ask(request_message(self._next_id + 1, request))

    def expect(
        self, weights: Path | None, settings: Settings, measurements: Sequence[str], several: bool
    ) -> None:
        """Let a worker begin to load what it is asked for soon, and is not ready to be asked yet.

        As `Predictor.expect`; no `measurements` take that back. Raises as `measure`.
        """
        child = self._running()
        child.send(expected_message(weights, settings, measurements, several))

    def list_weights(self, folder: Path | None = None) -> None:
        """Ask what the store holds; `WeightsListed` comes from `poll`."""
        self._ask({"type": "weights", "folder": str(folder) if folder else None})

    def install_weights(self, source: str) -> None:
        """Install the published weights from a folder, an archive or an address."""
        self._ask({"type": "install", "source": source})

    def prepare(self, checkpoint: Checkpoint, measurement: str) -> None:
        """Have a network converted for OpenVINO."""
        self._ask({"type": "prepare", **_named(checkpoint, measurement)})

    def try_engine(
        self, engine: EngineName, checkpoint: Checkpoint, measurement: str, precision: Precision
    ) -> None:
        """Have it run a network once, on noise; `Finished` says how long that took."""
        how = {"engine": engine.value, "precision": precision.value}
        self._ask({"type": "try", **how, **_named(checkpoint, measurement)})

    def _ask(self, request: Message) -> None:
        child = self._running()
        self._next_id += 1
        self._job = self._next_id
        child.send({**request, "id": self._next_id})

    def _running(self) -> Child:
        """A worker that has nothing to do."""
        if self.busy:
            raise InvalidState("A measurement is already running.", "Cancel it first.")
        if self._child is not None and self._child.exit_code is not None:
            self._drop()
        if self._child is None:
            self._child = self._start()
        return self._child

    def cancel(self) -> None:
        """Ask the worker to stop. `poll` reports `Stopped` within a second."""
        if self._job is not None and self._child is not None and self._cancel_by is None:
            self._child.send({"id": self._job, "type": "cancel"})
            self._cancel_by = self._clock() + CANCEL_GRACE_S

    def poll(self) -> list[Event]:
        """What has happened since the last call, in order. Takes a millisecond at most."""
        # Slicer's event loop keeps the interpreter lock: only here do the threads get a turn.
        time.sleep(0.001)
        events: list[Event] = []
        while self._child is not None and self._job is not None:
            line = self._child.next_line()
            if line == b"":
                break
            event = self._died() if line is None else self._read(line)
            if event is not None:
                events.append(event)
        if self._cancel_by is not None and self._clock() >= self._cancel_by:
            self._drop()
            events.append(self._over(Stopped()))
        return events

    def close(self) -> None:
        """End the worker and forget the job."""
        self._job = self._cancel_by = None
        self._drop()

    def _read(self, line: bytes) -> Event | None:
        message = from_line(line)
        if message.get("id") != self._job:
            return None
        event = read_event(message)
        return self._over(event) if isinstance(event, LAST) else event

    def _died(self) -> Event:
        assert self._child is not None
        child = self._child
        self._drop()
        if self._cancel_by is not None:
            return self._over(Stopped())
        if child.killed:
            problem = (
                "The measuring process was ended by the system, most likely for lack of memory."
            )
            return self._over(Failed("out_of_memory", problem, OUT_OF_MEMORY))
        problem = f"The measuring process ended unexpectedly (exit code {child.exit_code})."
        if child.last_words:
            problem = f"{problem} Its last words: {child.last_words}"
        return self._over(
            Failed("crash", problem, "The review is kept, and Measure starts a new process.")
        )

    def _over(self, event: Event) -> Event:
        self._job = self._cancel_by = None
        return event

    def _drop(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


def _named(checkpoint: Checkpoint, measurement: str) -> Message:
    facts = {"sha256": checkpoint.sha256, "set": checkpoint.set.value}
    return {"file": str(checkpoint.path), "measurement": measurement, **facts}
