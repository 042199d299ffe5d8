"""Small parts copied into fewer files while a run goes on, so that questions open few of them.

The parts stay what counts: a copy that does not name its parts as they are now is passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from json import dumps, loads
from pathlib import Path
from typing import Any, TypeAlias

from EchoMeasureLib.batch.cohort_rows import KINDS
from EchoMeasureLib.batch.parts import ENDINGS, of_kinds, part_batches, parts
from EchoMeasureLib.files import make_folder, write_errors, written_whole

FOLDER = "merged"

PARTS_TO_MERGE = 32
"""So many go into one file: of 4,000, as a million files have, a question opens 125."""

MOST_BYTES = 1 << 20
"""Of a part that is copied: to open a larger one costs little beside reading it."""

_PARTS = b"echomeasure.parts"
"""In the metadata of a file of merged rows: the parts that it holds, as they were."""

_State: TypeAlias = tuple[str, int, int]
"""Name, bytes and time of change of a part: one that was rewritten has others."""


def merge_parts(out: Path, most_bytes: int = MOST_BYTES) -> None:
    """Copy the rows of small parts together, and take away copies of parts that are others now.

    For the one client of a cohort. Does nothing without pyarrow. Raises `OutputProblem`, and as
    `read_part`.
    """
    if find_spec("pyarrow") is None:
        return
    found = parts(out)
    known, stale = _split(out, found)
    for path in stale:
        with write_errors(path):
            path.unlink(missing_ok=True)
    held = {state for states in known.values() for state in states}
    small = [p for p in found if _is_parquet(p) and p.stat().st_size <= most_bytes]
    left = [path for path in small if _state(path) not in held]
    for start in range(0, len(left) - PARTS_TO_MERGE + 1, PARTS_TO_MERGE):
        _write(out, left[start : start + PARTS_TO_MERGE])


def asked_files(out: Path, found: Sequence[Path]) -> list[Path]:
    """Those that hold every row of these parts once: merged ones, and the parts beside them."""
    known, _ = _split(out, found)
    held = {name for states in known.values() for name, _, _ in states}
    return [*known, *(path for path in found if path.name not in held)]


def _split(out: Path, found: Sequence[Path]) -> tuple[dict[Path, list[_State]], list[Path]]:
    """Files of merged rows that hold, with their parts, and those that do not."""
    present = set(map(_state, found)) if (out / FOLDER).is_dir() else set()
    known: dict[Path, list[_State]] = {}
    stale: list[Path] = []
    for path in sorted((out / FOLDER).glob(f"*{ENDINGS[0]}")):
        states = _parts_in(path)
        if states and present.issuperset(states):
            # No part is asked for twice, whatever a break has left.
            present.difference_update(states)
            known[path] = states
        else:
            stale.append(path)
    return known, stale


def _parts_in(path: Path) -> list[_State]:
    """The parts whose rows a file holds; none where it cannot be read."""
    from pyarrow import ArrowException, parquet

    with suppress(ArrowException, OSError, KeyError, ValueError, TypeError):
        metadata = parquet.read_metadata(path).metadata
        return [(str(name), int(size), int(at)) for name, size, at in loads(metadata[_PARTS])]
    return []


def _write(out: Path, some: Sequence[Path]) -> None:
    """One group of rows for each kind, as a question is about one kind."""
    from pyarrow import Table, parquet

    states = list(map(_state, some))
    rows = Table.from_batches(list(_batches(some)))
    schema = rows.schema.with_metadata({_PARTS: dumps(states).encode()})
    name = hashlib.sha256(dumps(states).encode()).hexdigest()[:20]
    path = make_folder(out / FOLDER) / f"{name}{ENDINGS[0]}"
    with (
        written_whole(path, durable=True) as beside,
        parquet.ParquetWriter(beside, schema) as writer,
    ):
        for kind in KINDS:
            if (mine := of_kinds(rows, [kind])).num_rows:
                writer.write_table(mine.cast(schema).combine_chunks())


def _batches(some: Sequence[Path]) -> Iterator[Any]:
    for path in some:
        yield from part_batches(path)


def _state(path: Path) -> _State:
    found = path.stat()
    return path.name, found.st_size, found.st_mtime_ns


def _is_parquet(path: Path) -> bool:
    return path.suffix == ENDINGS[0]
