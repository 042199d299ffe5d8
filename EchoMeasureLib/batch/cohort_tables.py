"""The tables of a cohort, put together from its parts: each as Parquet and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from EchoMeasureLib.batch.cohort_rows import TABLES, columns_of
from EchoMeasureLib.batch.parts import ENDINGS, of_kinds, part_batches, parts, read_part
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.tables import write_table
from EchoMeasureLib.files import make_folder, written_whole

FOLDER = "tables"

ROWS_AT_ONCE = 50_000
"""Held and written together, of all kinds: small groups of rows are slow to write and to ask."""


def write_tables(out: Path) -> None:
    """Write every table of `cohort_rows.TABLES`, each whole; rows are held by the thousand.

    Parquet where pyarrow is installed. Raises `OutputProblem`, and as `read_part`.
    """
    folder = make_folder(out / FOLDER)
    found = sorted(parts(out), key=lambda path: path.name)
    fast = find_spec("pyarrow") is not None and all(path.suffix == ENDINGS[0] for path in found)
    gathered = _gathered(found) if fast else iter(())
    first = next(gathered, None)
    if first is not None:
        _write_with_pyarrow(folder, chain((first,), gathered), first.schema)
        return
    for name, kind in TABLES.items():
        write_table(folder / f"{name}.csv", _rows(found, kind), columns_of(kind))


def _rows(found: Sequence[Path], kind: str) -> Iterator[Record]:
    names = [column.name for column in columns_of(kind)]
    for path in found:
        for row in read_part(path, (kind,), names):
            yield {name: row.get(name) for name in names}


def _write_with_pyarrow(folder: Path, gathered: Iterable[Any], shape: Any) -> None:
    """All tables in one pass: every part has a few rows of each."""
    with ExitStack() as stack:
        tables = [stack.enter_context(_writing(folder / n, k, shape)) for n, k in TABLES.items()]
        for rows in gathered:
            for write in tables:
                write(rows)


def _gathered(found: Sequence[Path]) -> Iterator[Any]:
    """The rows of all parts, many at a time, whichever parts they are of."""
    from pyarrow import Table

    held: list[Any] = []
    for batch in chain.from_iterable(map(part_batches, found)):
        held.append(batch)
        if sum(one.num_rows for one in held) >= ROWS_AT_ONCE:
            yield Table.from_batches(held).combine_chunks()
            held = []
    if held:
        yield Table.from_batches(held).combine_chunks()


@contextmanager
def _writing(stem: Path, kind: str, shape: Any) -> Iterator[Callable[[Any], None]]:
    """Takes rows of all kinds for a table, which is there, as Parquet and as CSV, at the end."""
    from pyarrow import csv, parquet, schema

    names = [column.name for column in columns_of(kind)]
    mine = schema([shape.field(name) for name in names], metadata=shape.metadata)
    table, text = stem.with_suffix(".parquet"), stem.with_suffix(".csv")
    with (
        written_whole(table) as one,
        written_whole(text) as other,
        parquet.ParquetWriter(one, mine) as whole,
        csv.CSVWriter(other, mine) as lines,
    ):

        def write(rows: Any) -> None:
            some = of_kinds(rows, [kind]).select(names)
            if some.num_rows:
                whole.write_table(some)
                lines.write_table(some)

        yield write
