"""A wave of a strip as points of calipers: the slope of its fall, its duration."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.laid_beats import alike
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.wave_extent import (
    AT_PEAK,
    BLURRED,
    CUT_OFF,
    IN_CLUTTER,
    INTO_NEXT,
    LOW,
    OFF_LINE,
    OUTSIDE,
    STRAIGHT,
    UNCLEAR,
    clutter_share,
    extent_of,
    fade_of,
)
from EchoMeasureLib.measuring.envelope.waves import Wave

FALL_SEEN = 0.6
"""Share of the height down to which a fall is seen at least."""

TURN = (0.8, 0.05)
"""Below this share of its height, and this share above what it fell to, the next wave begins: E may
run into A high up, and its fall is seen until then."""

HIDDEN = 0.3
"""Share of its height up to which clutter may lie between waves, or it bends a fall."""

UPPER, FLATTER = 0.6, 0.9
"""Share of a fall's columns whose own line has to meet the baseline no earlier than this share of
the way of the whole fall's, or its lower part has run into clutter."""

FALLS_LIKE, FALLS_LIKE_S = 0.1, 0.012
"""Share and seconds to which a wave falls like that of one other beat at least."""

FEWEST_OF_FALL, FEWEST_TO_ZERO = 4, 25
"""Columns that a flank has at least, or its slope is not seen; and those from its peak to where its
line meets the baseline: one of fewer is too much of a deceleration time."""

MOST_FADE_MS = 20.0
"""For so long light fades at the flanks of a wave at most, or its duration is that of the blur.
Fitted on simulated echoes."""

TOO_SLOW_FALL = f"The sweep is too slow: the wave falls within less than {FEWEST_TO_ZERO} columns."
FALLS_OTHERWISE = "It falls otherwise than in the other beats."
TWO_SLOPES = "It falls in two slopes: the deceleration time is that of the first, from the peak."
NO_FALL = "The deceleration of E is not seen far enough."

Points: TypeAlias = tuple[PixelPoint, ...]


def fall_of_wave(reading: StripReading, wave: Wave) -> Points | str:
    """The peak of a wave, and where the line of its fall meets the baseline, in source pixels.

    Words where the fall is not seen, as where another wave follows too soon or rides on it, has two
    slopes, of which the first counts, or is unlike that of all other beats.
    """
    found = reading.side(wave.up)
    if found is None or wave.top.doubt > MOST_DOUBT:
        return UNCLEAR
    # A line through the part above the next wave was 20 to 50 ms off on phantoms.
    if _is_ridden(reading, wave):
        return INTO_NEXT
    side, _ = found
    long = _fall(*found, wave)
    if isinstance(long, str):
        return long
    if wave.peak + long > side.left + side.grey.shape[1] - 1:
        return CUT_OFF
    if long < FEWEST_TO_ZERO:
        return TOO_SLOW_FALL
    others = [
        other
        for like in reading.waves()
        if like.peak != wave.peak and alike(like, wave)
        if not isinstance(other := _fall(*found, like), str)
    ]
    most = max(side.columns(1000 * FALLS_LIKE_S), FALLS_LIKE * long)
    # E and A may be equally high: it need not fall like all of them.
    if len(others) >= 2 and min(abs(other - long) for other in others) > most:
        return FALLS_OTHERWISE
    return PixelPoint(wave.peak, wave.row), PixelPoint(wave.peak + long, side.zero)


def _fall(side: Side, edges: Edges, wave: Wave) -> float | str:
    """Columns from the peak of a wave to where the line of its fall meets the baseline."""
    peak, height = round(wave.peak - side.left), wave.top.height
    if clutter_share(side, edges, height) > HIDDEN:
        return IN_CLUTTER
    inner, outer = wave.top.rim
    edge = edges.smooth[peak:] - OUTSIDE * (outer - inner)
    below = np.flatnonzero(edge < STRAIGHT[1] * height)
    stop = int(below[0]) if len(below) else len(edge)
    turn = _turn(edge[:stop], height)
    fall = np.flatnonzero(edge[:turn] <= STRAIGHT[0] * height)
    if len(fall) < FEWEST_OF_FALL:
        return NO_FALL
    slope, rest = np.polyfit(fall + peak, edge[fall], 1)
    off = float(np.std(edge[fall] - (slope * (fall + peak) + rest)))
    if slope >= 0 or float(edge[fall].min()) > FALL_SEEN * height or off > OFF_LINE * height:
        return NO_FALL
    upper = fall[: max(FEWEST_OF_FALL, round(UPPER * len(fall)))]
    steep, above = np.polyfit(upper + peak, edge[upper], 1)
    long = float(side.left - rest / slope) - wave.peak
    if steep < 0 and float(side.left - above / steep) - wave.peak < FLATTER * long:
        return NO_FALL
    at_peak = (slope * (wave.peak - side.left) + rest) / height
    if at_peak > AT_PEAK[1]:
        return INTO_NEXT
    return TWO_SLOPES if at_peak < AT_PEAK[0] else long


def ends_of_wave(reading: StripReading, wave: Wave) -> Points | str:
    """Onset and end of a wave at the baseline, in source pixels; words as for a tracing.

    Words too where it runs into the next one, as E into A.
    """
    if _is_ridden(reading, wave):
        return INTO_NEXT
    extent = extent_of(reading, wave)
    if isinstance(extent, str):
        return extent
    side = extent.side
    if fade_of(side, extent.edges, wave) > side.columns(MOST_FADE_MS):
        return BLURRED
    ends = side.left + extent.onset, side.left + extent.end
    others = (other for other in reading.waves() if other.up is wave.up and other.peak != wave.peak)
    if any(ends[0] < o.peak < ends[1] and o.top.height > LOW * wave.top.height for o in others):
        return INTO_NEXT
    return PixelPoint(ends[0], side.zero), PixelPoint(ends[1], side.zero)


def _is_ridden(reading: StripReading, wave: Wave) -> bool:
    """Whether the next wave rides on its fall without a dip."""
    after = (other for other in reading.waves() if other.shoulder and other.up is wave.up)
    return any(wave.peak < other.onset < wave.end for other in after)


def _turn(edge: Floats, height: float) -> int:
    """Where a falling edge begins to rise to another wave, or its end."""
    lowest = np.minimum.accumulate(edge) if len(edge) else edge
    again = np.flatnonzero((lowest < TURN[0] * height) & (edge > lowest + TURN[1] * height))
    return int(edge[: int(again[0])].argmin()) if len(again) else len(edge)
