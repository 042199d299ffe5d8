"""The waves of one side of a spectral strip: where each begins, is highest and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.sides import Floats, Side
from EchoMeasureLib.measuring.envelope.tops import Top, find_top

DIP = 0.06
"""A wave stands over the dips beside it by so much of its height at least."""

LOWEST_SHARE = 0.06
"""Of the strip's height that a wave has at least."""

FOOT = 0.1
"""Share of a wave's height at which it begins and ends."""

CUT_SHARE = 0.025
"""Share of the strip's height next to its edge in which a wave counts as cut."""


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave on one side of the baseline. Columns and rows are source pixels."""

    up: bool
    """Whether it lies above the baseline on the screen."""
    onset: float
    """Column at which it begins."""
    peak: float
    """Column at which it is highest."""
    end: float
    """Column at which it ends."""
    row: float
    """Row of its peak."""
    top: Top
    cut: bool
    """Whether it reaches the strip's edge: then its peak is not on the picture."""


def find_waves(side: Side, edges: Edges, continuous: bool) -> tuple[Wave, ...]:
    """All waves of a side, from left to right."""
    smooth = edges.smooth
    found = []
    for first, summit, last in find_summits(smooth, LOWEST_SHARE * side.strip_height):
        top = find_top(side, edges, summit, (first, last), continuous)
        if top is None:
            continue
        over = np.flatnonzero(smooth[first : last + 1] >= FOOT * smooth[summit]) + first
        places = (float(over[0]), top.column, float(over[-1]))
        onset, peak, end = (side.left + place for place in places)
        cut = is_cut(side, top.height)
        found.append(Wave(side.up, onset, peak, end, side.row(top.height), top, cut))
    return tuple(found)


def is_cut(side: Side, height: float) -> bool:
    """Whether a wave so high reaches the strip's edge."""
    return height > len(side.grey) - max(3.0, CUT_SHARE * side.strip_height)


def find_summits(curve: Floats, lowest: float) -> list[tuple[int, int, int]]:
    """Dip before, summit and dip after of every wave of a curve that is `lowest` high at least."""
    turns = [0]
    up = True
    for place, height in enumerate(curve.tolist()):
        last = float(curve[turns[-1]])
        if height >= last if up else height <= last:
            turns[-1] = place
        elif (last - height if up else height - last) > DIP * max(last, height) + 1:
            turns.append(place)
            up = not up
    # Summits have even numbers; the curve begins and ends with a dip, or is cut there.
    dips = [0, *turns[1::2], len(curve) - 1]
    summits = turns[::2]
    return [
        (dips[number], summit, dips[number + 1])
        for number, summit in enumerate(summits)
        if curve[summit] >= lowest
    ]
