"""A wave that runs over the edge of its strip is told, whoever puts the point."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from edge_strips import EdgeStrip, clean, past_the_edge, plans

from EchoMeasureLib.flags import DOUBTS, Flag
from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem, Trouble
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.measuring.strip_edge import edge_flag
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan

STRIP = Box(42, 342, 943, 733)
ZERO = 542
"""Row of the baseline: 191 rows down to the lower edge, 200 up to the upper one."""

REGION = Region(0, RegionKind.CW, STRIP, ("s", "cm/s"), (0.0035, -2.0), (0, ZERO - STRIP.y0))
EDGE = {Flag.CLIPPED, Flag.ALIASED}


def screen(height: float, wrapped: bool = False, hollow: bool = False) -> Frame:
    """A jet of 0.35 s, centred on column 500, that goes `height` rows down from the baseline."""
    frame = np.zeros((768, 1024, 3), np.uint8)
    noise = np.random.default_rng(3).integers(0, 40, (STRIP.height, STRIP.width))
    strip = noise.astype(np.float64)
    for column in range(-50, 51):
        ends = round(height * math.cos(math.pi * column / 100))
        for row in range(max(0, ends - 12) if hollow else 0, ends):
            y = ZERO - STRIP.y0 + row
            if y >= STRIP.height and not wrapped:
                break
            strip[y % STRIP.height, 500 - STRIP.x0 + column] = 150 + noise[row % 50, column]
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1] = strip[..., None]
    return frame


def waves(*sizes: tuple[int, int]) -> Frame:
    """A small jet and waves of 57 columns, each with its middle column and its height in rows."""
    frame = screen(100)
    for centre, height in sizes:
        for away in range(-28, 29):
            ends = round(height * math.cos(math.pi * away / 56))
            frame[ZERO : min(ZERO + ends, STRIP.y1 + 1), centre + away] = 150
    return frame


def flag_at(frame: Frame, x: float, y: float, region: Region = REGION) -> Flag | None:
    return edge_flag(frame, region, PixelPoint(x, y), ZERO)


class TestDrawnJets:
    @pytest.mark.parametrize("hollow", [False, True])
    @pytest.mark.parametrize(
        ("height", "wrapped", "flag"),
        [
            (100, False, None),
            (175, False, None),
            (220, False, Flag.CLIPPED),
            (290, False, Flag.CLIPPED),
            (220, True, Flag.ALIASED),
            (290, True, Flag.ALIASED),
        ],
    )
    def test_a_point_well_below_the_edge_is_flagged_where_its_jet_is_cut(
        self, height: float, wrapped: bool, hollow: bool, flag: Flag | None
    ) -> None:
        """The points lie where networks put them: 17 % low, or on a flank."""
        frame = screen(height, wrapped, hollow)
        for x in (485, 500, 512):
            assert flag_at(frame, x, ZERO + 0.83 * min(height, 191)) is flag

    @pytest.mark.parametrize(("rows_off", "flag"), [(9, Flag.CLIPPED), (11, None)])
    def test_a_point_at_the_edge_whatever_the_picture_shows(
        self, rows_off: int, flag: Flag | None
    ) -> None:
        """2.5 % of 392 rows are 9.8; the lower edge is row 733, the upper one 342."""
        assert flag_at(screen(100), 700, STRIP.y1 - rows_off) is flag
        assert flag_at(screen(100), 700, STRIP.y0 + rows_off) is flag

    def test_a_jet_that_is_cut_says_nothing_of_the_next_beat(self) -> None:
        """Column 700 is 0.7 s later."""
        assert flag_at(screen(290), 700, ZERO + 100) is None

    def test_a_strip_that_is_not_written_to_its_end(self) -> None:
        """Right of column 620 it is even and darker than the noise; marks of time go on."""
        frame = screen(120)
        frame[STRIP.y0 : STRIP.y1 + 1, 620 : STRIP.x1 + 1] = 14
        frame[STRIP.y1 - 8 : STRIP.y1 + 1, 42 : STRIP.x1 : 57] = 200
        assert flag_at(frame, 500, ZERO + 118) is None

    @pytest.mark.parametrize(("apart", "flag"), [(13, Flag.CLIPPED), (40, None)])
    def test_both_rims_of_a_hollow_wave_and_two_clicks(self, apart: int, flag: Flag | None) -> None:
        """At 25 mm/s a column lasts 10.5 ms: rims 0.14 s apart are a wave, 0.42 s the valve's."""
        frame = screen(100)
        for start in (494, 494 + apart):
            frame[ZERO : STRIP.y1 + 1, start : start + 5] = 150
        region = replace(REGION, delta=(0.0105, -2.0))
        assert flag_at(frame, 500, ZERO + 158, region) is flag

    @pytest.mark.parametrize(("column", "flag"), [(700, Flag.CLIPPED), (640, None)])
    def test_one_unclear_wave_in_step_with_three_that_are_cut(
        self, column: int, flag: Flag | None
    ) -> None:
        """They are cut at columns 100, 300 and 500; it is seen to 0.92 of the way."""
        frame = waves((100, 220), (300, 220), (500, 220), (column, 175))
        assert flag_at(frame, column, ZERO + 158) is flag

    @pytest.mark.parametrize(("column", "flag"), [(800, Flag.CLIPPED), (750, None)])
    def test_waves_that_are_cut_tell_the_beat_where_most_are_not(
        self, column: int, flag: Flag | None
    ) -> None:
        """They are cut at columns 100, 600 and 700: five beats and one; it is seen to 0.92."""
        frame = waves((100, 220), (600, 220), (700, 220), (column, 175))
        assert flag_at(frame, column, ZERO + 158) is flag

    @pytest.mark.parametrize(("column", "flag"), [(680, Flag.CLIPPED), (650, None)])
    def test_one_unclear_wave_in_step_with_three_whose_rims_are_cut(
        self, column: int, flag: Flag | None
    ) -> None:
        """At 25 mm/s both rims of a wave lie 12 columns apart, and beats 60."""
        frame = screen(100)
        for centre in (500, 560, 620):
            for rim in (centre - 8, centre + 4):
                frame[ZERO : STRIP.y1 + 1, rim : rim + 5] = 150
        for away in range(-8, 9):
            frame[ZERO : ZERO + 178 - abs(away), column + away] = 150
        assert flag_at(frame, column, ZERO + 158, replace(REGION, delta=(0.0105, -2.0))) is flag

    @pytest.mark.parametrize(("column", "flag"), [(300, Flag.CLIPPED), (340, None)])
    def test_a_wave_between_two_that_are_cut(self, column: int, flag: Flag | None) -> None:
        """Waves are cut at columns 100, 200, 400 and 500; it is seen to half of the way."""
        frame = waves((100, 220), (200, 220), (400, 220), (500, 220), (column, 95))
        assert flag_at(frame, column, ZERO + 90) is flag

    @pytest.mark.parametrize(("column", "flag"), [(700, Flag.CLIPPED), (600, None)])
    def test_a_wave_whose_other_beats_are_all_cut(self, column: int, flag: Flag | None) -> None:
        """They are cut at columns 100, 300 and 500; it is seen to half of the way."""
        frame = waves((100, 220), (300, 220), (500, 220), (column, 95))
        assert flag_at(frame, column, ZERO + 90) is flag

    def test_without_a_time_scale_too(self) -> None:
        problem = RegionProblem("no_time", "No time.", Trouble.TIME)
        region = Region(
            -1, RegionKind.CW, STRIP, ("s", "cm/s"), (1.0, -2.0), (0, 200), problems=(problem,)
        )
        assert flag_at(screen(220), 500, ZERO + 160, region) is Flag.CLIPPED
        assert flag_at(screen(150), 500, ZERO + 150, region) is None


