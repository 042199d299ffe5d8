"""What lies behind the things that are drawn over a spectral strip, as far as it can be told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, sum_down

Places = npt.NDArray[np.intp]

NEAR, ENDS = 0.06, 3
"""Share of the strip's height over which light is taken to go on evenly behind what is drawn, and
pixels of each end that tell it."""

FILLED_FROM = (9, 31)
"""Sides of the square, pixels, from whose seen part a hidden pixel is filled; the larger one where
too little of the first is seen."""


def without(grey: Floats, hidden: Flags) -> Floats:
    """With what is hidden as what is seen on both sides of it, across or along the strip, where
    that is near; as the mean of what is seen around it elsewhere."""
    filled: Floats = grey.copy()
    count = grey.shape[1]
    places = np.flatnonzero(hidden)
    rows = np.repeat(np.arange(len(hidden)), np.count_nonzero(hidden, axis=1))
    columns = places - rows * count
    levels, covered = grey.ravel(), hidden.ravel()
    along, wide = _across(levels, covered, places, columns, (count, 1))
    # Numbers of two bytes are sorted several times as fast.
    by_column = np.argsort(columns.astype(np.min_scalar_type(count)), kind="stable")
    down, high = np.empty_like(along), np.empty_like(wide)
    down[by_column], high[by_column] = _across(
        levels, covered, places[by_column], rows[by_column], (len(grey), count)
    )
    filled.ravel()[places] = np.where(high <= wide, down, along)
    far = np.minimum(high, wide) > NEAR * len(grey)
    rows, columns = rows[far], columns[far]
    if not len(rows):
        return filled
    filled[rows, columns] = 0
    light = _sums(np.where(hidden, 0, grey).astype(np.int32))
    seen = _sums(~hidden)
    for size in FILLED_FROM:
        about = _around(seen, rows, columns, size)
        known = about > 0.1 * size * size
        at = rows[known], columns[known]
        filled[at] = _around(light, *at, size) / about[known]
        rows, columns = rows[~known], columns[~known]
        if not len(rows):
            break
    return filled


def _across(
    levels: Floats, hidden: Flags, places: Places, at: Places, line: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Of what is hidden, line by line: light between that of both ends of its run in its line, and
    how long the run is; infinite where it has no end.

    `places` of hidden pixels, counted row by row, one line after the other, and `at`, where in
    their line they are; `line`: how many pixels it has, and how far apart they are counted.
    """
    count, step = line
    begins = np.ones(len(places), bool)
    begins[1:] = (np.diff(places) != step) | (at[1:] == 0)
    first = np.flatnonzero(begins)
    length = np.diff(first, append=len(places))
    start = at[first]
    line_start = places[first] - step * start
    ends = []
    for edge, way in ((start - 1, -1), (start + length, 1)):
        total, seen = np.zeros(len(first), np.float32), np.zeros(len(first), np.float32)
        for beyond in range(ENDS):
            there = edge + way * beyond
            inside = (there >= 0) & (there < count)
            place = line_start + step * np.clip(there, 0, count - 1)
            inside &= ~hidden[place]
            total += np.where(inside, levels[place], 0)
            seen += inside
        ends.append((total / np.maximum(seen, 1), seen > 0))
    (before, told), (after, told_too) = ends
    whole = told & told_too
    share = np.arange(1, len(places) + 1) - np.repeat(first, length)
    share = (share / np.repeat(length + 1, length)).astype(np.float32)
    light = np.repeat(before, length) * (1 - share) + np.repeat(after, length) * share
    known = np.where(whole, length, np.inf).astype(np.float32)
    return np.where(np.repeat(whole, length), light, 0), np.repeat(known, length)


def _sums(values: npt.NDArray[np.int32] | Flags) -> npt.NDArray[np.int32]:
    """Sum of everything above and left of each corner of a pixel. It may run over, which the
    differences of a square do not show."""
    found = np.zeros((values.shape[0] + 1, values.shape[1] + 1), np.int32)
    np.cumsum(values, axis=1, dtype=np.int32, out=found[1:, 1:])
    sum_down(found)
    return found


def _around(
    sums: npt.NDArray[np.int32],
    rows: Places,
    columns: Places,
    size: int,
) -> npt.NDArray[np.int32]:
    """Sum in the square of `size` about each of these pixels."""
    half = size // 2
    top, bottom = np.maximum(rows - half, 0), np.minimum(rows + half + 1, sums.shape[0] - 1)
    left, right = np.maximum(columns - half, 0), np.minimum(columns + half + 1, sums.shape[1] - 1)
    return np.asarray(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])
