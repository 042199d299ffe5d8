"""Which beat of one reader is which of another: the nearest in time, and no other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from EchoMeasureLib.agreement.readings import Place
from EchoMeasureLib.review.same_beats import SHORTEST_BEAT_S

MISSING = "the other has no such beat"

MOST_BEATS = 1000
"""Of one image; more values of it in a table are none of single beats."""

TOO_MANY = f"there are more than {MOST_BEATS} values of one image"

AMBIGUOUS = "ambiguous: nothing says which of several beats it is"

SEVERAL = (
    "ambiguous: there are several on one frame, and those that lie nearest would be paired because "
    "they agree"
)
"""Why calipers of a frame are not brought together by where they lie: that is compared."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Positions in two lists that belong together, and why the others belong to none."""

    pairs: tuple[tuple[int, int], ...]
    first: Mapping[int, str]
    second: Mapping[int, str]


def matched(ours: Sequence[Place], theirs: Sequence[Place], on_one_frame: bool) -> Matched:
    """The beats of one measurement of one image, as two have them; both have some.

    By time, else by the column of a strip, else by frame, else by the number of the beat: the first
    of these that all of them have, and that tells those of one reader apart. On one frame of a cine
    there is only one beat, and of several calipers nothing says which is which.
    """
    if max(len(ours), len(theirs)) > MOST_BEATS:
        return no_match(ours, theirs, TOO_MANY)
    for position in _POSITIONS[on_one_frame]:
        one, other = ([position.of(place) for place in side] for side in (ours, theirs))
        if _tells_apart(one) and _tells_apart(other):
            return _nearest(
                [n for n in one if n is not None], [n for n in other if n is not None], position
            )
    if len(ours) == len(theirs) == 1:
        return Matched(((0, 0),), {}, {})
    return no_match(ours, theirs, SEVERAL if on_one_frame else AMBIGUOUS)


def no_match(ours: Sequence[object], theirs: Sequence[object], why: str) -> Matched:
    """None of two lists belongs to one of the other, for this reason."""
    return Matched((), dict.fromkeys(range(len(ours)), why), dict.fromkeys(range(len(theirs)), why))


def _tells_apart(positions: Sequence[float | None]) -> bool:
    return None not in positions and len(set(positions)) == len(positions)


class _Position:
    """One way of saying when a beat was."""

    def __init__(self, name: str, reach: float) -> None:
        self._name = name
        self.reach = reach
        """Beats that are farther apart are different ones, where neither list shows two beats."""

    def of(self, place: Place) -> float | None:
        number: float | None = getattr(place, self._name)
        return number


_TIME = _Position("time_s", SHORTEST_BEAT_S / 2)
# Nothing says how far apart beats are in columns or frames, so one of each is the same beat.
_COLUMN, _FRAME = _Position("column", math.inf), _Position("frame", math.inf)
_NUMBER = _Position("beat", 0.0)

_POSITIONS = {
    False: (_TIME, _COLUMN, _FRAME, _NUMBER),
    True: (_TIME, _COLUMN, _NUMBER),
}


def _nearest(ours: Sequence[float], theirs: Sequence[float], position: _Position) -> Matched:
    gaps = [b - a for side in (ours, theirs) for a, b in pairwise(sorted(side))]
    reach = min(gaps) / 2 if gaps and position is not _NUMBER else position.reach
    nearness = sorted((abs(a - b), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs))
    pairs: dict[int, int] = {}
    for away, i, j in nearness:
        if away <= reach and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return Matched(
        tuple(sorted(pairs.items())),
        {i: MISSING for i in range(len(ours)) if i not in pairs},
        {j: MISSING for j in range(len(theirs)) if j not in pairs.values()},
    )
