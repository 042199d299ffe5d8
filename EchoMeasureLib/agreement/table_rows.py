"""The rows of a table (CSV) that anybody made, whatever separates its cells."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.documents import read_table
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.texts import clean

MOST_BYTES = 64 << 20
"""Of a table: half a million values."""

MOST_FIELD = 100_000
"""Characters of a cell; more of them are a quotation mark that is not closed."""

SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table, its cells without the blanks around them."""

    text: str
    separator: str
    header: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]
    """Number of the line from 1, the header's, and its cells; without lines of empty cells."""


def table_rows(path: Path) -> TableRows:
    """Commas, semicolons or tabs between cells. Raises `InvalidDocument` for what is no table."""
    text = clean(read_table(path, MOST_BYTES))
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    csv.field_size_limit(MOST_FIELD)
    try:
        header = tuple(name.strip() for name in next(rows, []))
        lines = [(rows.line_num, tuple(map(str.strip, cells))) for cells in rows]
    except csv.Error as error:
        raise InvalidDocument(f"{path} is no table ({error}, line {rows.line_num}).") from error
    return TableRows(text, separator, header, tuple(line for line in lines if any(line[1])))
