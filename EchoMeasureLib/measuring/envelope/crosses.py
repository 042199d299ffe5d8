"""White crosses that a sonographer left on a strip, upright or slanted.

Coloured ones are known by their colour. Of a white one each of the four arms is a thin stroke,
brighter than what is to both of its sides, and all four are about as bright: grain, which has
strokes as well, hardly ever makes four that meet.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, grown

ROWS, SMALLEST = 391, 0.6
"""Rows of a strip on which crosses have the sizes below; on smaller ones they shrink so far."""

BESIDE, ARMS, SLANTED = 3.0, (3.2, 4.2), (2.3, 3.1)
"""Pixels to both sides of an arm that are darker, and those from the middle at which its four arms
are looked at, upright and slanted: open in the middle up to 6 px, and 9 px large at least."""

STANDS, STANDS_PART, EVEN = 28, 3, 0.6
"""Levels, and which part of its own, by which an arm is brighter than both of its sides; and share
of the brightest arm's light that the darkest one has."""

LONGEST, FADED = 10.0, 0.5
"""Pixels that an arm is long at most, and share of its light at which it ends."""

Step = tuple[int, int]
UPRIGHT_WAYS: tuple[Step, ...] = ((-1, 0), (1, 0), (0, -1), (0, 1))
SLANTED_WAYS: tuple[Step, ...] = ((-1, -1), (1, 1), (-1, 1), (1, -1))


def find_crosses(grey: Floats) -> Flags:
    """Where (rows, columns) levels of grey the arms of white crosses are."""
    size = max(len(grey) / ROWS, SMALLEST)
    beside, margin = max(3, round(BESIDE * size)), round(LONGEST * size) + 4
    levels = np.pad(grey.astype(np.uint8), margin)
    # In whole levels: a table of the levels that lie so far under each is slower.
    darker = np.minimum(
        np.maximum(levels, STANDS) - np.uint8(STANDS), levels - levels // STANDS_PART
    )
    flags = np.zeros(levels.shape, bool)
    for ways, steps in ((UPRIGHT_WAYS, ARMS), (SLANTED_WAYS, SLANTED)):
        places = [max(2, round(step * size)) for step in steps]
        # Two ways each lie on one line, and have the same two sides.
        lines = [_strokes(levels, darker, way, beside) for way in ways[::2]]
        looks = [(lines[n // 2], way, place) for n, way in enumerate(ways) for place in places]
        # Few pixels have two arms: only of those the others are looked at.
        two = _moved(*looks[0], margin) & _moved(*looks[-1], margin)
        rows, columns = (ends + margin for ends in np.nonzero(two))
        for line, (down, right), place in looks[1:-1]:
            there = line[rows + place * down, columns + place * right]
            rows, columns = rows[there], columns[there]
        if len(rows):
            _flag(levels, flags, rows, columns, ways, places, round(LONGEST * size))
    found = flags[margin:-margin, margin:-margin]
    return grown(found, 2, 1) if found.any() else found


def _strokes(
    levels: npt.NDArray[np.uint8], darker: npt.NDArray[np.uint8], way: Step, beside: int
) -> Flags:
    """Pixels that stand out over both of their sides, across a way."""
    down, right = -way[1] * beside, way[0] * beside
    found = np.zeros(levels.shape, bool)
    inner = slice(beside, -beside)
    here, out = darker[inner, inner], found[inner, inner]
    rows, columns = here.shape
    for sign in (-1, 1):
        top, left = beside + sign * down, beside + sign * right
        dark = levels[top : top + rows, left : left + columns] < here
        if sign < 0:
            out[:] = dark
        else:
            out &= dark
    return found


def _moved(flags: Flags, way: Step, steps: int, margin: int) -> Flags:
    rows, columns = flags.shape
    down, right = way[0] * steps, way[1] * steps
    return flags[margin + down : rows - margin + down, margin + right : columns - margin + right]


def _flag(
    levels: npt.NDArray[np.uint8],
    flags: Flags,
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    ways: tuple[Step, ...],
    places: list[int],
    longest: int,
) -> None:
    """Flag the arms of crosses with these middles whose arms are about as bright."""
    arms = np.array(
        [[levels[rows + p * down, columns + p * right] for p in places] for down, right in ways],
        np.float32,
    ).min(axis=1)
    darkest = arms.min(axis=0)
    even = darkest >= EVEN * arms.max(axis=0)
    rows, columns, darkest = rows[even], columns[even], darkest[even]
    for down, right in ways:
        on = np.ones(len(rows), bool)
        for step in range(longest + 1):
            at = rows + step * down, columns + step * right
            if step > places[-1]:
                on &= levels[at] >= FADED * darkest
            flags[at[0][on], at[1][on]] = True
