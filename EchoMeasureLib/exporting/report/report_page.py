"""A study as one page of HTML that needs nothing else: no script, no file, no network.

Everything on it is what a review says; nothing is computed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.report.html_text import Html, Part, element, listed
from EchoMeasureLib.exporting.report.report_parts import (
    grade_parts,
    names_of,
    origin_parts,
    picture_parts,
    trail_parts,
)
from EchoMeasureLib.exporting.report.shown_frames import ShownFrame
from EchoMeasureLib.exporting.report.value_tables import (
    absent_values,
    beats_left_out,
    doubt_list,
    value_tables,
)
from EchoMeasureLib.exporting.report.whole_page import whole_page
from EchoMeasureLib.exporting.study_files import StudyFiles
from EchoMeasureLib.imaging.named_person import NamedPerson
from EchoMeasureLib.inference.settings import set_warnings
from EchoMeasureLib.measuring.sheet import Sheet
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.session import Review

TITLE = "Echocardiographic measurements"


def report_page(
    study: StudyFiles,
    frames: Sequence[ShownFrame],
    made: datetime,
    person: NamedPerson | None = None,
) -> str:
    """The page. `made` is said on it; `person` only where the user asked for the identity."""
    review = study.review
    sheet = review.sheet()
    return whole_page(
        TITLE,
        element("header", _head(review, sheet, made, person)),
        element("main", _main(study, frames, sheet)),
        element("footer", element("p", element("strong", RESEARCH_USE_ONLY))),
    )


def _head(
    review: Review, sheet: Sheet, made: datetime, person: NamedPerson | None
) -> Iterator[Html]:
    yield element("h1", TITLE)
    yield element("p", RESEARCH_USE_ONLY, class_="notice")
    models = (entry.caliper.model for entry in review.entries.values())
    warnings = set_warnings(model.set for model in models if model is not None)
    for warning in (*warnings, *_unreviewed(review, sheet)):
        yield element("p", warning, class_="draft")
    yield element("dl", _facts(review, made, person))


def _unreviewed(review: Review, sheet: Sheet) -> Iterator[str]:
    there = [row for row in sheet.rows if row.text and not row.manual]
    waiting = sum(not row.reviewed for row in there)
    if waiting and waiting == len(there):
        yield "Draft: no person has reviewed any of these values."
    elif waiting:
        yield (
            f"Draft: no person stands behind {waiting} of the {len(there)} values. "
            "The last column says which."
        )


def _facts(review: Review, made: datetime, person: NamedPerson | None) -> Iterator[Html]:
    who = "nobody" if review.reviewer == NOBODY else review.reviewer
    statuses = Counter(entry.status for entry in review.entries.values())
    count = ", ".join(f"{statuses[one]} {one.value}" for one in Status if statuses[one])
    facts = [
        *(person.facts() if person is not None else ()),
        ("Person", _body(review.subject)),
        ("Examination", review.examination.text()),
        ("Reviewed by", who),
        ("Calipers", f"{len(review.entries)}: {count}" if count else "none"),
        ("Page made", f"{made:%Y-%m-%d %H:%M} UTC"),
    ]
    for name, text in facts:
        if text:
            yield element("dt", name)
            yield element("dd", text)


def _body(subject: Subject) -> str:
    known = subject.sex, subject.age, subject.height_cm, subject.weight_kg
    return subject.text() if any(known) else "sex, age, height and weight are not known"


def _main(study: StudyFiles, frames: Sequence[ShownFrame], sheet: Sheet) -> Iterator[Html]:
    review, files = study.review, study.files
    notes = listed(names_of(files, note) for note in study.notes)
    yield _part("What to know of the files", notes)
    yield _part("Look again", doubt_list(sheet))
    yield _part("Values", value_tables(sheet))
    yield _part("Grades", grade_parts(sheet.grades))
    yield _part("Values that are missing", absent_values(sheet))
    yield _part("Beats that do not count", beats_left_out(review))
    yield _part("Pictures", picture_parts(frames), _ON_PICTURES)
    yield _part("Audit trail", trail_parts(review, files))
    yield _part("Where this is from", origin_parts(review, files, sheet))


_ON_PICTURES = (
    "The fewest frames that show every measured value once. Shown are the calibrated regions; the "
    "rest of the screen is black. A number on a picture is of that one reading, in the tables it "
    "is the mean over beats. Frames are counted from 1."
)


def _part(title: str, content: Html, words: str = "") -> Html:
    if not content:
        return Html()
    lines: list[Part] = [element("p", words, class_="quiet")] if words else []
    return element("section", element("h2", title), lines, content)
