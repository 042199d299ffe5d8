"""The rows of a cohort: those of the table of a study, without UIDs, and how each file ended."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.pseudonyms import Key
from EchoMeasureLib.exporting.table_rows import COLUMNS, Column, ColumnType, RowKind, study_rows
from EchoMeasureLib.measuring.grading.rules import Grade
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.texts import cell

FILE, GRADE = "file", "grade"
"""Kinds of row beside those of `table_rows.RowKind`."""

KINDS = (FILE, *(kind.value for kind in RowKind), GRADE)

_TEXT, _WHOLE, _NUMBER = ColumnType.TEXT, ColumnType.WHOLE, ColumnType.NUMBER

OWN_COLUMNS = (
    Column("study", _TEXT, "fcbsdg", "pseudonym of the study, and name of its review"),
    Column("patient", _TEXT, "fcbsdg", "pseudonym of the patient; of the study where none is told"),
    Column("file", _TEXT, "f", "pseudonym of the file's name"),
    Column("bytes", _WHOLE, "f", "its size when it was measured, by which a change is seen"),
    Column("ending", _TEXT, "f", "done, refused or failed; why stands in reason"),
    Column("measured", _TEXT, "f", "measurements that were looked for, separated by spaces"),
    Column("decided_by", _TEXT, "f", "manifest, map, text (of the header) or picture"),
    Column("seen", _TEXT, "f", "what the picture looks like"),
    Column("quality", _TEXT, "f", "what is wrong with the picture"),
    Column("format", _TEXT, "f", "what the file is, in words"),
    Column("manufacturer", _TEXT, "f", "of the scanner"),
    Column("scanner", _TEXT, "f", "its model"),
    Column("frame_count", _WHOLE, "f", "frames of the image"),
    Column("seconds", _NUMBER, "f", "that measuring took", "s"),
    Column("run", _TEXT, "f", "fingerprint of settings, weights and version"),
    Column("made", _TEXT, "fcbsdg", "when the part was begun, UTC"),
)

_NOT_SHARED = ("sop_instance_uid", "status", "reviewer", "left_out", "reviewed")
"""Columns of a study's table that a cohort does not have: UIDs, and decisions, of which it has
none."""

COHORT_COLUMNS = (
    *(column for column in COLUMNS if column.name not in _NOT_SHARED),
    *OWN_COLUMNS,
)
"""Of every part: the rows of all kinds stand in one table."""

_OF_GRADES = ("measurement", "label", "text", "word", "rule", "reason", "note", "kind")
_OF_FILES = ("image", "reason", "note", "kind")

TABLES = MappingProxyType(
    {
        "files": FILE,
        "calipers": RowKind.CALIPER.value,
        "beats": RowKind.BEAT.value,
        "summaries": RowKind.SUMMARY.value,
        "derived": RowKind.DERIVED.value,
        "grades": GRADE,
    }
)
"""The tables of a cohort, and the kind of their rows."""


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns that rows of a kind fill."""
    more = {FILE: _OF_FILES, GRADE: _OF_GRADES}.get(kind, ())
    own = {column.name for column in OWN_COLUMNS}
    return tuple(
        column
        for column in COHORT_COLUMNS
        if column.name in more
        or (kind[0] in column.rows and (column.name in own or kind not in (FILE, GRADE)))
    )


def result_rows(review: Review, key: Key, common: Record) -> Iterator[Record]:
    """The rows of all that was measured in a study; `common` has study, patient and `made`."""
    for row in study_rows(review):
        image = key.pseudonym("image", row["image"]) if row["image"] else None
        yield cohort_row({**row, **common, "image": image})
    for grade in review.sheet().grades:
        yield cohort_row({**_grade(grade), **common})


def cohort_row(filled: Record) -> Record:
    """Every column in its order, None where the row does not fill it; text is made harmless."""
    found = {column.name: filled.get(column.name) for column in COHORT_COLUMNS}
    return {name: cell(v) or None if isinstance(v, str) else v for name, v in found.items()}


def _grade(grade: Grade) -> Record:
    return {
        "kind": GRADE,
        "measurement": grade.table,
        "label": grade.guideline,
        "word": grade.outcome,
        "text": grade.words,
        "rule": grade.rule,
        "reason": f"missing: {', '.join(grade.missing)}" if grade.missing else "",
        "note": "; ".join(grade.notes),
    }
