"""An answer from the web that does not keep anybody waiting longer than agreed.

A timeout of a socket starts anew with every byte, so a server that sends one now and then is
never given up. Here each step, be it finding the server, its answer, or a block of the file,
runs in a thread of its own that is left behind when it takes too long.
"""

from __future__ import annotations

import http.client
import queue
import threading
import urllib.request
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

BLOCK_BYTES = 1 << 16
"""Read in one step. On the slowest line that is of use it takes a few seconds."""

_T = TypeVar("_T")


_RAISED = (
    *(OSError, http.client.HTTPException, EOFError, ValueError, LookupError),
    *(TypeError, AttributeError, RuntimeError, AssertionError, OverflowError, MemoryError),
)
"""What asking a server raises: handed to who waits."""


def in_time(step: Callable[[], _T], seconds: float, too_late: Callable[[_T], None]) -> _T:
    """What `step` returns or raises. Raises `TimeoutError` when it takes longer.

    A result that comes afterwards is handed to `too_late`.
    """
    results: queue.SimpleQueue[tuple[_T | None, Exception | None]] = queue.SimpleQueue()
    given_up = threading.Event()

    def work() -> None:
        try:
            found = step()
        except _RAISED as error:
            results.put((None, error))
        else:
            results.put((found, None))
            if given_up.is_set():
                too_late(found)

    threading.Thread(target=work, daemon=True).start()
    try:
        found, error = results.get(timeout=seconds)
    except queue.Empty:
        given_up.set()
        raise TimeoutError(f"the server takes longer than {seconds:g} s") from None
    if error is not None:
        raise error
    return found  # type: ignore[return-value]


class PatientAnswer:
    """The answer to a request, read block by block; each step within `seconds`."""

    def __init__(self, request: urllib.request.Request, seconds: float) -> None:
        """Raises what `urlopen` raises, and `TimeoutError`."""
        self._seconds = seconds
        self._left = False
        self._answer: Any = in_time(
            lambda: urllib.request.urlopen(request, timeout=seconds),
            seconds,
            lambda answer: answer.close(),
        )

    def header(self, name: str) -> str:
        """Empty when the server does not say."""
        return str(self._answer.headers.get(name, ""))

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end. Raises `OSError` and `HTTPException`."""
        wanted = min(size, BLOCK_BYTES)
        try:
            return in_time(
                lambda: bytes(self._answer.read(wanted)),
                self._seconds,
                lambda _: self._answer.close(),
            )
        except TimeoutError:
            self._left = True
            raise

    def __enter__(self) -> PatientAnswer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Closing waits for a read that is still going on; its thread closes in its time.
        if not self._left:
            self._answer.close()
