"""What a reviewer can do to a caliper, and what a prediction does not touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from review_studies import (
    LVID,
    MODEL,
    one_lvid,
    plax,
    predicted,
    upright,
    value,
)

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument, InvalidState
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import ReviewChange, Status
from EchoMeasureLib.review.session import Review


@pytest.fixture
def review() -> Review:
    return one_lvid()


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
