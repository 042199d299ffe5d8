"""The folder of results of one file: document, table, pictures and video, all or nothing."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from EchoMeasureLib.documents import read_json
from EchoMeasureLib.errors import CannotMeasure, InvalidDocument, OutputProblem
from EchoMeasureLib.exporting.caliper_videos import write_caliper_video
from EchoMeasureLib.exporting.curve_rows import CURVE_COLUMNS, curve_rows
from EchoMeasureLib.exporting.drawn_images import DrawnImage
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.pictures import part_to_show, write_picture
from EchoMeasureLib.exporting.table_rows import document_rows
from EchoMeasureLib.exporting.tables import write_json, write_table
from EchoMeasureLib.files import folder_written_whole
from EchoMeasureLib.names import file_name
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.review.document import MOST_BYTES
from EchoMeasureLib.staging import PREFIX, STAGE_NAMES

if TYPE_CHECKING:
    from EchoMeasureLib.measuring.cava_curve import CavaCurve
    from EchoMeasureLib.review.entries import Entry

DOCUMENT, TABLE, VIDEO = "measurements.json", "measurements.csv", "calipers.mp4"

CURVE = "ivc-diameter.csv"

RESULT_NAMES = (*(DOCUMENT, TABLE, CURVE, VIDEO, "frame-*.png"),)
"""What files of results are called."""

_OF_THE_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")

ANOTHER_FOLDER = "Name a new folder."


def caliper_file(entry: Entry, end: str) -> str:
    """The name of a file about one caliper of a review, such as `lvid-f12.png`.

    Ids come from review documents, which anybody may have written.
    """
    start = f"{entry.measurement}-"
    name = file_name(entry.id, end=end)
    return name if name.startswith(start) else file_name(entry.id, start, end)


@contextmanager
def results_folder(folder: Path, image: str, overwrite: bool = False) -> Iterator[Path]:
    """A folder to write all results of one run into; it takes the place of `folder` as a whole.

    `image` is the key of the image they are of (`review.images.image_key`). Results of the same
    image that are there go. Raises `OutputProblem`, before any work, where `folder` cannot be
    written to, holds anything but results, or holds those of another image and `overwrite`
    is not given.
    """
    with folder_written_whole(folder, lambda old: _check_owner(old, image, overwrite)) as new:
        yield new


def _check_owner(folder: Path, image: str, overwrite: bool) -> None:
    others = sorted(item.name for item in folder.iterdir() if not _is_ours(item))
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise OutputProblem(
            f"{folder} is no folder for results: it holds {others[0]}{more}.", ANOTHER_FOLDER
        )
    if overwrite or not any(_is_result(item) for item in folder.iterdir()):
        return
    owner = _owner(folder)
    if owner != image:
        whose = "of another image" if owner else "that do not say which image they are of"
        raise OutputProblem(
            f"{folder} holds results {whose}.",
            f"{ANOTHER_FOLDER[:-1]}, or give --overwrite to replace them.",
        )


def _is_ours(item: Path) -> bool:
    return _is_result(item) or item.name in _OF_THE_SYSTEM or _is_unfinished(item)


def _is_unfinished(item: Path) -> bool:
    """Whether this is a folder for unfinished results, and nobody else's."""
    if not item.name.startswith(PREFIX) or item.is_symlink() or not item.is_dir():
        return False
    return all(part.name in STAGE_NAMES or _is_result(part) for part in item.iterdir())


def _is_result(item: Path) -> bool:
    return item.is_file() and any(fnmatch.fnmatchcase(item.name, name) for name in RESULT_NAMES)


def _owner(folder: Path) -> str:
    """The image that the document there is about; empty when it does not say."""
    try:
        source = read_json(folder / DOCUMENT, MOST_BYTES)["source"]
        # Older documents do not have the key, but the parts that it is made of.
        of_parts = source["sop_instance_uid"] or f"sha256:{source['file_sha256']}"
        return str(source.get("image") or of_parts)
    except (InvalidDocument, AttributeError, LookupError, TypeError):
        return ""


def write_results(
    folder: Path,
    drawn: DrawnImage,
    document: Record,
    video: bool = False,
    keep_screen: bool = False,
    monitor: Monitor = silent,
    curves: Mapping[int, CavaCurve] = MappingProxyType({}),
) -> list[str]:
    """Write everything about an image into `folder`; returns what the user should know.

    `folder` is what `results_folder` gives; `curves` are those of a vena cava, by frame. Raises
    `OutputProblem` and `Cancelled`.
    """
    notes: list[str] = []
    write_json(folder / DOCUMENT, document)
    write_table(folder / TABLE, document_rows(document))
    if curves:
        rows = curve_rows(document["source"]["image"], curves)
        write_table(folder / CURVE, rows, CURVE_COLUMNS)
        gaps = ", ".join(filter(None, (curve.gaps_words for curve in curves.values())))
        notes.append(f"The diameter over time is in {CURVE}{gaps and f': {gaps}'}.")
    cine = drawn.cine
    try:
        part = part_to_show(cine, keep_screen)
    except CannotMeasure as refusal:
        notes.append(str(refusal))
    else:
        if part.hides(cine.columns, cine.rows):
            notes.append(
                "Pictures show the calibrated regions; the rest is left out or black "
                "(--keep-screen: not)."
            )
        digits = len(str(cine.frame_count - 1))
        for done, (frame, calipers) in enumerate(drawn.calipers.items()):
            monitor(Progress(done, len(drawn.calipers), "pictures"))
            name = f"frame-{frame:0{digits}d}.png"
            write_picture(folder / name, cine, frame, calipers, part, drawn.phases.get(frame))
        if video:
            write_caliper_video(folder / VIDEO, drawn, part, monitor=monitor)
    return notes
