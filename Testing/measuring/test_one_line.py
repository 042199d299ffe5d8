"""TAPSE follows one echo: from its lowest point to its next highest, in one beat, or is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from EchoMeasureLib.flags import DOUBTS, Flag
from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.manual_calibration import from_m_mode_ruler
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.beside import checked
from EchoMeasureLib.measuring.calipers import Origin, measure, pixel_points
from EchoMeasureLib.measuring.fitted_excursion import tissue_excursion
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.mmode import draw_m_mode, plan_m_mode

STRIP = Box(42, 342, 943, 733)
CM, SECONDS = 0.04, 0.0035
REGION = Region(0, RegionKind.M_MODE, STRIP, ("s", "cm"), (SECONDS, CM), (0, 0))
BEAT, RISE = 280, 100
"""Columns of a beat, 0.98 s, and from the lowest to the highest point, 0.35 s."""
LOW = 300
"""Column of a lowest point; the next highest is at column 400."""

Line = tuple[float, float, float, float]
"""Resting row, rows by which it rises, brightness, and its standard deviation in rows."""

ANNULUS: Line = (600, 50, 150, 6)
OTHERS: tuple[Line, ...] = ((570, 45, 90, 4), (530, 30, 120, 5), (660, 40, 100, 4))
"""Lines above and below the annulus that move like it, each in its own measure."""


def rise(column: float) -> float:
    """0 at the lowest point of a beat, 1 at its highest."""
    share = ((column - LOW) % BEAT) / BEAT
    up = RISE / BEAT
    if share < up:
        return (1 - math.cos(math.pi * share / up)) / 2
    return (1 + math.cos(math.pi * (share - up) / (1 - up))) / 2


def row(line: Line, column: float) -> float:
    return line[0] - line[1] * rise(column)


def picture(*lines: Line, noise: int = 30) -> Frame:
    frame = np.zeros((768, 1024, 3), np.uint8)
    strip = np.random.default_rng(4).uniform(0, noise, (STRIP.height, STRIP.width))
    rows = np.arange(STRIP.y0, STRIP.y1 + 1)
    for line in lines:
        for column in range(STRIP.width):
            away = (rows - row(line, column + STRIP.x0)) / line[3]
            strip[:, column] += line[2] * np.exp(-0.5 * away**2)
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1] = strip.clip(0, 255)[..., None]
    return frame


PICTURE = picture(ANNULUS, *OTHERS)


def cine(frame: Frame = PICTURE, region: Region = REGION, rr_s: float | None = None) -> Cine:
    r_waves = () if rr_s is None else (0.0, rr_s, 2 * rr_s)
    return Cine(ArraySource(frame[None]), Timing((0.0,), "still", r_waves), [region])


def tapse(
    image: Cine,
    first: tuple[float, float],
    second: tuple[float, float],
    origin: Origin = Origin.MANUAL,
) -> Value:
    points = [Landmark(*point, confidence=0.9) for point in (first, second)]
    return measure(image, "tapse", points, origin=origin).values[0]


@pytest.mark.parametrize("origin", list(Origin))
@pytest.mark.parametrize("line", [ANNULUS, OTHERS[1]])
def test_the_rise_of_one_line(line: Line, origin: Origin) -> None:
    """50 rows of 0.04 cm are 2 cm, 100 columns of 3.5 ms 0.35 s; 30 rows are 1.2 cm."""
    value = tapse(cine(), (LOW, row(line, LOW)), (LOW + 100, row(line, LOW + 100)), origin)
    assert value.flags == ()
    assert value.value == pytest.approx(0.04 * line[1])
    assert value.interval_s == pytest.approx(0.35)


@pytest.mark.parametrize("sigma", [10, 16])
def test_a_blur_counts_as_a_line_at_its_middle_and_off_it(sigma: float) -> None:
    """Points 5 rows off a band whose light has fallen to 60 % at 10 or 16 rows from its middle."""
    blur = (*ANNULUS[:3], sigma)
    for off in (-5, 0, 5):
        value = tapse(cine(picture(blur)), (LOW, 600 + off), (LOW + 100, 550 + off))
        assert value.value == pytest.approx(2.0), off


def test_where_every_way_says_the_same_it_counts() -> None:
    """7 rows are 2.8 mm, within what one way alone may be off by; 5 are the 2 mm of a hand."""
    low, high = (LOW, row(ANNULUS, LOW)), row(ANNULUS, LOW + 100)
    value = tapse(cine(), low, (LOW + 100, high - 7))
    assert value.flags == (Flag.NOT_ONE_LINE,)
    assert "leads 0.3 cm below the second" in value.reason
    assert tapse(cine(), low, (LOW + 100, high - 5)).flags == ()


@pytest.mark.parametrize("origin", list(Origin))
@pytest.mark.parametrize("other", OTHERS[:2])
def test_from_one_line_to_another_is_no_number(other: Line, origin: Origin) -> None:
    """Lines 0.5 to 2 cm apart at end-systole."""
    high = LOW + 100
    value = tapse(cine(), (LOW, 600), (high, row(other, high)), origin)
    assert value.value is None
    assert value.flags == (Flag.NOT_ONE_LINE,)
    apart = 0.04 * (550 - row(other, high))
    assert value.reason.startswith("This is no TAPSE. The echo at the first point leads ")
    words = value.reason.split("leads ")[1]
    assert float(words.split(" cm")[0]) == pytest.approx(apart, abs=0.15)
    assert "cm below the second" in words


def test_a_still_line_beside_a_moving_one() -> None:
    frame = picture((620, 0, 150, 5), (500, 0, 150, 5))
    assert tapse(cine(frame), (LOW, 620), (LOW + 100, 500)).flags == (Flag.NOT_ONE_LINE,)


def test_points_on_nothing_in_a_strip_that_shows_something() -> None:
    """The only line lies 150 rows higher."""
    value = tapse(cine(picture((420, 10, 150, 5))), (LOW, 620), (LOW + 100, 570))
    assert value.flags == (Flag.NOT_ONE_LINE,)


def test_a_strip_on_which_nothing_is_drawn_says_nothing() -> None:
    """Time and order hold all the same; who puts the points by hand answers for them."""
    black = cine(np.zeros_like(PICTURE))
    assert tapse(black, (LOW, 620), (LOW + 100, 570)).value == pytest.approx(2.0)
    assert tapse(black, (LOW, 620), (LOW + 10, 570)).flags == (Flag.NOT_ONE_BEAT,)


def test_up_and_down_and_up_again_are_two_beats() -> None:
    """Of a fast heart: beats of 110 columns, 0.39 s; the points are 150 columns apart."""
    frame = np.zeros((768, 1024, 3), np.uint8)
    noise = np.random.default_rng(1).uniform(0, 30, (STRIP.height, STRIP.width))
    rows = np.arange(STRIP.y0, STRIP.y1 + 1)
    for column in range(STRIP.width):
        line = 600 - 25 * (1 - math.cos(2 * math.pi * (column + STRIP.x0 - LOW) / 110))
        line -= 0.02 * (column + STRIP.x0 - LOW)
        noise[:, column] += 150 * np.exp(-0.5 * ((rows - line) / 5) ** 2)
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1] = noise.clip(0, 255)[..., None]
    value = tapse(cine(frame), (LOW, 600), (LOW + 165, 547))
    assert value.flags == (Flag.NOT_ONE_LINE,)
    assert "turns back between the points" in value.reason
    assert tapse(cine(frame), (LOW, 600), (LOW + 55, 549)).value == pytest.approx(2.04)


@pytest.mark.parametrize(
    ("columns", "one"), [(28, False), (29, True), (171, True), (172, False), (-80, False)]
)
def test_between_100_and_600_ms(columns: float, one: bool) -> None:
    """On a black strip, so that time alone speaks."""
    value = tapse(cine(np.zeros_like(PICTURE)), (LOW, 600), (LOW + columns, 550))
    assert (value.flags == ()) is one
    assert value.value == (pytest.approx(2.0) if one else None)
    if not one:
        assert value.flags == (Flag.NOT_ONE_BEAT,)
        assert "a systole takes 0.1 to 0.6 s" in value.reason
        assert value.interval_s == pytest.approx(columns * SECONDS)


@pytest.mark.parametrize(("rr_s", "one"), [(0.5, True), (0.45, False)])
def test_r_waves_say_how_long_a_beat_is(rr_s: float, one: bool) -> None:
    """100 columns are 0.35 s: 70 % of 0.5 s and 78 % of 0.45 s."""
    value = tapse(cine(rr_s=rr_s), (LOW, 600), (LOW + 100, 550))
    assert (value.value is not None) is one
    assert one or "0.35 s apart, where a beat lasts 0.45 s" in value.reason


@pytest.mark.parametrize("down", [50, 0])
def test_the_second_point_is_nearer_to_the_probe(down: float) -> None:
    value = tapse(cine(), (LOW, 550), (LOW + 100, 550 + down))
    assert (value.value, value.flags) == (None, (Flag.ORDER,))
    assert "does not lie nearer to the probe" in value.reason


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_mirrored_and_inverted_strips_say_so_in_their_deltas(
    mirrored: bool, inverted: bool
) -> None:
    turn = replace(REGION, delta=(-SECONDS if mirrored else SECONDS, -CM if inverted else CM))
    frame = PICTURE.copy()
    strip = frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1]
    strip[:] = strip[:: -1 if inverted else 1, :: -1 if mirrored else 1].copy()

    def turned(x: float, y: float) -> tuple[float, float]:
        column = STRIP.x0 + STRIP.x1 - x if mirrored else x
        return column, STRIP.y0 + STRIP.y1 - y if inverted else y

    image, low, high = cine(frame, turn), turned(LOW, 600), turned(LOW + 100, 550)
    value = tapse(image, low, high)
    assert (value.flags, value.value) == ((), pytest.approx(2.0))
    assert value.interval_s == pytest.approx(0.35)
    assert tapse(image, high, low).value is None
    other = turned(LOW + 100, row(OTHERS[1], LOW + 100))
    assert tapse(image, low, other).flags == (Flag.NOT_ONE_LINE,)


def test_without_times_the_picture_alone_speaks() -> None:
    """10 cm over 250 rows, no time: one line still, and the second point to the right."""
    marks = PixelPoint(950, 400), PixelPoint(950, 650)
    image = cine()
    image = image.with_regions([from_m_mode_ruler(image, *marks, 10.0, bounds=STRIP)])
    value = tapse(image, (LOW, 600), (LOW + 100, 550))
    assert (value.value, value.interval_s) == (pytest.approx(2.0), None)
    other = row(OTHERS[1], LOW + 100)
    assert tapse(image, (LOW, 600), (LOW + 100, other)).flags == (Flag.NOT_ONE_LINE,)
    assert tapse(image, (LOW + 280, 600), (LOW + 100, 550)).flags == (Flag.ORDER,)


def test_no_reviewer_makes_one_line_of_two() -> None:
    assert Flag.NOT_ONE_LINE not in DOUBTS


def phantom(name: str, layout: str, seed: int, *quirks: Quirk) -> tuple[Cine, list[PixelPoint]]:
    """The strip, and the points of its beats one after the other."""
    plan = plan_m_mode(name, LAYOUTS[layout].with_quirks(*quirks), seed)
    delta = (plan.seconds_per_px, plan.cm_per_px)
    region = Region(0, RegionKind.M_MODE, plan.layout.strip.box, ("s", "cm"), delta, (0, 0))
    return cine(draw_m_mode(plan), region), [point for beat in plan.beats for point in beat]


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_every_annulus_of_a_plain_phantom_has_a_tapse_and_no_pair_across_lines(layout: str) -> None:
    image, points = phantom("tapse", layout, 31)
    region = image.regions[0]
    for low, high in zip(points[::2], points[1::2], strict=True):
        value = tapse(image, low, high)
        assert value.value == pytest.approx((low.y - high.y) * region.delta[1])
        for centimetres in (-1.0, 1.0):
            wrong = PixelPoint(high.x, high.y + centimetres / region.delta[1])
            assert tapse(image, low, wrong).value is None


def test_the_way_back_alone_is_not_enough() -> None:
    """A dim line 0.4 cm or more from the annulus at end-systole: followed back from there, what
    is brightest leads to the annulus, but from the annulus nothing leads to the line."""
    plan = plan_m_mode("tapse", LAYOUTS["480x640"], 86082)
    image, points = phantom("tapse", "480x640", 86082)
    assert plan.annulus is not None
    asked = 0
    for low, high in zip(points[::2], points[1::2], strict=True):
        risen = plan.annulus.depth - (high.y - plan.layout.strip.box.y0) * plan.cm_per_px
        for line in plan.lines[1:]:
            away = line.offset + (1 - line.share) * risen
            other = PixelPoint(high.x, high.y + away / plan.cm_per_px)
            if abs(away) >= 0.4 and image.regions[0].contains(other) and other.y < low.y:
                assert tapse(image, low, other).value is None
                asked += 1
    assert asked >= 2


@pytest.mark.parametrize("origin", [Origin.PREDICTED, Origin.MANUAL])
def test_beside_the_ring_of_the_valve_other_echoes_move_less(origin: Origin) -> None:
    """A muscle line 0.4 to 2.8 cm from the ring that rises by 30 rows, 0.8 cm less than the ring
    does. Where it is all that is drawn, nobody can tell."""
    muscle: Line = (530, 30, 120, 5)

    def flags(line: Line, *drawn: Line) -> tuple[Flag, ...]:
        ends = [Landmark(x, row(line, x), confidence=0.9) for x in (LOW, LOW + 100)]
        image = cine(picture(*drawn))
        (caliper,) = checked(image, [measure(image, "tapse", ends, origin=origin)])
        if caliper.flags:
            assert caliper.values[0].value == pytest.approx(1.2)
            assert caliper.values[0].beside.startswith("An echo beside it moves over 0.25 cm more")
        return caliper.flags

    both = (ANNULUS, *OTHERS)
    assert flags(muscle, *both) == (Flag.AT_ODDS,)
    assert flags(ANNULUS, *both) == ()
    assert flags(muscle, muscle) == ()


@pytest.mark.parametrize(("beat", "by"), [(2, -0.3), (6, 0.3)])
def test_the_tissue_says_by_how_much_it_moves_where_a_caliper_says_something_else(
    beat: int, by: float
) -> None:
    """A lifelike annulus moves by 0.82 cm; its highest point is put 0.3 cm too high or too low."""
    image, points = phantom("tapse", list(LAYOUTS)[7306 % len(LAYOUTS)], 7306, Quirk.LIFELIKE)
    low, high = points[2 * beat : 2 * beat + 2]
    cm = abs(image.regions[0].delta[1])
    true = (low.y - high.y) * cm
    assert true == pytest.approx(0.82, abs=0.01)
    for moved in (0.0, by):
        ends = pixel_points([low, PixelPoint(high.x, high.y + moved / cm)])
        (caliper,) = checked(image, [measure(image, "tapse", ends)])
        assert caliper.flags == ((Flag.AT_ODDS,) if moved else ())
    said = caliper.values[0].beside
    assert f"not by {true - by:.2f} cm." in said
    assert float(said.split("moves by ")[1].split(" cm")[0]) == pytest.approx(true, abs=0.1)


def test_on_the_lines_of_a_picture_the_tissue_moves_as_drawn() -> None:
    ends = PixelPoint(LOW, 600), PixelPoint(LOW + 100, 550)
    assert tissue_excursion(PICTURE, REGION, *ends) == pytest.approx(2.0, abs=0.06)
    assert tissue_excursion(np.zeros_like(PICTURE), REGION, *ends) is None


def shares(kind: Callable[[int], tuple[Cine, list[PixelPoint]]], count: int) -> float:
    """Share of the beats of so many strips that have a TAPSE without a flag."""
    given = []
    for seed in range(3000, 3000 + count):
        image, points = kind(seed)
        for ends in zip(points[::2], points[1::2], strict=True):
            (caliper,) = checked(image, [measure(image, "tapse", pixel_points(ends))])
            given.append(caliper.calibrated and not caliper.flags)
    return float(np.mean(given))


@pytest.mark.slow
@pytest.mark.parametrize(("quirks", "least"), [((), 0.98), ((Quirk.LIFELIKE,), 0.95)])
def test_nearly_all_true_ones_pass(quirks: tuple[Quirk, ...], least: float) -> None:
    layouts = list(LAYOUTS)
    kind = lambda seed: phantom("tapse", layouts[seed % len(layouts)], seed, *quirks)  # noqa: E731
    assert shares(kind, 60) >= least


@pytest.mark.slow
def test_hardly_any_line_half_a_centimetre_away_passes() -> None:
    """Lines 0.4 to 0.6 cm from the annulus where it is highest, of lifelike phantoms."""
    passed = []
    for number, layout in enumerate(4 * list(LAYOUTS.values())):
        plan = plan_m_mode("tapse", layout.with_quirks(Quirk.LIFELIKE), 3500 + number)
        assert plan.annulus is not None
        cm, box = plan.cm_per_px, plan.layout.strip.box
        delta = (plan.seconds_per_px, cm)
        image = cine(
            draw_m_mode(plan), Region(0, RegionKind.M_MODE, box, ("s", "cm"), delta, (0, 0))
        )
        for low, high in plan.beats[:2]:
            risen = plan.annulus.depth - (high.y - box.y0) * cm
            for line in plan.lines[1:]:
                away = line.offset + (1 - line.share) * risen
                other = PixelPoint(high.x, high.y + away / cm)
                if 0.4 <= abs(away) <= 0.6 and other.y < low.y:
                    passed.append(tapse(image, low, other).value is not None)
    assert len(passed) >= 10
    assert np.mean(passed) <= 0.08
