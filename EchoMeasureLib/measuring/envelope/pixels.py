"""Grey levels and flags of a strip's pixels, and what is done to both in several places."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


def grown(flags: Flags, rows: int, columns: int) -> Flags:
    """With so many rows and columns more on every side of what is flagged."""
    for axis, steps in ((0, rows), (1, columns)):
        before = flags
        flags = before.copy()
        for step in range(1, steps + 1):
            if axis == 0:
                flags[step:] |= before[:-step]
                flags[:-step] |= before[step:]
            else:
                flags[:, step:] |= before[:, :-step]
                flags[:, :-step] |= before[:, step:]
    return flags


class _Pick(Protocol):
    def __call__(self, one: Floats, other: Floats, /) -> Floats: ...


def extreme(values: Floats, size: int, axis: int, pick: _Pick) -> Floats:
    """The least or the most (`pick`: `np.minimum` or `np.maximum`) of `size` pixels, an odd number,
    about each one along an axis; what scipy's filters find, in a third of their time."""
    pad = [(0, 0), (0, 0)]
    pad[axis] = (size // 2, size // 2)
    found = np.pad(values, pad, mode="edge")
    width = 1
    while width < size:
        # Of twice as many as before, or of as many more as are still asked for.
        step = min(width, size - width)
        if axis == 0:
            found = pick(found[:-step], found[step:])
        else:
            found = pick(found[:, :-step], found[:, step:])
        width += step
    return found


def opened(values: Floats, size: int) -> Floats:
    """Without what is brighter than its surroundings and narrower than `size` pixels, an odd
    number, in either direction."""
    for pick in (np.minimum, np.maximum):
        for axis in (0, 1):
            values = extreme(values, size, axis, pick)
    return values


def sum_down(values: npt.NDArray[Any]) -> None:
    """Sum from the first row to each, in place; numpy's own way down is ten times slower."""
    for row in range(1, len(values)):
        values[row] += values[row - 1]
