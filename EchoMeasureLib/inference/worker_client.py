"""The application's end of the worker: starts it, listens to it, ends it.

Nothing here knows Qt or Slicer. Threads only carry lines into queues; everything
else happens in the caller's thread, in `poll`, which a timer of the panel calls.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.inference.messages import (
    OUT_OF_MEMORY,
    Job,
    Message,
    decode,
    encode,
    job_message,
    read_prediction,
)
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.progress import Progress

CANCEL_GRACE_S = 0.6
"""How long the worker may take to stop by itself; then it is ended."""

_KILLED = (-9, 137)
"""Exit codes of a process that the system ended, which is what running out of memory looks like."""


@dataclass(frozen=True, slots=True)
class Working:
    """The job has come this far."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class Found:
    """One more prediction."""

    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Which network there is for one measurement."""

    measurement: str
    file: str
    """Name of the checkpoint; empty when there is none."""
    set: str
    """`echonet`, `phantom`, `custom` or `demo`; empty when there is none."""
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


Event: TypeAlias = Working | Found | Finished | WeightsListed | WeightsInstalled | Stopped | Failed

LAST = (Finished, WeightsListed, WeightsInstalled, Stopped, Failed)
"""The kinds of event after which the job is over."""


def worker_command() -> list[str]:
    """How to start the worker here: PythonSlicer in Slicer, else the same Python.

    The folder of the package is handed over as an argument: Slicer's launcher
    builds its own PYTHONPATH.
    """
    application = getattr(sys.modules.get("slicer"), "app", None)
    python = _python_slicer(application) if application is not None else None
    root = str(Path(__file__).resolve().parents[2])
    boot = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        "from EchoMeasureLib.inference.worker import main; main()"
    )
    return [python or sys.executable, "-c", boot, root]


def _python_slicer(application: Any) -> str | None:
    """Slicer's own Python; in the application `sys.executable` is not one."""
    home = getattr(application, "slicerHome", None)
    beside = str(Path(home) / "bin") if home else None
    return shutil.which("PythonSlicer") or (
        shutil.which("PythonSlicer", path=beside) if beside else None
    )


class _Child:
    """One running worker, its pipes and the threads that read them."""

    def __init__(self, command: Sequence[str]) -> None:
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=flags,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        self.lines: queue.Queue[bytes | None] = queue.Queue()
        self.last_words: collections.deque[str] = collections.deque(maxlen=20)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._threads = [
            _in_thread(self._listen, self.process.stdout),
            _in_thread(self._overhear, self.process.stderr),
        ]

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self.lines.put(line)
        self.lines.put(None)

    def _overhear(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self.last_words.append(line.decode("utf-8", "replace").rstrip())

    def send(self, message: Message) -> None:
        assert self.process.stdin is not None
        # A worker that has died takes nothing; the listening thread tells of its death.
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(encode(message))
            self.process.stdin.flush()

    def end(self) -> None:
        """Gone within a fraction of a second, whatever it was doing.

        PythonSlicer is a launcher: it is the closing of its input that ends the worker behind it.
        """
        if self.process.stdin is not None:
            # What was still to be written has no reader any more.
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(0.2)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(0.2)


def _in_thread(function: Callable[[IO[bytes]], None], pipe: IO[bytes]) -> threading.Thread:
    thread = threading.Thread(target=function, args=(pipe,), daemon=True)
    thread.start()
    return thread


class WorkerClient:
    """Gives one job at a time to a worker, which is started when it is first needed."""

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = command
        self._child: _Child | None = None
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
        return self._child.process.pid if self._child else None

    def measure(self, job: Job) -> None:
        """Start a job; its events come from `poll`. Raises `InvalidArgument` while one runs."""
        self._ask(job_message(self._next_id + 1, job))

    def list_weights(self, folder: Path | None = None) -> None:
        """Ask what the store holds; `WeightsListed` comes from `poll`."""
        self._ask({"type": "weights", "folder": str(folder) if folder else None})

    def install_weights(self, source: str) -> None:
        """Install the published weights from a folder, an archive or an address."""
        self._ask({"type": "install", "source": source})

    def _ask(self, request: Message) -> None:
        if self.busy:
            raise InvalidArgument("A measurement is already running.", "Cancel it first.")
        if self._child is not None and self._child.process.poll() is not None:
            self._drop()
        if self._child is None:
            self._child = self._start()
        self._next_id += 1
        self._job = self._next_id
        self._child.send({**request, "id": self._next_id})

    def _start(self) -> _Child:
        command = list(self._command or worker_command())
        try:
            return _Child(command)
        except OSError as error:
            raise EchoMeasureError(
                f"The measuring process could not be started ({error.strerror or error}).",
                f"It is run as: {command[0]}",
            ) from error

    def cancel(self) -> None:
        """Ask the worker to stop. `poll` reports `Stopped` within a second."""
        if self._job is not None and self._child is not None and self._cancel_by is None:
            self._child.send({"id": self._job, "type": "cancel"})
            self._cancel_by = time.monotonic() + CANCEL_GRACE_S

    def poll(self) -> list[Event]:
        """What has happened since the last call, in order. Takes a millisecond at most."""
        # Slicer's event loop keeps the interpreter lock: only here do the threads get a turn.
        time.sleep(0.001)
        events: list[Event] = []
        while self._child is not None and self._job is not None:
            try:
                line = self._child.lines.get_nowait()
            except queue.Empty:
                break
            event = self._died() if line is None else self._read(line)
            if event is not None:
                events.append(event)
        if self._cancel_by is not None and time.monotonic() >= self._cancel_by:
            self._drop()
            events.append(self._over(Stopped()))
        return events

    def close(self) -> None:
        """End the worker and forget the job."""
        self._job = self._cancel_by = None
        self._drop()

    def _read(self, line: bytes) -> Event | None:
        message = decode(line)
        if message.get("id") != self._job:
            return None
        match message["reply"]:
            case "progress":
                return Working(Progress(message["done"], message["total"], message["stage"]))
            case "prediction":
                return Found(read_prediction(message["prediction"]))
            case "done":
                return self._over(Finished(message["count"], message["seconds"]))
            case "weights":
                states = tuple(NetworkState(**state) for state in message["states"])
                return self._over(WeightsListed(states))
            case "installed":
                return self._over(
                    WeightsInstalled(
                        message["installed"],
                        message["present"],
                        tuple(message["missing"]),
                        message["problems"],
                    )
                )
            case "cancelled":
                return self._over(Stopped())
            case "error":
                names = ("kind", "problem", "hint", "package")
                return self._over(Failed(*(message[name] for name in names)))
        return None

    def _died(self) -> Event:
        assert self._child is not None
        child = self._child
        self._drop()
        if self._cancel_by is not None:
            return self._over(Stopped())
        code = child.process.returncode
        if code in _KILLED:
            problem = (
                "The measuring process was ended by the system, most likely for lack of memory."
            )
            return self._over(Failed("out_of_memory", problem, OUT_OF_MEMORY))
        words = next((line for line in reversed(child.last_words) if line.strip()), "")
        problem = f"The measuring process ended unexpectedly (exit code {code})."
        if words:
            problem = f"{problem} Its last words: {words}"
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
