"""Readings of a table (CSV) that anybody made, in the columns that a mapping names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from EchoMeasureLib.agreement.column_mapping import PLACES, USUAL, ColumnMapping
from EchoMeasureLib.agreement.readings import LeftOut, Place, Reading, Readings
from EchoMeasureLib.agreement.table_rows import table_rows
from EchoMeasureLib.errors import InvalidArgument

KIND = "a table"


def table_readings(path: Path, mapping: ColumnMapping = USUAL) -> Readings:
    """What a table says. Rows without a usable value are left out, each with its line and reason.

    Commas, semicolons or tabs between cells; where it is no comma, a decimal comma is understood.
    Raises `InvalidDocument` for what is no table, `InvalidArgument` where columns are missing.
    """
    rows = table_rows(path)
    _check(rows.header, mapping, path)
    found = [
        reading
        for line, cells in rows.lines
        for reading in _row(line, rows.header, cells, mapping, rows.separator)
    ]
    return Readings(
        KIND,
        tuple(one for one in found if isinstance(one, Reading)),
        tuple(one for one in found if isinstance(one, LeftOut)),
        salt=sha256(rows.text.encode()).hexdigest(),
        studies=_studies(found),
    )


def _check(header: Sequence[str], mapping: ColumnMapping, path: Path) -> None:
    if mapping is USUAL and {"kind", "sop_instance_uid"} <= set(header):
        raise InvalidArgument(
            f"{path} is a table that EchoMeasure wrote for people.",
            "Give the measurements.json or the review that it was written from.",
        )
    twice = {name for name in header if header.count(name) > 1} - {""}
    if twice:
        raise InvalidArgument(f"{path} has two columns called '{min(twice)}'.", "Rename one.")
    wanted = {*mapping.wide} or {mapping.measurement, mapping.value, mapping.unit}
    if mapping is not USUAL:
        wanted |= set(mapping.places.values())
    lacking = sorted(wanted - set(header))
    if lacking:
        raise InvalidArgument(
            f"{path} has no column '{lacking[0]}'; it has {', '.join(header)[:300]}.",
            "Give a mapping that says which column is what: see Docs/agreement.md.",
        )
    if not {mapping.places.get(name) for name in ("study", "image", "patient")} & set(header):
        raise InvalidArgument(
            f"{path} does not say what its values were measured on.",
            "Add a column with the study's or the image's UID, or one that tells patients apart.",
        )


def _row(
    line: int,
    header: Sequence[str],
    cells: Sequence[str],
    mapping: ColumnMapping,
    separator: str,
) -> Iterator[Reading | LeftOut]:
    if len(cells) != len(header):
        where = Place(source=f"line {line}")
        yield LeftOut("", where, f"it has {len(cells)} cells, the table {len(header)} columns")
        return
    row = dict(zip(header, cells, strict=True))
    try:
        place = _place(line, row, mapping, separator)
    except ValueError as problem:
        yield LeftOut("", Place(source=f"line {line}"), str(problem))
        return
    long = {mapping.measurement, mapping.value, mapping.unit}
    used = {*mapping.places.values(), *(mapping.wide or long)}
    groups = {name: word for name, word in row.items() if word and name not in used}
    part = place.beat is not None or place.frame is not None or place.time_s is not None
    for id, number, unit in _values(row, mapping):
        if not number:
            yield LeftOut(id, place, "the cell is empty")
            continue
        value = _number(number, separator)
        if value is None:
            yield LeftOut(id, place, "the cell holds no number")
            continue
        yield Reading(id, value, unit, place, part=part, groups=groups)


def _values(row: Mapping[str, str], mapping: ColumnMapping) -> Iterator[tuple[str, str, str]]:
    """Id, number and unit of each value of a row."""
    if mapping.wide:
        for column, (id, unit) in mapping.wide.items():
            yield id, row[column], unit
        return
    name = row[mapping.measurement]
    yield mapping.names.get(name, name), row[mapping.value], row[mapping.unit]


def _place(line: int, row: Mapping[str, str], mapping: ColumnMapping, separator: str) -> Place:
    """Raises `ValueError` with what is wrong in a sentence."""
    said = {name: row.get(mapping.places.get(name, ""), "") for name in PLACES}
    frame, beat = (_whole(said[name], name) for name in ("frame", "beat"))
    time_s = _number(said["time_s"], separator) if said["time_s"] else None
    if said["time_s"] and time_s is None:
        raise ValueError("time_s is no number")
    if frame is not None:
        frame -= mapping.first_frame
    return Place(
        said["study"], said["image"], said["patient"], frame, beat, time_s, source=f"line {line}"
    )


def _whole(text: str, what: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ValueError(f"{what} is no whole number")
    return int(text)


def _number(text: str, separator: str) -> float | None:
    if separator != "," and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _studies(found: list[Reading | LeftOut]) -> dict[str, str]:
    places = [one.place for one in found]
    return {place.image: place.study for place in places if place.image and place.study}
