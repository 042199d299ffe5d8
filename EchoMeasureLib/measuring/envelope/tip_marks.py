"""Marks and letters on the tips of waves that nothing tells the shape of.

A sonographer marks the tips of waves with crosses, rings or stars, and letters beside them. A
scanner softens its grain over time and velocity, in all beats of a strip alike, and what is drawn
has sharper strokes than that, however many of the tips it lies on: a tip with strokes that are much
sharper than the grain of the flow beneath the tips, and end beside it, is not to be read.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.crosses import ROWS, SMALLEST
from EchoMeasureLib.measuring.envelope.edges import Edges, find_turns
from EchoMeasureLib.measuring.envelope.pixels import Flags, percentiles
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tip_crosses import about_tips
from EchoMeasureLib.measuring.envelope.tops import Top
from EchoMeasureLib.measuring.envelope.waves import LOWEST_SHARE

WITHIN, BEYOND, ASIDE = 10, 18, 11
"""Pixels from a tip, towards the baseline, away from it and to either side, within which strokes
are looked for."""

FLOW, FLANK = 90, 33
"""Pixels from a tip towards the baseline within which flow shows how sharp its own grain is; and to
either side, within which flanks do: a bright rim goes on there, and a mark ends."""

BESIDE = (1, 2)
"""Pixels to both sides of a stroke that are darker: within so few it stands out, and flow, which a
scanner has softened, does not."""

SPREAD = 4
"""Rows and columns over which strokes go at least: a narrow tip stands out as well, but along a
line."""

LEAST, ADDED, TIMES = (15, 25), 8, (2.0, 2.2)
"""Levels by which a stroke stands out over those pixels at least; and how many times as much as
what is beneath the tips does, both with so many levels more."""

USUAL, OVER_FLANKS = 60, 1.6
"""Percentile of the rows beneath the tips that says how sharp flow is, as a mark and its letters
may fill some; and how many times as much a stroke stands out as the smoother one of its flanks."""

SURELY = 5.0
"""How many times as much as beneath the tips a stroke stands out whatever is beside it: letters may
reach from flank to flank."""

Levels = npt.NDArray[np.int16]


def with_tip_marks(side: Side, edges: Edges) -> Side:
    """The same side where no tip shows strokes; else with where tops are not to be believed."""
    smooth = edges.smooth
    low = LOWEST_SHARE * side.strip_height
    summits = np.array([at for _, at, _ in find_turns(smooth) if smooth[at] >= low], np.intp)
    if not len(summits):
        return side
    size = max(side.strip_height / ROWS, SMALLEST)
    within, beyond, aside, flow, flank = (
        round(far * size) for far in (WITHIN, BEYOND, ASIDE, FLOW, FLANK)
    )
    scale = max(1, round(size))
    margin = scale * max(BESIDE)
    reach, tip = (flow + margin, beyond + margin), flow - within
    rows, columns, at = about_tips(side, smooth, summits, reach, aside + margin)
    rows, columns = rows[:, margin:-margin], columns[:, margin:-margin]
    beneath = rows[:, :tip] > 0
    if not beneath.any():
        return side
    levels, hidden = side.grey[at].astype(np.int16), side.hidden[at]
    marks = np.zeros_like(side.hidden)
    for far, least, times in zip(BESIDE, LEAST, TIMES, strict=True):
        strokes = _strokes(levels, hidden, far * scale, margin)
        stands = _stands(strokes[:, tip:])
        grain = strokes[:, :tip].max(axis=2)[beneath]
        usual = float(percentiles(grain, USUAL)[0]) + ADDED
        limit = max(least, times * usual - ADDED)
        over = np.flatnonzero(stands > limit)
        if not len(over):
            continue
        _, _, at = about_tips(side, smooth, summits[over], reach, flank + margin)
        wide = _strokes(side.grey[at].astype(np.int16), side.hidden[at], far * scale, margin)
        flanks = np.minimum(
            _stands(wide[:, :, : flank - aside]), _stands(wide[:, :, flank + aside + 1 :])
        )
        least_over = np.minimum(OVER_FLANKS * (flanks + ADDED), SURELY * usual)
        for number in over[stands[over] + ADDED > least_over]:
            down, right = np.nonzero(strokes[number, tip:] > limit)
            # Rows count from the baseline; a tip from which these are seen is not to be read.
            lines, along = rows[number, tip + down], columns[number, right]
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


def _strokes(levels: Levels, hidden: Flags, beside: int, margin: int) -> Levels:
    """By how much pixels (tips, rows, columns) are brighter than both of their sides, `beside` them
    on that of four ways on which they are most, 0 where something hides them; without a margin on
    every side of each tip."""
    inner = levels[:, margin:-margin, margin:-margin]
    high, wide = inner.shape[1:]
    found = np.zeros_like(inner)
    for down, right in ((0, beside), (beside, 0), (beside, beside), (beside, -beside)):
        one, other = (
            levels[:, margin + way * down :, margin + way * right :][:, :high, :wide]
            for way in (1, -1)
        )
        np.maximum(found, inner - np.maximum(one, other), out=found)
    found[hidden[:, margin:-margin, margin:-margin]] = 0
    return found
