"""Where two reviewers differ, caliper by caliper."""

from __future__ import annotations

from dataclasses import dataclass

from EchoMeasureLib.catalog import Phase
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.layers import Layer


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """One number as each of the two has it, in its stored unit; None where there is none."""

    id: str
    first: float | None
    second: float | None
    unit: str

    @property
    def difference(self) -> float | None:
        """Second minus first."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first


@dataclass(frozen=True, slots=True)
class Difference:
    """A caliper on which two layers do not agree."""

    image: str
    measurement: str
    frame: int
    first: str | None
    """Id of the entry in the first layer; None where it has none."""
    second: str | None
    distances_px: tuple[float, ...] = ()
    """How far apart each point is, in source pixels; empty where one layer has no caliper."""
    values: tuple[ValueDifference, ...] = ()
    statuses: tuple[Status | None, Status | None] = (None, None)
    phases: tuple[Phase | None, Phase | None] = (None, None)


def compare(first: Layer, second: Layer) -> tuple[Difference, ...]:
    """Every caliper that only one layer has, or that differs in place, value, status or phase.

    Calipers belong together when image, measurement and frame are the same; several
    by hand on one frame are paired nearest first.
    """
    groups: dict[tuple[str, str, int], tuple[list[Entry], list[Entry]]] = {}
    for side, layer in enumerate((first, second)):
        for entry in layer.entries:
            place = (entry.image, entry.measurement, entry.frame)
            groups.setdefault(place, ([], []))[side].append(entry)
    found: list[Difference] = []
    for ours, theirs in groups.values():
        found += [_difference(a, b) for a, b in _paired(ours, theirs) if _differ(a, b)]
    return tuple(found)


def _paired(ours: list[Entry], theirs: list[Entry]) -> list[tuple[Entry | None, Entry | None]]:
    # A prediction that both have is one caliper, however far one of them moved it.
    pairs: list[tuple[Entry | None, Entry | None]] = list(
        zip(
            [entry for entry in ours if entry.predicted],
            [entry for entry in theirs if entry.predicted],
            strict=False,
        )
    )
    left = [a for a in ours if not any(a is pair[0] for pair in pairs)]
    right = [b for b in theirs if not any(b is pair[1] for pair in pairs)]
    nearness = sorted(
        (sum(a.caliper.distances_px(b.caliper)), i, j)
        for i, a in enumerate(left)
        for j, b in enumerate(right)
    )
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    for _, i, j in nearness:
        if i not in taken_left and j not in taken_right:
            pairs.append((left[i], right[j]))
            taken_left.add(i)
            taken_right.add(j)
    pairs += [(a, None) for i, a in enumerate(left) if i not in taken_left]
    pairs += [(None, b) for j, b in enumerate(right) if j not in taken_right]
    return pairs


def _differ(a: Entry | None, b: Entry | None) -> bool:
    if a is None or b is None:
        return True
    same = (a.status, a.phase, _numbers(a)) == (b.status, b.phase, _numbers(b))
    return not same or any(a.caliper.distances_px(b.caliper))


def _numbers(entry: Entry) -> tuple[float | None, ...]:
    return tuple(value.value for value in entry.caliper.values)


def _difference(a: Entry | None, b: Entry | None) -> Difference:
    any_of = a or b
    assert any_of is not None
    numbers = {side: entry.caliper.values for side, entry in ((0, a), (1, b)) if entry}
    values = tuple(
        ValueDifference(
            value.id,
            numbers[0][index].value if a else None,
            numbers[1][index].value if b else None,
            value.unit,
        )
        for index, value in enumerate(any_of.caliper.values)
    )
    return Difference(
        any_of.image,
        any_of.measurement,
        any_of.frame,
        a.id if a else None,
        b.id if b else None,
        a.caliper.distances_px(b.caliper) if a and b else (),
        values,
        (a.status if a else None, b.status if b else None),
        (a.phase if a else None, b.phase if b else None),
    )
