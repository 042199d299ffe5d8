"""Where the points of a Doppler caliper go when they snap to the peaks of their waves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.envelope.kept_votes import find_vote
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT, Verdict

AT_PEAK_PX = 0.75
"""A point so near to the peak is on it: seen from there the peak lies as near again."""

ONE_WAVE_MS, ONE_WAVE_PX = 40.0, 8.0
"""Peaks of two points that are nearer to each other are one; columns where no times are known."""

NO_STRIP = "Only the peaks of a Doppler strip snap to a wave."
OUTSIDE = "It does not lie in a calibrated Doppler strip."
NOWHERE = "The picture shows no wave there."
UNCLEAR = "The wave there is not seen clearly."
TOGETHER = "Both points would go to the same wave."


@dataclass(frozen=True, slots=True)
class Snap:
    """Where one point of a caliper goes, or why it stays."""

    label: str
    """Which point it is, as the catalog names it."""
    peak: PixelPoint | None
    """The peak of its wave, source pixels; None where it stays."""
    why: str = ""
    """Why it stays, in a sentence."""
    there: bool = False
    """Whether it is on the peak already."""


def find_snaps(cine: Cine, caliper: Caliper) -> tuple[Snap, ...]:
    """For each point of a caliper the peak of the wave that it lies on.

    A point stays where the strip does not show its wave clearly, not its peak, or no strip.
    Raises `UnreadableFile` for a frame that cannot be seen.
    """
    region = None if caliper.region is None else cine.region(caliper.region)
    if not definition(caliper.measurement).caliper.is_velocity:
        return tuple(Snap(point.label, None, NO_STRIP) for point in caliper.points)
    if region is None or not region.kind.is_spectral or not region.usable:
        return tuple(Snap(point.label, None, OUTSIDE) for point in caliper.points)
    snaps = [_snap(cine, caliper.frame, region, p.point, p.label) for p in caliper.points]
    return _apart(snaps, region)


def _snap(cine: Cine, frame: int, region: Region, point: PixelPoint, label: str) -> Snap:
    vote = find_vote(cine, frame, region, point)
    if vote.top is None or vote.peak is None:
        return Snap(label, None, NOWHERE if vote.verdict is Verdict.NO_WAVE else vote.why)
    if vote.at_least:
        return Snap(label, None, vote.why)
    if vote.top.doubt > MOST_DOUBT:
        return Snap(label, None, UNCLEAR)
    return Snap(label, vote.peak, there=math.dist(point, vote.peak) <= AT_PEAK_PX)


def _apart(snaps: Sequence[Snap], region: Region) -> tuple[Snap, ...]:
    """Two points never go to one peak."""
    first, *others = (snap.peak for snap in snaps)
    if first is None or not others or others[0] is None:
        return tuple(snaps)
    seconds = region.interval(first, others[0])
    near = abs(first.x - others[0].x) < ONE_WAVE_PX
    if seconds is not None:
        near = abs(seconds) < ONE_WAVE_MS / 1000
    return tuple(replace(s, peak=None, why=TOGETHER) if near else s for s in snaps)
