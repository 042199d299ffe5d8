"""Pixels that are not square: what says so, and what it does to a calibration by hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from ultrasound_files import write_ultrasound
from video_files import encode

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.manual_calibration import from_depth_ruler, with_manual_region
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.calipers import measure, pixel_points

# PixelAspectRatio (vertical\horizontal, PS3.3 C.7.6.3.1.7), width over height, words
TAGS: list[tuple[list[int] | None, float, str]] = [
    (None, 1.0, ""),
    ([1, 1], 1.0, ""),
    ([1, 2], 2.0, "2 times as wide as high"),
    ([4, 3], 0.75, "1.333 times as high as wide"),
    ([1000, 1003], 1.0, ""),  # nobody would notice
    ([0, 1], 1.0, "cannot be"),
    ([1, 0], 1.0, "cannot be"),
    ([-1, 1], 1.0, "cannot be"),
    ([1, 90], 1.0, "cannot be"),
    ([3], 1.0, "cannot be"),
]


@pytest.mark.parametrize(("ratio", "aspect", "words"), TAGS)
def test_the_pixel_aspect_ratio_of_dicom(
    tmp_path: Path, ratio: list[int] | None, aspect: float, words: str
) -> None:
    tags = {} if ratio is None else {"PixelAspectRatio": ratio}
    cine = read(write_ultrasound(tmp_path / "a.dcm", tags=tags))
    assert cine.pixel_aspect == pytest.approx(aspect)
    assert words in " ".join(cine.notes)
    assert bool(cine.notes) is bool(words)


def dicom(folder: Path) -> Path:
    return write_ultrasound(folder / "a.dcm", tags={"PixelAspectRatio": [1, 2]})


def video(folder: Path) -> Path:
    return encode(folder / "a.mp4", [np.zeros((768, 1024, 3), np.uint8)] * 3, aspect=Fraction(2, 1))


# first and second mark of the ruler, its length
RULERS = [
    ((10, 100), (10, 500), 10.0),  # 400 heights are 10 cm
    ((100, 10), (300, 10), 10.0),  # 200 widths are as long as 400 heights
    ((100, 100), (250, 500), 12.5),  # 150 widths and 400 heights: 300, 400, hypot 500
]


@pytest.mark.parametrize("make", [dicom, video])
@pytest.mark.parametrize(("first", "second", "centimetres"), RULERS)
def test_a_ruler_along_one_axis_calibrates_both(
    tmp_path: Path, make, first, second, centimetres: float
) -> None:
    """A pixel is 0.025 cm high and 0.05 cm wide: 100 columns are 5 cm, 100 rows 2.5 cm."""
    cine = read(make(tmp_path))
    region = from_depth_ruler(cine, PixelPoint(*first), PixelPoint(*second), centimetres)
    assert region.delta == pytest.approx((0.05, 0.025))
    cine = with_manual_region(cine, region)
    assert cine.pixel_aspect == 2
    across = measure(cine, "lvid", pixel_points([PixelPoint(200, 400), PixelPoint(300, 400)]))
    down = measure(cine, "lvid", pixel_points([PixelPoint(200, 400), PixelPoint(200, 500)]))
    assert across.values[0].value == pytest.approx(5.0)
    assert down.values[0].value == pytest.approx(2.5)
