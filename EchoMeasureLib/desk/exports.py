"""What leaves the open image: the table, pictures and markups of what was not rejected.

A folder of results is of one image as the review stands at one moment. So whatever is
exported into it, everything that is in it is written anew, and takes its place as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EchoMeasureLib.exporting.markup_files import write_markups
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.pictures import part_to_show, write_picture
from EchoMeasureLib.exporting.results import DOCUMENT, TABLE, caliper_file, results_folder
from EchoMeasureLib.exporting.table_rows import document_rows
from EchoMeasureLib.exporting.tables import write_json, write_table
from EchoMeasureLib.mrml.exporting import write_sequence
from EchoMeasureLib.mrml.mapping import ijk_to_ras
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.images import image_key

if TYPE_CHECKING:
    from pathlib import Path

    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.selection import Selection

PICTURES, MARKUPS = "*-*.png", "*.mrk.json"
"""What tells that a folder holds pictures, or markups."""


class Exports:
    """Writes the calipers of the open image into a folder of the user's.

    Each method returns the files. Raises `OutputProblem` where the folder holds anything else,
    or results of another image; then, and when the monitor cancels, it stays as it was.
    """

    def __init__(self, study: OpenStudy, selection: Selection) -> None:
        self._study = study
        self._selection = selection

    def table(self, folder: Path, monitor: Monitor = silent) -> list[Path]:
        """`measurements.csv` and `measurements.json`."""
        return self._write(folder, monitor)

    def pictures(self, folder: Path, monitor: Monitor = silent) -> list[Path]:
        """The table, and one picture per caliper, of the ultrasound alone."""
        return self._write(folder, monitor, PICTURES)

    def markups(self, folder: Path, monitor: Monitor = silent) -> list[Path]:
        """The table, and one `.mrk.json` with its sidecar per caliper, and a sequence where
        there are several."""
        return self._write(folder, monitor, MARKUPS)

    def _write(self, folder: Path, monitor: Monitor, wanted: str = "") -> list[Path]:
        with results_folder(folder, image_key(self._study.need_cine())) as new:
            self._tables(new)
            if wanted == PICTURES or any(folder.glob(PICTURES)):
                self._pictures(new, monitor)
            if wanted == MARKUPS or any(folder.glob(MARKUPS)):
                self._markups(new, monitor)
            names = sorted(item.name for item in new.iterdir())
        return [folder / name for name in names]

    def _tables(self, folder: Path) -> None:
        record = document(self._study.need_review(), self._study.image, self._counted())
        write_table(folder / TABLE, document_rows(record))
        write_json(folder / DOCUMENT, record)

    def _pictures(self, folder: Path, monitor: Monitor) -> None:
        cine, review = self._study.need_cine(), self._study.need_review()
        part = part_to_show(cine, keep_screen=False)
        entries = self._counted()
        for number, entry in enumerate(entries):
            monitor(Progress(number, len(entries), "Writing pictures"))
            path = folder / caliper_file(entry, ".png")
            phase = review.phase_of(entry)
            write_picture(path, cine, entry.frame, [entry.caliper], part, phase)

    def _markups(self, folder: Path, monitor: Monitor) -> None:
        study, entries = self._study, self._counted()
        scene, volume = study.scene, study.need_located().nodes.volume
        review = study.need_review()
        write_markups(folder, review, entries, {study.image: ijk_to_ras(volume)}, monitor)
        frames: dict[str, set[int]] = {}
        for entry in entries:
            frames.setdefault(entry.measurement, set()).add(entry.frame)
        for measurement, several in frames.items():
            if len(several) > 1:
                path = folder / f"{measurement}.seq.mrb"
                write_sequence(path, review, scene, volume, measurement, study.image)

    def _counted(self) -> list[Entry]:
        here = [e for e in self._selection.entries if e.image == self._study.image]
        return [entry for entry in here if entry.status is not Status.REJECTED]
