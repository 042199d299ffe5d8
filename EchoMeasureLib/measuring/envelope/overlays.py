"""What is drawn over a spectral strip and is no flow: traces, lines of time, writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

LINE_SHARE, LINE_EVEN = 0.04, 0.17
"""Share of the strip's width over which a thin line runs that is a trace and not grain, and
deviation of its grey as a share: flow is never so even."""

LINE_GREY, LINE_THICK = 30, 0.009
"""Levels by which such a line stands out over what is above and below, and its thickness at most
as a share of the strip's height."""

LINE_FALL = 0.4
"""Of its grey at most is left beyond its thickness."""

SKIRT = 0.12
"""Share of a line's light down to which it is taken out: blur has given it skirts."""

STROKES, HIGHEST, DETOUR, FAINT = 0.09, 0.3, 0.005, 0.6
"""Share of the strip's width over which a trace may be interrupted by steep strokes, share of its
height that these reach at most, what a pixel of a way costs beside being dark, and share of a
trace's light from which it is not."""

TIP, BOTH = 0.35, 3
"""Share of a trace's light down to which a stroke is seen, and how wide both of an R wave's are at
most together in a row of it, in half thicknesses of the trace."""

UPRIGHT_PARTS, UPRIGHT, UPRIGHT_GREY, UPRIGHT_COLUMNS = 6, 2.2, 3.0, 41
"""A dotted or whole upright line stands out in half of so many parts of the strip's height, by so
much more than what is around, levels and columns: flow hides it in the others."""

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


def find_overlays(grey: Floats) -> Flags:
    """Where (rows, columns) levels of grey are drawn over and no flow: what is coloured as well is
    known by its colour, and not looked for here."""
    return _long_lines(grey) | _upright_lines(grey) | _writing(grey)


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


def sum_down(values: npt.NDArray[Any]) -> None:
    """Sum from the first row to each, in place; numpy's own way down is ten times slower."""
    for row in range(1, len(values)):
        values[row] += values[row - 1]


def _long_lines(grey: Floats) -> Flags:
    """A bright thin line that runs along the strip: an ECG, a baseline, a border."""
    rows = len(grey)
    even, pieces = line_pieces(grey)
    lines = np.zeros(grey.shape, bool)
    if not pieces:
        return lines
    for piece in pieces:
        lines[piece.place] |= piece.own
    at, middle = (
        np.concatenate(both) for both in zip(*((p.at, p.rows) for p in pieces), strict=True)
    )
    above, below, level = _skirts(even, at, middle, _far(rows))
    for step in range(-above, below + 1):
        lines[np.clip(middle + step, 0, rows - 1), at] = True
    thick = (above + below) // 2 + 1
    # A stroke may be one pixel wide: what is even along the strip has lost it.
    strokes = _strokes(np.maximum(grey, even), at, middle, level, thick)
    return grown(lines, 1, 1) | grown(strokes, thick, thick)


@dataclass(frozen=True, slots=True)
class LinePiece:
    """A stretch of a thin line that runs along a strip."""

    at: npt.NDArray[np.intp]
    """Its columns, one after the other."""
    rows: npt.NDArray[np.intp]
    """Its brightest row in each of them."""
    place: tuple[slice, ...]
    own: Flags
    """Its pixels within that place."""


