"""Each step of a reviewer taken back and done again, recorded, told, and of several images."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from review_studies import (
    LVID,
    PLAX,
    STUDY,
    one_lvid,
    plax,
    predicted,
    spectral,
    upright,
    value,
)

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument, InvalidState
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.derived import Derived
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import Action, ReviewChange, Status
from EchoMeasureLib.review.session import Review


@pytest.fixture
def review() -> Review:
    return one_lvid()


def derived(review: Review, id: str) -> Derived:
    return next(found for found in review.derived() if found.id == id)


OPERATIONS: dict[str, Callable[[Review], object]] = {
    "place": lambda r: r.place("ivs", 0, upright(11)),
    "move": lambda r: r.move(LVID, upright(33)),
    "adopt": lambda r: r.adopt(LVID),
    "accept": lambda r: r.accept(LVID),
    "reject": lambda r: r.reject(LVID, "why"),
    "delete": lambda r: r.delete(LVID, "why"),
    "note": lambda r: r.note(LVID, "text"),
    "choose": lambda r: r.choose(LVID, Phase.ED),
    "reset": lambda r: r.reset("ivs-f4"),
    "reopen": lambda r: r.reopen("pa-f5"),
    "describe": lambda r: r.describe(Subject("F", 160, 55)),
    "examine": lambda r: r.examine(Examination(Rhythm.AF, lavi=36)),
    "calibrate": lambda r: r.calibrate(by_hand(0.2)),
}


def by_hand(cm_per_px: float) -> tuple[Region, ...]:
    delta = (cm_per_px, cm_per_px)
    return (Region(-1, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), delta),)


@pytest.fixture
def busy(review: Review) -> Review:
    """Also an edited IVS and an accepted PA, between other predictions."""
    for measurement, frame in (("ivs", 4), ("la", 4), ("pa", 5), ("la", 5)):
        review.add_prediction(predicted(measurement, frame, upright(20)))
    review.move("ivs-f4", upright(12))
    review.accept("pa-f5")
    return review


class TestUndo:
    @pytest.mark.parametrize("name", OPERATIONS)
    def test_every_operation_is_undone_and_redone_exactly(self, busy: Review, name: str) -> None:
        def state() -> object:
            known = busy.subject, busy.examination, busy.cine().regions
            return list(busy.entries.items()), known, busy.derived(), busy.sheet()

        before = state()
        OPERATIONS[name](busy)
        after = state()
        assert after != before
        assert busy.undo() == name
        assert state() == before
        assert busy.redo() == name
        assert state() == after

    def test_a_new_step_ends_redoing(self, review: Review) -> None:
        review.move(LVID, upright(33))
        review.undo()
        review.accept(LVID)
        assert not review.can_redo

    def test_a_deleted_caliper_comes_back_to_its_place(self, busy: Review) -> None:
        order = list(busy.entries)
        busy.delete("ivs-f4")
        busy.undo()
        assert list(busy.entries) == order
        assert [entry.id for entry in busy.on_frame(4)] == ["ivs-f4", "la-f4"]

    def test_a_batch_is_one_step(self, busy: Review) -> None:
        with busy.step("accept all"):
            for id in busy.entries:
                busy.accept(id)
        assert {entry.status for entry in busy.entries.values()} == {Status.ACCEPTED}
        assert busy.undo() == "accept all"
        assert busy.entry(LVID).status is Status.UNREVIEWED
        assert busy.entry("ivs-f4").status is Status.EDITED
        busy.redo()
        assert busy.entry(LVID).status is Status.ACCEPTED

    def test_a_batch_that_fails_leaves_everything_as_it_was(self, busy: Review) -> None:
        before, events = dict(busy.entries), len(busy.audit)

        def accept_some() -> None:
            with busy.step("accept some"):
                busy.accept(LVID)
                busy.move(LVID, upright(20))
                busy.accept("nothing")

        with pytest.raises(InvalidArgument):
            accept_some()
        assert dict(busy.entries) == before
        assert [event.action for event in busy.audit[events:]] == [
            Action.ACCEPT,
            Action.MOVE,
            Action.UNDO,
            Action.UNDO,
        ]

    def test_undo_inside_a_batch_is_refused(self, busy: Review) -> None:
        with pytest.raises(InvalidState, match="inside the step 'both'"), busy.step("both"):
            busy.undo()

    def test_a_batch_in_a_batch_is_part_of_it(self, busy: Review) -> None:
        with busy.step("outer"):
            busy.note(LVID, "a")
            with busy.step("inner"):
                busy.note(LVID, "b")
        busy.undo()
        assert busy.entry(LVID).notes == ""


class TestAudit:
    def test_it_says_who_when_what_from_to_and_why(self, review: Review) -> None:
        review.move(LVID, upright(50))
        review.reject(LVID, "off axis")
        review.undo()
        predict, move, reject, undo = review.audit
        assert predict.who == "network phantom image.ckpt"
        assert predict.before is None
        assert (move.who, move.action, move.entry) == ("AB", Action.MOVE, LVID)
        assert move.before is not None
        assert move.after is not None
        assert move.before.points == ((40, 2), (40, 47))
        assert move.after.points == ((40, 2), (40, 52))
        assert move.before.values[0] == pytest.approx(4.5)
        assert move.after.values[0] == pytest.approx(5.0)
        assert (reject.why, reject.number) == ("off axis", 3)
        assert predict.time < move.time < reject.time < undo.time
        assert (undo.action, undo.detail) == (Action.UNDO, "reject")
        assert undo.after == move.after

    def test_undoing_adds_to_it_and_takes_nothing_away(self, busy: Review) -> None:
        seen = busy.audit
        for operate in (busy.undo, busy.undo, busy.redo):
            operate()
            assert busy.audit[: len(seen)] == seen
            assert len(busy.audit) > len(seen)
            seen = busy.audit

    def test_what_is_no_caliper_is_told_in_words(self, review: Review) -> None:
        review.describe(Subject("F", 160, 55))
        review.calibrate(by_hand(0.2), reason="depth ruler")
        describe, calibrate = review.audit[-2:]
        assert describe.detail == ("BSA after DuBois -> F, 160 cm, 55 kg, BSA after DuBois")
        assert "0.2 cm x 0.2 cm per pixel" in calibrate.detail
        assert calibrate.why == "depth ruler"


class TestSubscribers:
    def test_they_hear_once_per_operation_when_all_is_consistent(self, review: Review) -> None:
        heard: list[tuple[ReviewChange, float | None, str]] = []
        review.subscribe(
            lambda change: heard.append(
                (change, value(review), derived(review, "edv_teichholz").text)
            )
        )
        review.choose(LVID, Phase.ED)
        review.move(LVID, upright(50))
        review.undo()
        assert [change.action for change, _, _ in heard] == [
            Action.CHOOSE,
            Action.MOVE,
            Action.UNDO,
        ]
        assert all(change.entries == (LVID,) for change, _, _ in heard)
        # Teichholz of 4.5 and of 5.0 cm: 7 / 6.9 * 91.125 and 118.2 mL, shown whole
        assert [text for _, _, text in heard] == ["92 mL", "118 mL", "92 mL"]

    def test_they_hear_of_a_batch_once_with_every_entry(self, busy: Review) -> None:
        heard: list[ReviewChange] = []
        busy.subscribe(heard.append)
        with busy.step("two"):
            busy.accept(LVID)
            busy.note("ivs-f4", "x")
            busy.note(LVID, "y")
        assert heard == [ReviewChange(Action.STEP, (LVID, "ivs-f4"))]

    def test_an_empty_batch_is_nothing(self, busy: Review) -> None:
        heard: list[ReviewChange] = []
        busy.subscribe(heard.append)
        with busy.step("nothing"):
            pass
        assert heard == []
        assert busy.undo() == "accept"

    def test_one_that_fails_keeps_nobody_else_from_hearing(self, review: Review) -> None:
        """A display that fails must not stop the saving that was subscribed after it."""
        heard: list[ReviewChange] = []

        def fail(change: ReviewChange) -> None:
            raise InvalidState("The display is gone.")

        review.subscribe(fail)
        review.subscribe(heard.append)
        with pytest.raises(InvalidState, match="display is gone"):
            review.accept(LVID)
        assert [change.action for change in heard] == [Action.ACCEPT]
        assert review.entry(LVID).status is Status.ACCEPTED

    def test_who_has_left_hears_nothing(self, review: Review) -> None:
        heard: list[ReviewChange] = []
        leave = review.subscribe(heard.append)
        leave()
        leave()
        review.accept(LVID)
        assert heard == []


class TestImages:
    def test_calipers_of_several_images_are_kept_apart(self, review: Review) -> None:
        key = review.add_cine(spectral())
        entry = review.place("mvpeak", 0, [(10, 12), (20, 14)], image=key)
        assert (entry.id, entry.image) == ("mvpeak-i2-f0", key)
        assert review.on_frame(0) == ()
        assert review.on_frame(0, key) == (entry,)
        assert list(review.images) == [PLAX, key]

    def test_an_image_of_another_study_is_refused_naming_both(self, review: Review) -> None:
        with pytest.raises(InvalidArgument) as caught:
            review.add_cine(plax(uid="5.5", study="1.2.840.77"))
        assert STUDY in str(caught.value)
        assert "1.2.840.77" in str(caught.value)

    def test_calibrating_by_hand_changes_every_value_of_the_image(self, busy: Review) -> None:
        """0.2 cm instead of 0.1 cm a pixel doubles all lengths; undo halves them again."""
        key = busy.add_cine(spectral())
        busy.place("mvpeak", 0, [(10, 12), (20, 14)], image=key)
        before = {id: value(busy, id) for id in busy.entries}
        busy.calibrate(by_hand(0.2))
        for id, entry in busy.entries.items():
            factor = 1 if entry.image == key else 2
            assert value(busy, id) == pytest.approx(factor * (before[id] or 0))
        busy.move(LVID, upright(30))
        assert value(busy) == pytest.approx(6.0)
        busy.undo()
        busy.undo()
        assert {id: value(busy, id) for id in busy.entries} == before

    def test_a_prediction_between_calibrating_and_undoing_follows_too(self, busy: Review) -> None:
        busy.calibrate(by_hand(0.2))
        busy.add_prediction(predicted("aorta", 0, upright(30)))
        assert value(busy, "aorta-f0") == pytest.approx(6.0)
        busy.undo()
        assert value(busy, "aorta-f0") == pytest.approx(3.0)
