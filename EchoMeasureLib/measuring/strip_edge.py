"""Whether a wave of a spectral strip is cut at the strip's edge, or comes back on the other side.

A Doppler strip shows velocities up to its edges only. A faster wave is cut there (clipped), or
what is beyond returns at the opposite edge (aliased, as with a pulse repetition frequency that
is too low): its true peak is not on the picture, wherever a network or a hand puts the point.
The edge is that of what is drawn, which may lie inside of what the file declares.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.drawn_rows import drawn_box
from EchoMeasureLib.measuring.strip_flow import BAND_SHARE, Flow, find_flow

EDGE_SHARE = BAND_SHARE
"""Share of the strip's height next to its edge in which a peak, or a wave, counts as cut."""

WAVE_S, WAVE_SHARE = 0.12, 0.04
"""How far to either side of a point its wave is followed; share of the width without times."""

FLANK = (0.55, 0.97)
"""Between these shares of the way to the edge a wave climbs; a valve's click jumps."""

HIGH = 0.73
"""Share of the way to the edge that a flank is seen to reach, beside where it is cut."""

FLANK_S, FLANK_SHARE = 0.06, 0.02
"""How far from where it meets the edge a flank is looked for."""

WIDE = 0.6
"""A wave wider than this share of `FLANK_S` is no click, whether its flanks are seen or not."""

JOINED = 0.6
"""Share of the way from the edge to the baseline over which a wave is seen without a break."""


def edge_flag(frame: Frame, region: Region, point: PixelPoint, baseline: float) -> Flag | None:
    """`CLIPPED` or `ALIASED` where the wave at a point (source pixels) is, else None.

    `baseline` is the row of zero velocity. A point within `EDGE_SHARE` of the edge on its side
    of the baseline is `CLIPPED` whatever the picture shows.
    """
    declared = region.bounds
    region = replace(region, bounds=drawn_box(frame, declared))
    up = point.y < baseline
    to_edge = point.y - region.bounds.y0 if up else region.bounds.y1 - point.y
    column = point.x - max(0, region.bounds.x0)
    if region.times_known and region.delta[0]:
        wave, flank = WAVE_S / abs(region.delta[0]), FLANK_S / abs(region.delta[0])
    else:
        wave, flank = WAVE_SHARE * region.bounds.width, FLANK_SHARE * region.bounds.width
    runs = _cut_runs(find_flow(frame, region, baseline, up), column, wave, round(flank))
    if not runs and to_edge > EDGE_SHARE * region.bounds.height:
        return None
    if region.bounds.y0 != declared.y0 if up else region.bounds.y1 != declared.y1:
        return Flag.CLIPPED  # what ends within the strip does not come back at its other edge
    runs = runs or [(round(column), round(column))]
    back = _comes_back(find_flow(frame, region, baseline, not up), runs, wave)
    return Flag.ALIASED if back else Flag.CLIPPED


def _cut_runs(flow: Flow | None, column: float, wave: float, flank: int) -> list[tuple[int, int]]:
    """First and last column of every stretch near a column where a wave runs into the edge."""
    if flow is None:
        return []
    seen, reach = flow.seen, flow.reach
    climbing = np.where((reach >= FLANK[0]) & (reach <= FLANK[1]) & ~seen[0], reach, 0)
    slant = max(2, flank // 4)
    high = min(HIGH, 1 - 2 / len(seen))
    found = []
    for start, stop in _runs(seen[0], flow.fine - 1):
        if stop < column - wave or start > column + wave:
            continue
        # A speck of noise at the edge has nothing below it, and a click of a valve no flank.
        width = stop - start + 1
        below = seen[1:3, max(0, start - slant) : stop + slant + 1].sum(axis=1).min()
        before = climbing[max(0, start - flank) : start]
        after = climbing[stop + 1 : stop + 1 + flank]
        climbs = any((f > 0).sum() >= 2 and f.max() >= high for f in (before, after))
        filled = seen[1:3, start : stop + 1].mean(axis=1).min() > 0.4
        wide = filled and width > max(6, WIDE * flank)
        # An ECG along the edge is not joined to the flow at the baseline.
        about = seen[: round(JOINED * len(seen)), max(0, round(start - wave)) : round(stop + wave)]
        joined = about.sum(axis=1).min() >= 2
        if joined and below >= min(3, width / 2) and (wide or climbs):
            found.append((start, stop))
    return found


def _comes_back(flow: Flow | None, runs: list[tuple[int, int]], wave: float) -> bool:
    """Whether flow hangs from the edge of the other side in the columns of these stretches."""
    if flow is None:
        return False
    first, last = max(0, round(runs[0][0] - wave / 2)), round(runs[-1][1] + wave / 2)
    return int(flow.seen[0, first : last + 1].sum()) >= flow.fine


def _runs(flags: npt.NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """First and last index of each stretch of True; one or two False within are passed over."""
    places = np.flatnonzero(flags)
    if not len(places):
        return []
    gaps = np.flatnonzero(np.diff(places) > 3)
    starts = [0, *(gaps + 1).tolist()]
    stops = [*gaps.tolist(), len(places) - 1]
    found = [(int(places[a]), int(places[b])) for a, b in zip(starts, stops, strict=True)]
    return [run for run in found if run[1] - run[0] + 1 >= least]
