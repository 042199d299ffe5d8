"""What a review has to say to other programs, whatever the template: values, answers, grades.

Nothing is computed here: values are those of the calipers, answers those that the review draws
from what counts, asked of the same functions with the values that nobody stands behind left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Output, Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.measurement_records import beat_numbers, meaning_of
from EchoMeasureLib.exporting.structured_report.report_codes import (
    CALCULATED,
    FORMULA_METHODS,
    FORMULA_TYPES,
    FROM_FILE,
    HEIGHT,
    MANUAL,
    MEASURED,
    WEIGHT,
    SrCode,
    given_code,
    own,
    value_code,
)
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.derived import Derived, derive
from EchoMeasureLib.measuring.examination import GIVEN
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS, SMALLEST_IVC
from EchoMeasureLib.measuring.grading.rules import Grade
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.measuring.sheet import make_sheet
from EchoMeasureLib.measuring.sheet_values import SHOWN_AS
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.session import Review

NOT_REVIEWED = "not reviewed"
"""Said of everything that no reviewer stands behind."""


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
class Answer:
    """One value of the whole study, with what it was made from."""

    uid: str
    id: str
    """Id of a formula, or under which formulae ask for a measured value."""
    name: str
    code: SrCode
    number: float
    unit: str
    inputs: tuple[str, ...]
    """UIDs of the values and answers it was made from; empty for a number given by hand."""
    kind: SrCode
    basis: str = ""
    """Such as "mean of 3 beats"."""
    n: int = 0
    """How many beats were averaged; 0 where beats do not come in."""
    site: str = ""
    """SNOMED CT code of the site, where the code does not say which it is."""
    method: SrCode | None = None
    reviewed: bool = True

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against it, each in words."""
        return () if self.reviewed else (NOT_REVIEWED,)


@dataclass(frozen=True, slots=True)
class ReportContents:
    """Everything that a report says."""

    reviewer: str
    subject: Subject
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
    sheet = make_sheet(stands, review.subject, review.examination, rhythms)
    derived = derive(stands, review.subject, review.examination, rhythms)
    answers = tuple(_answers(review, stands, derived))
    return ReportContents(
        review.reviewer,
        review.subject,
        tuple(values),
        answers,
        tuple((own(d.id, d.name), d.text) for d in derived if d.text and d.value is None),
        sheet.grades,
        (*_given_words(review), *(doubt.text for doubt in sheet.doubts)),
        tuple(absent),
    )


def tracking_uid(review: Review, *names: str) -> str:
    """A UID that is the same whenever this review says this, such as (entry, output)."""
    study = next(iter(review.images.values())).identity.study_instance_uid
    text = "\0".join((study or next(iter(review.images)), review.reviewer, *names))
    return named_uid(text)


def named_uid(name: str) -> str:
    """The UID that always goes with this name (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"


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
        beats.get(entry.id),
        entry.excluded if entry.left_out else "",
    )


def _answers(
    review: Review, measured: Mapping[str, Measured], derived: Sequence[Derived]
) -> Iterator[Answer]:
    """What was measured, as it counts; what was given by hand; what follows from both."""
    known: dict[str, str] = {}
    for answer in (
        *_measured_answers(review, measured),
        *_facts(review),
        *_given(review),
    ):
        known[answer.id] = answer.uid
        yield answer
    for item in derived:
        if item.value is None or item.manual or item.id in SHOWN_AS.values():
            continue
        yield Answer(
            tracking_uid(review, "derived", item.id),
            item.id,
            item.name,
            value_code(item.code, item.id, item.name, item.scheme),
            item.value,
            item.unit,
            tuple(known[id] for id in item.inputs if id in known),
            FORMULA_TYPES.get(item.id, CALCULATED),
            "; ".join(word for word in (item.basis, item.note) if word),
            item.n,
            item.site,
            FORMULA_METHODS.get(item.id),
            item.reviewed,
        )
        known[item.id] = tracking_uid(review, "derived", item.id)


def _measured_answers(review: Review, measured: Mapping[str, Measured]) -> Iterator[Answer]:
    for item in measured.values():
        output = OUTPUTS[item.id]
        code = "" if item.id == SMALLEST_IVC else output.loinc
        if item.value is None:
            continue
        yield Answer(
            tracking_uid(review, "measured", item.id),
            item.id,
            item.name,
            value_code(code, item.id, item.name),
            abs(item.value),
            item.unit,
            tuple(
                tracking_uid(review, review.entry(id).image, id, output.id) for id in item.entries
            ),
            MEASURED,
            item.basis,
            len(item.entries),
            reviewed=item.reviewed,
        )


def _facts(review: Review) -> Iterator[Answer]:
    subject = review.subject
    for id, code, number, unit in (
        ("height", HEIGHT, subject.height_cm, "cm"),
        ("weight", WEIGHT, subject.weight_kg, "kg"),
    ):
        if number is not None:
            uid = tracking_uid(review, "given", id)
            yield Answer(uid, id, code.meaning, code, number, unit, (), MANUAL)


def _given(review: Review) -> Iterator[Answer]:
    """Numbers of the examination: what the file gave was measured, the rest entered by hand."""
    examination = review.examination
    for row in GIVEN.values():
        number = getattr(examination, row.id)
        if number is not None:
            uid, code = tracking_uid(review, "given", row.id), given_code(row.id, row.name)
            by_file = row.id in examination.from_file
            kind, basis = (MEASURED, FROM_FILE) if by_file else (MANUAL, "")
            yield Answer(uid, row.id, row.name, code, number, row.unit, (), kind, basis)
