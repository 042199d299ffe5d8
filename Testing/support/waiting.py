"""The one deadline and the one interval of every test that waits for another process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from EchoMeasureLib.inference.child import ChildProcess
from EchoMeasureLib.inference.events import LAST, Event
from EchoMeasureLib.inference.worker_client import WorkerClient

DEADLINE_S = 300.0
"""Far beyond what any machine needs: it ends a test that would wait forever, no more."""

SLOW_POLL = os.environ.get("ECHOMEASURE_TEST_POLL_S", "")
"""Seconds between two looks of the tests and of the panel; empty leaves each as it is."""

POLL_S = float(SLOW_POLL or "0.02")
"""How often a test looks. No result depends on it: a slow look finds the same."""


def wait_until(
    condition: Callable[[], bool],
    what: str = "it",
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Look again and again until something is so; `pause` lets so many seconds pass."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come to pass"
        pause(POLL_S)


def events_until(client: WorkerClient, *wanted: type[Event]) -> list[Event]:
    """Poll as the panel's timer does, until an event of these kinds, or the last one, comes."""
    events: list[Event] = []

    def come() -> bool:
        events.extend(client.poll())
        return any(isinstance(event, wanted or LAST) for event in events)

    wait_until(come, f"an event of {wanted or LAST}")
    return events


def patient(*command: str) -> ChildProcess:
    """A process whose last words are waited for, however slow the machine is."""
    return ChildProcess(command, DEADLINE_S)
