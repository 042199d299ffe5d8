"""Where two reviewers differ on the same study."""

from __future__ import annotations

import pytest
from review_studies import PLAX, plax, predicted, upright

from EchoMeasureLib.catalog import Phase
from EchoMeasureLib.review.compare import compare
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.session import Review


def review(reviewer: str) -> Review:
    review = Review(plax(), reviewer)
    for id, frame in (("lvid", 0), ("lvid", 1), ("ivs", 0)):
        review.add_prediction(predicted(id, frame, upright(40)))
    return review


def test_two_who_did_the_same_do_not_differ() -> None:
    a, b = review("A"), review("B")
    for one in (a, b):
        one.accept("lvid-f0")
        one.move("lvid-f1", upright(41))
    assert compare(a.layer(), b.layer()) == ()


def test_a_moved_point_is_told_in_pixels_and_in_the_value() -> None:
    """The second point 3 px further down and 4 px to the right: 5 px apart."""
    a, b = review("A"), review("B")
    b.move("lvid-f0", [(40, 2), (44, 45)])
    (found,) = compare(a.layer(), b.layer())
    assert (found.image, found.measurement, found.frame) == (PLAX, "lvid", 0)
    assert (found.first, found.second) == ("lvid-f0", "lvid-f0")
    assert found.distances_px == pytest.approx((0.0, 5.0))
    # hypot(4, 43) px = 43.186 px = 4.3186 cm against 4.0 cm
    assert found.values[0].difference == pytest.approx(0.31856, abs=1e-4)
    assert found.statuses == (Status.UNREVIEWED, Status.EDITED)


def test_a_status_or_a_choice_of_phase_is_a_difference() -> None:
    a, b = review("A"), review("B")
    a.reject("ivs-f0")
    b.choose("lvid-f1", Phase.ES)
    by_frame = {(d.measurement, d.frame): d for d in compare(a.layer(), b.layer())}
    assert by_frame["ivs", 0].statuses == (Status.REJECTED, Status.UNREVIEWED)
    assert by_frame["lvid", 1].phases == (None, Phase.ES)
    assert len(by_frame) == 2


def test_what_only_one_of_them_has_is_listed_with_its_value() -> None:
    a, b = review("A"), review("B")
    a.place("la", 3, upright(30))
    b.delete("ivs-f0")
    found = {d.measurement: d for d in compare(a.layer(), b.layer())}
    assert (found["la"].first, found["la"].second) == ("la-f3", None)
    assert found["la"].values[0].first == pytest.approx(3.0)
    assert found["la"].values[0].second is None
    assert found["la"].values[0].difference is None
    assert found["ivs"].distances_px == ()


def test_calipers_by_hand_on_one_frame_are_paired_by_nearness() -> None:
    a, b = review("A"), review("B")
    for length in (20, 30):
        a.place("la", 2, upright(length))
    for length in (31, 20):
        b.place("la", 2, upright(length))
    (found,) = compare(a.layer(), b.layer())
    assert (found.first, found.second) == ("la-f2-2", "la-f2")
    assert found.distances_px == pytest.approx((0.0, 1.0))


def test_a_prediction_and_a_caliper_by_hand_are_not_taken_for_one_another() -> None:
    """B moved the prediction far away and placed another caliper where it had been."""
    a, b = review("A"), review("B")
    b.move("ivs-f0", upright(12, x=70))
    b.place("ivs", 0, upright(40))
    found = {(d.first, d.second) for d in compare(a.layer(), b.layer())}
    assert found == {("ivs-f0", "ivs-f0"), (None, "ivs-f0-2")}
