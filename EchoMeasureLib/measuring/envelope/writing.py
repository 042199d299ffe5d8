"""Letters and digits that are written over the ends of a strip."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import (
    Flags,
    Floats,
    grown,
    opened,
    sum_of,
    sums_before,
)

MARGIN = 0.16
"""Share of the strip's width beside either end in which writing is looked for."""

STROKE, STROKE_GREY = 0.018, (45, 25)
"""A stroke of a letter is thinner than this share of the strip's height, and so many levels
brighter than what is beside it: sharp ones, and those that compression has blurred."""

LETTER, WORD, CUT_LETTER = (0.018, 0.085), 0.35, 0.3
"""Height of a letter, and width of a word of blurred ones, as shares of the strip's height; so near
to the strip's end, as a share of its own height, a letter may stand alone."""

DARK = 0.5
"""Share of a letter's grey at most that is around it."""


def find_writing(grey: Floats) -> Flags:
    """Letters and digits at the left and the right end."""
    flags = np.zeros(grey.shape, bool)
    size = max(5, 2 * round(STROKE * len(grey) / 2) + 1)
    width = round(MARGIN * grey.shape[1])
    for part in (slice(0, width), slice(-width, None)):
        there = grey[:, part]
        over = there - opened(there, size)
        for step in STROKE_GREY:
            flags[:, part] |= _letters(there, over > step, part.start == 0)
    return grown(flags, 2, 2) if flags.any() else flags


def _letters(grey: Floats, strokes: Flags, at_left: bool) -> Flags:
    """Strokes that are connected as letters are, in the dark, and beside each other.

    `at_left`: whether the strip ends at the left of what is looked at, or at its right.
    """
    from scipy import ndimage

    rows, columns = grey.shape
    names, count = ndimage.label(strokes, np.ones((3, 3), bool))
    ends = np.array(
        [(d.start, d.stop, a.start, a.stop) for d, a in ndimage.find_objects(names)], np.intp
    ).reshape(-1, 4)
    high, wide = ends[:, 1] - ends[:, 0], ends[:, 3] - ends[:, 2]
    sized = (high >= LETTER[0] * rows) & (high <= LETTER[1] * rows) & (wide <= WORD * rows)
    numbers = np.flatnonzero(sized)
    numbers = numbers[_in_words(ends[numbers], columns, at_left)]
    if len(numbers):
        numbers = numbers[_in_the_dark(grey, strokes, names, numbers + 1, ends[numbers])]
        numbers = numbers[_in_words(ends[numbers], columns, at_left)]
    chosen = np.zeros(count + 1, bool)
    chosen[numbers + 1] = True
    return chosen[names]


def _in_the_dark(
    grey: Floats,
    strokes: Flags,
    names: npt.NDArray[np.signedinteger[Any]],
    numbers: npt.NDArray[np.intp],
    ends: npt.NDArray[np.intp],
) -> Flags:
    """Which of these letters are so much brighter than what is beside them."""
    flat = names.ravel()
    bright = np.bincount(flat, grey.ravel())[numbers] / np.bincount(flat)[numbers]
    top, bottom, left, right = ends.T
    rows, columns = grey.shape
    about = (
        np.maximum(0, top - 2),
        np.minimum(rows, bottom + 2),
        np.maximum(0, left - 2),
        np.minimum(columns, right + 2),
    )
    light = sum_of(sums_before(np.where(strokes, 0, grey)), *about)
    count = sum_of(sums_before(~strokes), *about)
    return np.asarray((count > 0) & (light <= DARK * bright * count))


def _in_words(ends: npt.NDArray[np.intp], columns: int, at_left: bool) -> npt.NDArray[np.bool_]:
    """Which of these letters have another beside them on their line, or are cut by the end of the
    strip, or are so wide that blur has made a word of them."""
    top, bottom, left, right = ends.T
    high = bottom - top
    on_a_line = np.abs(top[:, None] - top) <= 0.25 * high[:, None]
    on_a_line &= np.abs(bottom[:, None] - bottom) <= 0.25 * high[:, None]
    gap = np.maximum(left - right[:, None], left[:, None] - right)
    near = on_a_line & (gap <= 1.3 * high[:, None])
    np.fill_diagonal(near, False)
    cut = (left if at_left else columns - right) <= CUT_LETTER * high
    return np.asarray(near.any(axis=1) | cut | (right - left > 2 * high))
