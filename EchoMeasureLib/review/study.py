"""The images of a review, their calibration, and what is known of the person."""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib import __version__
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import Action
from EchoMeasureLib.review.history import CalibrationChange, EntryChange, SubjectChange
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.view import ReviewView


class ReviewStudy(ReviewView):
    """The part of `Review` that is about more than one caliper."""

    def add_cine(self, cine: Cine) -> str:
        """Add another image of the same study, or open one that the review knows already.

        Returns its key. Numbers are computed anew when a known image is opened.
        """
        facts = ImageFacts.of(cine)
        known = self._board.images.get(facts.key)
        if known is None:
            self._check_study(facts)
            self._board.open(cine, facts)
            self._ledger.record(Action.ADD_IMAGE, facts.key)
            return facts.key
        if facts.frame_count != known.frame_count or facts.size != known.size:
            raise InvalidArgument(
                f"Image {facts.key} has {facts.frame_count} frame(s) of {facts.size}; "
                f"the review knows it with {known.frame_count} of {known.size}."
            )
        self._board.open(cine, facts)
        changes = [
            EntryChange(entry.id, entry, self._board.remeasured(entry))
            for entry in self._board.entries.values()
            if entry.image == facts.key
        ]
        changes = [change for change in changes if change.before != change.after]
        if changes:
            detail = f"numbers as EchoMeasure {__version__} computes them"
            self._ledger.commit(Action.REMEASURE, changes, detail=detail, undoable=False)
        return facts.key

    def calibrate(
        self, regions: Sequence[Region], image: str | None = None, reason: str = ""
    ) -> None:
        """Give an image other regions, such as one measured by hand; its numbers follow."""
        key = self._key(image)
        change = CalibrationChange(key, self._board.cine(key).regions, tuple(regions))
        if change.before != change.after:
            self._ledger.commit(Action.CALIBRATE, [change], why=reason)

    def describe(self, subject: Subject) -> None:
        """Say what is known of the person: sex, size, right atrial pressure."""
        if subject != self.subject:
            change = SubjectChange(self.subject, subject)
            self._ledger.commit(Action.DESCRIBE, [change])

    def _check_study(self, facts: ImageFacts) -> None:
        study = facts.identity.study_instance_uid
        for other in self._board.images.values():
            known = other.identity.study_instance_uid
            if study and known and study != known:
                raise InvalidArgument(
                    f"The image belongs to study {study}; the review is of study {known}.",
                    "Begin another review for it.",
                )
