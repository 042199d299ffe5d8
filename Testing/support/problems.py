"""What the library says when it refuses."""

from __future__ import annotations

from collections.abc import Callable

from EchoMeasureLib.errors import EchoMeasureError


def problem_of(action: Callable[[], object]) -> str:
    """The sentence with which something is refused; empty when it is done."""
    try:
        action()
    except EchoMeasureError as error:
        return error.problem
    return ""
