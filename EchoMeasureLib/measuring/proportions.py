"""Sizes of one heart against each other: of one frame, and through a beat.

Septum and posterior wall are of one muscle: a wall thinner than a healthy one ends beside another
that is nearly twice as thick in disease of one place only. Walls thicken as the cavity empties,
and few hearts empty to less than half of their diameter. Disease does all of it, so that nothing
is said (`measuring.beside`) of a caliper whose ends the picture shows on walls. A wall far thinner
than its cavity lets expect is half of one. Where most frames
beside one have an end off the wall, it has too. The limits are EchoMeasure's own.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import numpy as np

from EchoMeasureLib.inference.beside_frames import NEAR_S

THIN_MM, TIMES = 7.0, 1.65
"""A wall under this beside one that is so many times as thick."""
GROWN_MM, THINNEST_MM, OF_ONE_FRAME_MM, OF_VENTRICLE = 40.0, 5.0, 4.5, 0.09
"""A ventricle of that diameter is no small child's and has walls of so much, through diastole or on
one frame alone, which is measured less surely. Through diastole those of any have this share of
its diameter (relative wall thickness 0.18): of 300 phantom hearts one has less."""
THINNER = 0.85
"""Share of its thickness in diastole that a wall has in systole at least."""
MOVES = 0.15
"""Share of its diameter by which a ventricle contracts, so that systole is known by it."""
SHORTEST = 0.5
"""Share of its largest diameter that a ventricle has at least; the best hearts keep 0.55."""
FEWEST = 3
"""Frames of each phase, and beside one, that are needed to say anything."""
MOST = 0.5
"""Share of the frames beside one that have an end off the wall."""


def thin_wall(ivs_mm: float, lvpw_mm: float) -> str:
    """Which of septum and posterior wall of one frame is too thin beside the other; or empty."""
    if lvpw_mm < THIN_MM and ivs_mm > TIMES * lvpw_mm:
        return "lvpw"
    return "ivs" if ivs_mm < THIN_MM and lvpw_mm > TIMES * ivs_mm else ""


def too_thin(wall_mm: float, lvid_mm: float) -> bool:
    """Whether on one frame a wall is thinner than any is beside a ventricle of this diameter."""
    return lvid_mm >= GROWN_MM and wall_mm < OF_ONE_FRAME_MM


def thin_all_through(
    wall_mm: Mapping[int, float], lvid_mm: Mapping[int, float]
) -> tuple[float, float] | None:
    """Thickness and diameter in diastole where that wall is too thin for its ventricle; or None.

    By frame, of a clip: systole thickens half of a wall too.
    """
    both = [frame for frame in wall_mm if frame in lvid_mm]
    if len(both) < FEWEST:
        return None
    high = float(np.percentile([lvid_mm[f] for f in both], 65))
    diastole = [frame for frame in both if lvid_mm[frame] >= high]
    wall, ventricle = (statistics.median(by[f] for f in diastole) for by in (wall_mm, lvid_mm))
    least = max(OF_VENTRICLE * ventricle, THINNEST_MM if ventricle >= GROWN_MM else 0.0)
    return (wall, ventricle) if wall < least else None


def thinning(wall_mm: Mapping[int, float], lvid_mm: Mapping[int, float]) -> dict[int, float]:
    """Frames on which a wall is thinner than in diastole though the ventricle is small.

    By frame; with the thickness in diastole. Empty where the wall thickens, or nothing shows it.
    """
    both = [frame for frame in wall_mm if frame in lvid_mm]
    if len(both) < 2 * FEWEST:
        return {}
    low, high = (float(value) for value in np.percentile([lvid_mm[f] for f in both], (5, 95)))
    if high - low < MOVES * high:
        return {}
    small = [wall_mm[f] for f in both if lvid_mm[f] <= low + 0.35 * (high - low)]
    large = [wall_mm[f] for f in both if lvid_mm[f] >= low + 0.65 * (high - low)]
    if min(len(small), len(large)) < FEWEST:
        return {}
    diastole = statistics.median(large)
    if statistics.median(small) >= THINNER * diastole:
        return {}
    middle = (low + high) / 2 + 0.15 * (high - low)
    return {
        frame: diastole
        for frame in both
        if lvid_mm[frame] <= middle and wall_mm[frame] < THINNER * diastole
    }


def too_small(lvid_mm: Mapping[int, float]) -> dict[int, float]:
    """Frames on which the ventricle is smaller than any becomes; with the largest diameter."""
    if len(lvid_mm) < 2 * FEWEST:
        return {}
    large = float(np.percentile([*lvid_mm.values()], 90))
    return {frame: large for frame, mm in lvid_mm.items() if mm < SHORTEST * large}


def outvoted(times: Mapping[int, float], off_wall: Sequence[int]) -> set[int]:
    """Frames most of whose neighbours have an end off the wall, by their times in s."""
    off = set(off_wall)
    if len(off) < FEWEST:
        return set()
    frames, clock = list(times), np.array([*times.values()])
    is_off = np.array([frame in off for frame in frames])
    found = set()
    for frame, time in zip(frames, clock, strict=True):
        beside = np.abs(clock - time) <= NEAR_S + 1e-6
        if frame not in off and beside.sum() > FEWEST and is_off[beside].mean() >= MOST:
            found.add(frame)
    return found
