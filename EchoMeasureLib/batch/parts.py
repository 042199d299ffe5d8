"""Parts: the results of one chunk in one file, whole or not at all. One that is there is done.

Parquet where pyarrow is installed, else JSON Lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from itertools import chain
from json import loads
from pathlib import Path
from typing import Any

from EchoMeasureLib.batch.cohort_rows import COHORT_COLUMNS, FILE, KINDS
from EchoMeasureLib.errors import InvalidDocument, MissingPackage
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.tables import write_table

FOLDER = "parts"

ENDINGS = (".parquet", ".jsonl")

ROWS_AT_ONCE = 5000


def part_ending() -> str:
    """How parts that are written here are called."""
    return ENDINGS[0] if find_spec("pyarrow") is not None else ENDINGS[1]


def find_part(out: Path, chunk: str) -> Path | None:
    """The part of a chunk; None where it is not done."""
    paths = (out / FOLDER / f"part-{chunk}{ending}" for ending in ENDINGS)
    return next((path for path in paths if path.exists()), None)


def parts(out: Path) -> list[Path]:
    """All parts of a cohort, the oldest first."""
    found: list[tuple[int, str, Path]] = []
    for path in chain.from_iterable((out / FOLDER).glob(f"part-*{one}") for one in ENDINGS):
        # A run that goes on may take one away meanwhile.
        with suppress(FileNotFoundError):
            found.append((path.stat().st_mtime_ns, path.name, path))
    return [path for _, _, path in sorted(found)]


def write_part(out: Path, chunk: str, rows: Iterable[Record]) -> Path:
    """Write the rows of a chunk as they come, onto the disk itself. Raises `OutputProblem`."""
    path = out / FOLDER / f"part-{chunk}{part_ending()}"
    write_table(path, rows, COHORT_COLUMNS, durable=True)
    return path


def read_part(path: Path, kinds: Sequence[str] = (), names: Sequence[str] = ()) -> Iterator[Record]:
    """The rows of a part, of these kinds and with these columns alone where any are given.

    Raises `InvalidDocument` for a part that is damaged, and `MissingPackage` without pyarrow.
    """
    reader = _parquet_rows if path.suffix == ENDINGS[0] else _json_rows
    yield from reader(path, kinds, names)


def _parquet_rows(path: Path, kinds: Sequence[str], names: Sequence[str]) -> Iterator[Record]:
    for batch in part_batches(path, kinds, names):
        yield from batch.to_pylist()


def part_batches(path: Path, kinds: Sequence[str] = (), names: Sequence[str] = ()) -> Iterator[Any]:
    """Record batches of a part in Parquet, of these kinds and with these columns and `kind`.

    Of a million rows few are made ones of Python. Raises as `read_part`.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingPackage("pyarrow", "Reading these results", "cohort") from error
    columns = [*dict.fromkeys(("kind", *names))] if names else None
    try:
        # Opened once and read in order: `dataset` costs several times as much for each file.
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False):
                some = of_kinds(batch, kinds) if kinds else batch
                if some.num_rows:
                    yield some
    except (ArrowException, OSError, KeyError) as error:
        raise _damaged(path) from error


def of_kinds(batch: Any, kinds: Sequence[str]) -> Any:
    """The rows of a record batch that are of these kinds."""
    from pyarrow import array, compute

    return batch.filter(compute.is_in(batch.column("kind"), value_set=array(kinds)))


def _json_rows(path: Path, kinds: Sequence[str], names: Sequence[str]) -> Iterator[Record]:
    wanted = {"kind", *names} if names else None
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                row = loads(line)
                if not kinds or row["kind"] in kinds:
                    yield row if wanted is None else {k: v for k, v in row.items() if k in wanted}
    except (ValueError, OSError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> InvalidDocument:
    return InvalidDocument(
        f"{path} cannot be read.",
        "Remove it and go on with --resume: its files are measured again.",
    )


def settle_parts(out: Path, said: Callable[[str], None] = lambda text: None) -> None:
    """Leave each file and the results of each study in one part alone: the newest.

    Where the client of a cluster went away and came back, two chunks may hold the same file; and
    a study that has got new files has all of its results in the newer part. Raises as `read_part`
    and `write_part`.
    """
    files: set[int] = set()
    studies: set[int] = set()
    for path in reversed(parts(out)):
        mine, here = _owned(path)
        twice = bool(mine & files or here & studies)
        if twice:
            keep = _Keep(frozenset(files), frozenset(studies))
            if any(map(keep, read_part(path))):
                write_table(path, filter(keep, read_part(path)), COHORT_COLUMNS, durable=True)
            else:
                path.unlink()
            said(f"{path.name}: what newer results hold was taken out.")
        files |= mine
        studies |= here


def _owned(path: Path) -> tuple[set[int], set[int]]:
    """Files of a part, and studies of which it has results."""
    files: set[int] = set()
    studies: set[int] = set()
    if path.suffix == ENDINGS[0]:
        others = [kind for kind in KINDS if kind != FILE]
        for batch in part_batches(path, (), ("file", "study")):
            for name, kinds, found in (("file", [FILE], files), ("study", others, studies)):
                texts = of_kinds(batch, kinds).column(name).unique()
                found.update(map(_number, texts.to_pylist()))
        return files, studies
    for row in _json_rows(path, (), ("file", "study")):
        if row["kind"] == FILE:
            files.add(_number(row["file"]))
        else:
            studies.add(_number(row["study"]))
    return files, studies


class _Keep:
    """Whether a row is in no newer part."""

    def __init__(self, files: frozenset[int], studies: frozenset[int]) -> None:
        self._files, self._studies = files, studies

    def __call__(self, row: Record) -> bool:
        if row["kind"] == FILE:
            return _number(row["file"]) not in self._files
        return _number(row["study"]) not in self._studies


def _number(pseudonym: str) -> int:
    """A pseudonym as a whole number: a million of them take a third of the memory."""
    return int(pseudonym, 16)
