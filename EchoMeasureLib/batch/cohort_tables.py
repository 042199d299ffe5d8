"""The tables of a cohort, put together from its parts: each as Parquet and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from EchoMeasureLib.batch.cohort_rows import TABLES, columns_of
from EchoMeasureLib.batch.parts import ENDINGS, parts, read_part
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.tables import write_table
from EchoMeasureLib.files import make_folder, written_whole

FOLDER = "tables"


def write_tables(out: Path) -> None:
    """Write every table of `cohort_rows.TABLES`, each whole; rows are held by the thousand.

    Parquet where pyarrow is installed. Raises `OutputProblem`, and as `read_part`.
    """
    folder = make_folder(out / FOLDER)
    found = sorted(parts(out), key=lambda path: path.name)
    fast = find_spec("pyarrow") is not None and all(path.suffix == ENDINGS[0] for path in found)
    for name, kind in TABLES.items():
        if fast and found:
            _write_with_pyarrow(folder / name, found, kind)
        else:
            write_table(folder / f"{name}.csv", _rows(found, kind), columns_of(kind))


def _rows(found: Sequence[Path], kind: str) -> Iterator[Record]:
    names = [column.name for column in columns_of(kind)]
    for path in found:
        for row in read_part(path, (kind,), names):
            yield {name: row.get(name) for name in names}


def _write_with_pyarrow(stem: Path, found: Sequence[Path], kind: str) -> None:
    """Both files in one pass over the parts."""
    from pyarrow import csv, dataset, parquet

    names = [column.name for column in columns_of(kind)]
    source = dataset.dataset([str(path) for path in found], format="parquet")
    scanner = source.scanner(columns=names, filter=dataset.field("kind") == kind)
    table, text = stem.with_suffix(".parquet"), stem.with_suffix(".csv")
    with written_whole(table) as one, written_whole(text) as other:
        shape = scanner.projected_schema
        with parquet.ParquetWriter(one, shape) as whole, csv.CSVWriter(other, shape) as lines:
            for batch in scanner.to_batches():
                if batch.num_rows:
                    whole.write_batch(batch)
                    lines.write_batch(batch)