def test_a_dotted_line_of_time_through_the_tip_of_a_wave_does_not_lead_it_to_the_edge() -> None:
    frame = screen(165)
    for column in range(60, 940, 55):
        for row in range(STRIP.y0, STRIP.y1, 4):
            frame[row : row + 2, column] = 160
    frame.setflags(write=False)
    for x in (485, 500, 512):
        assert flag_at(frame, x, ZERO + 160) is None


class TestWhatIsNoWave:
    """Drawn over a jet of 120 rows; each reaches the lower edge near the jet's column."""

    @pytest.mark.parametrize(
        "columns",
        [range(500, 501), range(497, 503), range(520, 524)],
        ids=["tick", "click", "late"],
    )
    def test_a_vertical_line(self, columns: range) -> None:
        frame = screen(120)
        frame[ZERO : STRIP.y1 + 1, columns.start : columns.stop] = 220
        assert flag_at(frame, 500, ZERO + 118) is None

    def test_an_ecg_along_the_edge(self) -> None:
        for colour in ((0, 255, 0), (230, 230, 230)):
            frame = screen(120)
            for x in range(STRIP.x0, STRIP.x1):
                y = STRIP.y1 - 5 - round(4 * math.sin(x / 20))
                frame[y : y + 2, x] = colour
            assert flag_at(frame, 500, ZERO + 118) is None

    def test_words_in_the_corner(self) -> None:
        frame = screen(120)
        rows = np.random.default_rng(5).integers(0, 2, (12, 30), dtype=np.uint8)
        frame[STRIP.y1 - 30 : STRIP.y1 - 18, 480:510] = 220 * rows[..., None]
        assert flag_at(frame, 500, ZERO + 118) is None


