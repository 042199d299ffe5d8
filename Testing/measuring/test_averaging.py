"""Means over beats, by hand arithmetic."""

from __future__ import annotations

import pytest
from review_studies import m_mode, spectral

from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.measuring.averaging import mean_over_beats, spread_over_beats
from EchoMeasureLib.measuring.calipers import Caliper, measure


def inflow(e: float, a: float, x: float = 10) -> Caliper:
    """E and A in cm/s, ten columns apart: 10 cm/s a row above the baseline at row 20."""
    points = [Landmark(x, 20 - e / 10), Landmark(x + 10, 20 - a / 10)]
    return measure(spectral(), "mvpeak", points)


def test_e_over_a_is_the_mean_e_over_the_mean_a() -> None:
    """(80 + 100) / (40 + 100) = 9/7; the mean of the ratios 2 and 1 would be 1.5."""
    beats = [[inflow(80, 40)], [inflow(100, 100)]]
    assert mean_over_beats(beats, "e") == pytest.approx(90)
    assert mean_over_beats(beats, "a") == pytest.approx(70)
    assert mean_over_beats(beats, "e_a_ratio") == pytest.approx(9 / 7)


def test_a_beat_that_was_measured_twice_weighs_as_one() -> None:
    """One beat of 80 and 100, another of 60: the mean of 90 and 60, not of all three."""
    beats = [[inflow(80, 40), inflow(100, 40)], [inflow(60, 40)]]
    assert mean_over_beats(beats, "e") == pytest.approx(75)


def test_excursions_are_averaged() -> None:
    """20 and 24 rows of 0.1 cm up: 2.0 and 2.4 cm."""
    beats = [
        [measure(m_mode(), "tapse", [Landmark(x, 50), Landmark(x + 20, 50 - rows)])]
        for x, rows in ((10, 20), (40, 24))
    ]
    assert mean_over_beats(beats, "tapse") == pytest.approx(2.2)


def test_the_spread_is_that_of_a_sample() -> None:
    """Of 80, 90 and 100 the squares of -10, 0 and 10 over 2: 100."""
    assert spread_over_beats([80, 90, 100]) == pytest.approx(10)
    assert spread_over_beats([80]) is None
    assert spread_over_beats([]) is None
