"""What a network sees is a canvas of fixed size; a few pixels of it must not be too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.flags import DOUBTS, Flag
from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.measuring.resolution import too_coarse
from EchoMeasureLib.phantoms.layout_parts import Layout
from EchoMeasureLib.phantoms.layouts import LAYOUTS

SURE = 0.95


def found(x: float, y: float) -> Landmark:
    return Landmark(x, y, confidence=SURE)


def on(
    path: Path,
    regions: Sequence[Dataset],
    id: str,
    points: Sequence[Landmark],
    size: tuple[int, int] = (768, 1024),
) -> Caliper:
    cine = read(write_ultrasound(path / "a.dcm", regions=regions, size=size))
    return measure(cine, id, points, 0, Origin.PREDICTED)


class TestLengths:
    """4 pixels of a 640 x 480 canvas are 3 mm where one is 0.75 mm."""

    @pytest.mark.parametrize(
        ("rows", "columns", "cm", "coarse"),
        [
            (480, 640, 0.0745, False),
            (480, 640, 0.0755, True),
            # 0.75 mm x 640 / 1024 = 0.469 mm
            (768, 1024, 0.0465, False),
            (768, 1024, 0.0472, True),
            # Letterboxed: 1920 columns become 640.
            (1080, 1920, 0.0248, False),
            (1080, 1920, 0.0252, True),
        ],
    )
    def test_the_limit_is_in_pixels_of_the_canvas(
        self, tmp_path: Path, rows: int, columns: int, cm: float, coarse: bool
    ) -> None:
        regions = [region((100, 50, 400, 250), (cm, cm))]
        points = [found(200, 100), found(200, 180)]
        (value,) = on(tmp_path, regions, "lvid", points, (rows, columns)).values
        assert value.value == pytest.approx(80 * cm)
        assert (Flag.COARSE in value.flags) is coarse
        assert ("pixel of what the network sees" in value.doubt) is coarse

    def test_a_person_sees_the_whole_screen(self, tmp_path: Path) -> None:
        regions = [region((100, 80, 500, 380), (0.06, 0.06))]
        points = [found(300, 150), found(300, 230)]
        caliper = on(tmp_path, regions, "lvid", points)
        # 0.6 mm x 1024 / 640 = 0.96 mm
        assert "0.96 mm" in caliper.values[0].doubt
        assert Flag.COARSE in DOUBTS
        cine = read(tmp_path / "a.dcm")
        by_hand = [replace(point, confidence=None) for point in points]
        for origin in (Origin.MANUAL, Origin.EDITED):
            (value,) = measure(cine, "lvid", by_hand, 0, origin).values
            assert (value.flags, value.doubt) == ((), "")

    @pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
    def test_no_usual_screen_is_too_small_at_19_cm(self, layout: Layout) -> None:
        for sector in layout.sectors:
            cm = 19 / sector.radius
            whole = Box(0, 0, layout.columns - 1, layout.rows - 1)
            image = Region(0, RegionKind.TWO_D, whole, ("cm", "cm"), (cm, cm))
            assert too_coarse((layout.columns, layout.rows), image, ()) == ""


def test_an_m_mode_is_not_asked() -> None:
    strip = Region(0, RegionKind.M_MODE, Box(42, 342, 943, 733), ("s", "cm"), (9.0, 0.1))
    assert too_coarse((1024, 768), strip, [PixelPoint(300, 400), PixelPoint(340, 396)]) == ""


@pytest.mark.parametrize(
    ("columns", "rows", "height", "coarse"),
    [
        # 2 pixels of the canvas, which has those of a 4:3 screen of 1024 columns, are 5 % of 40.
        (1024, 768, 40.5, False),
        (1024, 768, 39.5, True),
        (512, 384, 20.5, False),
        (512, 384, 19.5, True),
    ],
)
def test_a_low_wave_is_known_to_a_pixel_no_better(
    columns: int, rows: int, height: float, coarse: bool
) -> None:
    box = Box(21 * columns // 512, rows // 2, 470 * columns // 512, rows - 10)
    region = Region(0, RegionKind.CW, box, ("s", "cm/s"), (0.004, -1.0), (0, 20), (0.0, 0.0))
    assert region.baseline_y is not None
    point = PixelPoint(columns / 2, region.baseline_y + height)
    words = too_coarse((columns, rows), region, [point])
    assert bool(words) is coarse
    high = PixelPoint(columns / 2, region.baseline_y + 2 * height)
    assert too_coarse((columns, rows), region, [high]) == ""
    # E may be high where A is low.
    assert bool(too_coarse((columns, rows), region, [high, point])) is coarse


@pytest.mark.parametrize(
    ("columns", "rows", "ms", "coarse"),
    [
        (1024, 768, 11.9, False),
        (1024, 768, 12.1, True),
        # Shown to the network twice as wide, the picture has no more columns than before.
        (512, 384, 12.1, True),
        # Every second column of this screen is lost: 6.1 ms become 12.2.
        (2048, 1536, 5.9, False),
        (2048, 1536, 6.1, True),
    ],
)
def test_short_waves_need_columns(columns: int, rows: int, ms: float, coarse: bool) -> None:
    """E, A and e' last about 0.1 s; a jet three times as long."""
    box = Box(21 * columns // 512, rows // 2, 470 * columns // 512, rows - 10)
    delta = (ms / 1000, -0.1)
    region = Region(0, RegionKind.PW, box, ("s", "cm/s"), delta, (0, 20), (0.0, 0.0))
    assert region.baseline_y is not None
    points = [PixelPoint(columns / 2, region.baseline_y + rows / 4)]
    words = too_coarse((columns, rows), region, points, short=True)
    assert ("The sweep is slow: one column is 12 ms" in words) is coarse
    assert too_coarse((columns, rows), region, points) == ""
    untimed = replace(region, units=("", "cm/s"))
    assert too_coarse((columns, rows), untimed, points, short=True) == ""
