"""The reader finds the waves of a strip and how high each is, whatever is drawn over them."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import SECONDS, STRIP, ZERO, Hump, region, strip
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.envelope.crosses import find_crosses
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.waves import Wave

THREE = [Hump(100, 90), Hump(250, 60), Hump(400, -80)]


def waves(frame: Frame, kind: RegionKind = RegionKind.PW) -> list[Wave]:
    return list(read_strip(frame, region(kind), ZERO).waves())


def heights(found: list[Wave]) -> list[float]:
    """Signed, up positive, in rows."""
    return [ZERO - wave.row for wave in found]


@pytest.mark.parametrize("kind", [RegionKind.PW, RegionKind.CW])
@pytest.mark.parametrize("rim", [0, 14])
def test_each_wave_is_found_with_its_side_and_height(kind: RegionKind, rim: int) -> None:
    drawn = [Hump(h.at, h.height, rim=rim) for h in THREE]
    found = waves(strip(drawn), kind)
    assert [wave.up for wave in found] == [True, True, False]
    assert heights(found) == pytest.approx([h.height for h in drawn], rel=0.025)
    assert [w.peak - STRIP.x0 for w in found] == pytest.approx([h.at for h in drawn], abs=6)


def test_a_wave_begins_and_ends_where_it_rises_from_the_baseline() -> None:
    (wave,) = waves(strip([Hump(250, 100, width=100)]))
    assert wave.onset - STRIP.x0 == pytest.approx(200, abs=6)
    assert wave.end - STRIP.x0 == pytest.approx(300, abs=6)


@pytest.mark.parametrize("gain", [0.6, 1.4])
@pytest.mark.parametrize("gamma", [0.6, 1.6])
def test_gain_and_gamma_move_no_peak(gain: float, gamma: float) -> None:
    levels = 255 * np.clip(gain * np.arange(256) / 255, 0, 1) ** gamma
    frame = levels.astype(np.uint8)[strip(THREE)]
    assert heights(waves(frame)) == pytest.approx([h.height for h in THREE], rel=0.04)


def test_the_click_of_a_valve_is_no_wave() -> None:
    frame = strip(THREE)
    wide = round(0.012 / SECONDS)
    frame[ZERO - 110 : ZERO, STRIP.x0 + 330 : STRIP.x0 + 330 + wide] = 220
    assert heights(waves(frame)) == pytest.approx([h.height for h in THREE], rel=0.03)


@pytest.mark.parametrize("high", [38, 45])
def test_a_blurred_click_beside_a_wave_is_none(high: int) -> None:
    """Blur makes the line of a valve as wide as a wave is; its sides are upright all the same."""
    bare = strip(THREE)
    for at in (100, 250):
        line = slice(STRIP.x0 + at + 38, STRIP.x0 + at + 42)
        bare[ZERO - high : ZERO + 20, line] = 170
    frame = np.array(Image.fromarray(bare).filter(ImageFilter.GaussianBlur(2)))
    assert heights(waves(frame)) == pytest.approx([h.height for h in THREE], rel=0.05)


def test_a_wave_at_the_strips_end_is_cut_off_there() -> None:
    frame = strip([Hump(250, 90), Hump(STRIP.width - 2, 70)])
    whole, half = waves(frame)
    assert not whole.cut
    assert half.cut
    assert not np.isfinite(half.top.doubt)


def test_a_wave_at_the_bar_of_a_sweep_is_cut_off_there() -> None:
    """Dark columns between the newest and the oldest: of the wave its tip may be missing."""
    frame = strip(THREE)
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 + 230 : STRIP.x0 + 258] = 0
    found = waves(frame)
    sure = [wave for wave in found if not wave.cut and wave.top.doubt <= MOST_DOUBT]
    assert heights(sure) == pytest.approx([90, -80], rel=0.03)


def test_the_bar_of_a_sweep_is_no_noise() -> None:
    bare = strip([Hump(100, 90, light=60), Hump(250, 60, light=60)])
    barred = bare.copy()
    barred[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 + 350 : STRIP.x0 + 400] = 0
    for before, after in zip(
        *(read_strip(f, region(), ZERO).sides for f in (bare, barred)), strict=True
    ):
        assert after[1].noise == pytest.approx(before[1].noise, rel=0.05)
        assert after[1].spread == pytest.approx(before[1].spread, rel=0.2)


def test_two_waves_that_run_into_each_other_are_two() -> None:
    found = waves(strip([Hump(200, 100, width=90), Hump(262, 70, width=60)]))
    assert heights(found) == pytest.approx([100, 70], rel=0.04)


def drawn_over(what: str) -> Frame:
    """The three waves under something that is no flow."""
    image = Image.fromarray(strip(THREE))
    pen = ImageDraw.Draw(image)
    x, y = STRIP.x0 + 100, ZERO - 94
    if what == "cross":
        pen.line((x - 7, y, x + 7, y), (255, 255, 255))
        pen.line((x, y - 7, x, y + 7), (255, 255, 255))
    elif what == "green ECG":
        trace = [(c, 60 + 8 * np.sin(c / 9)) for c in range(STRIP.x0, STRIP.x1)]
        pen.line(trace, (0, 255, 0), 2)
    elif what == "white ECG":
        trace = [(c, 50 + 3 * np.sin(c / 20)) for c in range(STRIP.x0, STRIP.x1)]
        pen.line(trace, (230, 230, 230), 2)
    elif what == "time lines":
        for c in range(STRIP.x0 + 25, STRIP.x1, 75):
            pen.point([(c, row) for row in range(STRIP.y0, STRIP.y1, 3)], (120, 120, 120))
    elif what == "dotted line":
        pen.point([(x, row) for row in range(y, ZERO, 5)], (255, 255, 255))
    elif what == "letters":
        for row, words in enumerate(("50%", "WF 250HZ", "2.1MHZ")):
            pen.text((STRIP.x0 - 4, STRIP.y0 + 12 + 18 * row), words, (235, 235, 235), font_size=15)
    elif what == "a caliper's line":
        pen.point([(x + 60, row) for row in range(y - 20, ZERO, 4)], (255, 255, 255))
    elif what == "text":
        pen.text((STRIP.x0 + 300, STRIP.y0 + 10), "PW 50% 1.8MHz", (255, 255, 255))
    return np.array(image)


@pytest.mark.parametrize(
    "what",
    [
        *("cross", "green ECG", "white ECG", "time lines", "dotted line", "text"),
        *("letters", "a caliper's line"),
    ],
)
def test_what_is_drawn_over_a_strip_is_no_flow(what: str) -> None:
    assert heights(waves(drawn_over(what))) == pytest.approx([h.height for h in THREE], rel=0.03)


NARROW = (100, 220, 340, 460)


@pytest.mark.parametrize("off", [-4, 0, 4])
def test_between_the_dots_of_a_line_of_time_a_narrow_wave_is_seen(off: int) -> None:
    frame = strip([Hump(at, 80, width=20) for at in NARROW])
    for column in (STRIP.x0 + at + off for at in NARROW):
        for row in range(STRIP.y0, STRIP.y1, 5):
            frame[row : row + 2, column : column + 2] = 110
    found = waves(frame)
    assert heights(found) == pytest.approx([80] * 4, rel=0.04)
    assert max(wave.top.hidden for wave in found) < 0.2


def soft_trace(rest: int, level: int) -> Frame:
    """The three waves under a grey ECG with R waves of 40 rows, blurred as a video blurs it."""
    over = Image.new("L", (540, 320))
    steps = {-14: 0, -8: 5, 0: -40, 8: 9, 14: 0}
    beats = [STRIP.x0 + 20 + beat * 150 for beat in range(4)]
    trace = [(STRIP.x0, rest), *((at + c, rest + r) for at in beats for c, r in steps.items())]
    ImageDraw.Draw(over).line([*trace, (STRIP.x1, rest)], level, 3)
    light = np.array(over.filter(ImageFilter.GaussianBlur(1.2)), np.float32)[..., None] / 255
    return np.asarray(strip(THREE) * (1 - light) + 255 * light).astype(np.uint8)


@pytest.mark.parametrize("level", [110, 180])
@pytest.mark.parametrize("rest", [50, 125, 200, 265])
def test_a_soft_grey_ecg_is_no_flow_and_takes_none_away(rest: int, level: int) -> None:
    found = heights(waves(soft_trace(rest, level)))
    assert found == pytest.approx([h.height for h in THREE], rel=0.04)


def test_an_r_wave_of_one_pixel_is_no_flow() -> None:
    image = Image.fromarray(strip(THREE))
    for at in (STRIP.x0 + 20 + beat * 150 for beat in range(4)):
        trace = [(at - 60, 100), (at - 9, 100), (at, 55), (at + 9, 100), (at + 90, 100)]
        ImageDraw.Draw(image).line(trace, (210, 210, 210), 1)
    assert heights(waves(np.array(image))) == pytest.approx([90, 60, -80], rel=0.04)


@pytest.mark.parametrize("at", [72, 76, 80, 84, 88])
def test_the_tip_of_a_wave_beside_the_margin_is_no_letter(at: int) -> None:
    frame = strip([Hump(at, 90, width=24)])
    wave = max(waves(frame), key=lambda wave: ZERO - wave.row)
    assert ZERO - wave.row == pytest.approx(90, rel=0.04)
    assert wave.top.hidden == 0


@pytest.mark.parametrize("width", [24, 36, 70])
@pytest.mark.parametrize("blur", [0.7, 1.3])
def test_a_narrow_wave_keeps_its_tip_under_blur(width: int, blur: float) -> None:
    drawn = strip([Hump(at, 90, width=width) for at in (100, 200, 300, 400)])
    frame = np.array(Image.fromarray(drawn).filter(ImageFilter.GaussianBlur(blur)))
    assert heights(waves(frame)) == pytest.approx([90] * 4, rel=0.04)


def test_a_wave_that_reaches_the_edge_is_cut() -> None:
    (wave,) = waves(strip([Hump(250, 140, width=120)]))
    assert wave.cut


def test_the_part_that_is_not_written_yet_holds_no_wave() -> None:
    frame = strip(THREE)
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 + 320 :] = 0
    assert heights(waves(frame)) == pytest.approx([90, 60], rel=0.03)


def test_where_black_is_grey_what_is_not_written_yet_is_known_by_its_evenness() -> None:
    frame = np.maximum(strip(THREE), 14)
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 + 320 :] = 14
    frame[STRIP.y0 + 5, STRIP.x0 + 30] = 0
    assert heights(waves(frame)) == pytest.approx([90, 60], rel=0.03)


def test_the_edge_does_not_follow_a_click_on_a_flank() -> None:
    frame = strip([Hump(250, 100, width=100)])
    wide = round(0.02 / SECONDS)
    frame[ZERO - 90 : ZERO, STRIP.x0 + 300 : STRIP.x0 + 300 + wide] = 220
    (wave,) = waves(frame)
    columns, rows = read_strip(frame, region(), ZERO).outline(wave)
    beyond = ZERO - rows[columns > STRIP.x0 + 296]
    assert not len(beyond) or beyond.max() < 30


NOTHING = {
    "black": np.zeros((320, 540, 3), np.uint8),
    "grey": np.full((320, 540, 3), 90, np.uint8),
    "white": np.full((320, 540, 3), 255, np.uint8),
    "noise": np.random.default_rng(2).integers(0, 256, (320, 540, 1), np.uint8).repeat(3, 2),
    "faint noise": np.random.default_rng(3).integers(0, 9, (320, 540, 1), np.uint8).repeat(3, 2),
    "colours": np.random.default_rng(4).integers(0, 256, (320, 540, 3), np.uint8),
}


@pytest.mark.parametrize("what", NOTHING)
@pytest.mark.parametrize("zero", [ZERO, STRIP.y0, STRIP.y1, -40.0, 4000.0, ZERO + 0.5])
def test_a_picture_without_flow_gives_no_wave(what: str, zero: float) -> None:
    assert read_strip(NOTHING[what], region(), zero).waves() == ()


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (320, 1), (1, 540), (18, 17), (40, 25)])
def test_a_picture_of_any_size_is_read_or_left_alone(rows: int, columns: int) -> None:
    rng = np.random.default_rng(rows)
    frame = rng.integers(0, 256, (rows, columns, 3), np.uint8)
    for zero in (0.0, rows / 2, float(rows)):
        for wave in read_strip(frame, region(), zero).waves():
            assert 0 <= wave.peak < columns


def test_a_saturated_strip_does_not_end_the_reading() -> None:
    frame = np.minimum(strip(THREE).astype(np.uint16) * 6, 255).astype(np.uint8)
    assert all(np.isfinite(wave.row) for wave in waves(frame))


def test_a_strip_upside_down_has_the_same_waves_on_the_other_side() -> None:
    frame = strip(THREE)
    turned = frame.copy()
    turned[STRIP.y0 : STRIP.y1 + 1] = frame[STRIP.y0 : STRIP.y1 + 1][::-1]
    zero = STRIP.y0 + STRIP.y1 - ZERO
    found = read_strip(turned, region(), zero).waves()
    assert [zero - wave.row for wave in found] == pytest.approx([-90, -60, 80], rel=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_grains_of_noise_that_a_device_leaves_over_black_are_no_waves(seed: int) -> None:
    """A device shows decibels from a level on: most of its noise is black then, and what is left
    are bright grains, as long as its window of time and as high as that resolves velocity."""
    rng = np.random.default_rng(seed)
    shape = (2, STRIP.height, STRIP.width)
    echo = ndimage.gaussian_filter(rng.normal(size=shape), (0, 5, 1.7))
    power = np.square(echo / echo.std()).sum(axis=0) / 2
    grains = np.clip(10 * np.log10(power) * 10, 0, 255)
    drawn = [Hump(h.at, h.height, light=230) for h in THREE]
    drawn += [Hump(STRIP.width / 2, sign * 16, width=9 * STRIP.width) for sign in (1, -1)]
    frame = strip(drawn, noise=0)
    inside = frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1]
    np.maximum(inside, grains.astype(np.uint8)[..., None], out=inside, where=inside[..., :1] < 90)
    high = [wave for wave in waves(frame) if abs(ZERO - wave.row) > 25]
    assert heights(high) == pytest.approx([h.height for h in drawn[:3]], rel=0.05)


@pytest.mark.parametrize("ways", [((1, 0), (0, 1)), ((1, 1), (1, -1))])
def test_a_white_cross_beside_a_narrow_tip_is_neither_flow_nor_a_wave(
    ways: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    image = Image.fromarray(strip([Hump(at, 80, width=24) for at in NARROW]))
    pen = ImageDraw.Draw(image)
    for at in (STRIP.x0 + at for at in NARROW):
        for down, right in ways:
            ends = [(at + way * 7 * right, ZERO - 84 + way * 7 * down) for way in (-1, 1)]
            pen.line(ends, (255, 255, 255))
    assert heights(waves(np.array(image))) == pytest.approx([80] * 4, rel=0.045)


@pytest.mark.parametrize("half", [5, 7])
def test_blurred_upright_crosses_on_tips_make_no_wave_higher_for_sure(half: int) -> None:
    image = Image.fromarray(strip([Hump(at, 80, width=24) for at in NARROW]))
    pen = ImageDraw.Draw(image)
    for at in (STRIP.x0 + at for at in NARROW):
        for down, right in ((1, 0), (0, 1)):
            ends = [(at + way * half * right, ZERO - 84 + way * half * down) for way in (-1, 1)]
            pen.line(ends, (255, 255, 255), 2)
    frame = ndimage.gaussian_filter(np.array(image), (0.9, 0.9, 0))
    for wave in waves(frame):
        assert wave.top.doubt > 0.05 or wave.top.height == pytest.approx(80, rel=0.05)


@pytest.mark.parametrize("opening", [0, 3, 5])
def test_a_white_cross_may_be_open_in_its_middle(opening: int) -> None:
    """On a strip of 620 rows, with arms of 10 px."""
    image = Image.fromarray(np.random.default_rng(1).integers(0, 20, (620, 200), np.uint8))
    ways = [(down, right) for down in (-1, 1) for right in (-1, 1)]
    for down, right in ways:
        ends = [(100 + step * right, 300 + step * down) for step in (opening, 9)]
        ImageDraw.Draw(image).line(ends, 255, 2)
    found = find_crosses(np.array(image, np.float32))
    assert all(found[300 + 7 * down, 100 + 7 * right] for down, right in ways)


@pytest.mark.parametrize("higher", [-6, -3, 0, 3, 6])
def test_a_tip_behind_something_drawn_lies_anywhere_behind_it(higher: int) -> None:
    """A cross of 13 px in a colour, and what compression may have smeared of it: the tip of 60 rows
    is not seen, and how much that leaves open is its doubt."""
    frame = strip([Hump(100, 90), Hump(250, 60, width=30), Hump(400, -80)])
    row = ZERO - 60 - higher
    frame[row - 6 : row + 7, STRIP.x0 + 244 : STRIP.x0 + 257] = (255, 170, 60)
    (wave,) = (wave for wave in waves(frame) if abs(wave.peak - STRIP.x0 - 250) < 10)
    assert wave.top.doubt >= 13 / 12**0.5 / 66
    assert abs(ZERO - wave.row - 60) <= 2 * wave.top.doubt * 60


@pytest.mark.parametrize("height", [60, 100])
@pytest.mark.parametrize("higher", [-1, 1])
def test_a_cross_with_a_line_to_the_baseline_makes_no_wave_lower_for_sure(
    height: int, higher: int
) -> None:
    """Its arms and the line are thin: the tip is seen beside the line, but not beneath the arm."""
    frame = strip([Hump(100, 90), Hump(250, height, width=30), Hump(400, -80)])
    row, column = ZERO - height - higher, STRIP.x0 + 250
    frame[row - 1 : row + 2, column - 9 : column + 10] = (255, 170, 60)
    frame[row - 9 : ZERO, column - 1 : column + 2] = (255, 170, 60)
    (wave,) = (wave for wave in waves(frame) if abs(wave.peak - column) < 10)
    assert wave.top.doubt > 0.05 or wave.top.height == pytest.approx(height, rel=0.05)


@pytest.mark.parametrize("rim", [0, 14])
@pytest.mark.parametrize("width", [16, 24, 60])
def test_the_tip_of_a_wave_is_no_cross(rim: int, width: int) -> None:
    drawn = [Hump(at, 80, width, light=200, rim=rim) for at in NARROW]
    grey = strip(drawn)[STRIP.y0 : ZERO, STRIP.x0 : STRIP.x1 + 1, 0]
    tips = find_crosses(grey.astype(np.float32))[ZERO - STRIP.y0 - 95 : ZERO - STRIP.y0 - 65]
    assert not tips.any()
    # Nor where a look is less strict.
    for side, _ in read_strip(strip(drawn), region(), ZERO).sides:
        assert not side.hidden[65:95].any()
