"""What the columns of somebody's table mean: a small JSON document, or the usual names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from EchoMeasureLib.documents import read_json
from EchoMeasureLib.fields import Fields, as_text, cleaned, refuse

COLUMNS_SCHEMA = "echomeasure-columns-1"

PLACES = ("study", "image", "patient", "frame", "beat", "time_s")
"""Where a value was measured; any of them may be missing, but one of the first three is needed."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A long table has a row per value, a wide one a column per value."""

    places: Mapping[str, str]
    """The column of each of `PLACES` that the table has."""
    measurement: str = "measurement"
    """Of a long table the column that says which value it is."""
    value: str = "value"
    unit: str = "unit"
    names: Mapping[str, str] = field(default_factory=dict)
    """Of a long table: what it calls the values, and their ids here."""
    wide: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Of a wide table the id and the unit of each column; empty for a long one."""
    first_frame: int = 0
    """The number of the first frame: 1 where the table counts as DICOM does."""


USUAL = ColumnMapping({name: name for name in PLACES})
"""Without a mapping the columns are called as above, and those of places may be missing."""


def read_mapping(path: Path) -> ColumnMapping:
    """What a mapping says; its form is `columns.schema.json`. Raises `InvalidDocument`."""
    fields = Fields(cleaned(read_json(path)), "")
    if fields.text("schema") != COLUMNS_SCHEMA:
        refuse("schema", f"expected {COLUMNS_SCHEMA}")
    known = {"schema", "first_frame", "columns", "names", "measurement", "value", "unit", *PLACES}
    for key in fields.record:
        if key not in known:
            refuse(key, "no mapping says that")
    places = {name: fields.text(name) for name in PLACES if fields.has(name)}
    first = fields.integer("first_frame") if fields.has("first_frame") else 0
    if first not in (0, 1):
        refuse("first_frame", "frames are counted from 0 or from 1")
    if fields.has("columns"):
        for key in ("measurement", "value", "unit", "names"):
            if fields.has(key):
                refuse(key, "it belongs to a table with a row per value, which has no columns")
        return ColumnMapping(places, wide=_wide(fields.object("columns")), first_frame=first)
    names = _texts(fields.object("names")) if fields.has("names") else {}
    measurement, value, unit = (
        fields.text(key) if fields.has(key) else key for key in ("measurement", "value", "unit")
    )
    return ColumnMapping(places, measurement, value, unit, names, first_frame=first)


def _wide(columns: Fields) -> dict[str, tuple[str, str]]:
    found = {}
    for name in columns.record:
        column = columns.object(name)
        found[name] = column.text("measurement"), column.text("unit")
    if not found:
        refuse(columns.where, "it is empty")
    return found


def _texts(fields: Fields) -> dict[str, str]:
    record: dict[str, Any] = fields.record
    return {key: as_text(value, fields.at(key)) for key, value in record.items()}
