"""Every pixel lies within one grey level of bilinear interpolation, by either library."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from EchoMeasureLib.geometry import Affine2D, Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.openvino_resampling import averaged, with_openvino
from EchoMeasureLib.inference.resampling import Interpolate, resample, with_torch

BOTH = pytest.mark.parametrize("interpolate", [with_torch, with_openvino])


def noise(rows: int, columns: int, seed: int) -> Frame:
    frame = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), np.uint8)
    frame.setflags(write=False)
    return frame


def by_scipy(frame: Frame, to: Affine2D, size: tuple[int, int], visible: Box) -> np.ndarray:
    """The same in double precision, black beyond half a pixel outside of what is visible."""
    x = (np.arange(size[0]) - to.shift_x) / to.scale_x
    y = (np.arange(size[1]) - to.shift_y) / to.scale_y
    part = frame[visible.y0 : visible.y1 + 1, visible.x0 : visible.x1 + 1].astype(float)
    places = np.meshgrid(y - visible.y0, x - visible.x0, indexing="ij")
    planes = [
        ndimage.map_coordinates(part[..., n], places, order=1, mode="nearest") for n in range(3)
    ]
    near = 0.5 + 1e-9
    seen_x = (x >= visible.x0 - near) & (x <= visible.x1 + near)
    seen_y = (y >= visible.y0 - near) & (y <= visible.y1 + near)
    return np.stack(planes, 2) * (seen_y[:, None] & seen_x)[..., None]


def assert_within_a_level(
    frame: Frame, to: Affine2D, size: tuple[int, int], visible: Box, interpolate: Interpolate
) -> None:
    found = resample(frame, to, size, visible, interpolate)
    assert found.shape == (size[1], size[0], 3)
    assert found.dtype == np.uint8
    assert np.abs(found - by_scipy(frame, to, size, visible)).max() <= 1.001


sides = st.integers(2, 60)


@BOTH
@settings(max_examples=examples(12), deadline=None)
@given(source=st.tuples(sides, sides), result=st.tuples(sides, sides), seed=st.integers(0, 99))
def test_a_whole_frame_in_another_size(
    interpolate: Interpolate, source: tuple[int, int], result: tuple[int, int], seed: int
) -> None:
    whole = Box(0, 0, source[0] - 1, source[1] - 1)
    frame = noise(source[1], source[0], seed)
    assert_within_a_level(frame, Affine2D.resize(source, result), result, whole, interpolate)


@BOTH
@pytest.mark.parametrize(
    ("source", "result"),
    [((64, 48), (40, 30)), ((50, 35), (40, 28)), ((40, 31), (20, 17)), ((45, 9), (15, 20))],
    ids=["5 of 8", "4 of 5", "every second", "every third"],
)
def test_columns_whose_places_repeat(
    interpolate: Interpolate, source: tuple[int, int], result: tuple[int, int]
) -> None:
    whole = Box(0, 0, source[0] - 1, source[1] - 1)
    frame = noise(source[1], source[0], 7)
    assert_within_a_level(frame, Affine2D.resize(source, result), result, whole, interpolate)


scales = st.floats(0.2, 4)
shifts = st.floats(-30, 30)


@BOTH
@settings(max_examples=examples(12), deadline=None)
@given(
    scale=scales,
    shift=st.tuples(shifts, shifts),
    flip=st.booleans(),
    box=st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(20, 39), st.integers(20, 29)),
    seed=st.integers(0, 99),
)
def test_a_part_scaled_shifted_and_turned_over(
    interpolate: Interpolate,
    scale: float,
    shift: tuple[float, float],
    flip: bool,
    box: tuple[int, int, int, int],
    seed: int,
) -> None:
    to = Affine2D(scale, -scale if flip else scale, shift[0], shift[1] + (40 if flip else 0))
    assert_within_a_level(noise(30, 40, seed), to, (36, 48), Box(*box), interpolate)


@BOTH
@pytest.mark.parametrize(("rows", "columns"), [(768, 1024), (708, 1016)])
def test_screens_of_scanners(interpolate: Interpolate, rows: int, columns: int) -> None:
    scale = min(640 / columns, 480 / rows)
    shifts_ = [(size - scale * n + scale - 1) / 2 for size, n in ((640, columns), (480, rows))]
    whole = Box(0, 0, columns - 1, rows - 1)
    frame = noise(rows, columns, 7)
    assert_within_a_level(frame, Affine2D(scale, scale, *shifts_), (640, 480), whole, interpolate)


def test_what_is_not_mixed_comes_through_unchanged() -> None:
    """A third of the size takes the middle one of each nine; turned over, the last row first."""
    frame = noise(30, 60, 3)
    third = resample(frame, Affine2D.resize((60, 30), (20, 10)), (20, 10), Box(0, 0, 59, 29))
    np.testing.assert_array_equal(third, frame[1::3, 1::3])
    turned = resample(frame, Affine2D(1, -1, 0, 29), (60, 30), Box(0, 0, 59, 29))
    np.testing.assert_array_equal(turned, frame[::-1])
    part = resample(frame, Affine2D(1, 1, 5, -10), (60, 30), Box(0, 0, 50, 29))
    np.testing.assert_array_equal(part[:20, 5:56], frame[10:, :51])
    assert not part[20:].any()
    assert not part[:, :5].any()
    assert not part[:, 56:].any()


@pytest.mark.parametrize(
    ("source", "result"),
    [((64, 48), (40, 30)), ((50, 35), (40, 28)), ((40, 32), (20, 16)), ((40, 30), (40, 30))],
    ids=["5 of 8", "4 of 5", "every second", "as it is"],
)
def test_a_screen_is_resized_and_averaged_at_once(
    source: tuple[int, int], result: tuple[int, int]
) -> None:
    """Without rounding between; the screen, which nobody may write to, stays as it is."""
    screen = noise(source[1], source[0], 11)
    before, whole = screen.copy(), Box(0, 0, source[0] - 1, source[1] - 1)
    to = Affine2D.resize(source, result)
    canvas = Canvas(result, to, lambda: pytest.fail("the picture was made"), screen)
    resized = by_scipy(screen, to, result, whole)
    means = resized.reshape(result[1] // 2, 2, result[0] // 2, 2, 3).mean((1, 3)) / 255
    found = averaged(canvas)
    assert found.shape == (1, *means.shape)
    assert np.abs(found[0] - means).max() < 1e-5
    assert (screen == before).all()


def test_a_screen_whose_columns_do_not_repeat_is_averaged_from_its_canvas() -> None:
    screen, picture = noise(37, 53, 2), noise(28, 40, 3)
    canvas = Canvas((40, 28), Affine2D.resize((53, 37), (40, 28)), picture, screen)
    means = picture.reshape(14, 2, 20, 2, 3).mean((1, 3)) / 255
    assert np.abs(averaged(canvas)[0] - means).max() < 1e-5
