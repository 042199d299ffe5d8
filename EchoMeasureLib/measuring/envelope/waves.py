"""The waves of one side of a spectral strip: where each begins, is highest and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from EchoMeasureLib.measuring.envelope.edges import Edges, find_turns
from EchoMeasureLib.measuring.envelope.incomplete import is_incomplete
from EchoMeasureLib.measuring.envelope.same_wave import same_waves, settle
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tops import Top, find_top
from EchoMeasureLib.measuring.envelope.valve_lines import is_valve_line

LOWEST_SHARE = 0.06
"""Of the strip's height that a wave has at least."""

STANDS_SHARE = 0.02
"""Of the strip's height that a wave stands at least over the dips beside it: what moves slowly and
makes a band about the baseline ripples by less."""

FOOT = 0.1
"""Share of a wave's height at which it begins and ends."""

CUT_SHARE = 0.025
"""Share of the strip's height next to its edge in which a wave counts as cut."""

BORDER_MS = 20.0
"""So near to where writing begins, ends or is interrupted a peak may not be the wave's."""


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
    """Whether it reaches the strip's edge or the end of what is written: then its peak is not on
    the picture."""
    shoulder: bool = False
    """Whether it is no more than a shoulder on the flank of a higher one."""
    incomplete: bool = False
    """Whether its light breaks off beside its peak, which may lie in what is not seen."""


def find_waves(side: Side, edges: Edges, continuous: bool) -> tuple[Wave, ...]:
    """All waves of a side, from left to right."""
    smooth = edges.smooth
    border = side.columns(BORDER_MS)
    found = []
    for first, summit, last in find_turns(smooth):
        if smooth[summit] < LOWEST_SHARE * side.strip_height:
            continue
        stands = smooth[summit] - max(smooth[first], smooth[last])
        # Of one that is cut off at the strip's end a dip is not seen.
        if first > 0 and last < len(smooth) - 1 and stands < STANDS_SHARE * side.strip_height:
            continue
        top = find_top(side, edges, summit, (first, last))
        if top is None or is_valve_line(side, edges, round(top.column), top.height):
            continue
        over = np.flatnonzero(smooth[first : last + 1] >= FOOT * smooth[summit]) + first
        places = (float(over[0]), top.column, float(over[-1]))
        onset, peak, end = (side.left + place for place in places)
        cut = is_cut(side, top.height)
        if not side.shows(top.column - border, top.column + border):
            # It may be higher beyond the border: what is seen of it says nothing.
            top, cut = replace(top, hidden=1.0), True
        part = continuous and is_incomplete(side, edges, top.column, top.height)
        row = side.row(top.height)
        found.append(Wave(side.up, onset, peak, end, row, top, cut, incomplete=part))
    return tuple(found)


def settled(
    side: Side, edges: Edges, waves: Sequence[Wave], period: float | None
) -> tuple[Wave, ...]:
    """Waves of a side with the heights that other beats tell as well, `period` columns apart."""
    found = list(waves)
    places = [n for n, wave in enumerate(waves) if not wave.cut and not wave.incomplete]
    if period is None or len(places) < 2:
        return tuple(found)
    peaks = np.array([waves[n].peak for n in places])
    heights = np.array([waves[n].top.height for n in places])
    for group in same_waves(peaks, heights, period):
        same = [places[n] for n in group]
        for n, top in zip(same, settle(side, edges, [waves[n].top for n in same]), strict=True):
            found[n] = replace(waves[n], row=side.row(top.height), top=top)
    return tuple(found)


def is_cut(side: Side, height: float) -> bool:
    """Whether a wave so high reaches the strip's edge."""
    return height > len(side.grey) - max(3.0, CUT_SHARE * side.strip_height)
