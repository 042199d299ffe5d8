"""One of the two sets, from a file or a folder of whatever kind.

A kind of source is a row of `SOURCES`: whether a file is one of it, and what reads such files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.agreement.column_mapping import USUAL, ColumnMapping
from EchoMeasureLib.agreement.quantities import Level
from EchoMeasureLib.agreement.readings import Readings
from EchoMeasureLib.agreement.report_readings import is_report, report_readings
from EchoMeasureLib.agreement.review_readings import is_ours, review_readings
from EchoMeasureLib.agreement.table_readings import table_readings
from EchoMeasureLib.documents import parse_json, read_text
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, UnreadableFile
from EchoMeasureLib.exporting.study_files import is_document
from EchoMeasureLib.review.document import MOST_BYTES


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user wants of a set."""

    level: Level
    reviewer: str | None = None
    """Whose layer of reviews; None for the one saved last."""
    mapping: ColumnMapping = USUAL
    """Of a table."""


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of file that measurements are read from."""

    words: str
    knows: Callable[[Path], bool]
    read: Callable[[Sequence[Path], Asked], Readings]
    in_folders: bool = True
    """Whether such files are looked for in a folder; else they are named one by one."""


def read_set(path: Path, asked: Asked) -> Readings:
    """The readings of a file, or of everything in a folder and below it.

    In a folder other files are passed over. Raises `UnreadableFile` for what is not there,
    `InvalidDocument` and `InvalidArgument` as the reader of its kind, and `InvalidArgument` for a
    folder that holds nothing, or several kinds.
    """
    if not path.is_dir():
        if not path.is_file():
            raise UnreadableFile(f"There is no file {path}.")
        return _source_of(path).read([path], asked)
    found: dict[str, list[Path]] = {}
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        source = next((one for one in SOURCES if one.in_folders and one.knows(file)), None)
        if source is not None:
            found.setdefault(source.words, []).append(file)
    if not found:
        raise InvalidArgument(
            f"{path} holds no reviews, measurements or reports.",
            "Name the folder that does, or a file.",
        )
    if len(found) > 1:
        raise InvalidArgument(
            f"{path} holds {' and '.join(found)}.", "Put those of each reader in a folder."
        )
    ((words, files),) = found.items()
    return next(one for one in SOURCES if one.words == words).read(files, asked)


def _source_of(path: Path) -> Source:
    for source in SOURCES:
        if source.knows(path):
            return source
    raise InvalidDocument(
        f"{path} is neither a review, measurements, a structured report nor a table.",
        "`echomeasure measure` and `echomeasure review` make the first two.",
    )


def _is_ours(path: Path) -> bool:
    if not is_document(path):
        return False
    try:
        return is_ours(parse_json(read_text(path, MOST_BYTES), str(path)))
    except InvalidDocument:
        # A damaged one is ours too where it is called so: its reader says what is wrong.
        return path.suffix.lower() == ".json"


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in (".csv", ".tsv", ".txt")


SOURCES = (
    Source(
        "reviews and measurements",
        _is_ours,
        lambda paths, asked: review_readings(paths, asked.level, asked.reviewer),
    ),
    Source(
        "structured reports",
        is_report,
        lambda paths, asked: report_readings(paths, asked.level),
    ),
    Source(
        "a table",
        _is_table,
        lambda paths, asked: table_readings(paths[0], asked.mapping),
        in_folders=False,
    ),
)
