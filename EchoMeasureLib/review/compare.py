"""Where two reviewers differ, caliper by caliper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from EchoMeasureLib.catalog import RANK
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.calipers import distances_mm
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.same_beats import paired


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """One number as each of the two has it, in its stored unit; None where there is none."""

    id: str
    """As in the catalog, such as `e_a_ratio`."""
    first: float | None
    second: float | None
    unit: str
    """As the value is stored, such as cm or cm/s."""
    points: tuple[int, ...] = ()
    """Positions, in the caliper, of the points it depends on."""

    @property
    def difference(self) -> float | None:
        """Second minus first."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first

    @property
    def percent(self) -> float | None:
        """Size of the difference in per cent of the mean size of the two, so that neither leads."""
        if self.first is None or self.second is None:
            return None
        size = (abs(self.first) + abs(self.second)) / 2
        return 100 * abs(self.second - self.first) / size if size else None


@dataclass(frozen=True, slots=True)
class Difference:
    """A caliper on which two layers do not agree."""

    image: str
    """Key of the image."""
    measurement: str
    """Id in the catalog."""
    frame: int
    first: str | None
    """Id of the entry in the first layer; None where it has none."""
    second: str | None
    """The same in the second layer."""
    distances_px: tuple[float, ...] = ()
    """How far apart each point is, in source pixels; empty where one layer has no caliper."""
    distances_mm: tuple[float, ...] = ()
    """The same in mm; empty also on strips and where the image is closed or not calibrated."""
    values: tuple[ValueDifference, ...] = ()
    """Every number of the caliper, also those that agree."""
    statuses: tuple[Status | None, Status | None] = (None, None)
    phases: tuple[Phase | None, Phase | None] = (None, None)
    left_out: tuple[bool, bool] = (False, False)
    """Whether the reviewer has it count for nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a caliper on which two layers do not agree."""

    caliper: Difference
    value: ValueDifference

    @property
    def distance_px(self) -> float | None:
        """How far apart the points of this number are, the farthest pair, in source pixels."""
        return self._farthest(self.caliper.distances_px)

    @property
    def distance_mm(self) -> float | None:
        """The same in mm; None on strips and where the image is closed or not calibrated."""
        return self._farthest(self.caliper.distances_mm)

    def _farthest(self, distances: tuple[float, ...]) -> float | None:
        return max(distances[point] for point in self.value.points) if distances else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two layers side by side."""

    reviewers: tuple[str, str]
    calipers: int
    """How many there are, each pair counted once."""
    differences: tuple[Difference, ...]
    """Those on which the two do not agree."""

    def lines(self) -> tuple[Line, ...]:
        """Every number that differs, the largest difference in per cent first.

        Those that only one of the two has come last, in clinical order.
        """
        found = [Line(caliper, value) for caliper in self.differences for value in caliper.values]
        return tuple(sorted(found, key=_rank))


def compare(first: Layer, second: Layer, cines: Mapping[str, Cine]) -> Comparison:
    """Every caliper that only one layer has, or on which they do not agree.

    That is a difference in place, value, status, phase, or in whether it counts.

    Calipers belong together when image, measurement and frame are the same and, on a strip, the
    beat; several by hand on one frame are paired nearest first. `cines`: the open images by their
    keys, on which distances are given in mm, too.
    """
    groups: dict[tuple[str, str, int], tuple[list[Entry], list[Entry]]] = {}
    for side, layer in enumerate((first, second)):
        for entry in layer.entries:
            place = (entry.image, entry.measurement, entry.frame)
            groups.setdefault(place, ([], []))[side].append(entry)
    pairs = [pair for ours, theirs in groups.values() for pair in _paired(ours, theirs)]
    found = tuple(_difference(a, b, cines) for a, b in pairs if _differ(a, b))
    return Comparison((first.reviewer, second.reviewer), len(pairs), found)


def _rank(line: Line) -> tuple[bool, float, int, int]:
    percent = line.value.percent
    order = (RANK[line.caliper.measurement], line.caliper.frame)
    return (percent is None, -(percent or 0.0), *order)


def _paired(ours: list[Entry], theirs: list[Entry]) -> list[tuple[Entry | None, Entry | None]]:
    # A prediction that both have is one caliper, however far one of them moved it.
    said = [[entry for entry in side if entry.predicted] for side in (ours, theirs)]
    first, second = ([e.predicted for e in side if e.predicted] for side in said)
    pairs: list[tuple[Entry | None, Entry | None]] = [
        (said[0][i], said[1][j]) for i, j in paired(first, second)
    ]
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
    same = _decided(a) == _decided(b)
    return not same or any(a.caliper.distances_px(b.caliper))


def _decided(entry: Entry) -> tuple[object, ...]:
    numbers = tuple(value.value for value in entry.caliper.values)
    return entry.status, entry.phase, bool(entry.left_out), numbers


def _difference(a: Entry | None, b: Entry | None, cines: Mapping[str, Cine]) -> Difference:
    any_of = a or b
    assert any_of is not None
    caliper = any_of.caliper
    values = tuple(
        ValueDifference(
            value.id,
            a.caliper.value(value.id).value if a else None,
            b.caliper.value(value.id).value if b else None,
            value.unit,
            tuple(caliper.points.index(point) for point in value.points),
        )
        for value in caliper.values
    )
    cine = cines.get(any_of.image)
    return Difference(
        any_of.image,
        any_of.measurement,
        any_of.frame,
        a.id if a else None,
        b.id if b else None,
        a.caliper.distances_px(b.caliper) if a and b else (),
        distances_mm(cine, a.caliper, b.caliper) if a and b and cine else (),
        values,
        (a.status if a else None, b.status if b else None),
        (a.phase if a else None, b.phase if b else None),
        (bool(a and a.left_out), bool(b and b.left_out)),
    )
