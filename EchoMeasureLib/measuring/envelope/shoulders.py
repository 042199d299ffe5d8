"""Waves that are only a shoulder on the flank of a higher one: an A on the fall of E at a slow
sweep or a fast heart rate.

A flank without one is bent outward or straight from its peak down. A string that is drawn tight
over it from the peak to the foot lies on it everywhere; where it hangs free the flank falls, gets
flat and falls again. As grain dents a flank too, the beats of a strip are laid upon each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.same_wave import Doubles, same_waves
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tops import Top, find_top
from EchoMeasureLib.measuring.envelope.waves import Wave

LONGEST_MS, LONGEST_SHARE = 450.0, 0.6
"""From its peak a flank goes on for so long at most, and for this share of a beat."""

LOW, CLUTTER, OVER = 0.25, 30, 1.15
"""Share of the height down to which a flank is followed; percentile of a side's edge that is what
lies between waves, and how often that is the least as well."""

HIGHEST = 0.6
"""Share of the highest of its side that a wave with a shoulder has at least."""

FEWEST, PLAIN, PLAINER = 3, 0.05, 0.12
"""Share of the height by which a string hangs over the middle of so many beats, and of fewer."""

MOST, HALF = 0.75, 0.5
"""Share of the beats that show a shoulder each by itself, at least so plainly as a share."""

NEAREST_MS = 80.0
"""A shoulder comes so long after the peak at least, or it is of the same wave."""

OVER_FOOT = 0.1
"""Share of the height by which a shoulder stands over the foot of the flank."""

FLAT = 0.9
"""Share of its height within which the top of a shoulder is."""

ALIKE = 0.75
"""Share of its height in the middle of all beats that a beat's own shoulder has at least."""


@dataclass(frozen=True, slots=True)
class _Shoulder:
    """Where one is, in columns from the peak of the wave that it is on."""

    before: int
    """Where the string leaves the flank."""
    onset: int
    """Where it hangs highest over it: the shoulder begins there."""
    knee: int
    """Where it comes back to it."""
    at: int
    """The middle of its top."""
    end: int
    """The foot of the flank."""
    height: float
    """Share of the height of that wave."""
    plain: float
    """Share of the height of that wave by which a string hangs over the dip before it."""


def find_shoulders(
    side: Side, edges: Edges, waves: Sequence[Wave], period: float | None
) -> tuple[Wave, ...]:
    """The waves on the falls of those found on a side, from left to right.

    `period`: columns from one beat to the next; None where that is not known.
    """
    hosts = [wave for wave in waves if not wave.cut]
    if not hosts:
        return ()
    heights = np.array([wave.top.height for wave in hosts])
    peaks = np.array([wave.peak for wave in hosts])
    alone = [[n] for n in range(len(hosts))]
    groups = alone if period is None else same_waves(peaks, heights, period)
    high = HIGHEST * float(np.sort(heights)[-2:][0])
    clutter = OVER * float(np.percentile(edges.smooth[side.written], CLUTTER))
    reach = side.columns(LONGEST_MS)
    reach = round(reach if period is None else min(reach, LONGEST_SHARE * period))
    edge = np.append(edges.smooth, np.zeros(reach + 1, np.float32))
    # One beat is not asked where several tell.
    several = max(map(len, groups)) >= FEWEST
    found: list[Wave] = []
    for group in groups:
        middle = float(np.median(heights[group]))
        if middle < high or (several and len(group) < FEWEST):
            continue
        columns = np.round(peaks[group] - side.left).astype(np.intp)[:, None] + np.arange(reach + 1)
        flanks = edge[columns] / heights[group][:, None]
        shoulder = _on_flank(np.median(flanks, axis=0), max(LOW, clutter / middle))
        if shoulder is None or shoulder.plain < (PLAIN if several else PLAINER):
            continue
        if shoulder.at < side.columns(NEAREST_MS) or not _is_in_most(shoulder, flanks):
            continue
        waves_on = (_wave(side, edges, hosts[n], shoulder, waves) for n in group)
        found += [wave for wave in waves_on if wave is not None]
    return tuple(sorted(found, key=lambda wave: wave.peak))


def _on_flank(flank: Doubles, low: float) -> _Shoulder | None:
    """The plainest shoulder of a flank above the share `low`."""
    foot = int((flank < low).argmax())
    if foot < 4:
        return None
    part = flank[: foot + 1]
    on = _string(part)
    free = np.interp(np.arange(foot + 1), on, part[on]) - part
    best: _Shoulder | None = None
    for before, knee in pairwise(on):
        if knee - before < 2 or part[knee] < low + OVER_FOOT:
            continue
        onset = before + int(free[before : knee + 1].argmax())
        plain = float(free[onset])
        if best is not None and plain <= best.plain:
            continue
        height = float(part[onset : knee + 1].max())
        over = np.flatnonzero(part[onset:] >= FLAT * height) + onset
        at = round(float(over.mean()))
        best = _Shoulder(before, onset, knee, at, foot, float(part[at]), plain)
    return best


def _is_in_most(shoulder: _Shoulder, flanks: Doubles) -> bool:
    """Whether most beats show it: grain dents the one here and the other there."""
    before, onset, knee = shoulder.before, shoulder.onset, shoulder.knee
    way = (onset - before) / (knee - before)
    over = (1 - way) * flanks[:, before] + way * flanks[:, knee] - flanks[:, onset]
    return float((over >= HALF * shoulder.plain).mean()) >= MOST


def _string(curve: Floats | Doubles) -> list[int]:
    """The columns on which a string lies that is drawn tight over a curve."""
    heights = curve.tolist()
    on: list[int] = []
    for place, height in enumerate(heights):
        while len(on) > 1:
            first, last = on[-2:]
            if (heights[last] - heights[first]) * (place - first) > (height - heights[first]) * (
                last - first
            ):
                break
            on.pop()
        on.append(place)
    return on


def _wave(
    side: Side, edges: Edges, host: Wave, shoulder: _Shoulder, waves: Sequence[Wave]
) -> Wave | None:
    """The shoulder as a wave of one beat; None where another wave is seen there already."""
    peak = round(host.peak - side.left)
    onset, at, end = (peak + place for place in (shoulder.onset, shoulder.at, shoulder.end))
    if end >= len(edges.smooth) or not side.shows(peak, end):
        return None
    if any(onset <= wave.peak - side.left <= end for wave in waves):
        return None
    top = find_top(side, edges, at, (onset, end))
    if top is None or not _alike(top, shoulder.height * host.top.height):
        return None
    top = replace(top, column=float(at))
    left, row = float(side.left), side.row(top.height)
    return Wave(side.up, left + onset, left + at, left + end, row, top, cut=False, shoulder=True)


def _alike(top: Top, height: float) -> bool:
    return ALIKE * height <= top.height <= height / ALIKE
