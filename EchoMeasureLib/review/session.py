"""A review: every caliper of a study, what the reviewer did with it, and how to take it back.

Not for several threads: skins call it from their main thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeAlias

from EchoMeasureLib.catalog import Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.entries import (
    Action,
    AuditEvent,
    Entry,
    ReviewChange,
    Status,
    allowed_phases,
)
from EchoMeasureLib.review.history import EntryChange
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.ledger import Clock, Ledger, utc_now
from EchoMeasureLib.review.study import ReviewStudy

__all__ = ["Entry", "Place", "Review", "ReviewChange", "Status"]

SAME_POINT_PX = 1e-6
"""A point nearer than this to where it was has not been moved (skins convert coordinates)."""

Place: TypeAlias = Landmark | PixelPoint | tuple[float, float]
"""Where a point is put, in source pixels."""


class Review(ReviewStudy):
    """The calipers of one or more images of a study, in the hands of one reviewer.

    Images and calipers are known by keys and ids, both strings. Operations raise
    `InvalidArgument` for an unknown id or an impossible wish and `InvalidState` for
    a closed image, and then change nothing.

    >>> from EchoMeasureLib import read
    >>> review = Review(read("echo.dcm"), reviewer="AB")
    >>> entry = review.place("aorta", frame=0, points=[(629, 319), (689, 435)])
    >>> entry.status.value, f"{entry.caliper.value('aorta').value:.2f} cm"
    ('edited', '3.33 cm')
    >>> review.move(entry.id, [(629, 319), (689, 419)]).caliper.points[1].y
    419.0
    >>> review.undo()
    'move'
    >>> review.entry(entry.id).caliper.points[1].y
    435.0
    """

    def __init__(self, cine: Cine, reviewer: str, clock: Clock = utc_now) -> None:
        """Begin the review of `cine`; `reviewer` is a name or initials, and is saved."""
        self._begin(reviewer, clock, ())
        self._board.open(cine, ImageFacts.of(cine))

    @classmethod
    def resume(cls, images: Sequence[ImageFacts], layer: Layer, clock: Clock = utc_now) -> Review:
        """The review as a layer holds it. No image is open yet: see `add_cine`."""
        review = cls.__new__(cls)
        review._begin(layer.reviewer, clock, layer.audit)
        board = review._board
        board.images.update((facts.key, facts) for facts in images)
        for entry in layer.entries:
            board.apply(EntryChange(entry.id, None, entry))
        board.retire(event.entry for event in layer.audit if event.entry)
        board.subject = layer.subject
        board.hand_made.update(layer.calibrations)
        return review

    @classmethod
    def begin_from(
        cls, images: Sequence[ImageFacts], other: Layer, reviewer: str, clock: Clock = utc_now
    ) -> Review:
        """A fresh review of what another one is about: its predictions, none of its decisions.

        Calibration by hand and the subject are taken over. No image is open yet.
        """
        empty = Layer(reviewer, (), (), other.subject, other.calibrations)
        review = cls.resume(images, empty, clock)
        for entry in other.entries:
            if entry.predicted is not None:
                said = (entry.predicted, entry.predicted)
                new = Entry(entry.id, entry.image, *said, beats=entry.beats)
                review._take_prediction(None, new)
        return review

    def _begin(self, reviewer: str, clock: Clock, audit: Sequence[AuditEvent]) -> None:
        name = reviewer.strip()
        if not name:
            raise InvalidArgument("A review needs the name of its reviewer.", "Initials will do.")
        board = Board()
        super().__init__(name, board, Ledger(board, name, clock, audit))

    def preview(self, id: str, points: Sequence[Place]) -> Caliper:
        """The caliper as it would be with these points, for a label during a drag."""
        entry = self._board.find(id)
        return self._moved(entry, points)

    # Calipers

    def add_prediction(self, prediction: Prediction, image: str | None = None) -> Entry:
        """Take in what a network found. Not a step of the reviewer's, so undo passes over it.

        A prediction for a frame that has one already replaces it; a caliper that
        the reviewer has handled stays where it is and only its prediction changes.
        Where another beat was chosen, the beat nearest to it is taken.
        """
        key = self._key(image)
        cine = self._board.cine(key)
        caliper, beats = beat_by_beat(cine, prediction)
        beats = beats if len(beats) > 1 else ()
        old = self._predicted_on(key, caliper)
        if old is None:
            id = self._board.new_id(caliper.measurement, key, caliper.frame)
            new = Entry(id, key, caliper, caliper, beats=beats)
        elif old.status is Status.UNREVIEWED:
            new = old.renewed(caliper, beats)
        else:
            new = replace(old, predicted=caliper, beats=beats)
        self._take_prediction(old, new)
        return new

    def place(
        self,
        measurement: str,
        frame: int,
        points: Sequence[Place],
        image: str | None = None,
        phase: Phase | None = None,
    ) -> Entry:
        """A new caliper by hand. Its status is `edited`: the reviewer put it there."""
        key = self._key(image)
        caliper = measure(self._board.cine(key), measurement, _landmarks(points), frame)
        id = self._board.new_id(measurement, key, frame)
        entry = self._signed(Entry(id, key, None, caliper, phase=phase), Status.EDITED)
        changes = [EntryChange(id, None, entry), *self._displaced(entry)]
        self._ledger.commit(Action.PLACE, changes)
        return entry

    def move(self, id: str, points: Sequence[Place]) -> Entry:
        """Put the points of a caliper elsewhere: it becomes `edited`, whatever it was.

        An acceptance was given to another position, and falls. Skins keep an
        accepted caliper (`Entry.locked`) from being moved by accident; `reopen`
        unlocks it.
        """
        entry = self._board.find(id)
        caliper = self._moved(entry, points)
        if caliper == entry.caliper:
            return entry
        return self._change(Action.MOVE, self._signed(entry, Status.EDITED, caliper))

    def take_beat(self, id: str, beat: int) -> Entry:
        """Lay the caliper where the network found another beat; `beat` counts from 0, left first.

        It becomes unreviewed, whatever it was, as after `reset`, which goes back to the
        clearest beat. The reviewer says which beat counts, as `choose` says which frame,
        and not that its points are right: they are the network's, with its confidence,
        flags and provenance, and wait to be accepted or moved. An acceptance or a
        correction was of another position, and falls. The audit trail names the beat.
        """
        entry = self._board.find(id)
        count = len(entry.beats)
        if not 0 <= beat < count:
            found = f"{count} beats" if count else "no more than one beat"
            raise InvalidArgument(
                f"The caliper '{id}' has no beat {beat + 1}: the network found {found} there."
            )
        taken = replace(_unsigned(entry), caliper=entry.beats[beat])
        detail = f"beat {beat + 1} of {count}"
        return entry if taken == entry else self._change(Action.BEAT, taken, detail=detail)

    def adopt(self, id: str) -> Entry:
        """Take over the position as the reviewer's own, which lifts the network's doubts.

        Flags that come from the position or the image, such as `implausible`, stay.
        """
        entry = self._board.find(id)
        points = [Landmark(point.x, point.y) for point in entry.caliper.points]
        caliper = self._measured_at(entry, points)
        if caliper == entry.caliper and entry.status is Status.EDITED:
            return entry
        return self._change(Action.ADOPT, self._signed(entry, Status.EDITED, caliper))

    def accept(self, id: str) -> Entry:
        """Agree with the position as it is. Its flags stay, and keep it from what is derived."""
        entry = self._board.find(id)
        if entry.status is Status.ACCEPTED:
            return entry
        return self._change(Action.ACCEPT, self._signed(entry, Status.ACCEPTED))

    def reject(self, id: str, reason: str = "") -> Entry:
        """Say that the caliper is no good. It stays to be seen, and feeds nothing."""
        entry = self._board.find(id)
        if entry.status is Status.REJECTED and entry.reason == reason:
            return entry
        signed = replace(self._signed(entry, Status.REJECTED), reason=reason)
        return self._change(Action.REJECT, signed, reason)

    def reopen(self, id: str) -> Entry:
        """Take back an acceptance or a rejection; the position stays."""
        entry = self._board.find(id)
        if entry.status in (Status.UNREVIEWED, Status.EDITED):
            return entry
        if entry.caliper.origin is Origin.PREDICTED:
            return self._change(Action.REOPEN, _unsigned(entry))
        return self._change(Action.REOPEN, self._signed(entry, Status.EDITED))

    def reset(self, id: str) -> Entry:
        """Back to what the network said, unreviewed. Notes and the choice of phase stay."""
        entry = self._board.find(id)
        if entry.predicted is None:
            raise InvalidArgument(
                f"The caliper '{id}' was placed by hand; there is no prediction to go back to.",
                "Delete it instead.",
            )
        renewed = replace(_unsigned(entry), caliper=entry.predicted)
        return entry if renewed == entry else self._change(Action.RESET, renewed)

    def delete(self, id: str, reason: str = "") -> None:
        """Take a caliper out of the review; the audit trail keeps what it was."""
        change = EntryChange(id, self._board.find(id), None)
        self._ledger.commit(Action.DELETE, [change], why=reason)

    def note(self, id: str, text: str) -> Entry:
        """Replace the notes on a caliper."""
        entry = self._board.find(id)
        return (
            entry if entry.notes == text else self._change(Action.NOTE, replace(entry, notes=text))
        )

    def choose(self, id: str, phase: Phase | None, also: bool = False) -> Entry:
        """Say that this caliper counts for a phase (ED, ES, ...); None takes the choice back.

        It takes the place of the caliper chosen before; with `also` both count, and
        are averaged as two beats.
        """
        entry = self._board.find(id)
        chosen = replace(entry, phase=phase)
        displaced = self._displaced(chosen)
        changes = [EntryChange(id, entry, chosen)] if chosen != entry else []
        changes += [] if also else displaced
        if changes:
            self._ledger.commit(Action.CHOOSE, changes)
        return chosen

    # Taking back, several at once, following

    def undo(self) -> str:
        """Take back the last step; returns its name."""
        return self._ledger.undo().label

    def redo(self) -> str:
        """Do again what was undone last; returns its name."""
        return self._ledger.redo().label

    def step(self, label: str) -> AbstractContextManager[None]:
        """Several operations as one undo step, such as `with review.step("accept all"): ...`.

        Subscribers hear of it once, at the end. An error inside takes all of it back.
        """
        return self._ledger.step(label)

    def subscribe(self, callback: Callable[[ReviewChange], None]) -> Callable[[], None]:
        """Call back after every change, once all is consistent; returns what ends that."""
        return self._ledger.subscribe(callback)

    def _change(self, action: Action, entry: Entry, why: str = "", detail: str = "") -> Entry:
        change = EntryChange(entry.id, self._board.find(entry.id), entry)
        self._ledger.commit(action, [change], why=why, detail=detail)
        return entry

    def _take_prediction(self, old: Entry | None, new: Entry) -> None:
        model = new.predicted.model if new.predicted else None
        who = f"network {model.set} {model.file}" if model else "network"
        change = EntryChange(new.id, old, new)
        self._ledger.commit(Action.PREDICT, [change], who=who, undoable=False)

    def _signed(self, entry: Entry, status: Status, caliper: Caliper | None = None) -> Entry:
        return replace(
            entry,
            status=status,
            reviewer=self.reviewer,
            time=self._ledger.now(),
            reason="",
            caliper=caliper or entry.caliper,
        )

    def _displaced(self, chosen: Entry) -> list[EntryChange]:
        """What takes back the choices that `chosen` takes the place of."""
        if chosen.phase is None:
            return []
        allowed = allowed_phases(chosen.measurement)
        if chosen.phase not in allowed:
            words = " or ".join(phase.words for phase in allowed)
            raise InvalidArgument(f"{chosen.measurement} can be chosen for {words} only.")
        return [
            EntryChange(other.id, other, replace(other, phase=None))
            for other in self._board.of_measurement(chosen.measurement)
            if other.phase is chosen.phase and other.id != chosen.id
        ]

    def _moved(self, entry: Entry, points: Sequence[Place]) -> Caliper:
        """The caliper at these points; one that was not moved keeps what the network said of it."""
        olds = entry.caliper.points
        placed = _landmarks(points)
        if len(placed) == len(olds):
            placed = [
                old if math.dist(old.point, new.point) <= SAME_POINT_PX else new
                for old, new in zip(olds, placed, strict=True)
            ]
            if all(new is old for new, old in zip(placed, olds, strict=True)):
                return entry.caliper
        return self._measured_at(entry, placed)

    def _measured_at(self, entry: Entry, points: Sequence[Landmark]) -> Caliper:
        old = entry.caliper
        origin = Origin.MANUAL if old.origin is Origin.MANUAL else Origin.EDITED
        cine = self._board.cine(entry.image)
        return measure(cine, old.measurement, points, old.frame, origin, old.model)

    def _predicted_on(self, image: str, caliper: Caliper) -> Entry | None:
        for entry in self._board.on_frame(image, caliper.frame):
            if entry.measurement == caliper.measurement and entry.predicted is not None:
                return entry
        return None


def _landmarks(points: Sequence[Place]) -> list[Landmark]:
    """Points as put by hand: nothing that a network said of a place goes with them."""
    return [
        Landmark(float(point.x), float(point.y))
        if isinstance(point, Landmark)
        else Landmark(float(point[0]), float(point[1]))
        for point in points
    ]


def _unsigned(entry: Entry) -> Entry:
    return replace(entry, status=Status.UNREVIEWED, reviewer="", time="", reason="")
