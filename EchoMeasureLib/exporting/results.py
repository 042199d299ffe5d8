"""The folder of results of one file: document, table, pictures and video, all or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from EchoMeasureLib.errors import CannotMeasure, OutputProblem
from EchoMeasureLib.exporting.pictures import area_to_show, draw_calipers, write_picture
from EchoMeasureLib.exporting.records import Record
from EchoMeasureLib.exporting.tables import write_csv, write_json
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import Cine, Frame
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.progress import Monitor, Progress, silent


@contextmanager
def _folder_written_whole(folder: Path) -> Iterator[Path]:
    """A folder to write to; its files move to `folder` only when all of them are complete."""
    make_folder(folder)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as name:
            beside = Path(name)
            yield beside
            for file in sorted(beside.iterdir()):
                file.replace(folder / file.name)
    except OSError as error:
        raise OutputProblem(
            f"The results could not be written to {folder} ({error.strerror or error}).",
            "Check the disk space and the permissions of the folder.",
        ) from error


def write_results(
    folder: Path,
    cine: Cine,
    calipers: Sequence[Caliper],
    document: Record,
    video: bool = False,
    keep_screen: bool = False,
    monitor: Monitor = silent,
) -> list[str]:
    """Write everything about these calipers into `folder`; returns what the user should know.

    Raises `OutputProblem` and `Cancelled`; then the folder holds nothing new.
    """
    notes: list[str] = []
    by_frame = {
        frame: list(group)
        for frame, group in groupby(sorted(calipers, key=lambda c: c.frame), lambda c: c.frame)
    }
    with _folder_written_whole(folder) as beside:
        write_json(beside / "measurements.json", document)
        write_csv(beside / "measurements.csv", document)
        try:
            area = area_to_show(cine, keep_screen)
        except CannotMeasure as refusal:
            notes.append(str(refusal))
        else:
            if area.width < cine.columns or area.height < cine.rows:
                notes.append("Pictures are cropped to the calibrated regions (--keep-screen: not).")
            digits = len(str(cine.frame_count - 1))
            for done, (frame, drawn) in enumerate(by_frame.items()):
                monitor(Progress(done, len(by_frame), "pictures"))
                name = f"frame-{frame:0{digits}d}.png"
                write_picture(beside / name, cine, frame, drawn, area)
            if video:
                _write_video(beside / "calipers.mp4", cine, by_frame, area, monitor)
    return notes


def _write_video(
    path: Path, cine: Cine, by_frame: dict[int, list[Caliper]], area: Box, monitor: Monitor
) -> None:
    from EchoMeasureLib.imaging.video_writing import write_video

    def frames() -> Iterator[Frame]:
        for index in range(cine.frame_count):
            yield draw_calipers(cine.frame(index), by_frame.get(index, []), area)

    write_video(path, frames(), cine.times, monitor)
