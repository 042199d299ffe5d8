"""One callable for progress and cancelling, used by everything that takes long.

A monitor is called with each step. It stops the run by raising `Cancelled`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work has come."""

    done: int
    total: int
    """0 when the end is not known."""
    stage: str = ""
    """What is being done, in a few plain words."""


class Cancelled(Exception):
    """Raised by a monitor to stop the work. A wish, not an error."""


Monitor: TypeAlias = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """The monitor that neither shows nor stops anything."""
