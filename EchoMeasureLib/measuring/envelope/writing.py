"""Letters and digits that are written over the ends of a strip."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, grown, opened

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
    if not count:
        return strokes
    ends, bright = _ends(names, grey)
    high, wide = ends[:, 1] - ends[:, 0], ends[:, 3] - ends[:, 2]
    sized = (high >= LETTER[0] * rows) & (high <= LETTER[1] * rows) & (wide <= WORD * rows)
    numbers = np.flatnonzero(sized)
    numbers = numbers[_in_words(ends[numbers], columns, at_left)]
    light = np.where(strokes, 0, grey)
    dark = [_in_the_dark(light, strokes, ends[n].tolist(), float(bright[n])) for n in numbers]
    numbers = numbers[np.array(dark, bool)]
    numbers = numbers[_in_words(ends[numbers], columns, at_left)]
    chosen = np.zeros(count + 1, bool)
    chosen[numbers + 1] = True
    return chosen[names]


def _ends(
    names: npt.NDArray[np.signedinteger[Any]], grey: Floats
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Rows and columns between which each named thing lies, the last ones outside, and its grey."""
    flat = np.flatnonzero(names)
    name = names.ravel()[flat]
    order = np.argsort(name, kind="stable")
    first = np.flatnonzero(np.diff(name[order], prepend=0))
    rows, columns = np.divmod(flat[order], grey.shape[1])
    ends = [
        pick.reduceat(values, first) + beyond
        for values in (rows, columns)
        for pick, beyond in ((np.minimum, 0), (np.maximum, 1))
    ]
    light = np.add.reduceat(grey.ravel()[flat[order]].astype(np.float64), first)
    return np.stack(ends, axis=1), light / np.diff(first, append=len(flat))


def _in_the_dark(light: Floats, strokes: Flags, ends: list[int], bright: float) -> bool:
    """Whether a letter is so much brighter than what is beside it; `light` is dark on strokes."""
    top, bottom, left, right = ends
    about = slice(max(0, top - 2), bottom + 2), slice(max(0, left - 2), right + 2)
    drawn = strokes[about]
    beside = drawn.size - int(np.count_nonzero(drawn))
    return beside > 0 and float(light[about].sum()) <= DARK * bright * beside


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
