"""Letters and digits that are written over the ends of a strip."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, find_things, grown, opened

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
    rows, columns = grey.shape
    things, found = find_things(strokes), np.zeros(grey.shape, bool)
    ends = things.ends
    high, wide = ends[:, 1] - ends[:, 0], ends[:, 3] - ends[:, 2]
    sized = (high >= LETTER[0] * rows) & (high <= LETTER[1] * rows) & (wide <= WORD * rows)
    numbers = np.flatnonzero(sized)
    numbers = numbers[_in_words(ends[numbers], columns, at_left)]
    light, bright = np.where(strokes, 0, grey), things.means(grey)
    dark = [_in_the_dark(light, strokes, ends[n].tolist(), float(bright[n])) for n in numbers]
    numbers = numbers[np.array(dark, bool)]
    for number in numbers[_in_words(ends[numbers], columns, at_left)]:
        found.ravel()[things.of(number)] = True
    return found


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
    top, bottom, left, right = ends.T.astype(np.int32)
    high = bottom - top
    least = (high // 4)[:, None]
    near = (np.abs(top[:, None] - top) <= least) & (np.abs(bottom[:, None] - bottom) <= least)
    gap = np.maximum(left - right[:, None], left[:, None] - right)
    near &= gap <= (13 * high // 10)[:, None]
    np.fill_diagonal(near, False)
    cut = (left if at_left else columns - right) <= CUT_LETTER * high
    return np.asarray(near.any(axis=1) | cut | (right - left > 2 * high))
