"""A clock that a test sets."""

from __future__ import annotations


class Watch:
    """Seconds from anywhere; they pass when the test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now
