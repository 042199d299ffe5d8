"""E and A of one beat: a fact of the strip, not of the network."""

from __future__ import annotations

import math

import numpy as np
import pytest
from edge_strips import clean

from EchoMeasureLib.flags import DOUBTS, Flag
from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.manual_calibration import from_velocity_axis
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS

STRIP = Box(42, 342, 943, 733)
ZERO = 642
S_PER_PX = 0.0035
REGION = Region(0, RegionKind.PW, STRIP, ("s", "cm/s"), (S_PER_PX, -0.5), (0, ZERO - STRIP.y0))

WAVES = ((200, 160), (290, 100), (480, 160), (570, 100), (760, 160), (850, 100))
"""Column and height of E, A, E, A, E, A: beats of 280 px, 0.98 s."""


def strip(waves: tuple[tuple[int, int], ...] = WAVES, r_waves: tuple[float, ...] = ()) -> Cine:
    """Waves of 0.18 s, filled, over faint noise."""
    frame = np.zeros((768, 1024, 3), np.uint8)
    noise = np.random.default_rng(2).integers(0, 30, (STRIP.height, STRIP.width, 1))
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1] = noise
    for centre, height in waves:
        for column in range(-25, 26):
            ends = round(height * math.cos(math.pi * column / 50))
            frame[ZERO - ends : ZERO, centre + column] = 150
    return Cine(ArraySource(frame[None]), Timing((0.0,), "still", r_waves), [REGION])


def pair(cine: Cine, e_x: float, a_x: float, origin: Origin = Origin.MANUAL) -> Caliper:
    """E of 160 rows, 80 cm/s, and A of 100 rows, 50 cm/s."""
    points = [Landmark(e_x, ZERO - 160), Landmark(a_x, ZERO - 100)]
    return measure(cine, "mvpeak", points, origin=origin)


def ratio(caliper: Caliper) -> Value:
    return caliper.value("e_a_ratio")


def without_times(cine: Cine) -> Cine:
    """The same strip whose velocity axis alone was calibrated by hand: 100 rows are 50 cm/s."""
    marks = PixelPoint(950, ZERO), PixelPoint(950, ZERO - 100)
    region = from_velocity_axis(cine, *marks, 50.0, ZERO, RegionKind.PW, bounds=STRIP)
    return cine.with_regions([region])


@pytest.mark.parametrize("origin", list(Origin))
def test_e_and_a_of_one_diastole(origin: Origin) -> None:
    caliper = pair(strip(), 480, 570, origin)
    assert caliper.flags == ()
    assert ratio(caliper).value == pytest.approx(1.6)
    assert ratio(caliper).interval_s == pytest.approx(90 * S_PER_PX)


@pytest.mark.parametrize(("apart", "one"), [(40, True), (90, False)])
def test_without_times_flow_that_never_ends_makes_one_diastole(apart: int, one: bool) -> None:
    """Waves of 50 px: 40 px apart they overlap, 90 px apart 40 px of nothing lie between."""
    caliper = pair(without_times(strip(((480, 160), (480 + apart, 100)))), 480, 480 + apart)
    assert ratio(caliper).interval_s is None
    assert (caliper.flags == ()) is one
    assert ratio(caliper).value == (pytest.approx(1.6) if one else None)
    assert one or "The time axis is not calibrated" in ratio(caliper).reason


@pytest.mark.parametrize("origin", list(Origin))
@pytest.mark.parametrize("timed", [True, False])
def test_the_a_of_the_next_beat_gives_no_ratio(origin: Origin, timed: bool) -> None:
    """Beats of 190 px, 0.67 s, so that 250 px, 0.88 s, are less than the longest diastole."""
    fast = ((200, 160), (260, 100), (390, 160), (450, 100), (580, 160), (640, 100))
    cine = strip(fast) if timed else without_times(strip(fast))
    caliper = pair(cine, 200, 450, origin)
    assert ratio(caliper).value is None
    assert Flag.NOT_ONE_BEAT in caliper.flags
    assert ratio(caliper).reason == (
        "E and A are not of one beat, so there is no ratio. Another wave lies between them."
    )
    # Each of them is a wave all the same.
    assert caliper.value("e").value == pytest.approx(80)
    assert caliper.value("a").value == pytest.approx(50)


def test_e_and_a_on_both_sides_of_a_sweeps_bar_give_no_ratio() -> None:
    frame = strip().frame(0).copy()
    frame[STRIP.y0 : STRIP.y1 + 1, 240:252] = 0
    barred = Cine(ArraySource(frame[None]), Timing((0.0,), "still", ()), [REGION])
    found = ratio(pair(barred, 200, 290))
    assert found.value is None
    assert found.reason == (
        "E and A are not of one beat, so there is no ratio. "
        "The sweep begins anew between its waves."
    )
    assert ratio(pair(barred, 480, 570)).value == pytest.approx(1.6)


