"""A wave that is only a shoulder on the fall of a higher one is found, and grain invents none."""

from __future__ import annotations

import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip

from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.envelope.reading import StripReading, read_strip
from EchoMeasureLib.measuring.envelope.traced_waves import INTO_NEXT, ends_of_wave, fall_of_wave

BEATS = (70, 190, 310, 430)
"""Columns of the peaks of E: 125 beats per minute."""

LATER, HIGH, RIDING = 30, 100.0, 62.0
"""A's peak comes so many columns after that of E. They meet 3 % under it: after smoothing there is
no dip."""


def read(*, shoulders: bool, kind: RegionKind = RegionKind.PW, seed: int = 1) -> StripReading:
    early = [Hump(at, HIGH, width=90) for at in BEATS]
    late = [Hump(at + LATER, RIDING, width=40) for at in BEATS] if shoulders else []
    return read_strip(strip([*early, *late], seed=seed), region(kind), ZERO)


@pytest.fixture(scope="module")
def reading() -> StripReading:
    return read(shoulders=True)


def test_a_shoulder_in_each_beat_is_a_wave_with_its_place_and_height(reading: StripReading) -> None:
    found = [wave for wave in reading.waves() if wave.shoulder]
    assert [w.peak - STRIP.x0 for w in found] == pytest.approx([b + LATER for b in BEATS], abs=5)
    assert [ZERO - w.row for w in found] == pytest.approx([RIDING] * 4, rel=0.05)
    assert [w.onset < w.peak < w.end for w in found] == [True] * 4


def test_the_waves_that_they_ride_on_are_found_as_before(reading: StripReading) -> None:
    found = [wave for wave in reading.waves() if not wave.shoulder]
    assert [w.peak - STRIP.x0 for w in found] == pytest.approx(BEATS, abs=5)
    assert [ZERO - w.row for w in found] == pytest.approx([HIGH] * 4, rel=0.04)


@pytest.mark.parametrize("seed", range(4))
def test_a_flank_without_one_has_none(seed: int) -> None:
    assert not any(wave.shoulder for wave in read(shoulders=False, seed=seed).waves())


def test_a_jet_by_continuous_wave_has_none() -> None:
    found = read(shoulders=True, kind=RegionKind.CW).waves()
    assert not any(wave.shoulder for wave in found)


def test_neither_fall_nor_length_is_read_where_the_next_wave_rides(reading: StripReading) -> None:
    early = [wave for wave in reading.waves() if not wave.shoulder]
    for wave in early:
        assert fall_of_wave(reading, wave) == INTO_NEXT
        assert ends_of_wave(reading, wave) == INTO_NEXT


def test_a_shoulder_of_one_beat_among_several_is_grain() -> None:
    frame = strip([*(Hump(at, HIGH, width=90) for at in BEATS), Hump(220, 56, width=40)])
    found = read_strip(frame, region(), ZERO).waves()
    assert not any(wave.shoulder for wave in found)
