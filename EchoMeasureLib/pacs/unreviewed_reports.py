"""Reports of what nobody has reviewed, for a service that was told to send them.

They say of themselves that they are partial, unverified and not reviewed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.structured_report.report_contents import contents_of
from EchoMeasureLib.exporting.structured_report.report_document import read_previous
from EchoMeasureLib.exporting.structured_report.report_writing import (
    Template,
    make_report,
    write_report,
)
from EchoMeasureLib.exporting.structured_report.source_images import find_sources
from EchoMeasureLib.review.document import read_document, resume_closed
from EchoMeasureLib.review.image_files import found_images


def is_reviewed(review: Path) -> bool:
    """Whether a person has worked on it: then reports are that person's. Raises as reading it."""
    return any(reviewer != NOBODY for reviewer in read_document(review).layers)


def write_reports(review: Path, templates: Sequence[str], before: Sequence[str]) -> list[Path]:
    """The reports of a review beside it, each written once; `before` are names of earlier ones.

    A new one names the one that it takes the place of. Raises `InvalidArgument` where there is
    nothing to report, `UnreadableFile`, `OutputProblem`, and `MissingPackage` without highdicom.
    """
    folder = review.parent
    contents = contents_of(resume_closed(read_document(review), NOBODY), include_unreviewed=True)
    images = {value.entry.image: None for value in contents.values}
    written = []
    for template in map(Template, templates):
        earlier = [name for name in before if name.startswith(_start(template))]
        path = folder / f"{_start(template)}{len(earlier) + 1}.dcm"
        if not path.exists():
            state = read_document(review)
            sources = find_sources(
                [state.images[key] for key in images],
                lambda keys: found_images(keys, [], [folder]),
            )
            previous = read_previous(folder / earlier[-1]) if earlier else None
            write_report(path, make_report(contents, sources, template, previous=previous))
        written.append(path)
    return written


def _start(template: Template) -> str:
    return f"echomeasure-report-{template}-"
