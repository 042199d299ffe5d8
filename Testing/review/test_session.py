"""What a reviewer can do to a caliper, and how each of it is taken back and recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from review_studies import (
    MODEL,
    PLAX,
    STUDY,
    SteppingClock,
    plax,
    predicted,
    spectral,
    upright,
)

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument, InvalidState
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.measuring.derived import Derived
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import Action, ReviewChange, Status
from EchoMeasureLib.review.session import Review


@pytest.fixture
def review() -> Review:
    """An LVID of 4.5 cm on frame 2, predicted."""
    review = Review(plax(), "AB", SteppingClock())
    review.add_prediction(predicted("lvid", 2, upright(45)))
    return review


LVID = "lvid-f2"


def value(review: Review, id: str = LVID) -> float | None:
    return review.entry(id).caliper.values[0].value


def derived(review: Review, id: str) -> Derived:
    return next(found for found in review.derived() if found.id == id)


class TestOperations:
    def test_a_prediction_waits_for_its_reviewer(self, review: Review) -> None:
        entry = review.entry(LVID)
        assert (entry.status, entry.reviewer, entry.time) == (Status.UNREVIEWED, "", "")
        assert entry.caliper is entry.predicted
        assert entry.caliper.model == MODEL
        assert value(review) == pytest.approx(4.5)

    def test_a_moved_caliper_is_edited_and_reads_anew(self, review: Review) -> None:
        """From 45 to 50 px of 0.1 cm."""
        entry = review.move(LVID, upright(50))
        assert (entry.status, entry.reviewer) == (Status.EDITED, "AB")
        assert entry.time.startswith("2026-01-01T00:00:0")
        assert entry.time.endswith("+00:00")
        assert entry.caliper.origin is Origin.EDITED
        assert value(review) == pytest.approx(5.0)
        assert entry.predicted is not None
        assert entry.predicted.values[0].value == pytest.approx(4.5)

    def test_only_the_point_that_was_moved_loses_the_networks_confidence(
        self, review: Review
    ) -> None:
        entry = review.move(LVID, [(40.0 + 1e-9, 2.0), (40.0, 50.0)])
        assert [point.confidence for point in entry.caliper.points] == [0.9, None]

    def test_points_can_be_given_as_landmarks_points_or_pairs(self, review: Review) -> None:
        for points in (
            [Landmark(1, 2, confidence=0.1), Landmark(1, 32)],
            [PixelPoint(1, 2), PixelPoint(1, 32)],
            [(1, 2), (1, 32)],
        ):
            entry = review.place("lvid", 0, points)
            assert entry.caliper.values[0].value == pytest.approx(3.0)
            assert entry.caliper.points[0].confidence is None
            assert entry.caliper.points[0].label == "septal edge"

    def test_a_caliper_placed_by_hand_is_the_reviewers_own(self, review: Review) -> None:
        entry = review.place("ivs", 1, upright(10), phase=Phase.ED)
        assert (entry.id, entry.status, entry.predicted) == ("ivs-f1", Status.EDITED, None)
        assert (entry.caliper.origin, entry.phase) == (Origin.MANUAL, Phase.ED)
        review.undo()
        assert "ivs-f1" not in review.entries

    def test_accepting_locks_and_moving_an_accepted_one_makes_it_edited(
        self, review: Review
    ) -> None:
        assert review.accept(LVID).locked
        moved = review.move(LVID, upright(46))
        assert (moved.status, moved.locked) == (Status.EDITED, False)

    def test_reopening_gives_back_what_it_was_before_the_decision(self, review: Review) -> None:
        review.accept(LVID)
        entry = review.reopen(LVID)
        assert (entry.status, entry.reviewer) == (Status.UNREVIEWED, "")
        review.move(LVID, upright(46))
        review.reject(LVID, "foreshortened")
        entry = review.reopen(LVID)
        assert (entry.status, entry.reason) == (Status.EDITED, "")

    def test_a_rejection_keeps_its_reason_and_a_move_takes_it_back(self, review: Review) -> None:
        assert review.reject(LVID, "off axis").reason == "off axis"
        assert review.move(LVID, upright(40)).reason == ""

    def test_reset_goes_back_to_the_prediction_and_keeps_the_notes(self, review: Review) -> None:
        review.note(LVID, "trabeculae")
        review.move(LVID, upright(30))
        entry = review.reset(LVID)
        assert (entry.status, entry.notes) == (Status.UNREVIEWED, "trabeculae")
        assert entry.caliper == entry.predicted

    def test_what_was_placed_by_hand_cannot_be_reset(self, review: Review) -> None:
        review.place("ivs", 1, upright(10))
        with pytest.raises(InvalidArgument, match="no prediction"):
            review.reset("ivs-f1")

    def test_a_deleted_id_is_never_used_again(self, review: Review) -> None:
        review.delete(LVID)
        assert review.place("lvid", 2, upright(45)).id == "lvid-f2-2"

    def test_a_preview_changes_nothing(self, review: Review) -> None:
        before = review.layer()
        assert review.preview(LVID, upright(33)).values[0].value == pytest.approx(3.3)
        assert review.layer() == before

    def test_choosing_takes_the_place_of_the_choice_before(self, review: Review) -> None:
        review.place("lvid", 3, upright(50))
        review.choose(LVID, Phase.ED)
        review.choose("lvid-f3", Phase.ED)
        assert (review.entry(LVID).phase, review.entry("lvid-f3").phase) == (None, Phase.ED)
        review.undo()
        assert (review.entry(LVID).phase, review.entry("lvid-f3").phase) == (Phase.ED, None)

    def test_a_second_beat_can_be_chosen_as_well(self, review: Review) -> None:
        """The mean of 4.5 and 5.0 cm."""
        review.place("lvid", 3, upright(50))
        review.choose(LVID, Phase.ED)
        review.choose("lvid-f3", Phase.ED, also=True)
        assert review.measured()["lvidd"].value == pytest.approx(4.75)

    def test_any_takes_a_choice_back(self, review: Review) -> None:
        review.choose(LVID, Phase.ES)
        assert review.choose(LVID, None).phase is None

    def test_an_lvid_cannot_be_chosen_for_expiration(self, review: Review) -> None:
        with pytest.raises(InvalidArgument, match="end-diastole or end-systole only"):
            review.choose(LVID, Phase.EXPIRATION)

    def test_what_changes_nothing_is_no_step(self, review: Review) -> None:
        review.accept(LVID)
        before = review.audit
        review.accept(LVID)
        review.move(LVID, upright(45))
        review.note(LVID, "")
        review.choose(LVID, None)
        review.describe(Subject())
        review.calibrate(review.cine().regions)
        assert review.audit == before

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda review: review.accept("lvid-f9"),
            lambda review: review.move(LVID, [(1, 1)]),
            lambda review: review.move(LVID, [(1, 1), (float("nan"), 2)]),
            lambda review: review.place("lvid", 6, upright(45)),
            lambda review: review.place("lvid", 0, upright(45), image="9.9"),
        ],
    )
    def test_an_impossible_wish_is_refused_and_changes_nothing(
        self, review: Review, wrong: Callable[[Review], object]
    ) -> None:
        before = review.layer()
        with pytest.raises(InvalidArgument):
            wrong(review)
        assert review.layer() == before
        assert not review.can_undo

    @pytest.mark.parametrize(
        ("operate", "problem"),
        [
            (Review.undo, "There is nothing to undo."),
            (Review.redo, "There is nothing to redo."),
        ],
    )
    def test_taking_back_what_was_not_done_is_refused_and_changes_nothing(
        self, review: Review, operate: Callable[[Review], str], problem: str
    ) -> None:
        before = review.layer()
        with pytest.raises(InvalidState) as caught:
            operate(review)
        assert caught.value.problem == problem
        assert review.layer() == before

    def test_a_review_without_a_reviewer_is_refused(self) -> None:
        with pytest.raises(InvalidArgument, match="name of its reviewer"):
            Review(plax(), " ")


class TestPredictions:
    def test_what_was_said_before_changes_nothing(self, review: Review) -> None:
        heard: list[ReviewChange] = []
        said = predicted("lvid", 2, upright(40))
        first = review.add_prediction(said)
        review.subscribe(heard.append)
        assert review.add_prediction(said) is first
        assert review.add_predictions([said, said]) == (first,)
        assert heard == []
        review.calibrate([replace(one, delta=(0.2, 0.2)) for one in review.cine().regions])
        assert value(review) == pytest.approx(8.0)
        review.add_prediction(said)
        assert value(review) == pytest.approx(8.0)

    def test_a_newer_prediction_replaces_an_unreviewed_one(self, review: Review) -> None:
        review.add_prediction(predicted("lvid", 2, upright(40)))
        assert list(review.entries) == [LVID]
        assert value(review) == pytest.approx(4.0)

    @pytest.mark.parametrize(
        "decide",
        [
            lambda review: review.accept(LVID),
            lambda review: review.move(LVID, upright(44)),
            lambda review: review.reject(LVID),
        ],
    )
    def test_a_newer_prediction_does_not_touch_a_decision(
        self, review: Review, decide: Callable[[Review], object]
    ) -> None:
        decide(review)
        before = review.entry(LVID)
        review.add_prediction(predicted("lvid", 2, upright(40)))
        after = review.entry(LVID)
        assert (after.caliper, after.status) == (before.caliper, before.status)
        assert after.predicted != before.predicted
        assert review.reset(LVID).caliper.values[0].value == pytest.approx(4.0)

    def test_undo_passes_over_predictions(self, review: Review) -> None:
        review.move(LVID, upright(50))
        review.add_prediction(predicted("ivs", 2, upright(10)))
        review.undo()
        assert "ivs-f2" in review.entries
        assert value(review) == pytest.approx(4.5)

    def test_undo_to_an_unreviewed_caliper_shows_the_newest_prediction(
        self, review: Review
    ) -> None:
        review.move(LVID, upright(50))
        review.add_prediction(predicted("lvid", 2, upright(40)))
        review.undo()
        assert value(review) == pytest.approx(4.0)


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


class TestFlags:
    def test_accepting_does_not_lift_a_flag(self) -> None:
        review = Review(plax(), "AB")
        review.add_prediction(predicted("ivs", 0, upright(10), confidence=0.2))
        entry = review.accept("ivs-f0")
        assert entry.caliper.flags == (Flag.LOW_CONFIDENCE,)
        missing = review.measured()["ivsd"].missing
        assert missing == "the caliper on frame 1 (0.00 s) is flagged low confidence"

    def test_adopting_lifts_the_networks_doubt_and_nothing_else(self) -> None:
        """An IVS of 5 cm is implausible whoever says so."""
        review = Review(plax(), "AB")
        review.add_prediction(predicted("ivs", 0, upright(50), confidence=0.2))
        entry = review.adopt("ivs-f0")
        assert entry.caliper.flags == (Flag.IMPLAUSIBLE,)
        assert (entry.status, entry.caliper.origin) == (Status.EDITED, Origin.EDITED)
        assert entry.predicted is not None
        assert Flag.LOW_CONFIDENCE in entry.predicted.flags

    @pytest.mark.parametrize(
        ("length", "confidence", "handle", "adoptable"),
        [
            (10, 0.9, None, False),  # nothing keeps it from being used
            (10, 0.2, None, True),
            (10, 0.2, "accept", True),  # accepting lifts no flag
            (10, 0.2, "reject", False),
            (10, 0.2, "adopt", False),  # done already
            (50, 0.2, None, False),  # 5 cm of septum stay implausible
            (50, 0.9, None, False),
        ],
    )
    def test_a_position_can_be_adopted_where_the_networks_doubt_is_all_against_it(
        self, length: float, confidence: float, handle: str | None, adoptable: bool
    ) -> None:
        review = Review(plax(), "AB")
        review.add_prediction(predicted("ivs", 0, upright(length), confidence))
        if handle is not None:
            getattr(review, handle)("ivs-f0")
        assert review.entry("ivs-f0").adoptable is adoptable
