"""Structured reports of the open study, stored in Slicer's DICOM database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.errors import InvalidState, needed_for
from EchoMeasureLib.exporting.structured_report.report_contents import contents_of
from EchoMeasureLib.exporting.structured_report.report_writing import (
    Template,
    make_report,
    write_report,
)
from EchoMeasureLib.exporting.structured_report.source_images import find_sources

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.mrml.volumes import Database


class Reports:
    """Writes what the reviewer stands behind, as reports that are partial and unverified."""

    def __init__(self, study: OpenStudy, database: Callable[[], Database | None]) -> None:
        self._study = study
        self._database = database
        self._stored: dict[tuple[str, Template], Dataset] = {}

    @property
    def obstacle(self) -> str:
        """Why no report can be stored now; empty when one can."""
        if self._study.review is None or not any(
            entry.reviewed for entry in self._study.review.entries.values()
        ):
            return "Accept or edit calipers first."
        return "" if self._database() is not None else "Slicer's DICOM database is not open."

    def store(self, template: Template) -> str:
        """Store a report of all images of the review; what was stored and what not, in words.

        A second one of this session names the first as its predecessor. Raises `InvalidState`
        without a database, `InvalidArgument` where an image's file is nowhere to be found or is
        no DICOM, and `MissingPackage` where template 1500 lacks highdicom.
        """
        if self.obstacle:
            raise InvalidState(self.obstacle)
        database = self._database()
        assert database is not None, "there is no obstacle"
        review = self._study.need_review()
        contents = contents_of(review)
        used = [review.images[key] for key in dict.fromkeys(v.entry.image for v in contents.values)]
        known = [Path(name) for facts in used if (name := database.fileForInstance(facts.key))]
        open_file = self._study.need_cine().path
        files = [*known, *([open_file] if open_file is not None else [])]
        sources = find_sources(used, files, dict.fromkeys(file.parent for file in files))
        about = str(next(iter(sources.values())).StudyInstanceUID), template
        with needed_for("A report with template 1500"):
            report = make_report(contents, sources, template, previous=self._stored.get(about))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.dcm"
            write_report(path, report)
            # The database copies it; a report has no thumbnail.
            database.insert(str(path), True, False)
        self._stored[about] = report
        count = len(contents.values)
        left_out = f" Not in it: {'; '.join(contents.left_out)}." if contents.left_out else ""
        return f"Stored in the DICOM database: {count} value{'s' * (count != 1)}.{left_out}"
