"""Tables and documents as files: values as CSV, JSON Lines or Parquet, comparisons, JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.errors import InvalidArgument, needed_for
from EchoMeasureLib.exporting.measurement_records import Record, software_record
from EchoMeasureLib.exporting.table_rows import COLUMNS, Column, ColumnType
from EchoMeasureLib.files import write_text, written_whole
from EchoMeasureLib.texts import cell, json_line, json_text

if TYPE_CHECKING:
    from EchoMeasureLib.review.compare import Comparison, Line

COMPARISON_COLUMNS = (
    "measurement",
    "caliper",
    "image",
    "frame",
    "reviewer1",
    "reviewer2",
    "value1",
    "value2",
    "unit",
    "difference",
    "percent",
    "distance_px",
    "distance_mm",
    "status1",
    "status2",
    "phase1",
    "phase2",
    "left_out1",
    "left_out2",
)


def write_json(path: Path, document: Record) -> None:
    """Write a document as JSON, whole or not at all."""
    write_text(path, json_text(document))


def write_table(
    path: Path,
    rows: Iterable[Record],
    columns: Sequence[Column] = COLUMNS,
    durable: bool = False,
) -> None:
    """Write rows of `table_rows` as the name ends: .csv, .jsonl (JSON Lines) or .parquet.

    Whole or not at all, row by row as they come: of many rows few are held. `columns` are those of
    the rows, in order; `durable` as `files.written_whole` has it. Raises `InvalidArgument` for
    another ending, `MissingPackage` for Parquet without pyarrow, and `OutputProblem`.
    """
    if path.suffix == ".csv":
        _write_csv(path, [column.name for column in columns], rows, durable)
    elif path.suffix == ".jsonl":
        with _text_file(path, durable) as file:
            file.writelines(map(json_line, rows))
    elif path.suffix == ".parquet":
        _write_parquet(path, rows, columns, durable)
    else:
        raise InvalidArgument(
            f"{path.name} says no kind of table.", "End it in .csv, .jsonl or .parquet."
        )


ROWS_AT_ONCE = 5000
"""Of Parquet, held and written together."""


def _write_parquet(
    path: Path, rows: Iterable[Record], columns: Sequence[Column], durable: bool
) -> None:
    with needed_for("Writing Parquet"):
        import pyarrow
        from pyarrow import parquet
    types = {
        ColumnType.TEXT: pyarrow.string(),
        ColumnType.WHOLE: pyarrow.int64(),
        ColumnType.NUMBER: pyarrow.float64(),
        ColumnType.YES_NO: pyarrow.bool_(),
    }
    fields = [
        pyarrow.field(c.name, types[c.type], metadata={"meaning": c.meaning, "unit": c.unit})
        for c in columns
    ]
    software = software_record()
    about = {"notice": RESEARCH_USE_ONLY, **{f"software.{key}": v for key, v in software.items()}}
    schema = pyarrow.schema(fields, metadata=about)
    left = iter(rows)
    with (
        written_whole(path, durable=durable) as beside,
        parquet.ParquetWriter(beside, schema) as writer,
    ):
        while some := list(islice(left, ROWS_AT_ONCE)):
            writer.write_table(pyarrow.Table.from_pylist(some, schema))


def write_comparison(path: Path, comparison: Comparison) -> None:
    """Write where two reviewers differ as a table, one line per number, in stored units.

    `difference` is second minus first; `percent` its size by the mean size of the two.
    """
    lines = (_comparison_line(line, comparison.reviewers) for line in comparison.lines())
    write_lines(path, COMPARISON_COLUMNS, lines)


def write_lines(path: Path, columns: Sequence[str], lines: Iterable[Record]) -> None:
    """Write lines of text and numbers as a table (CSV), the text made harmless.

    Whole or not at all. Raises `OutputProblem`.
    """
    harmless = (
        {key: cell(value) if isinstance(value, str) else value for key, value in line.items()}
        for line in lines
    )
    _write_csv(path, columns, harmless)


def _write_csv(
    path: Path, columns: Sequence[str], lines: Iterable[Record], durable: bool = False
) -> None:
    with _text_file(path, durable) as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows({key: _in_csv(value) for key, value in line.items()} for line in lines)


@contextmanager
def _text_file(path: Path, durable: bool) -> Iterator[TextIO]:
    with (
        written_whole(path, durable=durable) as beside,
        beside.open("w", encoding="utf-8", newline="") as file,
    ):
        yield file


def _in_csv(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _comparison_line(line: Line, reviewers: tuple[str, str]) -> Record:
    caliper, value = line.caliper, line.value
    record: Record = {
        "measurement": value.id,
        "caliper": caliper.measurement,
        "image": caliper.image,
        "frame": caliper.frame,
        "unit": value.unit,
        "difference": value.difference,
        "percent": value.percent,
        "distance_px": line.distance_px,
        "distance_mm": line.distance_mm,
    }
    numbers = (value.first, value.second)
    for number in (0, 1):
        status, phase = caliper.statuses[number], caliper.phases[number]
        record[f"reviewer{number + 1}"] = reviewers[number]
        record[f"value{number + 1}"] = numbers[number]
        record[f"status{number + 1}"] = status.value if status else None
        record[f"phase{number + 1}"] = phase.value if phase else None
        record[f"left_out{number + 1}"] = "yes" if caliper.left_out[number] else None
    return record
