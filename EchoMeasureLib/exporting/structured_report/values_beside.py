"""A report of somebody else beside a review: the same values, and how far they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.structured_report.report_tree import ReportTree
from EchoMeasureLib.exporting.structured_report.their_codes import KNOWN_NAMES
from EchoMeasureLib.exporting.structured_report.their_values import TheirAnswer
from EchoMeasureLib.measuring.sections import SECTIONS
from EchoMeasureLib.measuring.sheet_values import unit_of
from EchoMeasureLib.review.images import are_of_one_patient
from EchoMeasureLib.review.session import Review


@dataclass(frozen=True, slots=True)
class BesideRow:
    """One value as both have it."""

    id: str
    name: str
    unit: str
    """Of both numbers, UCUM."""
    ours: float | None
    """Size, as it counts in the review; None where it has none."""
    reviewed: bool
    """Whether the reviewer stands behind ours."""
    theirs: TheirAnswer | None
    """None where their report does not have it."""

    @property
    def difference(self) -> float | None:
        """Theirs minus ours."""
        if self.ours is None or self.theirs is None or self.theirs.number is None:
            return None
        return self.theirs.number - self.ours

    @property
    def percent(self) -> float | None:
        """The difference by the mean of both, in per cent."""
        if self.difference is None or self.ours is None or not self.ours + self.difference / 2:
            return None
        return 100 * self.difference / (self.ours + self.difference / 2)


def beside(review: Review | None, answers: Sequence[TheirAnswer]) -> tuple[BesideRow, ...]:
    """A row for each value that either has, in the order of the sheet."""
    rows = review.sheet().rows if review is not None else ()
    ours = {row.id: abs(row.value) for row in rows if row.value is not None}
    reviewed = {row.id for row in rows if row.reviewed}
    theirs = {answer.id: answer for answer in answers}
    return tuple(
        BesideRow(id, KNOWN_NAMES[id], unit_of(id), ours.get(id), id in reviewed, theirs.get(id))
        for id in SECTIONS
        if id in KNOWN_NAMES and (id in ours or id in theirs)
    )


def check_same_study(review: Review, tree: ReportTree) -> None:
    """Raises `InvalidArgument` for a report that is of another study or patient."""
    for facts in review.images.values():
        study = facts.identity.study_instance_uid
        if study and tree.study and study != tree.study:
            raise InvalidArgument(
                f"The report is of study {tree.study}, the review of study {study}.",
                "Compare what is of one study.",
            )
        there = replace(facts, identity=replace(facts.identity, patient=tree.patient))
        if not are_of_one_patient((facts, there)):
            raise InvalidArgument(
                "The report is of another patient than the review: its study has the same UID, "
                "but the patient ID or the birth date differs."
            )


def whose_words(review: Review, tree: ReportTree) -> str:
    """What nobody can tell about whose a report is; empty where it names the review's study."""
    if not tree.study:
        return "The report does not say of which study it is: see for yourself whose it is."
    if not any(facts.identity.study_instance_uid for facts in review.images.values()):
        return "The images do not say of which study they are: see for yourself whose they are."
    return ""
