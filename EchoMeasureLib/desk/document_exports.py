"""Reports of the open study: the page for people, structured reports, FHIR."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.desk.export_kinds import Option
from EchoMeasureLib.errors import InvalidState, needed_for
from EchoMeasureLib.exporting.fhir_bundle import fhir_bundle
from EchoMeasureLib.exporting.report.dicom_pdf import encapsulated_pdf
from EchoMeasureLib.exporting.report.printing import find_browser, pdf_of
from EchoMeasureLib.exporting.report.report_page import report_page
from EchoMeasureLib.exporting.report.shown_frames import shown_frames
from EchoMeasureLib.exporting.structured_report.report_contents import contents_of
from EchoMeasureLib.exporting.structured_report.report_document import Signature
from EchoMeasureLib.exporting.structured_report.report_writing import Template, make_report
from EchoMeasureLib.exporting.structured_report.source_images import find_sources, first_source
from EchoMeasureLib.exporting.study_files import files_of_review
from EchoMeasureLib.exporting.study_object import write_study_object
from EchoMeasureLib.exporting.tables import write_json
from EchoMeasureLib.files import write_bytes, write_text

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset

    from EchoMeasureLib.desk.export_kinds import Wish
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.study_images import StudyImages
    from EchoMeasureLib.mrml.volumes import Database
    from EchoMeasureLib.progress import Monitor


class DocumentExports:
    """Each method writes to `path`, DICOM objects without one into the database; says what."""

    def __init__(
        self, study: OpenStudy, images: StudyImages, database: Callable[[], Database | None]
    ) -> None:
        self._study = study
        self._images = images
        self._database = database
        self._reported: dict[tuple[str, Template], Dataset] = {}

    def report(self, wish: Wish, path: Path | None, monitor: Monitor) -> str:
        """The page for people, as HTML, PDF or a DICOM object. Raises as `pdf_of`."""
        review = self._study.need_review()
        if wish.chosen.id != "html":
            find_browser()  # before any work
        named = wish.asks(Option.IDENTITY)
        person, made = self._images.person() if named else None, datetime.now(timezone.utc)
        frames = shown_frames(review, self._images.find, monitor)
        page = report_page(files_of_review(review), frames, made, person)
        absent = dict.fromkeys(frame.reason for frame in frames if frame.reason)
        notes = [f"Without a picture: {reason}" for reason in absent]
        if wish.chosen.id == "html":
            write_text(_need(path), page)
            return _said(f"Wrote {path}.", notes)
        pdf = pdf_of(page, monitor)
        if wish.chosen.id == "pdf":
            write_bytes(_need(path), pdf)
            return _said(f"Wrote {path}.", notes)
        images = review.images.values()
        source = first_source(images, self._images.find)
        found = encapsulated_pdf(pdf, source, images, made, person is not None)
        return _said(self._keep(found, path), notes)

    def structured(self, wish: Wish, path: Path | None, monitor: Monitor) -> str:
        """A structured report, unverified; a second one of this session names the first.

        Raises `InvalidArgument` where an image's file is nowhere to be found or is no DICOM, and
        `MissingPackage` where template 1500 lacks highdicom.
        """
        template = Template(wish.chosen.id)
        review = self._study.need_review()
        contents = contents_of(review, wish.asks(Option.UNREVIEWED))
        used = [review.images[key] for key in dict.fromkeys(v.entry.image for v in contents.values)]
        sources = find_sources(used, self._images.find)
        about = str(next(iter(sources.values())).StudyInstanceUID), template
        signature = Signature(wish.asks(Option.COMPLETE))
        before = self._reported.get(about)
        with needed_for("A report with template 1500"):
            report = make_report(contents, sources, template, signature, before)
        said = self._keep(report, path)
        self._reported[about] = report
        count = len(contents.values)
        values = f"{count} value{'s' * (count != 1)} of calipers."
        left_out = [f"Not in it: {'; '.join(contents.left_out)}."] if contents.left_out else []
        return _said(f"{said} {values}", left_out)

    def fhir(self, wish: Wish, path: Path | None, monitor: Monitor) -> str:
        """A Bundle as JSON."""
        review, made = self._study.need_review(), datetime.now(timezone.utc)
        person = self._images.person() if wish.asks(Option.IDENTITY) else None
        open_, final = wish.asks(Option.UNREVIEWED), wish.asks(Option.COMPLETE)
        bundle = fhir_bundle(review, made, open_, final, person)
        write_json(_need(path), bundle)
        kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
        return f"Wrote {path}: {kinds.count('Observation')} observations."

    def _keep(self, found: FileDataset, path: Path | None) -> str:
        """Write a DICOM object to a file or, without one, into the database, which copies it."""
        database = self._database()
        if path is not None or database is None:
            write_study_object(_need(path), found)
            return f"Wrote {path}."
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "object.dcm"
            write_study_object(file, found)
            # A report has no thumbnail.
            database.insert(str(file), True, False)
        return "Stored in the DICOM database."


def _need(path: Path | None) -> Path:
    if path is None:
        raise InvalidState("Nothing says where to write.", "Choose a file.")
    return path


def _said(first: str, more: list[str]) -> str:
    return " ".join([first, *more])
