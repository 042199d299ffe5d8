"""Traced waves: integrals, gradients and times against curves whose own are known in closed form.

The strip has 2 ms and 1 or 2 cm/s a pixel; its rows begin at 300 and zero velocity is row 340.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from pydicom.dataset import Dataset
from ultrasound_files import spectral

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.measuring.calipers import Caliper, measure

BOUNDS, ZERO, START = (0, 300, 999, 699), 340, 200
SECONDS = 0.002
PULSED, CONTINUOUS = 3, 4

BLACK = np.zeros((1, 700, 1000, 3), np.uint8)

Points = Sequence[tuple[float, float]]


def placed(
    id: str,
    points: Points,
    data: int = CONTINUOUS,
    cm_s: float = -2.0,
    zero: int | None = ZERO,
    seconds: float = SECONDS,
) -> Caliper:
    """Measured on a black strip; above the baseline is towards the probe where `cm_s` is < 0."""
    reference = None if zero is None else zero - BOUNDS[1]
    item = spectral(BOUNDS, (seconds, cm_s), reference, data)
    header = Dataset()
    header.SequenceOfUltrasoundRegions = [item]
    regions = read_regions(header, 1000, 700)
    cine = Cine(ArraySource(BLACK), Timing(None, "unknown"), regions)
    return measure(cine, id, [Landmark(*point) for point in points])


def below(shape: Callable[[float], float], peak: float, seconds: float, count: int = 120) -> Points:
    """The edge of a wave of `peak` cm/s under the baseline of the strip of 2 cm/s a pixel."""
    parts = [number / count for number in range(count + 1)]
    return [(START + t * seconds / SECONDS, ZERO + shape(t) * peak / 2) for t in parts]


def numbers(caliper: Caliper) -> dict[str, float | None]:
    return {value.id: value.value for value in caliper.values}


SHAPES = [
    # v T / 2; the mean of v^2 is a third of the peak's
    (lambda t: 1 - abs(2 * t - 1), 1 / 2, 1 / 3, 0.5),
    # 2 v T / pi; the mean of sin^2 is a half
    (lambda t: math.sin(math.pi * t), 2 / math.pi, 1 / 2, 0.5),
    # 2 v T / 3; the integral of (4 t (1 - t))^2 is 16 / 30
    (lambda t: 4 * t * (1 - t), 2 / 3, 8 / 15, 0.5),
    # A late peak: it rises over four fifths of the time.
    (lambda t: t / 0.8 if t < 0.8 else (1 - t) / 0.2, 1 / 2, 1 / 3, 0.8),
]


@pytest.mark.parametrize(("shape", "area", "square", "rise"), SHAPES)
@pytest.mark.parametrize(("peak", "seconds"), [(400.0, 0.36), (150.0, 0.24)])
def test_integral_mean_gradient_and_rise_of_known_curves(
    shape, area: float, square: float, rise: float, peak: float, seconds: float
) -> None:
    found = numbers(placed("avvti", below(shape, peak, seconds)))
    # 120 straight pieces lie inside a curve by less than a thousandth.
    assert found["avvti"] == pytest.approx(area * peak * seconds, rel=1e-3)
    assert found["av_mean_gradient"] == pytest.approx(4 * square * (peak / 100) ** 2, rel=1e-3)
    assert found["av_at"] == pytest.approx(1000 * rise * seconds, abs=0.1)


TRIANGLE = [(200, 340), (250, 440), (350, 340)]
"""200 cm/s by continuous wave, 100 by pulsed: 0.3 s long, highest after 0.1 s."""


def test_a_triangle_has_no_more_than_three_points() -> None:
    """LVOT of 1 m/s: 100 cm/s x 0.3 s / 2 = 15 cm."""
    caliper = placed("lvotvti", TRIANGLE, PULSED, -1.0)
    assert numbers(caliper) == {"lvotvti": pytest.approx(15.0), "lvot_at": pytest.approx(100.0)}
    assert [value.unit for value in caliper.values] == ["cm", "ms"]
    assert caliper.flags == ()
    assert {point.label for point in caliper.points} == {"edge"}


def test_a_tracing_that_begins_along_the_baseline_has_no_acceleration_time() -> None:
    """20 ms along the baseline: nobody knows where in them the flow begins; 15 cm all the same."""
    caliper = placed("lvotvti", [(190, 340), *TRIANGLE], PULSED, -1.0)
    assert numbers(caliper) == {"lvotvti": pytest.approx(15.0), "lvot_at": None}
    assert "no acceleration time" in caliper.value("lvot_at").reason
    assert caliper.flags == ()
    assert caliper.excluded == ""


def test_the_mean_gradient_is_of_the_squares_not_the_square_of_the_mean() -> None:
    """Mean velocity 1 m/s would be 4 mmHg; the mean of 4 v^2 is 4 x 4 / 3."""
    found = numbers(placed("avvti", TRIANGLE))
    assert found["av_mean_gradient"] == pytest.approx(16 / 3)


@pytest.mark.parametrize(("level", "known"), [(5, True), (25, False)])
def test_a_mean_over_a_time_that_is_not_known_is_none(level: int, known: bool) -> None:
    """The flow begins anywhere in what runs along the baseline."""
    caliper = placed("avvti", [(TRIANGLE[0][0] - level, TRIANGLE[0][1]), *TRIANGLE])
    values = numbers(caliper)
    assert (values["av_mean_gradient"] is not None) is known
    assert values["avvti"] == pytest.approx(numbers(placed("avvti", TRIANGLE))["avvti"])
    if not known:
        assert "no mean gradient" in caliper.value("av_mean_gradient").reason


def test_it_does_not_matter_from_which_end_a_wave_is_traced() -> None:
    back, forth = placed("avvti", TRIANGLE[::-1]), placed("avvti", TRIANGLE)
    assert numbers(back) == numbers(forth)
    assert back.strip_s == forth.strip_s


def test_an_inverted_strip_gives_the_same() -> None:
    """Below the line is towards the probe there, so the outflow goes up."""
    up = [(x, 640 - (y - 340)) for x, y in TRIANGLE]
    caliper = placed("avvti", up, cm_s=2.0, zero=640)
    assert numbers(caliper)["avvti"] == pytest.approx(30.0)
    assert caliper.flags == ()


def test_both_waves_of_the_inflow_are_one_integral() -> None:
    """E 80 and A 60 cm/s, 0.2 and 0.15 s long with 0.05 s of rest: 8 + 4.5 cm."""
    points = [(200, 640), (250, 560), (300, 640), (325, 640), (360, 580), (400, 640)]
    caliper = placed("mvvti", points, PULSED, -1.0, 640)
    assert numbers(caliper) == {"mvvti": pytest.approx(12.5)}
    assert caliper.flags == ()


@pytest.mark.parametrize(
    ("points", "flag", "words"),
    [
        (
            [(200, 340), (260, 440), (250, 420), (350, 340)],
            Flag.ORDER,
            "back in time between its points 2 and 3",
        ),
        ([(200, 340), (215, 440), (230, 340)], Flag.NOT_ONE_BEAT, "0.06 s"),
        ([(200, 340), (400, 440), (700, 340)], Flag.NOT_ONE_BEAT, "1.00 s"),
        ([(200, 340), (250, 440), (300, 400)], Flag.OPEN_TRACING, "60 % of its peak"),
    ],
)
def test_what_is_no_whole_wave_of_one_beat_has_no_number(
    points: Points, flag: Flag, words: str
) -> None:
    caliper = placed("avvti", points)
    assert set(numbers(caliper).values()) == {None}
    assert caliper.flags == (flag,)
    assert words in caliper.values[0].reason


def test_a_strip_without_times_gives_no_integral_but_the_reason() -> None:
    caliper = placed("avvti", TRIANGLE, seconds=0.2)
    assert set(numbers(caliper).values()) == {None}
    assert "time axis" in caliper.values[0].reason


def test_a_strip_without_a_baseline_gives_no_integral() -> None:
    caliper = placed("avvti", TRIANGLE, zero=None)
    assert set(numbers(caliper).values()) == {None}
    assert caliper.flags == (Flag.UNCALIBRATED,)


def test_a_wave_on_the_other_side_is_flagged() -> None:
    up = [(x, 600 - (y - 340)) for x, y in TRIANGLE]
    caliper = placed("avvti", up, zero=600)
    assert numbers(caliper)["avvti"] == pytest.approx(30.0)
    assert caliper.flags == (Flag.WRONG_SIDE,)


def test_a_wave_that_reaches_the_edge_of_the_strip_is_flagged() -> None:
    points = [(200, 340), (250, 698), (350, 340)]
    caliper = placed("avvti", points)
    assert {value.flags for value in caliper.values} == {(Flag.CLIPPED,)}
    assert "The strip ends at 718 cm/s" in caliper.values[0].doubt


def test_an_integral_no_heart_has_is_flagged_and_still_shown() -> None:
    """2 cm/s over 0.3 s: 0.3 cm."""
    caliper = placed("lvotvti", [(200, 340), (250, 342), (350, 340)], PULSED, -1.0)
    assert numbers(caliper)["lvotvti"] == pytest.approx(0.3)
    assert caliper.value("lvotvti").flags == (Flag.IMPLAUSIBLE,)


@pytest.mark.parametrize("count", [2, 201])
def test_a_tracing_has_a_bounded_number_of_points(count: int) -> None:
    with pytest.raises(InvalidArgument, match="3 to 200"):
        placed("avvti", [(200 + number, 340) for number in range(count)])


class TestDeceleration:
    """MV E of 80 cm/s at column 300; 1 cm/s a pixel, zero at row 640."""

    @pytest.mark.parametrize(
        ("point", "ms"),
        [
            # On the baseline, 90 columns later.
            ((390, 640), 180.0),
            # Half of the way down after 40 columns: the slope reaches zero after 80.
            ((340, 600), 160.0),
            # 60 of 80 cm/s are gone after 75 columns: 100 columns to zero.
            ((375, 620), 200.0),
            # A mitral stenosis: half of the way down after 0.5 s.
            ((550, 600), 1000.0),
        ],
    )
    def test_the_slope_is_followed_to_the_baseline(self, point, ms: float) -> None:
        caliper = placed("mvdt", [(300, 560), point], PULSED, -1.0, 640)
        assert numbers(caliper) == {"mvdt": pytest.approx(ms)}
        assert caliper.flags == ()

    @pytest.mark.parametrize(
        ("points", "flag"),
        [
            ([(300, 560), (330, 572)], Flag.ORDER),  # at 85 % of the peak
            ([(300, 560), (280, 640)], Flag.ORDER),
            ([(300, 560), (960, 640)], Flag.NOT_ONE_BEAT),
            ([(300, 690), (340, 660)], Flag.WRONG_SIDE),
        ],
    )
    def test_what_is_no_slope_has_no_number(self, points: Points, flag: Flag) -> None:
        caliper = placed("mvdt", points, PULSED, -1.0, 640)
        assert (numbers(caliper), caliper.flags) == ({"mvdt": None}, (flag,))
        assert caliper.values[0].reason

    def test_without_times_there_is_none(self) -> None:
        points = [(300, 560), (390, 640)]
        caliper = placed("mvdt", points, PULSED, -1.0, 640, 0.2)
        assert numbers(caliper) == {"mvdt": None}
        assert "time axis" in caliper.values[0].reason


@pytest.mark.parametrize(("id", "ms"), [("mvedur", 220.0), ("mvadur", 140.0)])
def test_durations_are_times_between_onset_and_end(id: str, ms: float) -> None:
    points = [(300, 640), (300 + ms / 2, 638)]
    caliper = placed(id, points, PULSED, -1.0, 640)
    assert (numbers(caliper), caliper.flags) == ({id: pytest.approx(ms)}, ())


def test_a_duration_backwards_has_no_number() -> None:
    caliper = placed("mvadur", [(400, 640), (330, 640)], PULSED, -1.0, 640)
    assert (numbers(caliper), caliper.flags) == ({"mvadur": None}, (Flag.ORDER,))
