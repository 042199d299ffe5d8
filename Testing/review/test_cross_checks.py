"""Flags that come and go with what lies beside a caliper, in a review and its document."""

from __future__ import annotations

import pytest
from drawn_waves import CM_S, STRIP, ZERO, Hump, cine, strip
from review_studies import beating, before, level, plax, predicted

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.inference.prediction import Near, Prediction
from EchoMeasureLib.review.document import dumps, parse, resume
from EchoMeasureLib.review.entries import Action, ReviewChange, Status
from EchoMeasureLib.review.session import Review

WRONG = "lvid-f40"


def cine_review() -> Review:
    """Two and a half beats at 50 fps, ED on frames 0, 40, 80 with 5.0 cm; frame 40 has 6.2."""
    review = Review(plax(81), "AB")
    lengths = [62 if frame == 40 else beating(frame) for frame in range(81)]
    review.add_predictions(predicted("lvid", f, level(x, 10)) for f, x in enumerate(lengths))
    return review


@pytest.fixture
def review() -> Review:
    return cine_review()


def flags(review: Review, id: str = WRONG) -> tuple[Flag, ...]:
    return review.entry(id).caliper.flags


def test_a_jump_is_flagged_and_counts_for_nothing(review: Review) -> None:
    assert [id for id, e in review.entries.items() if e.caliper.flags] == [WRONG]
    found = review.measured()["lvidd"]
    assert WRONG not in found.entries
    assert found.value == pytest.approx(5.0, abs=0.02)


def test_a_wall_that_thins_in_systole_is_known_by_the_ventricle_beside_it() -> None:
    """9 mm of septum, 6 wherever the ventricle is small; in a picture of 10 pixels a centimetre."""
    review = Review(plax(81), "AB")
    lvid = [beating(frame) for frame in range(81)]
    middle = (max(lvid) + min(lvid)) / 2
    wall = [6 if mm < middle else 9 for mm in lvid]
    review.add_predictions(predicted("ivs", f, before(x, 20)) for f, x in enumerate(wall))
    assert not any(Flag.AT_ODDS in flags(review, f"ivs-f{f}") for f in range(81))
    review.add_predictions(predicted("lvid", f, level(x, 20)) for f, x in enumerate(lvid))
    odd = [f for f in range(81) if Flag.AT_ODDS in flags(review, f"ivs-f{f}")]
    assert odd == [f for f in range(81) if wall[f] == 6]
    assert "IVS is 0.60 cm in systole and 0.90 cm in diastole." in (
        review.entry(f"ivs-f{odd[0]}").caliper.values[0].beside
    )
    for frame in range(81):
        review.reject(f"lvid-f{frame}", "read in another view")
    assert Flag.AT_ODDS not in flags(review, f"ivs-f{odd[0]}")


def test_one_by_one_or_together_is_the_same(review: Review) -> None:
    other = Review(plax(81), "AB")
    for entry in review.entries.values():
        points = [point.point for point in entry.caliper.points]
        other.add_prediction(predicted("lvid", entry.frame, points))
    assert dict(other.entries) == dict(review.entries)


def test_predictions_together_are_one_message() -> None:
    review, heard = Review(plax(81), "AB"), list[ReviewChange]()
    review.subscribe(heard.append)
    review.add_predictions(predicted("lvid", frame, level(50, 10)) for frame in range(81))
    assert [(one.action, len(one.entries)) for one in heard] == [(Action.PREDICT, 81)]
    assert len(review.audit) == 81


def test_put_right_by_hand_it_is_flagged_no_longer(review: Review) -> None:
    assert flags(review) == (Flag.JUMP,)
    review.move(WRONG, level(50, 10))
    assert flags(review) == ()
    review.undo()
    assert flags(review) == (Flag.JUMP,)
    review.redo()
    assert flags(review) == ()
    review.reset(WRONG)
    assert flags(review) == (Flag.JUMP,)


def test_a_point_put_by_hand_is_compared_too(review: Review) -> None:
    heard = list[ReviewChange]()
    review.subscribe(heard.append)
    moved = review.move("lvid-f42", level(62, 10))
    assert moved.caliper.flags == (Flag.JUMP,)
    assert "lvid-f42" in heard[-1].entries


