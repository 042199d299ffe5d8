"""Thin bright lines along a strip, such as an ECG, a baseline or a border, with their strokes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import (
    Flags,
    Floats,
    extreme,
    find_things,
    grown,
    padded,
)

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


def long_lines(grey: Floats) -> Flags:
    """Where (rows, columns) thin bright lines run along a strip, with skirts and strokes."""
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
    around = extreme(even, size, 0, np.maximum)
    far = _far(rows)
    around = padded(around, far, 0)
    beside = np.maximum(around[: -2 * far], around[2 * far :])
    things, pieces = find_things(even - beside > LINE_GREY), []
    widths = things.ends[:, 3] - things.ends[:, 2]
    for number in np.flatnonzero(widths >= LINE_SHARE * columns).tolist():
        top, bottom, left, right = things.ends[number].tolist()
        place, width = (slice(top, bottom), slice(left, right)), right - left
        own = np.zeros((bottom - top, width), bool)
        down, across = np.divmod(things.of(number), columns)
        own[down - top, across - left] = True
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
