"""A value of one frame against those of the frames beside it: does it lie on the beat's own curve?

The heart moves, so no constant is expected. What the frames within 0.15 s let expect is a range:
between the lines through the frames before, through those after, and from one to the other. A
value jumps where it lies 3 mm or more outside. Several wrong frames in a row are left out together
and compared with those on both sides of them. Vessels keep their width over a beat to a few
millimetres, so theirs are compared with the whole clip as well. The limits are EchoMeasure's own.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from EchoMeasureLib.inference.beside_frames import NEAR_S

JUMP_MM = 3.0
"""By which a value may lie outside what its neighbours let expect."""
LEAST_JUMP_MM, JUMP_SHARE = 2.0, 0.3
"""Of thin walls: this share of what is expected, and no less than this."""
SPACED_S = 0.02
"""Neighbours on one side lie this far apart at least, so that lines through them are steady."""
MOST_PER_SIDE = 3
FEWEST = 2
"""Neighbours that are needed to say anything."""
NO_MAJORITY = 1 / 3
"""Share of the frames off the middle value of the clip from which nothing says who is right."""
LEVELS_MM = 5.0
"""By which the annulus lies nearer to the ventricle than what is measured beyond it."""
FEWEST_STEADY = 4
"""Frames of a vessel that make a middle value."""

TURNS_MM_S2: Mapping[str, float] = MappingProxyType({"lvid": 3000.0})
TURNS_USUALLY_MM_S2 = 400.0
"""How fast its change may change: of the fastest diameter and of everything else."""

FASTEST_MM_S: Mapping[str, float] = MappingProxyType(
    {
        "lvid": 300.0,
        "ivs": 120.0,
        "lvpw": 130.0,
        "la": 150.0,
        "rv_base": 200.0,
        "pa": 60.0,
        "aorta": 40.0,
        "aortic_root": 40.0,
        "ivc": 150.0,
    }
)
"""By which a measurement may change, from a fast heart with some room."""

STEADY = frozenset({"aorta", "aortic_root", "pa"})
"""Vessels that widen by a few millimetres at most in a beat."""

WALLS = frozenset({"ivs", "lvpw"})
FEWEST_OF_BEAT = 12
"""Frames in which a clip shows the diastole of a wall."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one frame says."""

    time: float
    """s"""
    mm: float
    witness: bool = True
    """Whether others may be compared with it: not where something else speaks against it."""
    stands: bool = False
    """Whether a reviewer stands behind it: it is a witness, and never jumps."""
    reach_mm: float | None = None
    """Of a vessel: how far along it from the ventricle; None where no caliper says."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Why a value does not fit."""

    expected_mm: float
    """The nearest value that would fit."""
    clip: bool = False
    """Whether the whole clip speaks against it, and not only the frames beside it."""
    torn: bool = False
    """Whether the clip has two kinds of values and nothing says which is right."""


def find_jumps(measurement: str, samples: Sequence[Sample]) -> dict[int, Jump]:
    """The samples (in time) that do not fit, by position, with what would.

    `measurement` is the id of a length on 2-D frames. Fewer than two neighbours say nothing.
    """
    if measurement in STEADY and (found := _unsteady(samples)):
        return found
    return {**_Series(measurement, samples).jumps(), **_thin(measurement, samples)}


