"""From a review to a structured report: choose a template, write one file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.structured_report.report_contents import ReportContents
from EchoMeasureLib.exporting.structured_report.report_document import (
    ADULT_ECHO,
    Signature,
    make_document,
)
from EchoMeasureLib.exporting.study_object import write_study_object


class Template(Choice):
    """Which template of DICOM PS3.16 a report follows."""

    ECHO = "5300"
    """Simplified Adult Echo SR, as echo laboratories exchange."""
    MEASUREMENTS = "1500"
    """Comprehensive SR, as viewers and research tools read."""


_CLASSES = {
    Template.ECHO: ADULT_ECHO,
    Template.MEASUREMENTS: "1.2.840.10008.5.1.4.1.1.88.33",
}


def make_report(
    contents: ReportContents,
    sources: Mapping[str, Dataset],
    template: Template,
    signature: Signature | None = None,
    previous: Dataset | None = None,
    now: datetime | None = None,
) -> FileDataset:
    """The report as a DICOM object.

    `sources` are the headers of all images that have values, by their keys (`find_sources`);
    `now` has a time zone. Raises `InvalidArgument` for a report that is signed though values of
    it have not been reviewed, or for a previous one of another study; `ModuleNotFoundError`
    where template 1500 lacks highdicom.
    """
    signed = signature or Signature()
    if signed.complete and contents.unreviewed:
        raise InvalidArgument(
            "A report with values that nobody has reviewed is not complete.",
            "Review them, or leave them out.",
        )
    used = dict.fromkeys(value.entry.image for value in contents.values)
    about = {key: sources[key] for key in used}
    root = _tree(contents, about, template)
    time = now or datetime.now().astimezone()
    return make_document(
        root, template.value, _CLASSES[template], about.values(), time, signed, previous
    )


def write_report(path: Path, report: FileDataset) -> None:
    """Write a report, whole or not at all. Raises `OutputProblem`."""
    write_study_object(path, report)


def _tree(contents: ReportContents, sources: Mapping[str, Dataset], template: Template) -> Dataset:
    if template is Template.MEASUREMENTS:
        from EchoMeasureLib.exporting.structured_report.tid_1500 import measurement_report

        return measurement_report(contents, sources)
    from EchoMeasureLib.exporting.structured_report.tid_5300 import echo_report

    return echo_report(contents, sources)
