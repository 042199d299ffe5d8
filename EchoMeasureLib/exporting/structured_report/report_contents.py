"""What a review has to say to other programs, whatever the template: values, answers, grades.

Nothing is computed here: values are those of the calipers, answers those that the review draws
from what counts, asked of the same functions with the values that nobody stands behind left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Output, Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.measurement_records import beat_numbers, meaning_of
from EchoMeasureLib.exporting.structured_report.report_answers import (
    NOT_REVIEWED,
    Answer,
    make_answers,
    tracking_uid,
)
from EchoMeasureLib.exporting.structured_report.report_codes import (
    SrCode,
    own,
    value_code,
)
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.derived import derive
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.grading.rules import Grade
from EchoMeasureLib.measuring.output_rate import find_output_rate
from EchoMeasureLib.measuring.sheet import make_sheet
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.images import file_beats
from EchoMeasureLib.review.session import Review


@dataclass(frozen=True, slots=True)
class ReportedValue:
    """One number of one caliper."""

    uid: str
    """The same in every report of this review, also after a correction."""
    entry: Entry
    value: Value
    output: Output
    label: str
    """What it is called on its frame, such as "LVIDd"."""
    code: SrCode
    phase: Phase | None
    beat: int | None
    """None too where it is of a breath."""
    not_counted: str
    """Why it feeds no mean; empty where it does."""

    @property
    def number(self) -> float:
        """The size in the unit of the output; the side of the baseline is no part of it."""
        return abs(self.value.value or 0.0)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against it, each in words."""
        open_ = (NOT_REVIEWED,) if not self.entry.reviewed else ()
        return (*open_, *(flag.words for flag in self.value.flags))

    @property
    def previous(self) -> tuple[Caliper, Value] | None:
        """What the network had said, where the reviewer put it elsewhere."""
        predicted, caliper = self.entry.predicted, self.entry.caliper
        if predicted is None or not caliper.origin.by_hand:
            return None
        value = predicted.value(self.value.id)
        return (predicted, value) if value.value is not None else None


@dataclass(frozen=True, slots=True)
class ReportContents:
    """Everything that a report says."""

    reviewer: str
    subject: Subject
    examination: Examination
    values: tuple[ReportedValue, ...]
    answers: tuple[Answer, ...]
    classes: tuple[tuple[SrCode, str], ...]
    """What is no number, such as the geometry of the left ventricle, in words."""
    grades: tuple[Grade, ...]
    remarks: tuple[str, ...]
    """Sentences to be read beside the values."""
    left_out: tuple[str, ...]
    """What the user should know is not in the report, and why."""

    @property
    def unreviewed(self) -> bool:
        """Whether anything is in it that nobody stands behind."""
        return any(not value.entry.reviewed for value in self.values)


def contents_of(review: Review, include_unreviewed: bool = False) -> ReportContents:
    """What this review has to say; of unreviewed calipers only when asked.

    Rejected calipers and those without a number are left out. Raises `InvalidArgument` when
    nothing is left.
    """
    values, absent = _values(review, include_unreviewed)
    measured = review.measured()
    there = {value.entry.id for value in values}
    stands = {
        id: found
        for id, found in measured.items()
        if found.value is not None and set(found.entries) <= there
    }
    missing = [m.name for id, m in measured.items() if m.value is not None and id not in stands]
    if missing:
        absent += [f"{', '.join(missing)}: not every beat that counts has been reviewed"]
    if not values:
        advice = (
            "Place a caliper that gives a number first."
            if include_unreviewed
            else "Accept or edit calipers first, or ask for unreviewed ones with "
            "--include-unreviewed."
        )
        raise InvalidArgument(
            f"There is nothing to report: {'; '.join(absent) or 'the review has no calipers'}.",
            advice,
        )
    rhythms = [review.beats(image).rhythm for image in review.images]
    said = file_beats(review.images)
    known = stands, review.subject, review.examination, rhythms
    sheet, derived = make_sheet(*known, file_beats=said), derive(*known, said)
    rate = find_output_rate(stands, review.examination, rhythms, said)
    answers = tuple(make_answers(review, stands, derived, rate))
    return ReportContents(
        review.reviewer,
        review.subject,
        review.examination,
        tuple(values),
        answers,
        tuple((own(d.id, d.name), d.text) for d in derived if d.text and d.value is None),
        sheet.grades,
        (*_given_words(review), *(doubt.text for doubt in sheet.doubts)),
        tuple(absent),
    )


def _given_words(review: Review) -> Iterator[str]:
    """What the reader or the files said of the examination: grades rest on it."""
    if words := review.examination.text():
        yield f"Examination: {words}"


def _values(review: Review, include: bool) -> tuple[list[ReportedValue], list[str]]:
    found: list[ReportedValue] = []
    absent: dict[str, int] = {}
    beats = beat_numbers(review)
    for entry in review.entries.values():
        if entry.status is Status.REJECTED:
            continue
        if not entry.reviewed and not include:
            absent["not reviewed"] = absent.get("not reviewed", 0) + 1
            continue
        numbers = [value for value in entry.caliper.values if value.value is not None]
        if not numbers:
            absent["without a number"] = absent.get("without a number", 0) + 1
        found += [_value(review, entry, value, beats) for value in numbers]
    words = [f"{n} caliper{'s' * (n > 1)} {why}" for why, n in absent.items()]
    return found, words


def _value(review: Review, entry: Entry, value: Value, beats: Mapping[str, int]) -> ReportedValue:
    row = CATALOG[entry.measurement]
    meaning = meaning_of(entry.caliper, value, review.phase_of(entry))
    return ReportedValue(
        tracking_uid(review, entry.image, entry.id, value.id),
        entry,
        value,
        row.output(value.id, meaning.phase),
        meaning.label,
        value_code(meaning.code, value.id, meaning.label),
        meaning.phase,
        # There is no code for the number of a breath.
        None if row.outputs[0].phase.of_breath else beats.get(entry.id),
        entry.excluded if entry.left_out else "",
    )
