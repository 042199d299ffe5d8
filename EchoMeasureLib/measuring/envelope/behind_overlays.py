"""What lies behind the things that are drawn over a spectral strip, as far as it can be told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, sum_down

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
    rows, columns = np.divmod(np.flatnonzero(hidden), grey.shape[1])
    along, wide = _across(grey, hidden)
    down, high = _across(np.ascontiguousarray(grey.T), np.ascontiguousarray(hidden.T))
    # The other way they came column by column.
    by_column = np.argsort(columns, kind="stable")
    for found in (down, high):
        found[by_column] = found.copy()
    filled[rows, columns] = np.where(high <= wide, down, along)
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


def _across(grey: Floats, hidden: Flags) -> tuple[Floats, Floats]:
    """Of what is hidden, row by row: light between that of both ends of its run in its row, and how
    long the run is; infinite where it has no end."""
    count = grey.shape[1]
    flat = np.flatnonzero(hidden)
    begins = np.ones(len(flat), bool)
    begins[1:] = (np.diff(flat) > 1) | (flat[1:] % count == 0)
    first = np.flatnonzero(begins)
    length = np.diff(np.append(first, len(flat)))
    row, start = np.divmod(flat[first], count)
    ends = []
    for edge, step in ((start - 1, -1), (start + length, 1)):
        total, seen = np.zeros(len(row), np.float32), np.zeros(len(row), np.float32)
        for beyond in range(ENDS):
            place = edge + step * beyond
            there = (place >= 0) & (place < count)
            place = np.clip(place, 0, count - 1)
            there &= ~hidden[row, place]
            total += np.where(there, grey[row, place], 0)
            seen += there
        ends.append(np.where(seen > 0, total / np.maximum(seen, 1), np.float32(np.nan)))
    run = np.cumsum(begins) - 1
    share = ((np.arange(len(flat)) - first[run] + 1) / (length[run] + 1)).astype(np.float32)
    light = ends[0][run] * (1 - share) + ends[1][run] * share
    whole = np.isfinite(light)
    return np.where(whole, light, 0), np.where(whole, length[run], np.inf).astype(np.float32)


def _sums(values: npt.NDArray[np.int32] | Flags) -> npt.NDArray[np.int32]:
    """Sum of everything above and left of each corner of a pixel. It may run over, which the
    differences of a square do not show."""
    found = np.zeros((values.shape[0] + 1, values.shape[1] + 1), np.int32)
    np.cumsum(values, axis=1, dtype=np.int32, out=found[1:, 1:])
    sum_down(found)
    return found


def _around(
    sums: npt.NDArray[np.int32],
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    size: int,
) -> npt.NDArray[np.int32]:
    """Sum in the square of `size` about each of these pixels."""
    half = size // 2
    top, bottom = np.maximum(rows - half, 0), np.minimum(rows + half + 1, sums.shape[0] - 1)
    left, right = np.maximum(columns - half, 0), np.minimum(columns + half + 1, sums.shape[1] - 1)
    return np.asarray(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])
