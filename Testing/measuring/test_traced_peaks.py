"""A tracing's peak against the wave that it lies on, and against the peak measured beside it."""

from __future__ import annotations

import math

import pytest
from drawn_waves import STRIP, ZERO, Hump, cine, strip
from review_studies import predicted

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.beside import checked, find_remarks
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure, pixel_points
from EchoMeasureLib.measuring.compared import Compared
from EchoMeasureLib.measuring.running import beat_by_beat

JET = cine(strip([Hump(100, -100, 70), Hump(300, -100, 70)]))
"""100 rows of 0.5 cm/s."""
BLANK = cine(strip([]))


def traced(image: Cine, rows: float, origin: Origin = Origin.MANUAL) -> Caliper:
    """Half a sine along the first wave, so many rows high."""
    places = [n / 12 for n in range(13)]
    points = [(STRIP.x0 + 65 + 70 * at, ZERO + rows * math.sin(math.pi * at)) for at in places]
    return measure(image, "lvotvti", pixel_points(points), 0, origin)


def peak(image: Cine, rows: float) -> Caliper:
    return beat_by_beat(image, predicted("lvotvmax", 0, [(STRIP.x0 + 100, ZERO + rows)]))[0]


def test_a_tracing_by_hand_is_compared_with_its_wave() -> None:
    (right,) = checked(JET, [traced(JET, 100)])
    assert right.flags == ()
    (low,) = checked(JET, [traced(JET, 80)])
    assert low.flags == (Flag.ENVELOPE_DISAGREES,)
    assert low.values[0].beside == (
        "The peak of the tracing of LVOT VTI is put at 0.40 m/s; the wave there is seen to reach "
        "0.50 m/s."
    )


def test_a_tracing_by_hand_has_to_enclose_its_wave_too() -> None:
    """A triangle up to the tip of half a sine, 0.5 m/s in 0.28 s, is 7.0 of its 8.9 cm."""
    wide = cine(strip([Hump(at, -100, 70) for at in (100, 250, 400)]))
    corners = [(STRIP.x0 + x, y) for x, y in ((65, ZERO), (100, ZERO + 100), (135, ZERO))]
    (flat,) = checked(wide, [measure(wide, "lvotvti", pixel_points(corners), 0)])
    assert {value.flags for value in flat.values} == {(Flag.ENVELOPE_DISAGREES,)}
    assert "LVOT VTI is traced as 7.0 cm; the edge that is seen there has 8." in (
        flat.values[0].beside
    )
    (round_one,) = checked(wide, [traced(wide, 100)])
    assert round_one.flags == ()


def test_the_readers_own_tracing_is_no_vote_on_itself() -> None:
    assert checked(JET, [traced(JET, 80, Origin.ENVELOPE)])[0].flags == ()


def test_where_the_picture_says_nothing_tracing_and_peak_are_compared() -> None:
    found = checked(BLANK, [traced(BLANK, 80), peak(BLANK, 100)])
    assert all(Flag.ENVELOPE_DISAGREES in caliper.flags for caliper in found)
    assert "The tracing of LVOT VTI reaches 0.40 m/s; LVOT Vmax beside it is 0.50 m/s." in (
        found[0].values[0].beside
    )
    assert "LVOT Vmax is put at 0.50 m/s; the tracing of LVOT VTI beside it reaches 0.40 m/s." in (
        found[1].values[0].beside
    )


@pytest.mark.parametrize("rows", [94, 106])
def test_eight_per_cent_apart_is_one_wave(rows: float) -> None:
    found = checked(BLANK, [traced(BLANK, 100), peak(BLANK, rows)])
    assert not any(Flag.ENVELOPE_DISAGREES in caliper.flags for caliper in found)


def test_of_the_reader_only_the_other_one_is_flagged() -> None:
    found = checked(BLANK, [traced(BLANK, 80, Origin.ENVELOPE), peak(BLANK, 100)])
    assert [Flag.ENVELOPE_DISAGREES in caliper.flags for caliper in found] == [False, True]


def test_the_one_for_which_the_picture_speaks_is_not_flagged() -> None:
    found = checked(JET, [traced(JET, 80), peak(JET, 100)])
    assert [Flag.ENVELOPE_DISAGREES in caliper.flags for caliper in found] == [True, False]


def test_what_the_reviewer_stands_behind_or_has_rejected_says_nothing() -> None:
    one, other = traced(BLANK, 80), peak(BLANK, 100)
    stands = find_remarks(BLANK, [Compared(one, stands=True), Compared(other)])
    assert not stands[0]
    assert Flag.ENVELOPE_DISAGREES in {remark.flag for remark in stands[1]}
    rejected = find_remarks(BLANK, [Compared(one, witness=False), Compared(other)])
    assert Flag.ENVELOPE_DISAGREES not in {remark.flag for remark in rejected[1]}


def test_another_beat_is_another_wave() -> None:
    other = beat_by_beat(BLANK, predicted("lvotvmax", 0, [(STRIP.x0 + 300, ZERO + 100)]))[0]
    found = checked(BLANK, [traced(BLANK, 80), other])
    assert not any(Flag.ENVELOPE_DISAGREES in caliper.flags for caliper in found)
