"""What leaves the open study: what there is, why not now, and writing it.

Everything is made from the review as it stands, by the same code as `echomeasure export`,
`echomeasure report` and `echomeasure measure`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.desk.document_exports import DocumentExports
from EchoMeasureLib.desk.export_kinds import OFFERS, OPTION_WORDS, Export, Option, Wish
from EchoMeasureLib.desk.image_exports import ImageExports
from EchoMeasureLib.desk.study_images import StudyImages
from EchoMeasureLib.errors import EchoMeasureError, InvalidState, MissingPackage
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.report.printing import find_browser
from EchoMeasureLib.exporting.table_rows import study_rows
from EchoMeasureLib.exporting.tables import write_json, write_table
from EchoMeasureLib.progress import Monitor, silent
from EchoMeasureLib.review.document import suggested_name

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.mrml.volumes import Database
    from EchoMeasureLib.review.entries import Entry

NEEDS: Mapping[tuple[Export, str], tuple[str, str, str]] = {
    (Export.TABLE, "parquet"): ("pyarrow", "Writing Parquet", "tables"),
    (Export.STRUCTURED, "1500"): ("highdicom", "A report with template 1500", "sr"),
    (Export.VIDEO, "mp4"): ("av", "Writing a video", "video"),
    (Export.VIDEO, "avi"): ("av", "Writing a video", "video"),
}
"""The package that a form cannot do without, for what, and the extra that brings it."""


class Exports:
    """One thing at a time, as a `Wish` says."""

    def __init__(self, study: OpenStudy, database: Callable[[], Database | None]) -> None:
        self._study = study
        self._database = database
        images = StudyImages(study, database)
        self._documents = DocumentExports(study, images, database)
        self._pixels = ImageExports(study, images)

    def options(self, export: Export, form: str = "") -> tuple[Option, ...]:
        """What can be asked for besides, as things stand."""
        no_file = OFFERS[export].form(form).ending == ".dcm" and self._database() is not None
        options = OFFERS[export].options
        return tuple(option for option in options if option is not Option.DATABASE or no_file)

    def obstacle(self, wish: Wish) -> str:
        """Why this cannot be exported now; empty when it can, if perhaps a package is missing."""
        if self._study.cine is None:
            return "Choose an image first."
        if not self._entries():
            return "Nothing has been measured yet."
        return self._lacking(wish) or self._unprintable(wish)

    def check_packages(self, wish: Wish) -> None:
        """Raises `MissingPackage` where this needs one that is not installed."""
        need = NEEDS.get((wish.export, wish.chosen.id))
        if need is not None and importlib.util.find_spec(need[0]) is None:
            raise MissingPackage(*need)

    def says(self, wish: Wish) -> str:
        """What of the patient is in it, which files and which pixels: before it is written."""
        sentences = [_identity(wish, self.to_database(wish))]
        screen = OFFERS[wish.export].options
        if Option.SCREEN in screen or wish.export is Export.REPORT:
            whole = "Shown is the whole screen." if wish.asks(Option.SCREEN) else _BLACK
            sentences.append(whole)
        if wish.export in (Export.STRUCTURED, Export.FHIR) and not wish.asks(Option.UNREVIEWED):
            waiting = sum(not e.reviewed for e in self._entries())
            calipers = f"{waiting} caliper{'s' * (waiting != 1)}"
            sentences += [f"Left out: {calipers} that nobody has reviewed."] if waiting else []
        return " ".join(sentences)

    def to_database(self, wish: Wish) -> bool:
        """Whether it goes into the DICOM database, and no file is to be named."""
        here = Option.DATABASE in self.options(wish.export, wish.chosen.id)
        return here and wish.asks(Option.DATABASE)

    def proposed_name(self, wish: Wish) -> str:
        """A name for the file, without anybody's name in it."""
        return suggested_name(self._study.need_cine(), wish.export.value, wish.chosen.ending)

    def write(self, wish: Wish, path: Path | None = None, monitor: Monitor = silent) -> str:
        """Write it to `path`, a file or a folder; what was written, in words.

        A file is written whole or not at all; a folder takes the place of an earlier one of the
        same kind, and is refused where it holds anything else. When the monitor cancels, all is as
        it was. Raises `InvalidState` where there is an obstacle, `MissingPackage`, `OutputProblem`,
        and as what is written.
        """
        if obstacle := self.obstacle(wish):
            raise InvalidState(obstacle)
        self.check_packages(wish)
        place = None if self.to_database(wish) else path
        if wish.export is Export.REPORT:
            return self._documents.report(wish, place, monitor)
        if wish.export is Export.STRUCTURED:
            return self._documents.structured(wish, place, monitor)
        if path is None:
            raise InvalidState("Nothing says where to write.", "Choose a file or a folder.")
        writers = {
            Export.FHIR: self._documents.fhir,
            Export.TABLE: self._table,
            Export.PICTURES: self._pixels.pictures,
            Export.VIDEO: self._pixels.video,
            Export.MARKUPS: self._pixels.markups,
            Export.TRAINING: self._pixels.training,
        }
        return writers[wish.export](wish, path, monitor)

    def _table(self, wish: Wish, path: Path, monitor: Monitor) -> str:
        review = self._study.need_review()
        if wish.chosen.id == "json":
            record = document(review, self._study.image)
            write_json(path, record)
            return f"Wrote {path}: {len(record['results'])} numbers of this image."
        rows = study_rows(review)
        write_table(path, rows)
        return f"Wrote {path}: {len(rows)} rows."

    def _entries(self) -> list[Entry]:
        review = self._study.review
        return list(review.entries.values()) if review is not None else []

    def _lacking(self, wish: Wish) -> str:
        """What has to be done in the review before."""
        entries = self._entries()
        if wish.export in (Export.STRUCTURED, Export.FHIR, Export.TRAINING):
            if any(entry.reviewed for entry in entries) or wish.asks(Option.UNREVIEWED):
                return ""
            more = f', or tick "{OPTION_WORDS[Option.UNREVIEWED]}"'
            other = "" if wish.export is Export.TRAINING else more
            return f"Accept or edit calipers first{other}."
        if wish.export is Export.VIDEO:
            cine = self._study.need_cine()
            if cine.frame_count == 1:
                return "The open image is a still: export pictures of it."
            if not any(entry.image == self._study.image for entry in entries):
                return "The open image has no calipers."
        return ""

    def _unprintable(self, wish: Wish) -> str:
        if wish.export is not Export.REPORT or wish.chosen.id == "html":
            return ""
        try:
            find_browser()
        except EchoMeasureError as error:
            return str(error)
        return ""


_BLACK = "Shown are the calibrated regions; the rest of the screen is black."


def _identity(wish: Wish, to_database: bool) -> str:
    """Whether it says who was examined."""
    if wish.asks(Option.IDENTITY):
        return "It names the patient, as the file of the image does."
    if wish.chosen.ending == ".dcm":
        pages = "The pages name no patient; the" if wish.export is Export.REPORT else "The"
        return f"{pages} DICOM object has the patient and the study of its images, as all have."
    if wish.export is Export.TRAINING:
        return "It names nobody: pseudonyms for patient and images, no dates, no text."
    return "It names no patient."