def test_longer_apart_than_any_diastole() -> None:
    """272 px are 0.952 s, and nothing else is drawn."""
    caliper = pair(strip(((200, 160), (472, 100))), 200, 472)
    assert ratio(caliper).value is None
    assert "They lie 0.95 s apart; in one beat it is no more than 0.9 s" in ratio(caliper).reason


@pytest.mark.parametrize(("rr_s", "one"), [(0.7, True), (0.6, False)])
def test_r_waves_say_how_long_a_beat_is(rr_s: float, one: bool) -> None:
    """140 px are 0.49 s: 70 % of 0.7 s and 82 % of 0.6 s."""
    cine = strip(((200, 160), (340, 100)), tuple(rr_s * n for n in range(4)))
    caliper = pair(cine, 200, 340)
    assert (ratio(caliper).value is not None) is one
    if not one:
        assert "0.49 s apart, where a beat lasts 0.60 s" in ratio(caliper).reason


def test_a_wave_of_mid_diastole_is_no_other_beat() -> None:
    """An L wave of 40 rows between E of 160 and A of 100: less than half of A."""
    waves = ((200, 160), (290, 40), (380, 100))
    assert pair(strip(waves), 200, 380).flags == ()


def test_without_times_and_without_a_picture_of_both_there_is_no_ratio() -> None:
    caliper = pair(without_times(strip(())), 480, 570)
    assert ratio(caliper).value is None
    assert "The time axis is not calibrated" in ratio(caliper).reason
    assert caliper.excluded.startswith("flagged points not of one beat")


def test_an_e_after_its_a_is_the_wrong_order_with_and_without_times() -> None:
    for cine in (strip(), without_times(strip())):
        assert Flag.ORDER in pair(cine, 570, 480).flags


def test_no_reviewer_makes_one_beat_of_two() -> None:
    assert Flag.NOT_ONE_BEAT not in DOUBTS


@pytest.mark.parametrize("layout", ["768x1024", "480x640", "1080x1920"])
@pytest.mark.parametrize("inverted", [False, True])
def test_every_beat_of_a_phantom_is_one_and_no_pair_of_two_is(layout: str, inverted: bool) -> None:
    screen = LAYOUTS[layout].with_quirks(Quirk.INVERTED) if inverted else LAYOUTS[layout]
    for seed in range(30, 34):
        strip = clean(plan_spectrum("mvpeak", screen, seed))
        for beat in strip.beats:
            caliper = measure(strip.cine, "mvpeak", [Landmark(*point) for point in beat])
            assert Flag.NOT_ONE_BEAT not in caliper.flags, (layout, seed)
        for (e, _), (_, a) in zip(strip.beats, strip.beats[1:], strict=False):
            caliper = measure(strip.cine, "mvpeak", [Landmark(*e), Landmark(*a)])
            assert ratio(caliper).value is None, (layout, seed)


def test_an_r_wave_of_the_drawn_ecg_between_them_is_seen() -> None:
    """Beats of 0.6 s; clutter hides that nothing flows between them, and how high waves stand."""
    beats = [at for first in range(200, 800, 170) for at in ((first, 130), (first + 55, 120))]
    frame = strip(tuple(beats)).frame(0).copy()
    rng = np.random.default_rng(3)
    clutter = rng.integers(90, 150, (85, STRIP.width, 1), dtype=np.uint8)
    part = frame[ZERO - 85 : ZERO, STRIP.x0 : STRIP.x1 + 1]
    np.maximum(part, clutter, out=part)
    trace = np.rint(400 + 4 * np.sin(np.arange(STRIP.width) / 15)).astype(int)
    for r_wave in range(105, 900, 170):
        for away in range(-4, 5):
            trace[r_wave - STRIP.x0 + away] = 360 + 10 * abs(away)
    for column, (row, last) in enumerate(zip(trace, np.append(trace[1:], trace[-1]), strict=True)):
        frame[min(row, last) - 1 : max(row, last) + 1, STRIP.x0 + column] = (60, 220, 60)
    cine = Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [REGION])
    e, *both = (Landmark(200, ZERO - 130), *(Landmark(x, ZERO - 120) for x in (255, 425)))
    same, apart = (ratio(measure(cine, "mvpeak", (e, a))) for a in both)
    assert same.value == pytest.approx(130 / 120)
    assert apart.value is None
    assert Flag.NOT_ONE_BEAT in apart.flags
