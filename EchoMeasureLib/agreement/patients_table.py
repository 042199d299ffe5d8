"""Which study is of which patient, from a table that the site keeps: no review says it."""

from __future__ import annotations

from pathlib import Path

from EchoMeasureLib.agreement.table_rows import table_rows
from EchoMeasureLib.errors import InvalidDocument

STUDY, PATIENT = "study", "patient"


def patients_table(path: Path) -> dict[str, str]:
    """The patient of each study, as the columns `study` (UID) and `patient` (any word) say.

    Raises `InvalidDocument` for what is no such table, and where a study is of two patients.
    """
    rows = table_rows(path)
    lacking = {STUDY, PATIENT} - set(rows.header)
    if lacking:
        raise InvalidDocument(
            f"{path} has no column '{min(lacking)}'.", f"It needs '{STUDY}' and '{PATIENT}'."
        )
    found: dict[str, str] = {}
    for line, cells in rows.lines:
        if len(cells) != len(rows.header):
            raise InvalidDocument(f"Line {line} of {path} has {len(cells)} cells.")
        row = dict(zip(rows.header, cells, strict=True))
        study, patient = row[STUDY], row[PATIENT]
        if study and patient and found.setdefault(study, patient) != patient:
            raise InvalidDocument(f"Line {line} of {path} gives a study a second patient.")
    return found
