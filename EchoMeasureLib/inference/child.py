"""The measuring process as its parent sees it: requests go in, lines come out, it ends.

Threads only carry lines; everything else happens in the thread that asks.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.inference.messages import Message, to_line

END_GRACE_S = 0.2
"""How long a process may take to end when it is told to; then it is killed."""

LAST_WORDS_S = 1.0
"""How long a process that has closed its output may take to say why and be gone."""


class Child(Protocol):
    """One running worker."""

    @property
    def pid(self) -> int:
        """Process id."""

    @property
    def exit_code(self) -> int | None:
        """None while it runs; below zero, the signal that ended it."""

    @property
    def killed(self) -> bool:
        """Whether the system ended it from outside, as it does when memory runs out."""

    @property
    def last_words(self) -> str:
        """The last line of its standard error; empty when it has said nothing."""

    def send(self, request: Message) -> None:
        """Hand it a request. A worker that has died takes none, and that is no error here."""

    def next_line(self) -> bytes | None:
        """Its next reply: nothing (`b""`) while it is silent, None when it has ended."""

    def end(self) -> None:
        """Gone when this returns, whatever it was doing."""


def start_worker() -> Child:
    """A new worker. Raises `EchoMeasureError` when it cannot be started."""
    return ChildProcess(worker_command())


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


_KILLED = (-9, 137)
"""Exit codes of a process that the system ended."""

LAUNCHERS_WORD = "exit abnormally"
"""What PythonSlicer says of a Python behind it that was killed or crashed, and exits with 1."""

CRASHED = "Fatal Python error"
"""What Python itself says of a crash (`faulthandler`); of being killed it can say nothing."""


class ChildProcess:
    """A worker in a process of its own, its pipes and the threads that read them.

    PythonSlicer is a launcher: the Python that measures is its child, so that there are two
    processes to be ended.
    """

    def __init__(self, command: Sequence[str], last_words_s: float = LAST_WORDS_S) -> None:
        """`last_words_s`: how long one that has closed its output may take to say why.

        Raises `EchoMeasureError` when the command cannot be run.
        """
        self._last_words_s = last_words_s
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=flags,
                # A group of its own: what is behind a launcher can be ended with it.
                start_new_session=os.name == "posix",
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            )
        except OSError as error:
            raise EchoMeasureError(
                f"The measuring process could not be started ({error.strerror or error}).",
                f"It is run as: {command[0]}",
            ) from error
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._words: collections.deque[str] = collections.deque(maxlen=20)
        self._crash = ""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._threads = [
            _in_thread(self._listen, self._process.stdout),
            _in_thread(self._overhear, self._process.stderr),
        ]

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    @property
    def killed(self) -> bool:
        abnormally = any(LAUNCHERS_WORD in line for line in tuple(self._words))
        behind_launcher = self.exit_code == 1 and abnormally and not self._crash
        return self.exit_code in _KILLED or behind_launcher

    @property
    def last_words(self) -> str:
        words = [w for w in tuple(self._words) if w.strip() and LAUNCHERS_WORD not in w]
        return self._crash or (words[-1] if words else "")

    def send(self, request: Message) -> None:
        assert self._process.stdin is not None
        # The listening thread tells of its death.
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(to_line(request))
            self._process.stdin.flush()

    def next_line(self) -> bytes | None:
        try:
            line = self._lines.get_nowait()
        except queue.Empty:
            return b""
        if line is None:
            # Told to end now, it would take the reason with it.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._last_words_s)
            self._threads[1].join(self._last_words_s)
        return line

    def end(self) -> None:
        """A willing worker ends when its input closes; one that is busy or stuck is killed."""
        if self._process.stdin is not None:
            # What was still to be written has no reader any more.
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._process.poll() is None:
            if os.name != "posix":
                _end_tree_on_windows(self._process.pid)
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(END_GRACE_S)
        self._end_group()
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(END_GRACE_S)

    def _end_group(self) -> None:
        """Kill what is left behind a launcher, which may itself be gone already.

        Somebody is there for as long as the output is open; so the number of the group
        cannot have passed to others.
        """
        listening = self._threads[0]
        listening.join(END_GRACE_S)
        if os.name == "posix" and listening.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self._lines.put(line)
        self._lines.put(None)

    def _overhear(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                word = line.decode("utf-8", "replace").rstrip()
                self._words.append(word)
                if word.startswith(CRASHED):
                    # The stack of every thread follows.
                    self._crash = word


def _end_tree_on_windows(pid: int) -> None:
    """`taskkill` finds the children of a process by its number for as long as it runs."""
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    command = ["taskkill", "/PID", str(pid), "/T", "/F"]
    with contextlib.suppress(OSError):
        subprocess.run(command, capture_output=True, check=False, creationflags=flags)


def _in_thread(function: Callable[[IO[bytes]], None], pipe: IO[bytes]) -> threading.Thread:
    thread = threading.Thread(target=function, args=(pipe,), daemon=True)
    thread.start()
    return thread
