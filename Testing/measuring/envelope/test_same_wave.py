"""Beats of a strip tell each other's heights, and each keeps its own."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip

from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.envelope.same_wave import same_waves

AT = (60, 150, 240, 330, 420)


def test_waves_one_beat_apart_and_alike_are_the_same_one() -> None:
    columns = np.array([10.0, 60, 112, 159, 209, 262])
    heights = np.array([80.0, 40, 75, 44, 85, 38])
    assert same_waves(columns, heights, 100) == [[0, 2, 4], [1, 3, 5]]


def test_a_missing_beat_does_not_part_the_others() -> None:
    columns = np.array([10.0, 110, 310])
    assert same_waves(columns, np.full(3, 80.0), 100) == [[0, 1, 2]]


def test_a_wave_half_as_high_is_another_one() -> None:
    columns = np.array([10.0, 110, 210])
    assert same_waves(columns, np.array([80.0, 40, 80]), 100) == [[0, 2], [1]]


@pytest.mark.parametrize("other", [68, 92])
def test_a_beat_that_is_lower_or_higher_stays_so(other: int) -> None:
    drawn = [80, 80, other, 80, 80]
    frame = strip([Hump(at, height) for at, height in zip(AT, drawn, strict=True)])
    found = read_strip(frame, region(), ZERO).waves()
    assert [ZERO - wave.row for wave in found] == pytest.approx(drawn, rel=0.025)
    assert all(wave.top.agreed is not None for wave in found)


@pytest.mark.parametrize("middle", range(5))
def test_a_beat_whose_peak_lies_under_writing_is_told_by_the_others(middle: int) -> None:
    frame = strip([Hump(at, 80) for at in AT])
    at = STRIP.x0 + AT[middle]
    frame[ZERO - 90 : ZERO - 64, at - 14 : at + 15] = (0, 200, 0)
    found = read_strip(frame, region(), ZERO).waves()
    wave = min(found, key=lambda wave: abs(wave.peak - at))
    assert ZERO - wave.row == pytest.approx(80, rel=0.05)