@pytest.mark.parametrize("way", ["adopt", "accept"])
def test_the_reviewer_can_stand_behind_it(review: Review, way: str) -> None:
    """Taking over does it at once, accepting once the points were put by hand."""
    review.move(WRONG, level(61, 10))
    assert flags(review) == (Flag.JUMP,)
    assert review.entry(WRONG).adoptable
    getattr(review, way)(WRONG)
    assert (review.entry(WRONG).status, flags(review)) == (Status.ACCEPTED, ())
    assert WRONG in review.measured()["lvidd"].entries
    review.undo()
    assert flags(review) == (Flag.JUMP,)


def test_taking_over_what_a_network_said_lifts_it_and_accepting_does_not(review: Review) -> None:
    review.accept(WRONG)
    assert flags(review) == (Flag.JUMP,)
    review.adopt(WRONG)
    assert (review.entry(WRONG).status, flags(review)) == (Status.ACCEPTED, ())


def test_what_was_taken_over_for_another_doubt_is_edited_as_ever() -> None:
    review = Review(plax(1), "AB")
    review.add_prediction(predicted("lvid", 0, level(50, 10), confidence=0.2))
    assert review.adopt("lvid-f0").status is Status.EDITED


def test_a_wall_moved_away_flags_its_neighbour() -> None:
    review = Review(plax(1), "AB")
    review.add_predictions([predicted("ivs", 0, before(10)), predicted("lvid", 0, level(45))])
    assert flags(review, "lvid-f0") == ()
    review.move("ivs-f0", before(10, 14))
    assert flags(review, "lvid-f0") == (Flag.WALLS_APART,)
    assert flags(review, "ivs-f0") == ()
    review.reject("ivs-f0")
    assert flags(review, "lvid-f0") == ()


def test_a_step_compares_at_its_end(review: Review) -> None:
    with review.step("two"):
        review.move(WRONG, level(50, 10))
        review.move("lvid-f41", level(50, 10))
    assert flags(review) == ()
    assert review.measured()["lvidd"].value == pytest.approx(5.0)


def test_a_document_keeps_the_flags_and_reopening_changes_nothing(review: Review) -> None:
    near = tuple(Near(f, predicted("la", f, level(30)).points) for f in (7, 13))
    said = predicted("la", 10, level(50, 10))
    review.add_prediction(Prediction("la", 10, said.points, said.model, near=near))
    assert flags(review, "la-f10") == (Flag.JUMP,)
    document = parse(dumps(review), "it")
    assert document.layers["AB"].entries == tuple(review.entries.values())
    again = resume(document, plax(81))
    assert dict(again.entries) == dict(review.entries)
    assert again.audit == review.audit


def test_the_network_is_kept_as_it_spoke(review: Review) -> None:
    entry = review.entry(WRONG)
    assert entry.predicted is not None
    assert entry.predicted.flags == ()
    assert entry.follows


class TestWavesOfAStrip:
    """A point by hand, 25 % above the peak of its wave."""

    @pytest.fixture
    def review(self) -> Review:
        return Review(cine(strip([Hump(150, 100), Hump(300, 60)])), "AB")

    @pytest.fixture
    def jet(self, review: Review) -> str:
        return review.place("mvpeak", 0, self.points(100, 75)).id

    def points(self, e: float, a: float) -> list[PixelPoint]:
        return [PixelPoint(STRIP.x0 + 150, ZERO - e), PixelPoint(STRIP.x0 + 300, ZERO - a)]

    def test_it_is_flagged_and_counts_for_nothing(self, review: Review, jet: str) -> None:
        assert flags(review, jet) == (Flag.ENVELOPE_DISAGREES,)
        assert review.measured()["a"].value is None

    def test_moved_onto_the_wave_it_is_not(self, review: Review, jet: str) -> None:
        review.move(jet, self.points(100, 60))
        assert flags(review, jet) == ()
        review.undo()
        assert flags(review, jet) == (Flag.ENVELOPE_DISAGREES,)

    def test_the_reviewer_has_the_last_word(self, review: Review, jet: str) -> None:
        review.adopt(jet)
        assert flags(review, jet) == ()
        assert review.measured()["a"].value == pytest.approx(75 * CM_S, abs=0.1)

    def test_a_document_keeps_it(self, review: Review, jet: str) -> None:
        again = resume(parse(dumps(review), "it"), review.cine())
        assert flags(again, jet) == (Flag.ENVELOPE_DISAGREES,)
