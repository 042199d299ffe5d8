"""The images that a review is about: opened, known again, calibrated by hand."""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib import __version__
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.file_facts import completed
from EchoMeasureLib.review import entering
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.entries import Action
from EchoMeasureLib.review.history import (
    CalibrationChange,
    Change,
    EntryChange,
    ExaminationChange,
    SubjectChange,
)
from EchoMeasureLib.review.images import ImageFacts, are_of_one_patient
from EchoMeasureLib.review.ledger import Ledger


class ReviewedImages:
    """Images of one study on a board, changed through its ledger."""

    def __init__(self, board: Board, ledger: Ledger) -> None:
        self._board = board
        self._ledger = ledger

    def key(self, image: str | None) -> str:
        """The key of the image that is meant: the first one where none is named."""
        return next(iter(self._board.images)) if image is None else entering.text(image, "image")

    def add(self, cine: Cine) -> str:
        """Add an image of the same study, or open one that is known already; returns its key.

        Numbers are computed anew when a known image is opened. Raises `InvalidArgument` for
        an image of another study or patient, and for one that is not as it is known.
        """
        facts = entering.facts(cine)
        known = self._board.images.get(facts.key)
        self._check_patient(facts)
        if known is None:
            self._check_study(facts)
            self._board.open(cine, facts)
            self._ledger.record(Action.ADD_IMAGE, facts.key)
            self.take_facts(facts.key)
            return facts.key
        if facts.frame_count != known.frame_count or facts.size != known.size:
            raise InvalidArgument(
                f"Image {facts.key} has {facts.frame_count} frame(s) of {facts.size}; "
                f"the review knows it with {known.frame_count} of {known.size}."
            )
        self._board.open(cine, facts)
        self._remeasure(facts.key)
        self._ledger.settle(Action.REMEASURE)
        self.take_facts(facts.key)
        return facts.key

    def take_facts(self, image: str) -> None:
        """What the file of an open image says of the person, where nothing is known.

        Signed by the file, not by a person, and no step to undo. Once the reader has described
        the person, or given anything of the examination, no file adds to that.
        """
        board, facts = self._board, self._board.cine(image).subject
        done = {event.action for event in self._ledger.audit}
        changes: list[Change] = []
        if Action.DESCRIBE not in done:
            changes.append(SubjectChange(board.subject, completed(board.subject, facts)))
        if Action.EXAMINE not in done:
            given = board.examination
            changes.append(ExaminationChange(given, completed(given, facts)))
        changes = [change for change in changes if change.before != change.after]
        if changes:
            self._ledger.commit(
                Action.FROM_FILE, changes, detail=f"image {image}", who="file", undoable=False
            )

    def calibrate(self, image: str, regions: Sequence[Region], reason: str) -> None:
        """Give an open image other regions; its numbers follow."""
        change = CalibrationChange(image, self._board.cine(image).regions, tuple(regions))
        if change.before != change.after:
            self._ledger.commit(Action.CALIBRATE, [change], why=reason)

    def _remeasure(self, image: str) -> None:
        changes = [
            EntryChange(entry.id, entry, self._board.remeasured(entry))
            for entry in self._board.entries.values()
            if entry.image == image
        ]
        changes = [change for change in changes if change.before != change.after]
        if changes:
            detail = f"numbers as EchoMeasure {__version__} computes them"
            self._ledger.commit(Action.REMEASURE, changes, detail=detail, undoable=False)

    def _check_patient(self, facts: ImageFacts) -> None:
        if not are_of_one_patient((*self._board.images.values(), facts)):
            raise InvalidArgument(
                "The image is of another patient than the review: its study has the same UID, "
                "but the patient ID or the birth date differs.",
                "Begin another review for it, and have the archive put right.",
            )

    def _check_study(self, facts: ImageFacts) -> None:
        study = facts.identity.study_instance_uid
        for other in self._board.images.values():
            known = other.identity.study_instance_uid
            if study and known and study != known:
                raise InvalidArgument(
                    f"The image belongs to study {study}; the review is of study {known}.",
                    "Begin another review for it.",
                )
