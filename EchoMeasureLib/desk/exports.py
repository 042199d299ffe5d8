"""What leaves the open image: the table, pictures and markups of what was not rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from EchoMeasureLib.exporting.measurement_records import reviewed_document
from EchoMeasureLib.exporting.pictures import area_to_show, write_picture
from EchoMeasureLib.exporting.tables import write_csv, write_json
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.mrml.markup_files import write_markups, write_sequence
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.review.entries import Entry, Status

if TYPE_CHECKING:
    from pathlib import Path

    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.selection import Selection


class Exports:
    """Writes the calipers of the open image into a folder of the user's."""

    def __init__(self, study: OpenStudy, selection: Selection) -> None:
        self._study = study
        self._selection = selection

    def table(self, folder: Path) -> list[Path]:
        """`measurements.csv` and `measurements.json`."""
        record = reviewed_document(self._study.need_cine(), self._counted())
        table, full = make_folder(folder) / "measurements.csv", folder / "measurements.json"
        write_csv(table, record)
        write_json(full, record)
        return [table, full]

    def pictures(self, folder: Path, monitor: Monitor = silent) -> list[Path]:
        """One picture per caliper, cropped to the ultrasound.

        Those that are written when the monitor cancels stay.
        """
        cine = self._study.need_cine()
        area = area_to_show(cine, keep_screen=False)
        make_folder(folder)
        written: list[Path] = []
        entries = self._counted()
        for entry in entries:
            monitor(Progress(len(written), len(entries), "Writing pictures"))
            path = folder / f"{entry.id}.png"
            write_picture(path, cine, entry.frame, [entry.caliper], area)
            written.append(path)
        return written

    def markups(self, folder: Path, monitor: Monitor = silent) -> list[Path]:
        """One `.mrk.json` with its sidecar per caliper, and a sequence where there are several."""
        study, entries = self._study, self._counted()
        scene, volume = study.scene, study.need_located().nodes.volume
        review = study.need_review()
        written = write_markups(folder, review, scene, volume, entries, monitor)
        frames: dict[str, set[int]] = {}
        for entry in entries:
            frames.setdefault(entry.measurement, set()).add(entry.frame)
        for measurement, several in frames.items():
            if len(several) > 1:
                path = folder / f"{measurement}.seq.mrb"
                where = (scene, volume, measurement, study.image)
                written.append(write_sequence(path, review, *where))
        return written

    def _counted(self) -> list[Entry]:
        here = [e for e in self._selection.entries if e.image == self._study.image]
        return [entry for entry in here if entry.status is not Status.REJECTED]
