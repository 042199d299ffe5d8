"""The folder of a cohort: of one run with the same settings and key, gone on with at will."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.batch.batch_settings import BatchSettings, fingerprint
from EchoMeasureLib.batch.deciding import Orders
from EchoMeasureLib.documents import read_json
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, OutputProblem
from EchoMeasureLib.exporting.measurement_records import software_record
from EchoMeasureLib.exporting.pseudonyms import Key
from EchoMeasureLib.files import make_folder, write_text
from EchoMeasureLib.folder_lock import only_one
from EchoMeasureLib.staging import PREFIX
from EchoMeasureLib.texts import json_text

SCHEMA = "echomeasure-cohort-2"
RUN_FILE = "run.json"
LOCK = "batch.lock"
"""Held by the process that runs a batch into the folder."""

FOLDERS = ("parts", "reviews")
"""Made at the beginning, so that it ends there where nothing can be written."""


@dataclass(frozen=True, slots=True)
class Run:
    """What `run.json` says."""

    fingerprint: str
    files_per_chunk: int
    """0 until the files are counted."""
    record: dict[str, Any]


@contextmanager
def only_client(out: Path) -> Iterator[None]:
    """Inside, no other process runs a batch into this folder.

    Raises `OutputProblem` where one does, or the folder holds something else.
    """
    _check_ours(out)
    with only_one(out, LOCK, "runs a batch into"):
        yield


def begin_run(
    out: Path, settings: BatchSettings, orders: Orders, key: Key, resume: bool = False
) -> Run:
    """Begin a run in this folder, or go on with the one that is there.

    Raises `InvalidArgument` where there is one and `resume` is not given, or it is of other
    settings, weights, rules, version or key; `OutputProblem` where the folder holds something
    else or cannot be written to, and as `BatchSettings.record`.
    """
    wanted = {
        "schema": SCHEMA,
        "settings": settings.record(),
        "orders": _digest(repr(orders)) if orders != Orders() else "",
        "key": key.pseudonym("check", "EchoMeasure"),
    }
    if (out / RUN_FILE).exists():
        if not resume:
            raise InvalidArgument(
                f"{out} holds a run already.", "Go on with --resume, or name a new folder."
            )
        present = read_run(out)
        _check_same(out, present.record, wanted)
        return present
    _check_ours(out)
    for name in FOLDERS:
        make_folder(out / name)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    record: dict[str, Any] = {
        **wanted,
        "notice": RESEARCH_USE_ONLY,
        "software": software_record(),
        "begun": now,
        "fingerprint": fingerprint(wanted),
        "files_per_chunk": 0,
    }
    write_text(out / RUN_FILE, json_text(record), durable=True)
    return Run(record["fingerprint"], 0, record)


def read_run(out: Path) -> Run:
    """The run of a folder. Raises `InvalidDocument` where there is none that can be read."""
    if not (out / RUN_FILE).exists():
        raise InvalidDocument(
            f"{out} is no folder of a cohort.", "Name the one that `echomeasure batch` wrote to."
        )
    record = read_json(out / RUN_FILE)
    try:
        if record["schema"] != SCHEMA:
            raise InvalidDocument(
                f"{out} holds a cohort of another version ({record['schema']}).",
                "Measure into a new folder.",
            )
        return Run(str(record["fingerprint"]), int(record["files_per_chunk"]), record)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidDocument):
            raise
        raise InvalidDocument(f"{out / RUN_FILE} is damaged.", "Name a new folder.") from error


def keep_chunk_size(out: Path, run: Run, files: int) -> Run:
    """Write down how many files a chunk has, so that it is the same when the run goes on.

    Raises `OutputProblem`.
    """
    record = {**run.record, "files_per_chunk": files}
    write_text(out / RUN_FILE, json_text(record), durable=True)
    return Run(run.fingerprint, files, record)


def _check_ours(out: Path) -> None:
    """Raises `OutputProblem` for a folder of something else, which is left as it is."""
    if out.is_dir():
        ours = (out / RUN_FILE).exists() or all(map(_is_of_a_beginning, out.iterdir()))
    else:
        ours = not out.exists()
    if not ours:
        raise OutputProblem(f"{out} is no folder of a cohort, and not empty.", "Name a new folder.")


def _is_of_a_beginning(path: Path) -> bool:
    """Whether it may be what a run has left that was killed before `run.json` was written."""
    empty = path.name in FOLDERS and path.is_dir() and not any(path.iterdir())
    return empty or path.name == LOCK or path.name.startswith(PREFIX)


def _check_same(out: Path, present: dict[str, Any], wanted: dict[str, Any]) -> None:
    words = {
        "key": "with another key (--key-file), so its pseudonyms are others",
        "orders": "with other rules or another manifest",
    }
    for name, what in words.items():
        if present.get(name) != wanted[name]:
            raise InvalidArgument(f"{out} holds a run {what}.", "Name a new folder.")
    if present.get("settings") != wanted["settings"]:
        before = present.get("settings") or {}
        other = [name for name, value in wanted["settings"].items() if before.get(name) != value]
        raise InvalidArgument(
            f"{out} holds a run of other {' and '.join(other) or 'settings'}.",
            "Results of both would not be comparable: name a new folder.",
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
