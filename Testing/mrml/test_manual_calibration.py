"""Calibration by hand: two marks of a ruler give a region in which calipers have numbers."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from schemas import validate

from EchoMeasureLib.desk.words import scale_words
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.manual_calibration import (
    MANUAL_INDEX,
    from_depth_ruler,
    from_m_mode_ruler,
    from_velocity_axis,
    with_manual_region,
)
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.calipers import measure
from EchoMeasureLib.review.document import load, save
from EchoMeasureLib.review.session import Review


@pytest.fixture
def screen() -> Cine:
    """A 640 x 480 screen about which nothing is known."""
    return Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing((0.0,), "still"))


def test_ten_centimetres_over_400_rows_make_a_quarter_millimetre_pixel(screen: Cine) -> None:
    region = from_depth_ruler(screen, PixelPoint(620, 40), PixelPoint(620, 440), 10.0)
    cine = with_manual_region(screen, region)
    # A 3-4-5 triangle of 30 x 40 pixels: 50 pixels of 0.025 cm.
    caliper = measure(cine, "lvid", (Landmark(100, 100), Landmark(130, 140)))
    assert caliper.values[0].value == pytest.approx(1.25)
    assert caliper.region == MANUAL_INDEX


def test_a_velocity_axis_gives_signed_velocities_and_no_intervals(screen: Cine) -> None:
    # 200 cm/s over 100 rows: 2 cm/s a row, positive upwards from row 240.
    region = from_velocity_axis(
        screen, PixelPoint(5, 100), PixelPoint(5, 200), 200.0, 240.0, RegionKind.PW
    )
    cine = with_manual_region(screen, region)
    below = measure(cine, "lvotvmax", (Landmark(50, 290),))
    assert below.values[0].value == pytest.approx(-100.0)
    e, a, ratio = measure(cine, "mvpeak", (Landmark(50, 200), Landmark(90, 220))).values
    assert (e.value, a.value) == pytest.approx((80.0, 40.0))
    # Without a time, and without flow from one to the other, they may be of two beats.
    assert (ratio.value, ratio.interval_s) == (None, None)
    assert "time axis is not calibrated" in ratio.reason


def test_a_time_scale_adds_intervals(screen: Cine) -> None:
    region = from_velocity_axis(
        screen, PixelPoint(5, 100), PixelPoint(5, 200), 200.0, 240.0, RegionKind.PW, 0.005
    )
    cine = with_manual_region(screen, region)
    ratio = measure(cine, "mvpeak", (Landmark(50, 200), Landmark(90, 220))).values[2]
    assert (ratio.value, ratio.interval_s) == pytest.approx((2.0, 0.2))


def test_an_m_mode_ruler_gives_an_excursion(screen: Cine) -> None:
    # 5 cm over 250 rows.
    region = from_m_mode_ruler(screen, PixelPoint(3, 50), PixelPoint(9, 300), 5.0)
    value = measure(
        with_manual_region(screen, region), "tapse", (Landmark(100, 300), Landmark(140, 200))
    ).values[0]
    assert value.value == pytest.approx(2.0)
    assert value.interval_s is None


@pytest.mark.parametrize(
    ("second", "centimetres"),
    [
        (PixelPoint(620, 40), 10.0),  # the same mark twice
        (PixelPoint(620, 440), 0.0),
        (PixelPoint(620, 440), -3.0),
        (PixelPoint(620, 440), math.nan),
        (PixelPoint(math.nan, 440), 10.0),
    ],
)
def test_marks_that_make_no_ruler_are_refused(
    screen: Cine, second: PixelPoint, centimetres: float
) -> None:
    with pytest.raises(InvalidArgument):
        from_depth_ruler(screen, PixelPoint(620, 40), second, centimetres)


def test_a_baseline_off_the_strip_is_refused(screen: Cine) -> None:
    with pytest.raises(InvalidArgument, match="baseline"):
        from_velocity_axis(screen, PixelPoint(5, 100), PixelPoint(5, 200), 200.0, 700.0)


def test_an_absurd_depth_gives_no_number(screen: Cine) -> None:
    # 1 cm over 2 rows would make the screen 240 cm deep.
    region = from_depth_ruler(screen, PixelPoint(0, 0), PixelPoint(0, 2), 1.0)
    caliper = measure(with_manual_region(screen, region), "lvid", (Landmark(1, 1), Landmark(5, 5)))
    assert caliper.values[0].value is None
    assert "240 cm deep" in caliper.values[0].reason


def test_a_second_calibration_takes_the_place_of_the_first(screen: Cine) -> None:
    first = from_depth_ruler(screen, PixelPoint(0, 40), PixelPoint(0, 440), 10.0)
    second = from_depth_ruler(screen, PixelPoint(0, 40), PixelPoint(0, 440), 20.0)
    strip = from_velocity_axis(screen, PixelPoint(5, 100), PixelPoint(5, 200), 200.0, 240.0)
    cine = with_manual_region(with_manual_region(screen, first), second)
    assert cine.regions == (second,)
    assert with_manual_region(cine, strip).regions == (strip,)


def test_a_time_axis_that_was_not_calibrated_is_saved_as_such(screen: Cine, tmp_path: Path) -> None:
    review = Review(screen, "AB")
    entry = review.place("trvmax", 0, [(100, 290)])
    axis = from_velocity_axis(screen, PixelPoint(5, 100), PixelPoint(5, 200), 200.0, 240.0)
    review.calibrate((axis,))
    assert review.audit[-1].detail.endswith("cw, -2 cm/s per pixel")
    save(review, tmp_path / "review.json")
    validate(json.loads((tmp_path / "review.json").read_text()), "review/review.schema.json")
    region = load(tmp_path / "review.json", screen).cine().regions[0]
    assert not region.times_known
    assert scale_words(region) == "2 cm/s per pixel, by hand"
    assert review.entries[entry.id].caliper.values[0].value == pytest.approx(-100.0)