def measured(strip: EdgeStrip, share: float, origin: Origin = Origin.MANUAL) -> list[Caliper]:
    """Every beat with its points at a share of the height that is seen of each wave."""
    region = strip.region
    zero = region.baseline_y
    assert zero is not None
    calipers = []
    for beat in strip.beats:
        seen = (min(max(point.y, region.bounds.y0), region.bounds.y1) for point in beat)
        rows = (zero + share * (row - zero) for row in seen)
        points = [Landmark(p.x, row, confidence=0.9) for p, row in zip(beat, rows, strict=True)]
        calipers.append(measure(strip.cine, strip.measurement, points, origin=origin))
    return calipers


@pytest.fixture(scope="module")
def drawn() -> list[tuple[SpectralPlan, Frame]]:
    """Three strips of each measurement."""
    return [(plan, draw_spectrum(plan)) for plan in plans(40, 3)]


@pytest.mark.parametrize("wrapped", [True, False], ids=["aliased", "clipped"])
def test_every_wave_of_a_phantom_that_ends_outside_is_flagged(
    wrapped: bool, drawn: list[tuple[SpectralPlan, Frame]]
) -> None:
    """Tips 6 to 45 % of their height past the edge, points 17 % below what is seen of them."""
    for number, (plan, frame) in enumerate(drawn):
        strip = past_the_edge(plan, 0.06 + 0.13 * (number % 4), wrapped, frame)
        for beat, caliper in zip(strip.beats, measured(strip, 0.83), strict=True):
            for point, value in zip(beat, caliper.values, strict=False):
                outside = not strip.region.bounds.contains(point)
                assert not outside or EDGE & set(value.flags), strip.words


def test_no_wave_of_a_clean_phantom_is_flagged(drawn: list[tuple[SpectralPlan, Frame]]) -> None:
    for plan, frame in drawn:
        strip = clean(plan, frame)
        for caliper in measured(strip, 1):
            assert not EDGE & set(caliper.flags), strip.words


@pytest.mark.parametrize("origin", list(Origin))
def test_hand_and_network_alike_and_no_reviewer_lifts_it(origin: Origin) -> None:
    """A peak that is not on the picture is on it for nobody."""
    plan = next(plans(40, 1))
    (caliper, *_) = measured(past_the_edge(plan, 0.2, False), 0.83, origin)
    assert caliper.flags == (Flag.CLIPPED,)
    assert not EDGE & DOUBTS
    assert "the wave reaches that, so its peak may be faster" in caliper.values[0].doubt


def test_the_words_say_where_the_strip_ends() -> None:
    """191 rows x 2 cm/s = 3.82 m/s."""
    cine = Cine(ArraySource(screen(220)[None]), Timing((0.0,), "still"), [REGION])
    (value,) = measure(cine, "avvmax", [Landmark(500, ZERO + 160)]).values
    assert value.flags == (Flag.CLIPPED,)
    assert value.value == pytest.approx(-320)
    assert value.doubt.startswith("The strip ends at 3.82 m/s;")


def test_an_e_that_is_cut_makes_the_ratio_doubtful_and_the_a_not() -> None:
    """E runs 1.2 times as high as there is room, A half as high as E, 0.35 s later."""
    frame = np.zeros((768, 1024, 3), np.uint8)
    for centre, height in ((400, 240), (500, 120)):
        for column in range(-25, 26):
            ends = round(height * math.cos(math.pi * column / 50))
            frame[max(STRIP.y0, ZERO - ends) : ZERO, centre + column] = 150
    region = Region(0, RegionKind.PW, STRIP, ("s", "cm/s"), (0.0035, -0.5), (0, 200))
    cine = Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [region])
    e, a, ratio = measure(cine, "mvpeak", [Landmark(400, 380), Landmark(500, 424)]).values
    assert (e.flags, a.flags, ratio.flags) == ((Flag.CLIPPED,), (), (Flag.CLIPPED,))
