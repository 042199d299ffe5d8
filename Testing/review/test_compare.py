"""Where two reviewers differ on the same study."""

from __future__ import annotations

import pytest
from review_studies import PLAX, m_mode, plax, predicted, spectral, upright

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.review.compare import Difference, compare
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.session import Review


def review(reviewer: str) -> Review:
    review = Review(plax(), reviewer)
    for id, frame in (("lvid", 0), ("lvid", 1), ("ivs", 0)):
        review.add_prediction(predicted(id, frame, upright(40)))
    return review


def differences(a: Review, b: Review) -> tuple[Difference, ...]:
    """Where two reviews differ, with every image closed."""
    return compare(a.layer(), b.layer(), {}).differences


def test_two_who_did_the_same_do_not_differ() -> None:
    a, b = review("A"), review("B")
    for one in (a, b):
        one.accept("lvid-f0")
        one.move("lvid-f1", upright(41))
    assert differences(a, b) == ()


def test_a_moved_point_is_told_in_pixels_and_in_the_value() -> None:
    """The second point 3 px further down and 4 px to the right: 5 px apart."""
    a, b = review("A"), review("B")
    b.move("lvid-f0", [(40, 2), (44, 45)])
    (found,) = differences(a, b)
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
    by_frame = {(d.measurement, d.frame): d for d in differences(a, b)}
    assert by_frame["ivs", 0].statuses == (Status.REJECTED, Status.UNREVIEWED)
    assert by_frame["lvid", 1].phases == (None, Phase.ES)
    assert len(by_frame) == 2


def test_what_only_one_of_them_has_is_listed_with_its_value() -> None:
    a, b = review("A"), review("B")
    a.place("la", 3, upright(30))
    b.delete("ivs-f0")
    found = {d.measurement: d for d in differences(a, b)}
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
    (found,) = differences(a, b)
    assert (found.first, found.second) == ("la-f2-2", "la-f2")
    assert found.distances_px == pytest.approx((0.0, 1.0))


def test_a_prediction_and_a_caliper_by_hand_are_not_taken_for_one_another() -> None:
    """B moved the prediction far away and placed another caliper where it had been."""
    a, b = review("A"), review("B")
    b.move("ivs-f0", upright(12, x=70))
    b.place("ivs", 0, upright(40))
    found = {(d.first, d.second) for d in differences(a, b)}
    assert found == {("ivs-f0", "ivs-f0"), (None, "ivs-f0-2")}


def test_numbers_that_differ_come_the_largest_per_cent_first() -> None:
    """IVS 4.0 against 2.0: 2.0 of a mean of 3.0; LVID 4.0 against 4.4: 0.4 of 4.2."""
    a, b = review("A"), review("B")
    b.move("lvid-f0", upright(44))
    b.move("ivs-f0", upright(20))
    b.reject("lvid-f1")
    b.place("la", 3, upright(30))
    found = a.compared_with(b.layer())
    assert (found.reviewers, found.calipers, len(found.differences)) == (("A", "B"), 4, 4)
    lines = [(line.value.id, line.caliper.frame, line.value.percent) for line in found.lines()]
    assert lines == [
        ("ivs", 0, pytest.approx(200 / 3)),
        ("lvid", 0, pytest.approx(40 / 4.2)),
        ("lvid", 1, 0.0),  # as long, and rejected
        ("la", 3, None),  # A has none
    ]


def test_points_are_apart_in_millimetres_where_the_image_is_open() -> None:
    """4 px of 1 mm; a layer alone does not know how large a pixel is."""
    a, b = review("A"), review("B")
    b.move("lvid-f0", upright(44))
    (line,) = a.compared_with(b.layer()).lines()
    assert (line.distance_px, line.distance_mm) == (pytest.approx(4.0), pytest.approx(4.0))
    (closed,) = compare(a.layer(), b.layer(), {}).lines()
    assert (closed.distance_px, closed.distance_mm) == (pytest.approx(4.0), None)


def test_each_number_of_an_inflow_has_its_own_difference_and_points() -> None:
    """E 80 and A 40 against E 80 and A 50 cm/s: 10 of 45, and E/A 2 against 1.6: 0.4 of 1.8."""
    a, b = Review(spectral(), "A"), Review(spectral(), "B")
    a.place("mvpeak", 0, [(10, 12), (20, 16)])
    b.place("mvpeak", 0, [(10, 12), (20, 15)])
    lines = {line.value.id: line for line in a.compared_with(b.layer()).lines()}
    assert [round(lines[id].value.percent or 0, 2) for id in ("a", "e_a_ratio", "e")] == [
        22.22,
        22.22,
        0.0,
    ]
    assert (lines["e"].distance_px, lines["a"].distance_px) == (0.0, 1.0)
    assert lines["e_a_ratio"].distance_px == 1.0  # the farther of the two


def test_on_a_strip_there_are_no_millimetres_between_two_places() -> None:
    a, b = Review(m_mode(), "A"), Review(m_mode(), "B")
    a.place("tapse", 0, [(10, 50), (20, 30)])
    b.place("tapse", 0, [(10, 50), (20, 28)])
    (line,) = a.compared_with(b.layer()).lines()
    assert (line.distance_px, line.distance_mm) == (2.0, None)
    assert line.value.percent == pytest.approx(20 / 2.1)  # 2.0 and 2.2 cm


def test_a_layer_has_work_once_its_reviewer_did_something() -> None:
    untouched = review("A")
    assert not untouched.layer().has_work
    untouched.note("lvid-f0", "seen")
    assert untouched.layer().has_work
