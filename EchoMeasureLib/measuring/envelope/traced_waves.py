"""A wave of a strip as points of calipers: the slope of its fall, its duration."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.wave_extent import CUT_OFF, DIP, LOW, RISE, extent_of
from EchoMeasureLib.measuring.envelope.waves import Wave

FALL = (0.8, 0.3)
"""Shares of the height between which the fall of a wave is taken as straight."""

SEEN_DOWN_TO, STRAIGHT = 0.45, 0.03
"""Share of the height down to which a fall is seen at least, and deviation from a line of one that
is straight."""

FEWEST_OF_FALL, FEWEST_TO_ZERO = 4, 25
"""Columns that a flank has at least, or its slope is not seen; and those from its peak to where its
line meets the baseline: one of fewer is too much of a deceleration time."""

TOO_SLOW_FALL = f"The sweep is too slow: the wave falls within less than {FEWEST_TO_ZERO} columns."
NO_FALL = "The deceleration of E is not seen far enough."
INTO_NEXT = "It runs into the next wave."

Points: TypeAlias = tuple[PixelPoint, ...]


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
