"""The review on disk: saved by itself, saved and opened on request, exported. No Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.exporting.pictures import area_to_show, write_picture
from EchoMeasureLib.exporting.records import document
from EchoMeasureLib.exporting.tables import write_csv, write_json
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.mrml.exporting import write_markups, write_sequence
from EchoMeasureLib.mrml.keeping import stored_review
from EchoMeasureLib.review.autosave import Autosave
from EchoMeasureLib.review.document import load, save, suggested_name
from EchoMeasureLib.review.entries import Entry, Status

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.panel.desk import Desk
    from EchoMeasureLib.review.session import Review


class Keeping:
    """Saves the review of the desk a moment after each change, and writes it where asked."""

    def __init__(self, desk: Desk, scene: Any) -> None:
        self._desk = desk
        self._scene = scene
        self._autosave: Autosave | None = None
        self._named: Path | None = None
        self.trouble = ""
        """Why the last attempt to save by itself failed; empty when it did not."""

    @property
    def path(self) -> Path | None:
        """Where the review is saved by itself."""
        return self._autosave.path if self._autosave is not None else None

    @property
    def documents(self) -> tuple[Path, ...]:
        """Where reviews of the open image are: the own place, and what the user named last."""
        cine = self._desk.cine
        paths = () if cine is None else (own_place(cine), self._named)
        return tuple(path for path in paths if path is not None and path.exists())

    def stored(self, cine: Cine, reviewer: str) -> Review | None:
        """The review of this image in the scene or on disk, whichever has come further.

        What cannot be used is left as it is, and `trouble` says why.
        """
        path = own_place(cine)
        found = []
        try:
            found.append(stored_review(self._scene, cine, reviewer))
            found.append(load(path, cine, reviewer) if path.exists() else None)
        except EchoMeasureError as error:
            self.trouble = str(error)
        reviews = [review for review in found if review is not None]
        return max(reviews, key=lambda review: len(review.audit), default=None)

    def follow(self, review: Review, cine: Cine) -> None:
        """Save this review by itself from now on."""
        self.stop()
        make_folder(own_place(cine).parent)
        self._autosave = Autosave(review, own_place(cine))

    def stop(self) -> None:
        """Save what is not saved, and no more."""
        if self._autosave is not None:
            autosave, self._autosave = self._autosave, None
            try:
                autosave.close()
            except EchoMeasureError as error:
                self.trouble = str(error)

    def tick(self) -> None:
        """Save when it is time to."""
        if self._autosave is None:
            return
        try:
            if self._autosave.tick():
                self.trouble = ""
        except EchoMeasureError as error:
            self.trouble = str(error)

    def proposed_name(self) -> str:
        """A file name without anybody's name in it."""
        return suggested_name(self._need_cine())

    def save(self, path: Path) -> None:
        """Write the review into a document of the user's, beside other reviewers' layers."""
        save(self._desk.need_review(), path)
        self._named = path
        self._desk.others.look()
        self._desk.tell("review")

    def open(self, path: Path) -> Review:
        """The review of the present reviewer in a document."""
        review = load(path, self._need_cine(), self._desk.reviewer)
        self._named = path
        return review

    def export_table(self, folder: Path) -> list[Path]:
        """`measurements.csv` and `measurements.json` of what was not rejected on this image."""
        entries = self._counted()
        record = document(self._need_cine(), [entry.with_beats for entry in entries])
        table, full = make_folder(folder) / "measurements.csv", folder / "measurements.json"
        write_csv(table, record)
        write_json(full, record)
        return [table, full]

    def export_pictures(self, folder: Path) -> list[Path]:
        """One picture per caliper that was not rejected, cropped to the ultrasound."""
        cine = self._need_cine()
        area = area_to_show(cine, keep_screen=False)
        make_folder(folder)
        written = []
        for entry in self._counted():
            path = folder / f"{entry.id}.png"
            write_picture(path, cine, entry.frame, [entry.caliper], area)
            written.append(path)
        return written

    def export_markups(self, folder: Path) -> list[Path]:
        """One `.mrk.json` with its sidecar per caliper, and a sequence where there are several."""
        desk = self._desk
        self._need_cine()
        assert desk.located is not None  # an open image is located
        review, volume, entries = desk.need_review(), desk.located.nodes.volume, self._counted()
        written = write_markups(folder, review, self._scene, volume, entries)
        frames: dict[str, set[int]] = {}
        for entry in entries:
            frames.setdefault(entry.measurement, set()).add(entry.frame)
        for measurement, several in frames.items():
            if len(several) > 1:
                path = folder / f"{measurement}.seq.mrb"
                where = (self._scene, volume, measurement, desk.image)
                written.append(write_sequence(path, review, *where))
        return written

    def _counted(self) -> list[Entry]:
        desk = self._desk
        here = [e for e in desk.selection.entries if e.image == desk.image]
        return [entry for entry in here if entry.status is not Status.REJECTED]

    def _need_cine(self) -> Cine:
        if self._desk.cine is None:
            raise InvalidArgument("No image is open.")
        return self._desk.cine


def own_place(cine: Cine) -> Path:
    """Where the review of this image's study is kept in the user's data folder."""
    return data_folder() / "reviews" / suggested_name(cine)
