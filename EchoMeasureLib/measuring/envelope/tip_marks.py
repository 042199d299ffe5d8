"""Marks and letters on the tips of waves that nothing tells the shape of.

A sonographer marks one to three of several beats, with rings, stars, small or blurred crosses, and
letters beside them. A scanner softens its grain over time and velocity, in all beats of a strip
alike, and what is drawn has sharper strokes than that: a tip with such strokes, beside tips of
about its height without them, is not to be read.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.crosses import ROWS, SMALLEST
from EchoMeasureLib.measuring.envelope.edges import Edges, find_turns
from EchoMeasureLib.measuring.envelope.pixels import median
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tip_crosses import about_tips
from EchoMeasureLib.measuring.envelope.tops import Top
from EchoMeasureLib.measuring.envelope.waves import LOWEST_SHARE

WITHIN, BEYOND, ASIDE, FLOW = 10, 18, 11, 32
"""Pixels from a tip, towards the baseline, away from it and to either side, within which strokes
are looked for; and towards the baseline, within which flow shows how sharp its own grain is."""

BESIDE = 3.0
"""Pixels to both sides of a stroke that are darker."""

SPREAD = 4
"""Rows and columns over which strokes go at least: a narrow tip stands out as well, but along a
line."""

LEAST, ADDED, TIMES = 40, 8, 2.0
"""Levels by which a stroke stands out at least; and how many times as much as at tips like it, both
with so many levels more."""

LIKE, FEWEST = 1.8, 2
"""How many times higher or lower a tip like another one is at most, and how many of them tell how
sharp the strip's own grain is."""

Levels = npt.NDArray[np.int16]


def with_tip_marks(side: Side, edges: Edges) -> Side:
    """The same side where no tip shows strokes; else with where tops are not to be believed."""
    smooth = edges.smooth
    low = LOWEST_SHARE * side.strip_height
    places = [summit for _, summit, _ in find_turns(smooth) if smooth[summit] >= low]
    if len(places) <= FEWEST:
        return side
    size = max(side.strip_height / ROWS, SMALLEST)
    within, beyond, aside, flow = (round(far * size) for far in (WITHIN, BEYOND, ASIDE, FLOW))
    beside = max(2, round(BESIDE * size))
    summits = np.array(places)
    rows, columns, at = about_tips(
        side, smooth, summits, (flow + beside, beyond + beside), aside + beside
    )
    strokes = _strokes(side.grey[at].astype(np.int16), beside)
    strokes[side.hidden[at][:, beside:-beside, beside:-beside]] = 0
    grain, stands = _stands(strokes[:, : flow - within]), _stands(strokes[:, flow - within :])
    heights = np.log(smooth[summits])
    marks = np.zeros_like(side.hidden)
    for number in np.flatnonzero(stands > LEAST):
        alike = np.abs(heights - heights[number]) < np.log(LIKE)
        alike[number] = False
        if np.count_nonzero(alike) < FEWEST:
            continue
        usual = max(median(stands[alike]), median(grain[alike]))
        limit = max(LEAST, TIMES * (usual + ADDED) - ADDED)
        if stands[number] <= limit:
            continue
        down, right = np.nonzero(strokes[number, flow - within :] > limit)
        # Rows count from the baseline; a tip from which these strokes are seen is not to be read.
        lines, along = rows[number, beside + flow - within + down], columns[number, beside + right]
        marks[
            max(0, lines.min() - beyond) : lines.max() + within + 1,
            max(0, along.min() - aside) : along.max() + aside + 1,
        ] = True
    return replace(side, marks=marks) if marks.any() else side


def strokes_about(side: Side, top: Top) -> tuple[float, float]:
    """Lowest and highest place, pixels from the baseline, of what may be drawn on a marked top."""
    assert side.marks is not None  # or no top is marked
    size = max(side.strip_height / ROWS, SMALLEST)
    column = side.marks[:, round(top.column)]
    row = min(max(round(top.height), 0), len(column) - 1)
    first = last = row
    while first > 0 and column[first - 1]:
        first -= 1
    while last < len(column) - 1 and column[last + 1]:
        last += 1
    # A mark so low that its margin ends at the baseline may lie anywhere under that.
    low = first + round(BEYOND * size) if first > 0 else 0
    return float(low), float(last - round(WITHIN * size))


def _stands(strokes: Levels) -> Levels:
    """By how much the strokes at each tip stand out that go over several rows and columns."""
    down, along = (np.sort(strokes.max(axis=axis))[:, -SPREAD] for axis in (2, 1))
    return np.asarray(np.minimum(down, along))


def _strokes(levels: Levels, beside: int) -> Levels:
    """By how much pixels (tips, rows, columns) are brighter than both of their sides, on that of
    four ways on which they are most; without `beside` pixels on every side of each tip."""
    inner = levels[:, beside:-beside, beside:-beside]
    high, wide = inner.shape[1:]
    found = np.zeros_like(inner)
    for down, right in ((0, beside), (beside, 0), (beside, beside), (beside, -beside)):
        one, other = (
            levels[:, beside + way * down :, beside + way * right :][:, :high, :wide]
            for way in (1, -1)
        )
        np.maximum(found, inner - np.maximum(one, other), out=found)
    return found
