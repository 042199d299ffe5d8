"""A wave of a strip as points of calipers: its traced edge, the slope of its fall, its duration."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.wave_extent import (
    CUT_OFF,
    DIP,
    LOW,
    RISE,
    Doubles,
    extent_of,
)
from EchoMeasureLib.measuring.envelope.waves import Wave

FEWEST = 45
"""Columns that a traced jet has at least: one more or less at both ends is 4 % of so many."""

STRETCH = (0.97, 1.08)
"""By how much the edge of a jet by continuous wave may be read too low: it dissolves outwards, and
its top is read from all of its columns at once."""

FINE_PX, FINE, MOST_POINTS = 0.5, 0.008, 40
"""How far the points of a tracing may leave the edge, rows and share of the height, and how many
there are at most, so that a person can move them."""

FALL = (0.8, 0.3)
"""Shares of the height between which the fall of a wave is taken as straight."""

SEEN_DOWN_TO, STRAIGHT = 0.45, 0.03
"""Share of the height down to which a fall is seen at least, and deviation from a line of one that
is straight."""

FEWEST_OF_FALL, FEWEST_TO_ZERO = 4, 25
"""Columns that a flank has at least, or its slope is not seen; and those from its peak to where its
line meets the baseline: one of fewer is too much of a deceleration time."""

TOO_SLOW = f"The sweep is too slow: the wave is less than {FEWEST} columns wide."
TOO_SLOW_FALL = f"The sweep is too slow: the wave falls within less than {FEWEST_TO_ZERO} columns."
NO_FALL = "The deceleration of E is not seen far enough."
INTO_NEXT = "It runs into the next wave."

Points: TypeAlias = tuple[PixelPoint, ...]


def tracing_of_jet(reading: StripReading, wave: Wave) -> Points | str:
    """The edge of a jet from its onset to its end at the baseline, in source pixels.

    Words where it is not seen from end to end, is too few columns wide, or lasts otherwise than
    its like on the same strip. Points are so few that a person can move them.
    """
    extent = extent_of(reading, wave, arched=True)
    if isinstance(extent, str):
        return extent
    if extent.columns < FEWEST:
        return TOO_SLOW
    side = extent.side
    columns = np.arange(extent.first, extent.last + 1, dtype=np.float64)
    heights = extent.edge.copy()
    top = float(wave.peak - side.left), wave.top.height
    summit = int(np.clip(round(top[0]) - extent.first, 0, len(heights) - 1))
    if reading.continuous:
        near = heights[max(0, summit - 2) : summit + 3]
        heights *= float(np.clip(top[1] / np.median(near), *STRETCH))
    # Up to its peak a wave rises, and from there it falls: what does not is a hole in the picture.
    rise, fall = heights[: summit + 1], heights[summit:]
    rise[:] = np.maximum.accumulate(rise)
    fall[:] = np.maximum.accumulate(fall[::-1])[::-1]
    heights = np.minimum(heights, top[1])
    corners = [(extent.onset, 0.0), top, (extent.end, 0.0)]
    points = _thinned(columns, heights, corners, max(FINE_PX, FINE * top[1]))
    return tuple(PixelPoint(float(side.left + x), float(side.row(y))) for x, y in points)


def fall_of_wave(reading: StripReading, wave: Wave) -> Points | str:
    """The peak of a wave, and where the line of its fall meets the baseline, in source pixels.

    Words where the fall is not seen, as where another wave follows too soon.
    """
    extent = extent_of(reading, wave)
    if isinstance(extent, str):
        return extent
    side = extent.side
    peak, height = round(wave.peak - side.left), wave.top.height
    edge = extent.edges.smooth[peak:]
    below = np.flatnonzero(edge < FALL[1] * height)
    stop = int(below[0]) if len(below) else len(edge)
    turn = _turn(edge[:stop], height)
    fall = np.flatnonzero(edge[:turn] <= FALL[0] * height)
    if len(fall) < FEWEST_OF_FALL:
        return NO_FALL
    slope, rest = np.polyfit(fall + peak, edge[fall], 1)
    off = float(np.std(edge[fall] - (slope * (fall + peak) + rest)))
    if slope >= 0 or float(edge[fall].min()) > SEEN_DOWN_TO * height or off > STRAIGHT * height:
        return NO_FALL
    zero = float(side.left - rest / slope)
    if zero > side.left + side.grey.shape[1] - 1:
        return CUT_OFF
    if zero - wave.peak < FEWEST_TO_ZERO:
        return TOO_SLOW_FALL
    return PixelPoint(wave.peak, wave.row), PixelPoint(zero, side.zero)


def ends_of_wave(reading: StripReading, wave: Wave) -> Points | str:
    """Onset and end of a wave at the baseline, in source pixels; words as for a tracing.

    Words too where it runs into the next one, as E into A.
    """
    extent = extent_of(reading, wave)
    if isinstance(extent, str):
        return extent
    side = extent.side
    ends = side.left + extent.onset, side.left + extent.end
    others = (other for other in reading.waves() if other.up is wave.up and other.peak != wave.peak)
    if any(ends[0] < o.peak < ends[1] and o.top.height > LOW * wave.top.height for o in others):
        return INTO_NEXT
    return PixelPoint(ends[0], side.zero), PixelPoint(ends[1], side.zero)


def _turn(edge: Floats, height: float) -> int:
    """Where a falling edge begins to rise to another wave, or its end."""
    lowest = np.minimum.accumulate(edge) if len(edge) else edge
    again = np.flatnonzero((lowest < DIP * height) & (edge > lowest + 0.5 * RISE * height))
    return int(edge[: int(again[0])].argmin()) if len(again) else len(edge)


def _thinned(
    columns: Doubles, heights: Doubles, corners: Sequence[tuple[float, float]], fine: float
) -> list[tuple[float, float]]:
    """Fewer points along an edge, none of the corners left out."""
    while True:
        points = [corners[0]]
        for start, stop in pairwise(corners):
            inside = (columns > start[0]) & (columns < stop[0])
            piece = [start, *zip(columns[inside], heights[inside], strict=True), stop]
            points += _kept(np.array(piece), fine)[1:]
        if len(points) <= MOST_POINTS:
            return points
        fine *= 1.3


def _kept(points: Doubles, fine: float) -> list[tuple[float, float]]:
    """Ramer, Douglas and Peucker, by the distance in rows."""
    first, last = points[0], points[-1]
    share = (points[:, 0] - first[0]) / max(last[0] - first[0], 1e-9)
    off = np.abs(points[:, 1] - (first[1] + share * (last[1] - first[1])))
    worst = int(off.argmax())
    if off[worst] <= fine or not 0 < worst < len(points) - 1:
        return [(float(first[0]), float(first[1])), (float(last[0]), float(last[1]))]
    return _kept(points[: worst + 1], fine)[:-1] + _kept(points[worst:], fine)
