"""The waves of one side of a spectral strip: where each begins, is highest and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.measuring.envelope.edges import Edges, find_turns
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tops import Top, find_top

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
    for first, summit, last in find_turns(smooth):
        if smooth[summit] < LOWEST_SHARE * side.strip_height:
            continue
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
