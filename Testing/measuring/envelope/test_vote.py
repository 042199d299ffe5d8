"""A Doppler point that is not on the peak of the wave that the picture shows is told, with both
numbers; where the wave is not seen well enough, nothing is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from drawn_waves import CM_S, SECONDS, STRIP, ZERO, Hump, cine, region, strip
from edge_strips import EdgeStrip, clean

from EchoMeasureLib.flags import BESIDE, DOUBTS, Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.beside import checked, find_remarks
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
from EchoMeasureLib.measuring.compared import Compared
from EchoMeasureLib.measuring.envelope.incomplete import INCOMPLETE
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.envelope.vote import CUT, Verdict, Vote, vote_on
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS

FLAGS = {Flag.ENVELOPE_DISAGREES, Flag.NO_WAVE}
E_AND_A = strip([Hump(150, 100), Hump(300, 60)])


def vote(x: float, height: float) -> Vote:
    reading = read_strip(E_AND_A, region(), ZERO)
    return vote_on(reading, PixelPoint(STRIP.x0 + x, ZERO - height))


@pytest.mark.parametrize(
    ("x", "height", "verdict"),
    [
        (150, 100, Verdict.AGREES),
        (155, 96, Verdict.AGREES),
        (150, 111, Verdict.DISAGREES),
        (150, 89, Verdict.DISAGREES),
        (150, 70, Verdict.DISAGREES),
        (300, 60, Verdict.AGREES),
        (300, 100, Verdict.DISAGREES),
        (420, 80, Verdict.NO_WAVE),
        (300, -60, Verdict.UNSURE),
    ],
)
def test_a_point_is_compared_with_its_own_wave(x: float, height: float, verdict: Verdict) -> None:
    assert vote(x, height).verdict is verdict


@pytest.mark.parametrize(
    ("x", "verdict"), [(150, Verdict.AGREES), (322, Verdict.UNSURE), (420, Verdict.NO_WAVE)]
)
def test_nothing_flows_where_the_trace_has_not_been(x: float, verdict: Verdict) -> None:
    """Its last column is 319; what is within 20 ms of it, five columns, may be its flank."""
    frame = E_AND_A.copy()
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 + 320 :] = 0
    reading = read_strip(frame, region(), ZERO)
    assert vote_on(reading, PixelPoint(STRIP.x0 + x, ZERO - 100)).verdict is verdict


def test_a_strip_on_which_nothing_is_drawn_says_nothing() -> None:
    reading = read_strip(E_AND_A * 0, region(), ZERO)
    assert vote_on(reading, PixelPoint(200, ZERO - 50)).verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    ("height", "verdict"),
    [(85, Verdict.DISAGREES), (100, Verdict.UNSURE), (115, Verdict.UNSURE)],
)
def test_a_jet_of_which_only_a_part_is_seen_is_at_least_as_high(
    height: float, verdict: Verdict
) -> None:
    """Its light breaks off where it is still rising: 100 rows high there, and higher later."""
    frame, dark = strip([Hump(150, -120, 100), Hump(400, -120, 100)]), strip([])
    for last in (131, 381):  # there half a sine is at 0.83
        hidden = slice(STRIP.x0 + last + 1, STRIP.x0 + last + 80)
        frame[ZERO + 1 :, hidden] = dark[ZERO + 1 :, hidden]
    found = vote_on(
        read_strip(frame, region(RegionKind.CW), ZERO), PixelPoint(STRIP.x0 + 131, ZERO + height)
    )
    assert (found.verdict, found.why) == (verdict, INCOMPLETE)


@pytest.mark.parametrize(
    ("wave", "height", "verdict"),
    [
        (125, 100, Verdict.DISAGREES),
        (125, 122, Verdict.AGREES),
        # So far beyond it that nothing tells it from a gain that is too high.
        (160, 100, Verdict.UNSURE),
    ],
)
def test_a_wave_that_the_strip_cuts_is_at_least_as_high(
    wave: float, height: float, verdict: Verdict
) -> None:
    """The strip ends 130 rows above the baseline."""
    reading = read_strip(strip([Hump(150, wave), Hump(300, 60)]), region(), ZERO)
    found = vote_on(reading, PixelPoint(STRIP.x0 + 150, ZERO - height))
    assert (found.verdict, found.why, found.at_least) == (verdict, CUT, True)


def test_a_low_wave_beside_a_high_one_speaks_for_its_own_point() -> None:
    """As e' beside the isovolumic spike: 72 ms apart, and the point nearer to the other summit."""
    fine = replace(region(), delta=(0.001, -CM_S))
    reading = read_strip(strip([Hump(150, 100), Hump(222, 80)]), fine, ZERO)
    assert vote_on(reading, PixelPoint(STRIP.x0 + 184, ZERO - 80)).verdict is Verdict.AGREES


