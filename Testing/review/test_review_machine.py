"""Whatever a reviewer does, in whatever order, the promises of a review hold."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from counted_numbers import check_numbers
from examples import examples
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from review_studies import SteppingClock, plax, predicted, predicted_beats, spectral, upright

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.beside import bare, find_remarks, with_remarks
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.cross_checks import compared
from EchoMeasureLib.review.document import load, parse, save
from EchoMeasureLib.review.entries import (
    Action,
    AuditEvent,
    Entry,
    EntryState,
    Status,
    allowed_phases,
)
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.writing import Writer

LINEAR = ("lvid", "ivs", "lvpw", "la", "ivc")
lengths = st.floats(0.5, 60).map(lambda length: round(length, 3))
picks = st.integers(0, 30)


class ReviewMachine(RuleBasedStateMachine):
    """Random operations on a study of a cine and a Doppler still."""

    @initialize()
    def begin(self) -> None:
        self.review = Review(plax(), "AB", SteppingClock())
        self.doppler = self.review.add_cine(spectral())
        for frame in range(3):
            for id in ("lvid", "ivs"):
                confidence = 0.2 if frame == 2 else 0.9
                self.review.add_prediction(
                    predicted(id, frame, upright(10 + 15 * frame), confidence)
                )
        self.predict_beats([10, 12, 11], 1)
        self.predicted_later = False
        self.first = list(self.review.entries.items())
        self.trail: tuple[AuditEvent, ...] = self.review.audit
        self.mirror: dict[str, Entry] = dict(self.review.entries)
        self.review.subscribe(self.hear)
        self.writer = Writer(self.review)

    def hear(self, change: object) -> None:
        """A skin that only listens knows every entry as it is."""
        for id in change.entries:  # type: ignore[attr-defined]
            if id in self.review.entries:
                self.mirror[id] = self.review.entries[id]
            else:
                self.mirror.pop(id, None)

    def pick(self, number: int) -> str:
        ids = list(self.review.entries)
        return ids[number % len(ids)] if ids else "none"

    def attempt(self, operate: Callable[[], object]) -> None:
        """An operation that is refused must change nothing."""
        before = self.review.layer()
        try:
            operate()
        except InvalidArgument:
            assert self.review.layer() == before

    @rule(id=st.sampled_from(LINEAR), frame=st.integers(0, 6), length=lengths)
    def place(self, id: str, frame: int, length: float) -> None:
        self.attempt(lambda: self.review.place(id, frame, upright(length)))

    @rule(e=st.floats(0, 59), a=st.floats(0, 59), swapped=st.booleans())
    def place_inflow(self, e: float, a: float, swapped: bool) -> None:
        points = [(10.0, e), (20.0, a)]
        points = points[::-1] if swapped else points
        self.review.place("mvpeak", 0, points, self.doppler)

    @rule(id=st.sampled_from(LINEAR), frame=st.integers(0, 5), length=lengths)
    def predict(self, id: str, frame: int, length: float) -> None:
        self.predicted_later = True
        self.review.add_prediction(predicted(id, frame, upright(length)))

    @rule(rows=st.lists(st.floats(5, 15), min_size=1, max_size=4), clearest=st.integers(0, 3))
    def predict_beats(self, rows: list[float], clearest: int) -> None:
        """An E at each of these rows, 20 columns apart, and an A of 20 cm/s after each."""
        self.predicted_later = True
        beats = [[(20.0 * beat, row), (20.0 * beat + 10, 18.0)] for beat, row in enumerate(rows)]
        prediction = predicted_beats("mvpeak", beats, clearest % len(beats))
        self.review.add_prediction(prediction, self.doppler)

    @rule(number=picks, reason=st.text(max_size=5))
    def leave_out(self, number: int, reason: str) -> None:
        self.attempt(lambda: self.review.leave_out(self.pick(number), reason))

    @rule(frame=st.integers(0, 5), phase=st.sampled_from((Phase.ED, Phase.ES)))
    def mark(self, frame: int, phase: Phase) -> None:
        marked = (frame, phase) in self.review.marks()
        assert self.review.mark(frame, phase) is not marked

    @rule(number=picks)
    def count(self, number: int) -> None:
        self.attempt(lambda: self.review.count(self.pick(number)))

    @rule(number=picks, length=lengths)
    def move(self, number: int, length: float) -> None:
        self.attempt(lambda: self.review.move(self.pick(number), upright(length)))

    @rule(number=picks, name=st.sampled_from(("accept", "adopt", "reset", "reopen", "delete")))
    def decide(self, number: int, name: str) -> None:
        self.attempt(lambda: getattr(self.review, name)(self.pick(number)))

    @rule(number=picks, reason=st.text(max_size=5))
    def reject(self, number: int, reason: str) -> None:
        self.attempt(lambda: self.review.reject(self.pick(number), reason))

    @rule(number=picks, text=st.text(max_size=5))
    def note(self, number: int, text: str) -> None:
        self.attempt(lambda: self.review.note(self.pick(number), text))

    @rule(
        number=picks,
        phase=st.sampled_from((None, Phase.ED, Phase.ES, Phase.DIASTOLE, Phase.EXPIRATION)),
        also=st.booleans(),
    )
    def choose(self, number: int, phase: Phase | None, also: bool) -> None:
        self.attempt(lambda: self.review.choose(self.pick(number), phase, also))

    @rule(sex=st.sampled_from(("", "M", "F")), height=st.none() | st.floats(140, 200))
    def describe(self, sex: str, height: float | None) -> None:
        self.review.describe(Subject(sex, height, 70))

    @rule(lavi=st.none() | st.floats(3, 250), rap=st.none() | st.floats(0, 50))
    def examine(self, lavi: float | None, rap: float | None) -> None:
        self.review.examine(Examination(lavi=lavi, rap=rap))

    @rule(size=st.sampled_from((0.05, 0.1, 0.2)))
    def calibrate(self, size: float) -> None:
        region = Region(-1, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), (size, size))
        self.review.calibrate([region])

    @rule(numbers=st.lists(picks, max_size=4), fails=st.booleans())
    def batch(self, numbers: list[int], fails: bool) -> None:
        def several() -> None:
            with self.review.step("several"):
                for number in numbers:
                    if self.review.entries:
                        self.review.accept(self.pick(number))
                if fails:
                    self.review.accept("nothing of that name")

        before = dict(self.review.entries)
        try:
            several()
        except InvalidArgument:
            assert dict(self.review.entries) == before

    @precondition(lambda self: self.review.can_undo)
    @rule()
    def undo_and_redo(self) -> None:
        before = self.review.layer()
        self.review.undo()
        self.review.redo()
        after = self.review.layer()
        assert (after.entries, after.subject) == (before.entries, before.subject)
        assert after.examination == before.examination
        assert (after.calibrations, after.marks) == (before.calibrations, before.marks)

    @precondition(lambda self: self.review.can_undo)
    @rule()
    def undo(self) -> None:
        self.review.undo()

    @precondition(lambda self: self.review.can_redo)
    @rule()
    def redo(self) -> None:
        self.review.redo()

    @rule()
    def save_and_load(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "review.json"
            save(self.review, path)
            again = load(path, plax())
            again.add_cine(spectral())
            ours, theirs = self.review.layer(), again.layer()
            assert theirs.entries == ours.entries
            assert theirs.audit == ours.audit
            assert (theirs.subject, theirs.examination) == (ours.subject, ours.examination)
            assert theirs.marks == ours.marks
            assert again.derived() == self.review.derived()
            assert again.sheet() == self.review.sheet()

    @invariant()
    def the_audit_trail_only_grows(self) -> None:
        audit = self.review.audit
        assert audit[: len(self.trail)] == self.trail
        self.trail = audit

    @invariant()
    def the_audit_trail_tells_how_every_entry_came_to_be(self) -> None:
        last: dict[str, EntryState | None] = {
            e.entry: e.after for e in self.review.audit if e.entry
        }
        calibrated = any(event.action is Action.CALIBRATE for event in self.review.audit)
        for id, entry in self.review.entries.items():
            told = last.pop(id)
            state = EntryState.of(entry)
            assert told is not None
            assert replace(told, values=()) == replace(state, values=())
            assert calibrated or told.values == state.values
        assert all(state is None for state in last.values())

    @invariant()
    def every_number_is_a_mean_of_beats_that_count(self) -> None:
        check_numbers(self.review)

    @invariant()
    def what_there_is_agrees_with_itself(self) -> None:
        entries = self.review.entries
        assert self.mirror == dict(entries)
        found = [
            entry
            for image in self.review.images
            for frame in range(6)
            for entry in self.review.on_frame(frame, image)
        ]
        assert sorted(entry.id for entry in found) == sorted(entries)
        for id, entry in entries.items():
            assert entry.id == id
            assert (entry.status is Status.UNREVIEWED) == (entry.reviewer == "")
            if entry.status is Status.UNREVIEWED:
                assert bare(entry.caliper) == entry.predicted
            assert entry.phase is None or entry.phase in allowed_phases(entry.measurement)

    @invariant()
    def what_counts_is_that_of_a_fresh_counting(self) -> None:
        """What is taken over from the state before is what counting all of it would give."""
        fresh = Review.resume(tuple(self.review.images.values()), self.review.layer())
        assert self.review.measured() == fresh.measured()
        for image in self.review.images:
            assert self.review.beats(image) == fresh.beats(image)

    @invariant()
    def flags_are_those_of_a_fresh_comparison(self) -> None:
        for image in self.review.images:
            here = [entry for entry in self.review.entries.values() if entry.image == image]
            if self.review.is_open(image):
                remarks = find_remarks(self.review.cine(image), compared(here))
                for entry, said in zip(here, remarks, strict=True):
                    assert entry.caliper == with_remarks(bare(entry.caliper), said)

    @invariant()
    def what_is_written_at_every_step_is_the_review_as_it_is(self) -> None:
        layer = parse(self.writer.text(), "the text").layers["AB"]
        assert layer.entries == tuple(self.review.entries.values())
        assert layer.audit == self.review.audit
        assert layer.subject == self.review.subject
        assert layer.examination == self.review.examination

    def teardown(self) -> None:
        if not hasattr(self, "review"):
            return
        while self.review.can_undo:
            self.review.undo()
        if not self.predicted_later:
            assert list(self.review.entries.items()) == self.first
        assert self.review.subject == Subject()
        assert self.review.examination == Examination()
        assert self.review.layer().calibrations == {}
        assert self.review.layer().marks == {}
        while self.review.can_redo:
            self.review.redo()


TestReviewMachine = ReviewMachine.TestCase
TestReviewMachine.settings = settings(
    max_examples=examples(4),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
