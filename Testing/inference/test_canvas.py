"""What the networks see of a screen, and the exact way back to its pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.canvas import (
    Canvas,
    ColourSpace,
    StripLook,
    image_canvas,
    is_inverted,
    strip_canvas,
)

AV, INFLOW, TAPSE = CATALOG["avvmax"], CATALOG["mvpeak"], CATALOG["tapse"]
STRIP = Box(42, 342, 943, 733)
HIGH, LOW = 0.25, 0.75
"""Baselines, as shares of the strip from its top."""


def noise(rows: int, columns: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 200, (rows, columns, 3), dtype=np.uint8)


def strip(
    box: Box, baseline: float | None = HIGH, delta_y: float = -0.5, kind: RegionKind = RegionKind.CW
) -> Region:
    reference = None if baseline is None else baseline * (box.height - 1)
    units = ("s", "cm" if kind is RegionKind.M_MODE else "cm/s")
    return Region(0, kind, box, units, (0.0035, delta_y), (0.0, reference))


IMAGE_SCREENS = [
    (768, 1024),
    (480, 640),
    (600, 800),
    (708, 1016),
    (1080, 1920),
    (720, 1280),
    (434, 636),
    (240, 320),
    (800, 600),
    (422, 636),
]
"""Rows, columns: cardiac and hand-carried scanners, video, exports, one upright."""

STRIP_SCREENS = [
    # rows, columns, strip
    (768, 1024, STRIP),
    (768, 1024, Box(58, 348, 905, 739)),
    (768, 1024, Box(42, 300, 943, 691)),
    (768, 1024, Box(42, 376, 943, 767)),
    (768, 1024, Box(42, 200, 943, 760)),
    (708, 1016, Box(70, 318, 920, 664)),
    (600, 800, Box(34, 268, 735, 572)),
    (480, 640, Box(30, 232, 590, 446)),
    (1080, 1920, Box(230, 500, 1690, 1012)),
    (400, 910, Box(4, 4, 905, 395)),
]


def assert_exact_way_back(canvas: Canvas, columns: int, rows: int) -> None:
    for x, y in [(0, 0), (columns - 1, rows - 1), (columns / 3, rows / 7), (123.456, 98.765)]:
        there = canvas.to_canvas.apply(x, y)
        assert canvas.to_source.apply(*there) == pytest.approx((x, y), abs=1e-6)


def centre_of_light(canvas: Canvas) -> tuple[float, float]:
    light = canvas.pixels.sum(0, dtype=np.float64)
    rows, columns = np.indices(light.shape)
    return (light * columns).sum() / light.sum(), (light * rows).sum() / light.sum()


def a_dot(rows: int, columns: int, x: int, y: int) -> npt.NDArray[np.uint8]:
    """A soft dot, wide enough that no resampling misses it."""
    down, across = np.indices((rows, columns))
    dot = 250 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * 6.0**2))
    return np.repeat(dot.round().astype(np.uint8)[..., None], 3, 2)


class TestImages:
    @pytest.mark.parametrize(("rows", "columns"), IMAGE_SCREENS)
    def test_every_screen_has_an_exact_way_back(self, rows: int, columns: int) -> None:
        canvas = image_canvas(noise(rows, columns))
        assert canvas.pixels.shape == (3, 480, 640)
        assert canvas.to_canvas.scale_x == canvas.to_canvas.scale_y
        assert_exact_way_back(canvas, columns, rows)

    @pytest.mark.parametrize(("rows", "columns"), IMAGE_SCREENS)
    def test_what_is_drawn_lies_where_the_map_says(self, rows: int, columns: int) -> None:
        x, y = columns // 3, rows * 2 // 3
        canvas = image_canvas(a_dot(rows, columns, x, y))
        assert centre_of_light(canvas) == pytest.approx(canvas.to_canvas.apply(x, y), abs=0.05)

    def test_a_480x640_screen_is_only_divided_by_255(self) -> None:
        frame = noise(480, 640)
        expected = frame.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        np.testing.assert_array_equal(image_canvas(frame).pixels, expected)

    def test_half_the_size_is_the_mean_of_four_pixels_within_a_level(self) -> None:
        frame = noise(960, 1280)
        blocks = frame.astype(np.int64).reshape(480, 2, 640, 2, 3).sum((1, 3))
        expected = ((blocks + 2) // 4).transpose(2, 0, 1)
        assert np.abs(image_canvas(frame).pixels * 255 - expected).max() < 1.01

    def test_a_768x1024_screen_is_interpolated_between_pixel_centres(self) -> None:
        """Canvas column 2 lies at 2.5 x 1.6 - 0.5 = source column 3.5, half way."""
        ramp = np.zeros((768, 1024, 3), np.uint8)
        ramp[:] = np.minimum(np.arange(1024) * 4, 255).astype(np.uint8)[None, :, None]
        row = image_canvas(ramp).pixels[0, 100] * 255
        # Source columns 0.3, 1.9, 3.5, 5.1, each 4 levels wide; whole levels as OpenCV gives.
        np.testing.assert_allclose(row[:4], [1.2, 7.6, 14.0, 20.4], atol=0.6)

    def test_levels_are_those_of_opencv_within_one(self) -> None:
        """cv2.resize (5.0) of this 3 x 4 picture to 640 x 480, in a few places."""
        frame = np.array([[0, 10, 20, 30], [40, 80, 120, 160], [255, 200, 100, 50]], np.uint8)
        canvas = image_canvas(np.repeat(frame[..., None], 3, 2))
        got = np.rint(canvas.pixels[0] * 255).astype(int)
        assert [got[y, x] for y, x in OPENCV] == pytest.approx(list(OPENCV.values()), abs=1)

    def test_a_wide_screen_has_black_bars_above_and_below(self) -> None:
        """1280 x 720 at one half is 640 x 360: 60 black rows on either side."""
        canvas = image_canvas(np.full((720, 1280, 3), 255, np.uint8))
        lit = canvas.pixels.all((0, 2))
        assert lit.sum() == 360
        assert (np.flatnonzero(lit)[0], np.flatnonzero(lit)[-1]) == (60, 419)

    def test_the_frame_itself_is_not_touched(self) -> None:
        frame = noise(768, 1024)
        frame.setflags(write=False)
        image_canvas(frame)
        strip_canvas(frame, strip(STRIP), AV)


OPENCV = {
    (0, 0): 0,
    (79, 79): 0,
    (100, 200): 15,
    (240, 320): 100,
    (300, 500): 116,
    (350, 100): 185,
    (479, 639): 50,
}


class TestStrips:
    def test_rows_342_to_767_of_a_768x1024_screen(self) -> None:
        frame = noise(768, 1024)
        canvas = strip_canvas(frame, strip(STRIP), AV)
        expected = frame[342:].transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        np.testing.assert_array_equal(canvas.pixels, expected)

    def test_the_ecg_is_black_for_the_network(self) -> None:
        """G over 200 and R under 100; a white or a yellow line stays."""
        frame = np.zeros((768, 1024, 3), np.uint8)
        frame[400, 100], frame[400, 101], frame[400, 102] = (
            (99, 201, 0),
            (100, 201, 0),
            (99, 200, 0),
        )
        green = strip_canvas(frame, strip(STRIP), AV).pixels[1, 58]
        assert (green[100], round(green[101] * 255), round(green[102] * 255)) == (0, 201, 200)
        kept = strip_canvas(frame, strip(STRIP), AV, StripLook(mask_ecg=False)).pixels[1, 58]
        assert round(kept[100] * 255) == 201

    def test_a_network_of_ybr_gets_ybr(self) -> None:
        """Orange (180, 100, 40): Y = 117.08, Cb = 84.5, Cr = 172.9."""
        frame = np.full((768, 1024, 3), (180, 100, 40), np.uint8)
        canvas = strip_canvas(frame, strip(STRIP), AV, StripLook(colours=ColourSpace.YBR))
        assert np.rint(canvas.pixels[:, 10, 10] * 255).tolist() == [117, 85, 173]

    @pytest.mark.parametrize("top", range(342, 349))
    def test_tops_the_networks_saw_are_not_shifted(self, top: int) -> None:
        canvas = strip_canvas(noise(768, 1024), strip(Box(42, top, 943, 733)), AV)
        assert canvas.to_canvas.apply(0, 342) == (0, 0)

    @pytest.mark.parametrize("baseline", [HIGH, LOW], ids=["standard", "inverted"])
    @pytest.mark.parametrize(("rows", "columns", "box"), STRIP_SCREENS)
    def test_every_screen_has_an_exact_way_back(
        self, rows: int, columns: int, box: Box, baseline: float
    ) -> None:
        canvas = strip_canvas(noise(rows, columns), strip(box, baseline), AV)
        assert canvas.pixels.shape == (3, 426, 1024)
        assert canvas.flipped is (baseline == LOW)
        assert abs(canvas.to_canvas.scale_y) == canvas.to_canvas.scale_x
        assert_exact_way_back(canvas, columns, rows)

    @pytest.mark.parametrize("baseline", [HIGH, LOW], ids=["standard", "inverted"])
    @pytest.mark.parametrize(("rows", "columns", "box"), STRIP_SCREENS)
    def test_the_strip_begins_in_row_0_to_6_and_fits(
        self, rows: int, columns: int, box: Box, baseline: float
    ) -> None:
        canvas = strip_canvas(noise(rows, columns), strip(box, baseline), AV)
        ends = sorted(canvas.to_canvas.apply(0, y).y for y in (box.y0, box.y1))
        assert -0.5 <= ends[0] <= 6.5
        assert ends[1] <= 425.5
        sides = [canvas.to_canvas.apply(x, 0).x for x in (box.x0, box.x1)]
        assert sides[0] >= -0.5
        assert sides[1] <= 1023.5

    @pytest.mark.parametrize("baseline", [HIGH, LOW], ids=["standard", "inverted"])
    @pytest.mark.parametrize(("rows", "columns", "box"), STRIP_SCREENS)
    def test_what_is_drawn_lies_where_the_map_says(
        self, rows: int, columns: int, box: Box, baseline: float
    ) -> None:
        x, y = (box.x0 + 2 * box.x1) // 3, (2 * box.y0 + box.y1) // 3
        canvas = strip_canvas(a_dot(rows, columns, x, y), strip(box, baseline), AV)
        assert centre_of_light(canvas) == pytest.approx(canvas.to_canvas.apply(x, y), abs=0.05)

    def test_a_800x600_screen_looks_like_the_one_the_networks_saw(self) -> None:
        """Scale 1.28: the strip from column 34 to 735 comes to lie between 43.7 and 940.9."""
        canvas = strip_canvas(noise(600, 800), strip(Box(34, 268, 735, 572)), AV)
        assert canvas.to_canvas.apply(34, 268).x == pytest.approx(34 * 1.28 + 0.14)
        assert canvas.to_canvas.apply(735, 268).x == pytest.approx(735 * 1.28 + 0.14)

    def test_upside_down_the_inset_above_is_not_shown_below(self) -> None:
        frame = np.zeros((768, 1024, 3), np.uint8)
        frame[:342] = 255
        canvas = strip_canvas(frame, strip(STRIP, LOW), AV)
        assert canvas.flipped
        assert not canvas.pixels.any()

    @pytest.mark.parametrize(
        "box", [Box(10, 900, 900, 1200), Box(50, 400, 50, 700), Box(0, 0, 0, 0)]
    )
    def test_a_strip_that_is_not_on_the_picture_is_refused(self, box: Box) -> None:
        with pytest.raises(CannotMeasure, match="does not lie on the picture"):
            strip_canvas(noise(768, 1024), strip(box, None), AV)


class TestInvertedDisplays:
    @pytest.mark.parametrize(
        ("measurement", "baseline", "delta_y", "inverted"),
        [
            (AV, 0.2, -0.5, False),
            # The baseline shows where the room is, whatever DeltaY says.
            (AV, 0.2, 0.5, False),
            (AV, 0.8, -0.5, True),
            (AV, 0.8, 0.5, True),
            # In the middle the sign of DeltaY decides.
            (AV, 0.5, -0.5, False),
            (AV, 0.5, 0.5, True),
            # E and A lie above.
            (INFLOW, 0.8, -0.5, False),
            (INFLOW, 0.2, -0.5, True),
            (INFLOW, 0.5, -0.5, False),
            (INFLOW, 0.5, 0.5, True),
        ],
    )
    def test_baseline_and_delta_tell_it(
        self, measurement, baseline: float, delta_y: float, inverted: bool
    ) -> None:
        region = strip(STRIP, baseline, delta_y, measurement.regions[0])
        assert is_inverted(region, region.baseline_y, measurement) is inverted

    def test_an_m_mode_is_never_turned(self) -> None:
        region = strip(STRIP, LOW, 0.04, RegionKind.M_MODE)
        assert not strip_canvas(noise(768, 1024), region, TAPSE).flipped

    def test_without_a_reference_the_baseline_in_the_picture_counts(self) -> None:
        frame = np.zeros((768, 1024, 3), np.uint8)
        frame[650:652, 42:944] = (180, 100, 40)
        region = strip(STRIP, None)
        assert strip_canvas(frame, region, AV).flipped
        assert not strip_canvas(frame, region, INFLOW).flipped

    def test_without_any_baseline_the_display_counts_as_standard(self) -> None:
        frame = np.zeros((768, 1024, 3), np.uint8)
        assert not strip_canvas(frame, strip(STRIP, None, 0.5), AV).flipped