def test_a_strip_without_a_scale_of_velocity_has_a_vote_all_the_same() -> None:
    unscaled = replace(region(RegionKind.CW), delta=(SECONDS, 0.0))
    reading = read_strip(strip([Hump(95, -90), Hump(295, -90)]), unscaled, ZERO)
    found = vote_on(reading, PixelPoint(STRIP.x0 + 95, ZERO + 105))
    assert found.verdict is Verdict.DISAGREES


def e_and_a(e: float, a: float) -> Caliper:
    points = [(STRIP.x0 + 150, ZERO - e), (STRIP.x0 + 300, ZERO - a)]
    return measure(cine(E_AND_A), "mvpeak", pixel_points([PixelPoint(*p) for p in points]))


def test_both_numbers_are_said() -> None:
    (caliper,) = checked(cine(E_AND_A), [e_and_a(100, 75)])
    assert Flag.ENVELOPE_DISAGREES in caliper.flags
    said = caliper.values[1].doubts
    own, seen = re.findall(r"A is put at ([\d.]+) cm/s; the wave .* reach ([\d.]+) cm/s", said)[0]
    assert float(own) == pytest.approx(75 * CM_S, abs=0.05)
    assert float(seen) == pytest.approx(60 * CM_S, rel=0.02)
    assert "E is put" not in said


def test_an_a_that_is_put_wrongly_leaves_the_e_alone_and_not_the_ratio() -> None:
    (caliper,) = checked(cine(E_AND_A), [e_and_a(100, 75)])
    e, a, ratio = caliper.values
    assert (e.flags, e.doubts) == ((), "")
    assert a.flags == ratio.flags == (Flag.ENVELOPE_DISAGREES,)
    assert a.doubts == ratio.doubts
    # On no wave at all it says nothing of which wave is which.
    nowhere = [(STRIP.x0 + 150, ZERO - 100), (STRIP.x0 + 420, ZERO - 80)]
    points = pixel_points([PixelPoint(*p) for p in nowhere])
    (lost,) = checked(cine(E_AND_A), [measure(cine(E_AND_A), "mvpeak", points)])
    assert all(Flag.NO_WAVE in value.flags for value in lost.values)


def test_right_points_are_left_alone() -> None:
    caliper = e_and_a(100, 60)
    assert checked(cine(E_AND_A), [caliper]) == (caliper,)


def test_a_wave_that_is_not_seen_clearly_is_said_without_a_flag() -> None:
    frame = strip([Hump(150, 100), Hump(300, 60)])
    frame[ZERO - 80 : ZERO - 40, STRIP.x0 + 270 : STRIP.x0 + 331] = (230, 60, 0)
    points = [PixelPoint(STRIP.x0 + 150, ZERO - 100), PixelPoint(STRIP.x0 + 300, ZERO - 70)]
    (caliper,) = checked(cine(frame), [measure(cine(frame), "mvpeak", pixel_points(points))])
    assert not FLAGS & {*caliper.flags}
    assert "A is not checked against its wave: " in caliper.values[1].doubts
    assert "E is not" not in caliper.values[0].doubts


def test_what_the_reviewer_stands_behind_is_not_flagged() -> None:
    caliper = e_and_a(100, 75)
    assert find_remarks(cine(E_AND_A), [Compared(caliper)]) != [()]
    assert find_remarks(cine(E_AND_A), [Compared(caliper, stands=True)]) == [()]


def test_a_reviewer_may_take_such_a_point_over() -> None:
    assert FLAGS <= BESIDE <= DOUBTS


def phantoms(lifelike: bool) -> Iterator[EdgeStrip]:
    """A strip of every Doppler measurement."""
    layouts = list(LAYOUTS.values())
    for number, name in enumerate(CASES):
        layout = layouts[(number + lifelike) % 4]
        quirks = [Quirk.LIFELIKE] if lifelike else []
        yield clean(plan_spectrum(name, layout.with_quirks(*quirks), 31_000 + number))


@pytest.mark.parametrize(("lifelike", "passed", "told"), [(False, 1.0, 0.95), (True, 0.97, 0.7)])
def test_on_phantoms_true_points_pass_and_moved_ones_do_not(
    lifelike: bool, passed: float, told: float
) -> None:
    right: list[Verdict] = []
    moved: list[Verdict] = []
    for phantom in phantoms(lifelike):
        zero = phantom.region.baseline_y
        assert zero is not None
        reading = read_strip(phantom.cine.frame(0), phantom.region, zero)
        for point in (point for beat in phantom.beats for point in beat):
            right.append(vote_on(reading, point).verdict)
            for share in (0.78, 1.22):
                y = zero + share * (point.y - zero)
                moved.append(vote_on(reading, point._replace(y=y)).verdict)
    against = {Verdict.DISAGREES, Verdict.NO_WAVE}
    assert len(right) > 20
    assert sum(verdict not in against for verdict in right) >= passed * len(right)
    assert sum(verdict in against for verdict in moved) >= told * len(moved)
