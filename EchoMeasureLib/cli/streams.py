"""The command's surroundings: streams that are closed, full or gone, and signals to stop.

Results go to standard output; a result that cannot get there is an error. What is said to
people goes to standard error, and a command does its work also where nobody listens.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.texts import harmless, json_text

SIGNALS = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that ask a program to end, beside Ctrl-C, as far as the system has them."""


class Stopped(BaseException):
    """The system asks the command to end. Raised like KeyboardInterrupt, so that all is tidied."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def print_lines(lines: Iterable[str]) -> None:
    """Print a result for people on standard output, harmless for the terminal.

    Raises `OutputProblem` when it cannot be written, `BrokenPipeError` when nobody reads it.
    """
    with _output() as stream:
        for line in lines:
            stream.write(harmless(line) + "\n")


def print_json(record: Any) -> None:
    """Print one JSON document in UTF-8, and nothing else, on standard output.

    Whatever the terminal's encoding: what reads JSON expects this one. Raises as `print_lines`.
    """
    with _output() as stream:
        binary = getattr(stream, "buffer", None)
        if binary is None:
            stream.write(json_text(record))
        else:
            binary.write(json_text(record).encode("utf-8"))


def say(text: str) -> None:
    """Tell people something that is not the result: one line on standard error, if it is there."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(harmless(text), file=sys.stderr, flush=True)


@contextmanager
def prepared_streams() -> Iterator[None]:
    """Streams that take any text, and leave the interpreter nothing to complain of at its end."""
    _fill_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name with characters that the terminal lacks must not end the run.
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)


@contextmanager
def asked_to_stop() -> Iterator[None]:
    """Inside, the signals that end a program raise `Stopped`; the second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    # Who started the command with a signal ignored, as nohup does, wants it so.
    caught = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise Stopped(number)

    for number in caught:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def _output() -> Iterator[TextIO]:
    if sys.stdout is None:
        raise OutputProblem("Standard output is closed: the result cannot be shown.")
    try:
        sys.stdout.flush()
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputProblem(
            f"The result could not be written to standard output ({error.strerror or error})."
        ) from error


def _fill_closed() -> None:
    """Give closed streams a place: else the next file that is opened would take their number."""
    with suppress(OSError):
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(handle)


def _let_go(stream: TextIO | None) -> None:
    """Write what is left; where that fails, keep the interpreter from trying it once more."""
    if stream is None:
        return
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
