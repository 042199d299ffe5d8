"""Whether a wave of a spectral strip is cut at the strip's edge, or comes back on the other side.

A Doppler strip shows velocities up to its edges only. A faster wave is cut there (clipped), or
what is beyond returns at the opposite edge (aliased, as with a pulse repetition frequency that
is too low): its true peak is not on the picture, wherever a network or a hand puts the point.
The edge is that of what is drawn, which may lie inside of what the file declares.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

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

SMOOTH = 0.6
"""Share of `FLANK_S` over which a strip is smoothed where nothing is seen at the edge at first."""

WIDE = 0.6
"""A wave wider than this share of `FLANK_S` is no click, whether its flanks are seen or not."""

FILLED = 0.4
"""Share of a stretch at the edge that goes on below it, where it is as wide as a wave."""

NEAR_TIP = 0.9
"""Share of the way to the edge that both flanks of a tip reach which is one column wide there."""

OTHERS, IN_STEP, NEARLY = 3, 0.2, 0.85
"""Waves that are cut at least, deviation from their distance, and share of the way to the edge that
one more in step with them is seen to reach: the grain of a dim wave may hide its last rows."""

STEPS, SHORTEST = 3, 2.0
"""A beat is the distance of two cut waves that so many or fewer lie apart, and at least so many
times as long as a wave may be followed."""

EVEN, ALL, MOST, MANY = 0.08, 0.8, 0.5, 4
"""Share of a beat by which the same wave may come earlier or later in the next one; the share of
the other beats that are cut there by which it is cut as well, whatever is seen of it; and the share
that is enough where so many are, before it and after it."""

TIP = 0.2
"""Share of the time over which a wave is followed within which a point at its tip lies: what is
seen there at the edge of a strip on which others are cut is a wave that is cut."""

GAP, MIDDLE = (1.5, 2.6), (0.35, 0.65)
"""Distance of two cut waves between which one is missing, in their usual distance, and the shares
of it between which that one lies: then it is cut as well where beats are uneven."""

JOINED, UNBROKEN = 0.6, 0.8
"""Share of the way from the edge to the baseline over which a wave is seen, and how much of that,
where it is broken up by grain; else all of it."""


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
    runs: list[tuple[int, int]] = []
    # What is dim and broken up by grain is seen where more columns are taken together.
    for coarse, unbroken in ((0, 1.0), (round(SMOOTH * flank), UNBROKEN)):
        flow = find_flow(frame, region, baseline, up, coarse)
        if flow is not None and not runs:
            everywhere = _cut_runs(flow, wave, round(flank), unbroken)
            runs = _near(everywhere, column, wave) or _as_others(flow, everywhere, column, wave)
    if not runs and to_edge > EDGE_SHARE * region.bounds.height:
        return None
    if region.bounds.y0 != declared.y0 if up else region.bounds.y1 != declared.y1:
        return Flag.CLIPPED  # what ends within the strip does not come back at its other edge
    runs = runs or [(round(column), round(column))]
    back = _comes_back(find_flow(frame, region, baseline, not up), runs, wave)
    return Flag.ALIASED if back else Flag.CLIPPED


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of columns in which flow is seen at the edge."""

    start: int
    stop: int
    filled: float
    """Share of it that goes on below, one and two bands from the edge."""
    climbing: tuple[int, int]
    """Columns of the flanks before and after it, where flow climbs towards the edge."""
    nearest: tuple[float, float]
    """How near to the edge those are seen, 0 to 1."""

    @property
    def width(self) -> int:
        return self.stop - self.start + 1

    def climbs(self, high: float) -> bool:
        """A click of a valve has no flanks: one that is seen well, or both."""
        near = [reach >= high for reach in self.nearest]
        long = [number >= 2 for number in self.climbing]
        return all(near) or any(map(operator.and_, near, long))

    @property
    def is_tip(self) -> bool:
        """Whether this is the narrow tip of a wave, and no speck of noise."""
        return self.filled == 1 and min(self.climbing) >= 2 and min(self.nearest) >= NEAR_TIP


def _near(runs: list[tuple[int, int]], column: float, wave: float) -> list[tuple[int, int]]:
    """Those of the wave at a column."""
    return [run for run in runs if run[1] >= column - wave and run[0] <= column + wave]


def _as_others(
    flow: Flow, runs: list[tuple[int, int]], column: float, wave: float
) -> list[tuple[int, int]]:
    """The wave at a column that is in step with waves cut at the edge, where these are nearly all
    of its beats, or it is missing between two of them, or it is seen nearly to the edge."""
    middles = np.array([(start + stop) / 2 for start, stop in _whole_waves(runs, wave)])
    about = flow.reach[max(0, round(column - wave)) : round(column + wave) + 1]
    tip = flow.seen[0, max(0, round(column - TIP * wave)) : round(column + TIP * wave) + 1]
    if len(middles) > 1 and tip.any():
        return [(round(column), round(column))]
    nearly = (about >= NEARLY).sum() >= 2
    # What is to the right of all flow may not be written yet.
    last = float(np.flatnonzero(flow.seen.any(axis=0)).max(initial=0))
    cut = _in_step(middles, column, last, SHORTEST * wave)
    if not cut and len(middles) >= OTHERS and (beat := _beat(middles, SHORTEST * wave)):
        cut = _missing(middles, column, beat)
        if nearly and not cut:
            beats = np.abs(column - middles) / beat
            steps = np.round(beats)
            near = (steps >= 1) & (steps <= STEPS)
            cut = bool((near & (np.abs(beats - steps) <= IN_STEP)).any())
    return [(round(column), round(column))] if cut else []


