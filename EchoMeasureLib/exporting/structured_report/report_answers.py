"""What a report says beside single calipers: means, what was given, and what follows from both."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from EchoMeasureLib.exporting.structured_report.report_codes import (
    CALCULATED,
    FORMULA_METHODS,
    FORMULA_TYPES,
    FROM_FILE,
    HEART_RATE,
    HEIGHT,
    MANUAL,
    MEASURED,
    WEIGHT,
    SrCode,
    given_code,
    value_code,
)
from EchoMeasureLib.measuring.derived import Derived
from EchoMeasureLib.measuring.examination import GIVEN
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS, SMALLEST_IVC
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.measuring.output_rate import OutputRate
from EchoMeasureLib.measuring.sheet_values import SHOWN_AS
from EchoMeasureLib.review.session import Review

NOT_REVIEWED = "not reviewed"
"""Said of everything that no reviewer stands behind."""


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


def make_answers(
    review: Review,
    measured: Mapping[str, Measured],
    derived: Sequence[Derived],
    rate: OutputRate | None,
) -> Iterator[Answer]:
    """What was measured, as it counts; what was given by hand; what follows from both.

    `rate`: the heart rate of the cardiac output.
    """
    known: dict[str, str] = {}
    for answer in (
        *_measured_answers(review, measured),
        *_facts(review),
        *_given(review),
    ):
        known[answer.id] = answer.uid
        yield answer
    outputs = [item for item in derived if item.id == "co" and item.value is not None]
    if outputs and rate is not None and not rate.given:
        id, row, basis = "output_heart_rate", GIVEN["heart_rate"], rate.words
        uid = known[row.id] = tracking_uid(review, "derived", id)
        yield Answer(uid, id, row.name, HEART_RATE, rate.rate, row.unit, (), CALCULATED, basis)
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
            uid, field = tracking_uid(review, "given", id), f"{id}_{unit}"
            kind, basis = _giver(field in subject.from_file)
            yield Answer(uid, id, code.meaning, code, number, unit, (), kind, basis)


def _given(review: Review) -> Iterator[Answer]:
    """Numbers of the examination: what the file gave was measured, the rest entered by hand."""
    examination = review.examination
    for row in GIVEN.values():
        number = getattr(examination, row.id)
        if number is not None:
            uid, code = tracking_uid(review, "given", row.id), given_code(row.id, row.name)
            kind, basis = _giver(row.id in examination.from_file)
            yield Answer(uid, row.id, row.name, code, number, row.unit, (), kind, basis)


def _giver(by_file: bool) -> tuple[SrCode, str]:
    return (MEASURED, FROM_FILE) if by_file else (MANUAL, "")


def tracking_uid(review: Review, *names: str) -> str:
    """A UID that is the same whenever this review says this, such as (entry, output)."""
    study = next(iter(review.images.values())).identity.study_instance_uid
    text = "\0".join((study or next(iter(review.images)), review.reviewer, *names))
    return named_uid(text)


def named_uid(name: str) -> str:
    """The UID that always goes with this name (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"
