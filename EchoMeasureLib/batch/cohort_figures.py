"""What the page of a cohort shows, counted in one pass over its parts."""

from __future__ import annotations

import heapq
import re
import statistics
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from EchoMeasureLib.batch.cohort_rows import FILE, GRADE
from EchoMeasureLib.batch.parts import ENDINGS, part_batches, parts, read_part
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.table_rows import RowKind

FEWEST = 10
"""Studies that have a value, before any of them can lie far from the others."""
FAR = 3.5
"""Robust standard deviations (1.4826 times the median distance from the median) that are far; the
limit of Iglewicz and Hoaglin 1993."""
MOST_OUTLIERS = 12

_NAMES = (
    *("measurement", "value", "reason", "flags", "study", "patient", "ending", "image", "frames"),
    *("text", "word", "label"),
)
_SUMMARY, _DERIVED, _CALIPER = (
    kind.value for kind in (RowKind.SUMMARY, RowKind.DERIVED, RowKind.CALIPER)
)


@dataclass(frozen=True, slots=True)
class Outlier:
    """A value of a study that lies far from those of the others."""

    measurement: str
    value: float
    deviations: float
    """Robust ones from the median."""
    study: str
    image: str
    frames: tuple[int, ...]
    text: str


@dataclass(slots=True)
class Figures:
    """Counts and distributions of a cohort."""

    endings: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Files by ending and reason; figures in a reason are left out."""
    studies: set[str] = field(default_factory=set)
    patients: set[str] = field(default_factory=set)
    """Of files that were measured, as the studies."""
    values: dict[str, array[float]] = field(default_factory=dict)
    """Of each value the numbers, one for each study that has one."""
    missing: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Studies by value and reason why there is no number."""
    calipers: Counter[str] = field(default_factory=Counter)
    """Numbers of calipers by value."""
    flags: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The same that are in doubt, by value and flag."""
    grades: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Studies by guideline and its answer in words."""
    outliers: tuple[Outlier, ...] = ()
    """The farthest first."""


def figures_of(out: Path) -> Figures:
    """Count a whole cohort. Raises as `read_part`."""
    found, paths = Figures(), parts(out)
    for path in paths:
        for row in read_part(path, (FILE, _SUMMARY, _DERIVED, GRADE), _NAMES):
            _take_in(found, row)
        for id, flags, number in _caliper_flags(path):
            found.calipers[id] += number
            for flag in (flags or "").split():
                found.flags[id, flag] += number
    spread = {id: _spread(numbers) for id, numbers in found.values.items()}
    far = (one for path in paths for one in _far(path, spread))
    found.outliers = tuple(heapq.nlargest(MOST_OUTLIERS, far, key=lambda one: one.deviations))
    return found


def _take_in(found: Figures, row: Record) -> None:
    kind = row["kind"]
    if kind == FILE:
        found.endings[row["ending"]] += 1
        if row["reason"]:
            found.reasons[row["ending"], _general(row["reason"])] += 1
        else:
            found.studies.add(row["study"])
            found.patients.add(row["patient"])
    elif kind == GRADE:
        found.grades[row["label"], row["text"] or row["word"]] += 1
    elif row["value"] is not None:
        found.values.setdefault(row["measurement"], array("d")).append(row["value"])
    elif row["reason"]:
        found.missing[row["measurement"], _general(row["reason"])] += 1


def _general(reason: str) -> str:
    """A reason without what differs from file to file, so that the same ones are counted."""
    return re.sub(r"(?<![A-Za-z.\d])\d+(\.\d+)?", "#", reason)


def _caliper_flags(path: Path) -> Iterator[tuple[str, str | None, int]]:
    """Value, flags, and how many numbers of calipers have just these."""
    if path.suffix != ENDINGS[0]:
        rows = read_part(path, (_CALIPER,), ("measurement", "flags"))
        counts = Counter((row["measurement"], row["flags"]) for row in rows)
        yield from ((id, flags, number) for (id, flags), number in counts.items())
        return
    # A cohort has hundreds of calipers for each file: they are not looked at one by one.
    from pyarrow import Table

    for batch in part_batches(path, (_CALIPER,), ("measurement", "flags")):
        rows = Table.from_batches([batch]).group_by(["measurement", "flags"])
        for row in rows.aggregate([([], "count_all")]).to_pylist():
            yield row["measurement"], row["flags"], row["count_all"]


def _spread(numbers: Iterable[float]) -> tuple[float, float] | None:
    """Median and robust standard deviation; None where there are too few to tell."""
    known = sorted(numbers)
    if len(known) < FEWEST:
        return None
    middle = statistics.median(known)
    away = statistics.median(abs(number - middle) for number in known)
    return (middle, 1.4826 * away) if away > 0 else None


def _far(path: Path, spread: Mapping[str, tuple[float, float] | None]) -> Iterator[Outlier]:
    for row in read_part(path, (_SUMMARY,), _NAMES):
        known = spread.get(row["measurement"])
        if known is None or row["value"] is None or not row["image"]:
            continue
        away = abs(row["value"] - known[0]) / known[1]
        if away >= FAR:
            frames = tuple(int(frame) for frame in (row["frames"] or "").split())
            names = row["measurement"], row["value"], away, row["study"], row["image"]
            yield Outlier(*names, frames, row["text"] or "")