def _beat(middles: npt.NDArray[np.float64], shortest: float) -> float | None:
    """Columns from one cut wave to the next; between two of them some may not be cut."""
    steps = np.diff(middles)
    steps = steps[steps >= shortest]
    if not len(steps):
        return None
    return float(np.median(steps / np.round(steps / steps.min())))


def _in_step(middles: npt.NDArray[np.float64], column: float, last: float, shortest: float) -> bool:
    """Whether most of the beats before and after a column are cut at the same time in the beat."""
    apart = {
        float(middles[place + step] - middles[place])
        for step in range(1, STEPS + 1)
        for place in range(len(middles) - step)
    }
    for beat in sorted(length for length in apart if length >= shortest):
        beats = np.arange(-int(column // beat), int((last - column) // beat) + 1)
        beats = beats[beats != 0]
        if len(beats) < 2:
            continue
        off = np.abs(column + beats[:, None] * beat - middles).min(axis=1)
        hit = off <= EVEN * beat * np.sqrt(np.abs(beats))
        both = hit[beats < 0].any() and hit[beats > 0].any()
        many = hit.sum() >= MANY and hit.mean() >= MOST and both
        if hit.sum() >= 2 and (many or hit.mean() >= ALL):
            return True
    return False


def _missing(middles: npt.NDArray[np.float64], column: float, beat: float) -> bool:
    """Whether a column lies where one wave is missing between two that are cut."""
    after = int(np.searchsorted(middles, column))
    if not 0 < after < len(middles):
        return False
    gap = float(middles[after] - middles[after - 1])
    place = (column - middles[after - 1]) / gap
    return bool(GAP[0] <= gap / beat <= GAP[1] and MIDDLE[0] <= place <= MIDDLE[1])


def _whole_waves(runs: list[tuple[int, int]], wave: float) -> list[tuple[int, int]]:
    """Stretches that are of one wave, such as both of its rims, together."""
    found: list[tuple[int, int]] = []
    for start, stop in runs:
        if found and start - found[-1][1] <= wave:
            found[-1] = found[-1][0], stop
        else:
            found.append((start, stop))
    return found


def _cut_runs(flow: Flow, wave: float, flank: int, unbroken: float) -> list[tuple[int, int]]:
    """First and last column of every stretch where a wave runs into the edge."""
    runs = list(_edge_runs(flow, wave, flank, unbroken))
    widest = max(2 * flow.fine, WIDE * flank)
    high = min(HIGH, 1 - 2 / len(flow.seen))
    found = [
        run
        for run in runs
        if (run.width >= flow.fine - 1 or run.is_tip)
        and (run.climbs(high) or (run.filled > FILLED and run.width > widest))
    ]
    # Both rims of a hollow wave; clicks lie farther apart.
    rims = [run for run in runs if run.filled > FILLED and run.width >= flow.fine]
    for first, second in pairwise(rims):
        if second.start - first.stop <= wave and second.stop - first.start > widest:
            found += [first, second]
    return sorted({(run.start, run.stop) for run in found})


def _edge_runs(flow: Flow, wave: float, flank: int, unbroken: float) -> Iterator[_Run]:
    """All stretches at the edge that hang together with the flow at the baseline."""
    seen, reach = flow.seen, flow.reach
    climbing = np.where((reach >= FLANK[0]) & (reach <= FLANK[1]) & ~seen[0], reach, 0)
    slant = max(2, flank // 4)
    for start, stop in _runs(seen[0]):
        # A speck of noise at the edge has nothing below it.
        width = stop - start + 1
        below = seen[1:3, max(0, start - slant) : stop + slant + 1].sum(axis=1).min()
        # An ECG along the edge is not joined to the flow at the baseline.
        about = seen[: round(JOINED * len(seen)), max(0, round(start - wave)) : round(stop + wave)]
        joined = (about.sum(axis=1) >= min(2, width)).mean() >= unbroken
        if below < min(3, width / 2) or not joined:
            continue
        flanks = climbing[max(0, start - flank) : start], climbing[stop + 1 : stop + 1 + flank]
        before, after = (int((one > 0).sum()) for one in flanks)
        nearest = [float(one.max(initial=0)) for one in flanks]
        filled = float(seen[1:3, start : stop + 1].mean(axis=1).min())
        yield _Run(start, stop, filled, (before, after), (nearest[0], nearest[1]))


def _comes_back(flow: Flow | None, runs: list[tuple[int, int]], wave: float) -> bool:
    """Whether flow hangs from the edge of the other side in the columns of these stretches."""
    if flow is None:
        return False
    first, last = max(0, round(runs[0][0] - wave / 2)), round(runs[-1][1] + wave / 2)
    return int(flow.seen[0, first : last + 1].sum()) >= flow.fine


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each stretch of True; one or two False within are passed over."""
    places = np.flatnonzero(flags)
    if not len(places):
        return []
    gaps = np.flatnonzero(np.diff(places) > 3)
    starts = [0, *(gaps + 1).tolist()]
    stops = [*gaps.tolist(), len(places) - 1]
    return [(int(places[a]), int(places[b])) for a, b in zip(starts, stops, strict=True)]
