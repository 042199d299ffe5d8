"""Grey levels and flags of a strip's pixels, and what is done to both in several places."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Things:
    """What hangs together in a picture, thing by thing."""

    ends: npt.NDArray[np.intp]
    """Rows and columns between which each lies, the last ones outside, (things, 4)."""
    places: npt.NDArray[np.intp]
    """Their pixels, counted row by row over the picture: those of the first thing, those of the
    next."""
    first: npt.NDArray[np.intp]
    """Where those of each thing begin."""

    def of(self, number: int) -> npt.NDArray[np.intp]:
        """The pixels of one of them."""
        last = self.first[number + 1] if number + 1 < len(self.first) else None
        return self.places[self.first[number] : last]

    def means(self, grey: Floats) -> npt.NDArray[np.float64]:
        """Mean grey of each."""
        levels = grey.ravel()[self.places].astype(np.float64)
        sums = np.add.reduceat(levels, self.first) if len(self.first) else self.first
        return np.asarray(sums / np.diff(self.first, append=len(self.places)))


def find_things(flags: Flags) -> Things:
    """What is flagged and touches at sides or corners."""
    from scipy import ndimage

    names, count = ndimage.label(flags, np.ones((3, 3), bool))
    places = np.flatnonzero(flags)
    if not count:
        return Things(np.zeros((0, 4), np.intp), places, places)
    name = names.ravel()[places]
    # Numbers of two bytes are sorted several times as fast.
    order = np.argsort(name.astype(np.min_scalar_type(count)), kind="stable")
    places, name = places[order], name[order]
    first = np.flatnonzero(np.diff(name, prepend=0))
    last = np.append(first[1:], len(places)) - 1
    rows, columns = np.divmod(places, flags.shape[1])
    # Those of one thing still come row by row.
    high = rows[first], rows[last] + 1
    wide = np.minimum.reduceat(columns, first), np.maximum.reduceat(columns, first) + 1
    return Things(np.stack((*high, *wide), axis=1), places, first)


class _Pick(Protocol):
    def __call__(self, one: Floats, other: Floats, /) -> Floats: ...


def padded(values: npt.NDArray[Any], wide: int, axis: int) -> npt.NDArray[Any]:
    """With its outermost rows or columns so many times more on both sides."""
    first, last = (np.take(values, [end] * wide, axis) for end in (0, -1))
    return np.concatenate((first, values, last), axis)


def extreme(values: Floats, size: int, axis: int, pick: _Pick) -> Floats:
    """The least or the most (`pick`: `np.minimum` or `np.maximum`) of `size` pixels, an odd number,
    about each one along an axis; what scipy's filters find, in a third of their time."""
    found, width = padded(values, size // 2, axis), 1
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


def median(values: npt.NDArray[Any]) -> float:
    """What `np.median` finds, which takes five times as long to look for both middle values."""
    half = len(values) // 2
    ordered = np.partition(values, half)
    upper = ordered[half]
    return float(upper if len(values) % 2 else (ordered[:half].max() + upper) / 2)


def running_median(curve: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """The median of so many values, an odd number, about each one."""
    around = np.lib.stride_tricks.sliding_window_view(padded(curve, size // 2, 0), size)
    return np.asarray(np.sort(around)[:, size // 2])


def percentiles(values: npt.NDArray[Any], *shares: float) -> list[npt.NDArray[Any]]:
    """What `np.percentile` finds along the last axis, to the last bit: one share in the precision
    of the values, several in double. It is slower, as it does not sort the values whole."""
    ordered = np.sort(values)
    last, found = ordered.shape[-1] - 1, []
    for share in shares:
        place = last * (share / 100)
        first = int(place)
        part = place - first if len(shares) == 1 else np.float64(place - first)
        lower, upper = ordered[..., first], ordered[..., min(first + 1, last)]
        apart = upper - lower
        found.append(lower + apart * part if part < 0.5 else upper - apart * (1 - part))
    return found


def sum_down(values: npt.NDArray[Any]) -> None:
    """Sum from the first row to each, in place; numpy's own way down is ten times slower."""
    for row in range(1, len(values)):
        values[row] += values[row - 1]