def _thin(measurement: str, samples: Sequence[Sample]) -> dict[int, Jump]:
    """Those of a wall that are thinner than it ever is: it is thinnest through diastole."""
    sure = sorted(sample.mm for sample in samples if sample.witness)
    if measurement not in WALLS or len(sure) < FEWEST_OF_BEAT:
        return {}
    thin = sure[len(sure) // 4]
    return {
        place: Jump(thin, clip=True)
        for place, sample in enumerate(samples)
        if sample.mm < thin - limit(thin) and not sample.stands
    }


def _unsteady(samples: Sequence[Sample]) -> dict[int, Jump]:
    """Those of a vessel that lie off the middle value of the clip."""
    sure = [sample.mm for sample in samples if sample.witness]
    if len(sure) < FEWEST_STEADY:
        return {}
    standing = [sample.mm for sample in samples if sample.stands]
    middle = statistics.median(standing or sure)
    free = {place: sample for place, sample in enumerate(samples) if not sample.stands}
    off = sum(abs(mm - middle) > JUMP_MM for mm in sure)
    if not standing and off > NO_MAJORITY * len(sure):
        if (lower := _nearer_and_smaller(samples)) is not None:
            return lower
        return dict.fromkeys(free, Jump(middle, clip=True, torn=True))
    return {
        place: Jump(middle, clip=True)
        for place, sample in free.items()
        if abs(sample.mm - middle) > JUMP_MM
    }


def _nearer_and_smaller(samples: Sequence[Sample]) -> dict[int, Jump] | None:
    """Of two sizes the smaller ones, where they lie nearer to the ventricle as annulus and outflow
    tract do: these were read in place of the vessel. None where that is not so."""
    low, high = (float(value) for value in np.percentile([s.mm for s in samples], (10, 90)))
    small = [place for place, s in enumerate(samples) if s.mm < (low + high) / 2]
    large = [s for s in samples if s.mm >= (low + high) / 2]
    near = [reach for place in small if (reach := samples[place].reach_mm) is not None]
    far = [s.reach_mm for s in large if s.reach_mm is not None]
    if min(len(near), len(far)) < FEWEST_STEADY:
        return None
    if statistics.median(far) - statistics.median(near) < LEVELS_MM:
        return None
    expected = statistics.median(s.mm for s in large)
    return {place: Jump(expected, clip=True) for place in small if not samples[place].stands}


def limit(expected: float) -> float:
    """By how much a value may miss this one, mm."""
    return max(LEAST_JUMP_MM, min(JUMP_MM, JUMP_SHARE * expected))


class _Series:
    def __init__(self, measurement: str, samples: Sequence[Sample]) -> None:
        self.fastest = FASTEST_MM_S.get(measurement, math.inf)
        self.times = [sample.time for sample in samples]
        self.mm = [sample.mm for sample in samples]
        self.trusted = [sample.witness for sample in samples]
        self.stands = [sample.stands for sample in samples]
        self.found: dict[int, Jump] = {}
        steps = [later - earlier for earlier, later in itertools.pairwise(self.times)]
        spacing = min(statistics.median(steps), NEAR_S) if steps else NEAR_S
        # Where frames are far apart a turn between two of them is not seen.
        self.room = TURNS_MM_S2.get(measurement, TURNS_USUALLY_MM_S2) * spacing**2 / 2
        self.bent_before = [self._bent(at, -1) for at in range(len(self.mm))]
        self.bent_after = [self._bent(at, 1) for at in range(len(self.mm))]

    def jumps(self) -> dict[int, Jump]:
        """Short runs before long ones, of one length the farthest off first: it misleads most."""
        changed = True
        while changed:
            changed = False
            for _, runs in itertools.groupby(self._runs(), key=lambda run: run[1] - run[0]):
                for first, last in sorted(runs, key=lambda run: -self._excess(*run)):
                    jumps = self._outside(first, last)
                    if jumps:
                        self.found |= jumps
                        for place in jumps:
                            self.trusted[place] = False
                        changed = True
        return self.found

    def _excess(self, first: int, last: int) -> float:
        """How far a run lies off, mm; 0 for one that fits."""
        jumps = self._outside(first, last) or {}
        return min((abs(self.mm[at] - one.expected_mm) for at, one in jumps.items()), default=0.0)

    def _runs(self) -> list[tuple[int, int]]:
        """Frames in a row that may be wrong together, short ones first."""
        count = len(self.mm)
        runs = []
        for first in range(count):
            for last in range(first, count):
                if self.times[last] - self.times[first] > NEAR_S:
                    break
                if last in self.found or self.stands[last]:
                    break
                if self.bent_before[first] or self.bent_after[last]:
                    runs.append((first, last))
        return sorted(runs, key=lambda run: run[1] - run[0])

    def _bent(self, at: int, step: int) -> bool:
        """Whether the curve bends sharply where a run begins or ends here."""
        one, two = at + step, at + 2 * step
        if not (0 <= two < len(self.mm)):
            return 0 <= one < len(self.mm) and abs(self.mm[at] - self.mm[one]) > JUMP_MM / 2
        return abs(self.mm[at] - 2 * self.mm[one] + self.mm[two]) > JUMP_MM / 2

    def _outside(self, first: int, last: int) -> dict[int, Jump] | None:
        """The jumps of a run whose every frame lies outside, all on one side; else None."""
        jumps, sides = {}, set()
        middle = (first + last) // 2
        for place in dict.fromkeys((middle, first, last, *range(first, last + 1))):
            if place in self.found:
                return None
            limits = self._expected(place, first, last)
            if limits is None:
                return None
            low, high = limits
            mm = self.mm[place]
            if low - self.room - limit(low) <= mm <= high + self.room + limit(high):
                return None
            sides.add(mm > high)
            if len(sides) > 1:
                return None
            jumps[place] = Jump(high if mm > high else low)
        return jumps

    def _expected(self, at: int, first: int, last: int) -> tuple[float, float] | None:
        """Lowest and highest that the neighbours outside a run let expect, mm; None for too few."""
        time = self.times[at]
        before, after = self._side(at, first, -1), self._side(at, last, 1)
        if len(before) + len(after) < FEWEST:
            return None
        guesses = (
            [
                statistics.median(
                    p[1] + (q[1] - p[1]) * (time - p[0]) / (q[0] - p[0])
                    for p in before
                    for q in after
                )
            ]
            if before and after
            else []
        )
        for side in (before, after):
            if len(side) > 1:
                guesses.append(self._line(side, time))
        if not (before and after):
            nearest = min(before or after, key=lambda p: abs(p[0] - time))
            room = self.fastest * abs(nearest[0] - time)
            guesses += [nearest[1] - room, nearest[1] + room]
        return min(guesses), max(guesses)

    def _line(self, side: list[tuple[float, float]], time: float) -> float:
        slopes = [(q[1] - p[1]) / (q[0] - p[0]) for p, q in itertools.combinations(side, 2)]
        slope = max(-self.fastest, min(self.fastest, statistics.median(slopes)))
        return statistics.median(mm + slope * (time - at) for at, mm in side)

    def _side(self, at: int, edge: int, step: int) -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = []
        place = edge + step
        while 0 <= place < len(self.mm) and len(found) < MOST_PER_SIDE:
            if abs(self.times[place] - self.times[at]) > NEAR_S + 1e-6:
                break
            apart = not found or abs(self.times[place] - found[-1][0]) >= SPACED_S
            if self.trusted[place] and apart:
                found.append((self.times[place], self.mm[place]))
            place += step
        return found
