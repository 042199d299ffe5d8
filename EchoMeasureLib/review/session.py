"""A review: every caliper of a study, what the reviewer did with it, and how to take it back.

Not for several threads: skins call it from their main thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.prediction import NETWORK, Prediction
from EchoMeasureLib.measuring.calipers import Caliper, measure
from EchoMeasureLib.measuring.envelope.snapping import Snap, find_snaps
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.file_facts import only_from_file, still_from_file
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review import entering
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.entries import Action, Entry, ReviewChange, Status
from EchoMeasureLib.review.history import EntryChange, ExaminationChange, MarksChange, SubjectChange
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.ledger import Clock, Ledger, utc_now
from EchoMeasureLib.review.marks import remarked
from EchoMeasureLib.review.positions import Place, as_landmarks, measured_at, put_at
from EchoMeasureLib.review.predictions import as_before, taken_in
from EchoMeasureLib.review.review_state import ReviewState
from EchoMeasureLib.review.snapped import BACK, SNAPPED, before_snapping, peaks
from EchoMeasureLib.review.transitions import (
    accepted,
    adopted,
    chosen_for,
    counting,
    displaced,
    left_out,
    moved,
    noted,
    rejected,
    reopened,
    reset,
    signed,
)


class Review(ReviewState):
    """The calipers of one or more images of a study, in the hands of one reviewer.

    Images and calipers are known by keys and ids, both strings. Points are source pixels,
    (0, 0) at the centre of the top-left one. Operations raise `InvalidArgument` for an
    unknown id or an impossible wish and `InvalidState` for a closed image, and then change
    nothing.

    It is made of a board (what is), a ledger (how it changes, and the audit trail), the
    images, and the conclusions that follow from the entries.

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
        """Begin the review of `cine`; `reviewer` is a name or initials, and is saved.

        What the file says of the person is taken, in the file's name.
        """
        board, facts = Board(), entering.facts(cine)
        self._consist_of(board, Ledger(board, reviewer, clock))
        board.open(cine, facts)
        self._images.take_facts(facts.key)

    @classmethod
    def resume(cls, images: Sequence[ImageFacts], layer: Layer, clock: Clock = utc_now) -> Review:
        """The review as a layer holds it. No image is open yet: see `add_cine`.

        Raises `InvalidArgument` for a reviewer without a name.
        """
        review, board = cls.__new__(cls), Board.of(images, layer)
        review._consist_of(board, Ledger(board, layer.reviewer, clock, layer.audit))
        return review

    @classmethod
    def begin_from(
        cls, images: Sequence[ImageFacts], other: Layer, reviewer: str, clock: Clock = utc_now
    ) -> Review:
        """A fresh review of what another one is about: its predictions, none of its decisions.

        Calibration by hand and the subject are taken over, and of the examination what the file
        gave, but no number that another reader gave. No image is open yet.
        """
        said = only_from_file(other.examination)
        empty = Layer(reviewer, (), (), other.subject, said, calibrations=other.calibrations)
        review = cls.resume(images, empty, clock)
        for entry in other.entries:
            if entry.predicted is not None:
                there = entry.predicted
                new = Entry(entry.id, entry.image, there, there, second=entry.second)
                review._take_in([EntryChange(entry.id, None, new)], there)
        return review

    # The study

    def add_cine(self, cine: Cine) -> str:
        """Add another image of the same study, or open one that the review knows already.

        Returns its key. Numbers are computed anew when a known image is opened. Raises
        `InvalidArgument` for an image of another study, or one that is not as it is known.
        """
        return self._images.add(cine)

    def calibrate(
        self, regions: Sequence[Region], image: str | None = None, reason: str = ""
    ) -> None:
        """Give an image other regions, such as one measured by hand; its numbers follow."""
        given, why = entering.regions(regions), entering.text(reason, "reason")
        self._images.calibrate(self._images.key(image), given, why)

    def describe(self, subject: Subject) -> None:
        """Say what is known of the person: sex, size, age."""
        known = still_from_file(self.subject, entering.subject(subject))
        if known != self.subject:
            self._ledger.commit(Action.DESCRIBE, [SubjectChange(self.subject, known)])

    def examine(self, examination: Examination) -> None:
        """Add what was not measured in an image: rhythm, pressures, values of other methods."""
        given = still_from_file(self.examination, entering.examination(examination))
        if given != self.examination:
            self._ledger.commit(Action.EXAMINE, [ExaminationChange(self.examination, given)])

    def mark(self, frame: int, phase: Phase, image: str | None = None) -> bool:
        """Say that this frame is the ED or ES of the beat it lies in; again, to take it back.

        It takes the place of what was found there, and needs no caliper. Returns whether it is
        marked now. Raises `InvalidArgument` for another phase, or a frame that is not there.
        """
        facts = self._board.facts(self._images.key(image))
        mark = entering.mark(frame, phase, facts.frame_count)
        before = self._board.marks.get(facts.key, frozenset())
        after = remarked(self._conclusions.found_beats(facts.key), before, mark, facts.times)
        self._ledger.commit(Action.MARK, [MarksChange(facts.key, before, after)])
        return mark in after

    # Calipers

    def add_prediction(self, prediction: Prediction, image: str | None = None) -> Entry:
        """Take in what a network found. Not a step of the reviewer's, so undo passes over it.

        On a strip every beat becomes an entry; returns that of the clearest one. A prediction for
        a frame that has one already replaces it: beats are the same where they are nearest in
        time, and those that are no longer found go away. A caliper that the reviewer has handled
        stays where it is and only its prediction changes. What was said before changes nothing.
        Raises as `measure`.
        """
        key = self._images.key(image)
        said = entering.prediction(prediction)
        if (old := as_before(self._board, key, said)) is not None:
            return old
        clearest, beats = beat_by_beat(self._board.cine(key), said)
        changes, id = taken_in(self._board, key, clearest, beats)
        self._take_in(changes, clearest)
        return self._board.find(id)

    def add_predictions(
        self, predictions: Iterable[Prediction], image: str | None = None
    ) -> tuple[Entry, ...]:
        """As `add_prediction` for each, compared with each other once, when all are in.

        Subscribers hear of them once.
        """
        key = self._images.key(image)
        with self._ledger.gathered(Action.PREDICT):
            ids = [self.add_prediction(prediction, key).id for prediction in predictions]
        return tuple(self._board.find(id) for id in dict.fromkeys(ids))

    def preview(self, id: str, points: Sequence[Place]) -> Caliper:
        """The caliper as it would be with these points, for a label during a drag."""
        return self._moved(self._board.find(id), points)

    def place(
        self,
        measurement: str,
        frame: int,
        points: Sequence[Place],
        image: str | None = None,
        phase: Phase | None = None,
    ) -> Entry:
        """A new caliper by hand. Its status is `edited`: the reviewer put it there.

        `points` in the order of the catalog; `frame` counts from 0. Raises as `measure`, and
        `InvalidArgument` for a phase in which this is not measured.
        """
        key = self._images.key(image)
        row = definition(entering.text(measurement, "measurement"))
        frame, placed = entering.whole(frame, "frame"), as_landmarks(points)
        caliper = measure(self._board.cine(key), row, placed, frame)
        id = self._board.new_id(row.id, key, frame)
        new = chosen_for(Entry(id, key, None, caliper), entering.phase(phase))
        entry = signed(new, Status.EDITED, self._ledger.sign())
        self._ledger.commit(Action.PLACE, [EntryChange(id, None, entry), *self._displacing(entry)])
        return self._board.find(id)

    def move(self, id: str, points: Sequence[Place]) -> Entry:
        """Put the points of a caliper elsewhere: it becomes `edited`, whatever it was.

        An acceptance was given to another position, and falls. Skins keep an
        accepted caliper (`Entry.locked`) from being moved by accident; `reopen`
        unlocks it.
        """
        entry = self._board.find(id)
        caliper = self._moved(entry, points)
        return self._change(Action.MOVE, moved(entry, caliper, self._ledger.sign()))

    def find_snaps(self, id: str) -> tuple[Snap, ...]:
        """Where `snap` would put each point of a caliper, and why one would stay.

        Raises `UnreadableFile` for a frame that cannot be seen.
        """
        entry = self._board.find(id)
        return find_snaps(self._board.cine(entry.image), entry.caliper)

    def snap(self, id: str) -> Entry:
        """Put the points of a Doppler caliper on the peaks of the waves they lie on; again, back.

        It becomes `edited`, as by `move`. A point whose wave is not seen clearly stays. Raises
        `InvalidState` with the reason where all do, and `UnreadableFile` as `find_snaps`.
        """
        entry = self._board.find(id)
        was = before_snapping(entry, self._ledger.audit)
        if was is None:
            caliper = self._moved(entry, peaks(entry.caliper, self.find_snaps(id)))
            new = moved(entry, caliper, self._ledger.sign())
            return self._change(Action.SNAP, new, detail=SNAPPED)
        if was.status is Status.UNREVIEWED and entry.predicted is not None:
            return self._change(Action.RESET, reset(entry), detail=BACK)
        back = moved(entry, self._moved(entry, was.points), self._ledger.sign())
        return self._change(Action.MOVE, back, detail=BACK)

    def adopt(self, id: str) -> Entry:
        """Take over the position as the reviewer's own, which lifts doubts.

        Those of the network, and what other frames and calipers say against it (`flags.BESIDE`):
        then it counts as accepted too. Flags that come from the position or the image, such as
        `implausible`, stay.
        """
        entry = self._board.find(id)
        points = as_landmarks(entry.caliper.points)
        caliper = measured_at(self._board.cine(entry.image), entry.caliper, points)
        return self._change(Action.ADOPT, adopted(entry, caliper, self._ledger.sign()))

    def accept(self, id: str) -> Entry:
        """Agree with the position as it is.

        Flags stay, and keep it from what is derived; but other frames and calipers say nothing
        against a point that was put by hand and then accepted.
        """
        return self._change(Action.ACCEPT, accepted(self._board.find(id), self._ledger.sign()))

    def reject(self, id: str, reason: str = "") -> Entry:
        """Say that the caliper is no good. It stays to be seen, and feeds nothing."""
        reason = entering.text(reason, "reason")
        entry = rejected(self._board.find(id), reason, self._ledger.sign())
        return self._change(Action.REJECT, entry, reason)

    def reopen(self, id: str) -> Entry:
        """Take back an acceptance or a rejection; the position stays."""
        return self._change(Action.REOPEN, reopened(self._board.find(id), self._ledger.sign()))

    def reset(self, id: str) -> Entry:
        """Back to what the network said, unreviewed. Notes and the choice of phase stay.

        Raises `InvalidArgument` for a caliper that was placed by hand.
        """
        return self._change(Action.RESET, reset(self._board.find(id)))

    def delete(self, id: str, reason: str = "") -> None:
        """Take a caliper out of the review; the audit trail keeps what it was."""
        entry, why = self._board.find(id), entering.text(reason, "reason")
        self._ledger.commit(Action.DELETE, [EntryChange(entry.id, entry, None)], why=why)

    def note(self, id: str, text: str) -> Entry:
        """Replace the notes on a caliper."""
        return self._change(Action.NOTE, noted(self._board.find(id), entering.text(text, "note")))

    def choose(self, id: str, phase: Phase | None, also: bool = False) -> Entry:
        """Say that this caliper counts for a phase (ED, ES, ...); None takes the choice back.

        It takes the place of the caliper chosen before; with `also` both count, and are averaged as
        two beats. Raises `InvalidArgument` for a phase in which this is not measured.
        """
        entry = self._board.find(id)
        chosen = chosen_for(entry, entering.phase(phase))
        changes = [EntryChange(entry.id, entry, chosen)] if chosen != entry else []
        changes += [] if also else self._displacing(chosen)
        if changes:
            self._ledger.commit(Action.CHOOSE, changes)
        return self._board.find(id)

    def leave_out(self, id: str, reason: str = "") -> Entry:
        """Let a caliper, such as a beat of a strip, count for nothing. Its status stays."""
        why = entering.text(reason, "reason")
        entry = left_out(self._board.find(id), why)
        return self._change(Action.LEAVE_OUT, entry, why)

    def count(self, id: str) -> Entry:
        """Let a caliper that was left out count again."""
        return self._change(Action.COUNT, counting(self._board.find(id)))

    # Taking back, several at once, following

    def undo(self) -> str:
        """Take back the last step; returns its name. Raises `InvalidState` without any."""
        return self._ledger.undo().label

    def redo(self) -> str:
        """Do again what was undone last; returns its name. Raises `InvalidState` without any."""
        return self._ledger.redo().label

    def step(self, label: str) -> AbstractContextManager[None]:
        """Several operations as one undo step, such as `with review.step("accept all"): ...`.

        Subscribers hear of it once, at the end. An error inside takes all of it back.
        """
        return self._ledger.step(entering.text(label, "label"))

    def subscribe(self, callback: Callable[[ReviewChange], None]) -> Callable[[], None]:
        """Call back after every change, once all is consistent; returns what ends that.

        Every subscriber hears, in their order; what one of them raises comes out when all have.
        """
        return self._ledger.subscribe(callback)

    def _change(self, action: Action, entry: Entry, why: str = "", detail: str = "") -> Entry:
        """Make the entry so, unless it is."""
        change = EntryChange(entry.id, self._board.find(entry.id), entry)
        if change.before != entry:
            self._ledger.commit(action, [change], why=why, detail=detail)
        return self._board.find(entry.id)

    def _take_in(self, changes: Sequence[EntryChange], said: Caliper) -> None:
        """Entries with what a network says, in the network's name."""
        who = said.model.words if said.model else NETWORK
        self._ledger.commit(Action.PREDICT, changes, who=who, undoable=False)

    def _displacing(self, chosen: Entry) -> list[EntryChange]:
        """What takes back the choices that `chosen` takes the place of."""
        others = displaced(chosen, self._board.of_measurement(chosen.measurement))
        return [EntryChange(other.id, self._board.find(other.id), other) for other in others]

    def _moved(self, entry: Entry, points: Sequence[Place]) -> Caliper:
        placed = put_at(entry.caliper, points)
        if placed == entry.caliper.points:
            return entry.caliper
        return measured_at(self._board.cine(entry.image), entry.caliper, placed)
