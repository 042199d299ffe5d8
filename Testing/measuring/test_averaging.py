"""Means over beats, by hand arithmetic."""

from __future__ import annotations

import pytest
from review_studies import m_mode, spectral

from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.measuring.averaging import average, means
from EchoMeasureLib.measuring.calipers import Caliper, measure


def inflow(e: float, a: float, x: float = 10, confidence: float = 0.9) -> Caliper:
    """E and A in cm/s, ten columns apart: 10 cm/s a row above the baseline at row 20."""
    points = [Landmark(x, 20 - e / 10, "", confidence), Landmark(x + 10, 20 - a / 10, "", 0.9)]
    return measure(spectral(), "mvpeak", points)


def test_e_over_a_is_the_mean_e_over_the_mean_a() -> None:
    """(80 + 100) / (40 + 100) = 9/7; the mean of the ratios 2 and 1 would be 1.5."""
    beats = [inflow(80, 40), inflow(100, 100)]
    assert average(beats, "e") == pytest.approx(90)
    assert average(beats, "a") == pytest.approx(70)
    assert average(beats, "e_a_ratio") == pytest.approx(9 / 7)


def test_every_output_has_its_mean_and_the_number_of_each_beat() -> None:
    e, a, ratio = means([inflow(80, 40), inflow(100, 50), inflow(90, 60)])
    assert (e.id, e.values, e.value) == ("e", (80, 100, 90), 90)
    assert (a.id, a.values, a.value) == ("a", (40, 50, 60), 50)
    assert ratio.values == pytest.approx((2, 2, 1.5))
    assert ratio.value == pytest.approx(1.8)  # 90 / 50
    assert ratio.used == (True, True, True)


def test_a_doubtful_beat_is_shown_and_left_out_of_every_mean() -> None:
    """The second E has a confidence of 0.2; its A, sure as it is, does not count either."""
    e, a, ratio = means([inflow(80, 40), inflow(100, 90, confidence=0.2), inflow(90, 60)])
    assert e.values == (80, 100, 90)
    assert e.used == a.used == ratio.used == (True, False, True)
    assert (e.value, a.value) == (85, 50)
    assert ratio.value == pytest.approx(1.7)


def test_excursions_are_averaged() -> None:
    """20 and 24 rows of 0.1 cm up: 2.0 and 2.4 cm."""
    beats = [
        measure(m_mode(), "tapse", [Landmark(x, 50), Landmark(x + 8, 50 - rows)])
        for x, rows in ((10, 20), (40, 24))
    ]
    (mean,) = means(beats)
    assert mean.values == pytest.approx((2.0, 2.4))
    assert mean.value == pytest.approx(2.2)


def test_there_is_no_mean_without_a_beat_that_can_be_used() -> None:
    assert means([]) == ()
    (mean, *_) = means([inflow(-80, 40), inflow(80, 40, confidence=0.1)])
    assert (mean.used, mean.value) == ((False, False), None)
