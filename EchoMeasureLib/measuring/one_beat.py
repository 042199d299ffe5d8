"""Whether two points of a strip are of one beat: without that, a pair of waves is no E and A.

Between E and A lies one diastole: a shorter time than a beat has, and no other wave. The A of
the next beat comes after the rest of this diastole, a systole and the next E.
"""

from __future__ import annotations

import enum
import math

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.strip_flow import Flow, find_flow

DIASTOLE = 0.75
"""Share of a beat that E and A lie apart at most: at 40 beats per minute it is 0.65."""

OTHER_WAVE = 0.5
"""Height of another wave over the dip on both sides, as a share of the lower of E and A."""

LEAST_BANDS = 2.5
"""Bands by which another wave stands over the dips at least: one or two are clutter."""

REST = 0.3
"""Height of flow that is none, as a share of the lower of E and A: clutter at the baseline."""

RISE_S = 0.11
"""An A climbs from half of its height to its peak in less; if it takes longer, an E is part of it.
"""

SOLID = 0.4
"""Share of flow around a place that belongs to a wave; specks of noise stand alone."""


def too_long(seconds: float | None, most: float, rr_s: float | None) -> str:
    """Why two points so far apart are not of one beat, in words; empty when they may be.

    `most` is the longest interval that any heart has, `rr_s` that of two R waves here.
    """
    if seconds is None:
        return ""
    if seconds > most:
        return f"They lie {seconds:.2f} s apart; in one beat it is no more than {most:g} s."
    if rr_s is not None and seconds > DIASTOLE * rr_s:
        return f"They lie {seconds:.2f} s apart, where a beat lasts {rr_s:.2f} s."
    return ""


class Between(enum.Enum):
    """What the picture shows between two waves of one side of a strip."""

    FLOW = "flow"
    """Flow that never ends: one diastole, whatever the time."""
    REST = "rest"
    """Nothing, as in a long diastole, or in a systole."""
    WAVE = "wave"
    """Another wave: they are of two beats."""


def find_between(
    frame: Frame, region: Region, first: PixelPoint, second: PixelPoint, baseline: float
) -> Between | None:
    """What is seen between two peaks (source pixels, from left to right) of a spectral strip.

    `baseline` is the row of zero velocity. None where the picture does not show both waves.
    """
    up = first.y < baseline
    flow = find_flow(frame, region, baseline, up)
    if flow is None or (second.y < baseline) is not up:
        return None
    left, right = (round(p.x - max(0, region.bounds.x0)) for p in (first, second))
    room = (baseline - region.bounds.y0) if up else (region.bounds.y1 - baseline)
    highest = max(abs(p.y - baseline) for p in (first, second)) / room
    # What is farther out than both peaks is noise.
    reach = _steady_reach(flow, highest)[max(0, left) : right + 1]
    if len(reach) < 3:
        return None
    heights = float(reach[: flow.fine].max()), float(reach[-flow.fine :].max())
    lower = min(heights)
    if not lower:
        return None
    before, after = np.minimum.accumulate(reach), np.minimum.accumulate(reach[::-1])[::-1]
    over = float((reach - np.maximum(before, after)).max())
    if over > max(OTHER_WAVE * lower, LEAST_BANDS / len(flow.seen)):
        return Between.WAVE
    if reach.min() > REST * lower:
        return Between.FLOW
    seconds = region.interval(first, second)
    rising = np.flatnonzero(reach < heights[1] / 2)[-1]
    if seconds is not None and (1 - rising / len(reach)) * abs(seconds) > RISE_S:
        return Between.WAVE
    return Between.REST


def _steady_reach(flow: Flow, highest: float) -> npt.NDArray[np.float64]:
    """How far flow is seen, 0 to 1 per column, up to a height and without specks of noise."""
    half = flow.fine
    padded = np.pad(flow.seen, ((1, 1), (half, half)), mode="edge").astype(np.float32)
    around = sliding_window_view(padded, (3, 2 * half + 1)).mean(axis=(2, 3)) > SOLID
    around[: max(0, math.floor((1 - highest) * len(around)) - 1)] = False
    return Flow(around, flow.fine).reach
