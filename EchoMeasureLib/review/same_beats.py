"""Which calipers of a strip lie on the same beat: by where they are along time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.review.entries import Entry

SHORTEST_BEAT_S = 0.3
"""Of 200 beats per minute. Where a strip shows one beat only, none is longer for sure."""


def beat_by_beat_of(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The calipers of one measurement on one frame of a strip, beat by beat, left to right.

    The network's beats are where it has found them. A caliper that the reviewer has moved or
    placed is of the beat to which it is nearer than half the distance between beats, else of
    one of its own.
    """
    entries = list(entries)
    seen = {along(entry.predicted): entry.predicted for entry in entries if entry.predicted}
    reach = _half_a_beat(list(seen))
    found: dict[float, list[Entry]] = {}
    for entry in entries:
        place = along(entry.caliper)
        home = min(seen, key=lambda other: abs(other - place), default=place)
        if home != place and not _is_same(entry.caliper, seen[home], abs(home - place), reach):
            home = place
        found.setdefault(home, []).append(entry)
    return [found[place] for place in sorted(found)]


def paired(first: Sequence[Caliper], second: Sequence[Caliper]) -> list[tuple[int, int]]:
    """Positions of the calipers of the same beats in two lists, each at most once.

    Nearest ones first, nearer than half the distance between beats. Where neither list has
    two beats that distance is not known, and the two are taken to be the same.
    """
    ours, theirs = [along(caliper) for caliper in first], [along(caliper) for caliper in second]
    reach = min(_half_a_beat(ours), _half_a_beat(theirs))
    nearness = sorted((abs(a - b), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs))
    pairs: dict[int, int] = {}
    for away, i, j in nearness:
        if away <= reach and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return sorted(pairs.items())


def is_one_beat(caliper: Caliper, other: Caliper) -> bool:
    """Whether two calipers of a strip are nearer in time than two beats can be.

    Where times are not known they are taken to be, as `paired` has found them the nearest.
    """
    if caliper.strip_s is None or other.strip_s is None:
        return True
    return abs(caliper.strip_s - other.strip_s) < SHORTEST_BEAT_S / 2


def is_on_one_of(caliper: Caliper, beats: Sequence[Caliper]) -> bool:
    """Whether a caliper lies on one of these beats of its strip."""
    here = along(caliper)
    reach = _half_a_beat([along(beat) for beat in beats])
    near = (beat for beat in beats if abs(along(beat) - here) < reach)
    return any(is_one_beat(caliper, beat) for beat in near)


def along(caliper: Caliper) -> float:
    """Where on the strip a caliper lies, as a column of source pixels."""
    return math.fsum(point.x for point in caliper.points) / len(caliper.points)


def _is_same(caliper: Caliper, other: Caliper, away: float, reach: float) -> bool:
    return away < reach if math.isfinite(reach) else is_one_beat(caliper, other)


def _half_a_beat(columns: Sequence[float]) -> float:
    """In columns; infinite where there are no two beats."""
    gaps = (b - a for a, b in pairwise(sorted(columns)))
    return min(gaps, default=math.inf) / 2
