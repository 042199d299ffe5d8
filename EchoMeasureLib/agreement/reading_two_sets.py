"""Two sets from files, compared: what the command and scripts call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from EchoMeasureLib.agreement.column_mapping import USUAL, read_mapping
from EchoMeasureLib.agreement.comparing import Comparison, compared
from EchoMeasureLib.agreement.pairing import paired
from EchoMeasureLib.agreement.patients_table import patients_table
from EchoMeasureLib.agreement.quantities import Level, NoQuantity, quantity
from EchoMeasureLib.agreement.readings import Readings
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.errors import InvalidArgument, UnknownMeasurement
from EchoMeasureLib.texts import clean

LONGEST_NAME = 40

MOST_GROUPS = 50
"""More are no groups but single patients, or something else that nobody should print."""


@dataclass(frozen=True, slots=True)
class ReadingSet:
    """One of two sets of measurements, as the user names it."""

    path: Path
    """A file or a folder."""
    reviewer: str | None = None
    mapping: Path | None = None
    """Of a table."""


def compare_sets(
    a: ReadingSet,
    b: ReadingSet,
    level: Level | str = Level.STUDY,
    measurements: Collection[str] = (),
    group_by: str | None = None,
    names: tuple[str, str] = ("A", "B"),
    lengths: Lengths = Lengths.CM,
    patients: Path | None = None,
) -> Comparison:
    """How far two sets agree on these measurements, or on all. `lengths` are shown in this unit.

    `patients`: a table that says which study is of which patient (`patients_table`), where the sets
    do not; reviews never do.
    Raises `InvalidArgument` for the same thing twice and for a name or group that cannot be,
    `UnknownMeasurement`, `MissingPackage` without scipy, and as `read_set`, `read_mapping` and
    `patients_table`.
    """
    level = Level(level)
    wanted = _wanted(measurements, level)
    names = _named(names)
    if replace(a, path=a.path.absolute()) == replace(b, path=b.path.absolute()):
        raise InvalidArgument(
            f"A and B are both {a.path}.",
            "Name two files, or two reviewers of it with --reviewer-a and --reviewer-b.",
        )
    sets = [_read(side, level) for side in (a, b)]
    if group_by is not None:
        _check_group(group_by, sets)
    known = {} if patients is None else patients_table(patients)
    pairing = paired(sets[0], sets[1], level, group_by, known)
    if wanted:
        pairing = replace(
            pairing,
            pairs=tuple(pair for pair in pairing.pairs if pair.quantity.id in wanted),
            unpaired=tuple(o for o in pairing.unpaired if o.measurement in {*wanted, ""}),
        )
    shown = (replace(pair, quantity=pair.quantity.shown_in(lengths)) for pair in pairing.pairs)
    pairing = replace(pairing, pairs=tuple(shown))
    groups = {pair.group for pair in pairing.pairs}
    if len(groups) > MOST_GROUPS:
        raise InvalidArgument(
            f"There are {len(groups)} groups by '{group_by}'; at most {MOST_GROUPS} are compared.",
            "Group by what many values share.",
        )
    return compared(pairing, names, (sets[0].kind, sets[1].kind), group_by or "")


def _wanted(measurements: Collection[str], level: Level) -> set[str]:
    found = set()
    for id in measurements:
        what = quantity(id, level)
        if isinstance(what, NoQuantity):
            raise UnknownMeasurement(f"'{id}' cannot be compared: {what.value}.")
        found.add(what.id)
    return found


def _named(names: tuple[str, str]) -> tuple[str, str]:
    first, second = (clean(name).strip() for name in names)
    for name in (first, second):
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise InvalidArgument(
                f"'{name[:LONGEST_NAME]}' is no name for a set.",
                f"Give one line of at most {LONGEST_NAME} characters.",
            )
    if first == second:
        raise InvalidArgument(f"Both sets are called '{first}'.", "Give them two names.")
    return first, second


def _read(side: ReadingSet, level: Level) -> Readings:
    # What reads every kind of file takes its time to load.
    from EchoMeasureLib.agreement.reading_sets import Asked, read_set

    mapping = USUAL if side.mapping is None else read_mapping(side.mapping)
    return read_set(side.path, Asked(level, side.reviewer, mapping))


def _check_group(group_by: str, sets: list[Readings]) -> None:
    known = {name for one in sets for reading in one.readings for name in reading.groups}
    if group_by not in known:
        raise InvalidArgument(
            f"Nothing says which '{group_by}' a value is of.",
            f"Group by one of: {', '.join(sorted(known)) or 'nothing that is known'}.",
        )