def line_pieces(grey: Floats) -> tuple[Floats, list[LinePiece]]:
    """The strip (rows, columns) evened along its rows, and the thin lines in it, piece by piece."""
    from scipy import ndimage

    rows, columns = grey.shape
    size = _thickness(rows)
    # A line is the same from column to column, grain is not; and it is dark on both of its sides,
    # where the rim of a wave has flow on one.
    even = ndimage.uniform_filter1d(grey, 3, axis=1)
    around = ndimage.maximum_filter1d(even, size, axis=0)
    far = _far(rows)
    padded = np.pad(around, ((far, far), (0, 0)), mode="edge")
    beside = np.maximum(padded[: -2 * far], padded[2 * far :])
    names, _ = ndimage.label(even - beside > LINE_GREY, np.ones((3, 3), bool))
    pieces = []
    for number, place in enumerate(ndimage.find_objects(names), start=1):
        width = place[1].stop - place[1].start
        if width < LINE_SHARE * columns:
            continue
        own = names[place] == number
        level = np.where(own, even[place], 0).max(axis=0)
        middle = np.where(own, even[place], 0).argmax(axis=0) + place[0].start
        sides = [np.clip(middle + step, 0, rows - 1) for step in (-size // 2 - 1, size // 2 + 2)]
        at = np.arange(place[1].start, place[1].stop)
        beyond = [even[side, at] for side in sides]
        thin = max(float(np.median(one / np.maximum(level, 1))) for one in beyond) < LINE_FALL
        if thin and own.sum() <= size * width and level.std() <= LINE_EVEN * level.mean():
            pieces.append(LinePiece(at, middle, place, own))
    return even, pieces


def _thickness(rows: int) -> int:
    return max(5, 2 * round(LINE_THICK * rows) + 1)


def _far(rows: int) -> int:
    """How far from its middle it is dark on both sides of a line."""
    size = _thickness(rows)
    return size + size // 2


def _skirts(
    even: Floats, at: npt.NDArray[np.intp], middle: npt.NDArray[np.intp], far: int
) -> tuple[int, int, float]:
    """Rows above and below the middle of lines down to which light is seen, and that light."""
    steps = np.arange(-far, far + 1)
    light = np.median(even[np.clip(middle + steps[:, None], 0, len(even) - 1), at], axis=1)
    dark = float(np.minimum(light[0], light[-1]))
    level = float(light[far]) - dark
    bright = light - dark > SKIRT * level
    above = int((~bright[far::-1]).argmax()) if not bright[: far + 1].all() else far
    below = int((~bright[far:]).argmax()) if not bright[far:].all() else far
    return above, below, level


def _strokes(
    grey: Floats,
    at: npt.NDArray[np.intp],
    middle: npt.NDArray[np.intp],
    level: float,
    thick: int,
) -> Flags:
    """The way of a trace between its pieces, up and down steep strokes such as R waves and through
    waves: the brightest short way from each piece to the next."""
    found = np.zeros(grey.shape, bool)
    order = np.argsort(at, kind="stable")
    at, middle = at[order], middle[order]
    columns, reach = grey.shape[1], round(HIGHEST * len(grey))
    gaps: list[tuple[int, int, int, int | None]] = [
        (int(at[here]), int(at[here + 1]), int(middle[here]), int(middle[here + 1]))
        for here in np.flatnonzero(np.diff(at) > 1).tolist()
    ]
    # Before the first piece and after the last one it may end anywhere.
    gaps += [(int(at[0]), 0, int(middle[0]), None)]
    gaps += [(int(at[-1]), columns - 1, int(middle[-1]), None)]
    for first, last, start, stop in gaps:
        if first == last or abs(last - first) > STROKES * columns:
            continue
        ends = [start] if stop is None else [start, stop]
        top = max(0, min(ends) - reach)
        rows = slice(top, max(ends) + reach + 1)
        step = 1 if last > first else -1
        across = np.arange(first, last + step, step)
        part = grey[rows, across]
        dark = 1 - np.minimum(part / np.float32(FAINT * level), 1) + np.float32(DETOUR)
        way = _way(dark, start - top, None if stop is None else stop - top)
        found[rows, across] |= _tips(part > TIP * level, way, BOTH * thick)
    return found


def _tips(bright: Flags, way: Flags, wide: int) -> Flags:
    """A way with what is bright, hangs on it and is thin: the tip of a stroke that it has cut."""
    from scipy import ndimage

    names, _ = ndimage.label(bright | way, np.ones((3, 3), bool))
    tips = names == names[way][0]
    high = int(tips.any(axis=1).sum())
    return tips if tips.sum() <= wide * (high + tips.shape[1]) else way


def _way(cost: Floats, start: int, stop: int | None) -> Flags:
    """The cheapest way from a row of the first column to one of the last, up and down within a
    column as far as it takes."""
    down = np.cumsum(cost, axis=0)
    total = np.abs(down[:, 0] - down[start, 0])
    totals = [total]
    for column in range(1, cost.shape[1]):
        sums = down[:, column]
        before = total + cost[:, column]
        lower = np.minimum.accumulate(before - sums) + sums
        upper = np.minimum.accumulate((before + sums)[::-1])[::-1] - sums
        total = np.minimum(lower, upper)
        totals.append(total)
    way = np.zeros(cost.shape, bool)
    row = int(totals[-1].argmin()) if stop is None else stop
    for column in range(cost.shape[1] - 1, 0, -1):
        sums = down[:, column]
        came = int((totals[column - 1] + cost[:, column] + np.abs(sums - sums[row])).argmin())
        way[min(row, came) : max(row, came) + 1, column] = True
        row = came
    way[min(row, start) : max(row, start) + 1, 0] = True
    return way


def _upright_lines(grey: Floats) -> Flags:
    """Lines of time, dotted or whole, from the top of the strip to its bottom."""
    from scipy import ndimage

    width = 5
    lower = ndimage.maximum_filter1d(ndimage.minimum_filter1d(grey, width, axis=1), width, axis=1)
    parts = np.array_split(np.minimum(grey - lower, 80), UPRIGHT_PARTS)
    means = np.array([part.mean(axis=0) for part in parts])
    # Grain stands out as well, but no more than that of the columns around it.
    around = ndimage.uniform_filter1d(means, UPRIGHT_COLUMNS, axis=1)
    over = means > UPRIGHT * around + UPRIGHT_GREY
    # Up to an end of the strip: the flank of a narrow wave does not go so far.
    lines = (over[0] | over[-1]) & (over.sum(axis=0) >= UPRIGHT_PARTS // 2)
    flags = np.zeros(grey.shape, bool)
    flags[:, grown(lines[None], 0, 1)[0]] = True
    return flags


def _writing(grey: Floats) -> Flags:
    """Letters and digits at the left and the right end."""
    from scipy import ndimage

    flags = np.zeros(grey.shape, bool)
    size = max(5, 2 * round(STROKE * len(grey) / 2) + 1)
    width = round(MARGIN * grey.shape[1])
    for part in (slice(0, width), slice(-width, None)):
        there = grey[:, part]
        over = there - ndimage.grey_opening(there, (size, size))
        for step in STROKE_GREY:
            flags[:, part] |= _letters(there, over > step, part.start == 0)
    return grown(flags, 2, 2) if flags.any() else flags


def _letters(grey: Floats, strokes: Flags, at_left: bool) -> Flags:
    """Strokes that are connected as letters are, in the dark, and beside each other.

    `at_left`: whether the strip ends at the left of what is looked at, or at its right.
    """
    from scipy import ndimage

    rows, columns = grey.shape
    names, _ = ndimage.label(strokes, np.ones((3, 3), bool))
    ends = np.array(
        [(d.start, d.stop, a.start, a.stop) for d, a in ndimage.find_objects(names)], np.intp
    ).reshape(-1, 4)
    high, wide = ends[:, 1] - ends[:, 0], ends[:, 3] - ends[:, 2]
    sized = (high >= LETTER[0] * rows) & (high <= LETTER[1] * rows) & (wide <= WORD * rows)
    numbers = np.flatnonzero(sized)
    numbers = numbers[_in_words(ends[numbers], columns, at_left)]
    kept = [_in_the_dark(grey, strokes, names, int(n) + 1, ends[n]) for n in numbers]
    numbers = numbers[np.array(kept, bool)]
    numbers = numbers[_in_words(ends[numbers], columns, at_left)]
    return np.isin(names, numbers + 1)


def _in_the_dark(
    grey: Floats,
    strokes: Flags,
    names: npt.NDArray[np.signedinteger[Any]],
    number: int,
    ends: npt.NDArray[np.intp],
) -> bool:
    top, bottom, left, right = ends.tolist()
    about = slice(max(0, top - 2), bottom + 2), slice(max(0, left - 2), right + 2)
    beside = grey[about][~strokes[about]]
    bright = float(grey[about][names[about] == number].mean())
    return len(beside) > 0 and float(beside.mean()) <= DARK * bright


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
