"""Bilinear resampling by OpenVINO, for engines that load no torch."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.openvino_models import core, threads
from EchoMeasureLib.inference.openvino_requests import Requests
from EchoMeasureLib.inference.resampling import (
    Axis,
    is_resize,
    sampling_grid,
    seen_part,
)

if TYPE_CHECKING:
    import openvino


Averaged = npt.NDArray[np.float32]
Shares = npt.NDArray[np.float64]

MOST_REPEATED = 16
"""Pixels of a source after which places repeat, for columns to be mixed in groups."""


def with_openvino(frame: Frame, across: Axis, down: Axis) -> Frame:
    """A `resampling.Interpolate` by OpenVINO."""
    if is_resize(frame, across, down):
        resizer = _resizer(frame.shape[:2], (down.count, across.count), threads())
        resized: Frame = resizer.run(frame)[0]
        return resized
    part, columns, rows = seen_part(frame, across, down)
    given = [np.ascontiguousarray(part)[None], sampling_grid(columns, rows)]
    found: Frame = _sampler(threads())(given, share_outputs=True)[0][0].copy()
    return found


def averaged(canvas: Canvas) -> Averaged:
    """The means of each 2 x 2 pixels of a canvas of even size, (1, rows, columns, 3), 0 to 1.

    From its screen where there is one: with no rounding to whole levels between.
    """
    columns, rows = canvas.size
    screen = canvas.screen
    if screen is None or not _repeats(screen.shape[1], columns):
        screen = canvas.picture
    found: Averaged = _averager(screen.shape[:2], (rows, columns), threads()).run(screen)
    return found


def _repeats(source: int, result: int) -> bool:
    """Whether the places of these columns on the source repeat after a few pixels, as 5 of 8."""
    shrunk = Fraction(result, source)
    return shrunk <= 1 and shrunk.denominator <= MOST_REPEATED


@lru_cache(maxsize=8)
def _resizer(source: tuple[int, int], result: tuple[int, int], on: int) -> Requests:
    """From pictures of 8 bits to such ones of another size, (rows, columns) each."""
    from openvino import Type
    from openvino import opset13 as operations

    if _repeats(source[1], result[1]):
        picture = operations.parameter([1, source[0], source[1] * 3], Type.u8)
        shrunk = Fraction(result[1], source[1])
        across = _mixing(shrunk.numerator, shrunk.denominator)
        product = _mixed(picture, _mixing(result[0], source[0]), across)
        levels = operations.convert(operations.round(product, "half_away_from_zero"), Type.u8)
        shaped = operations.reshape(levels, np.array([1, *result, 3]), special_zero=False)
        return Requests(_compiled([shaped], [picture], on))
    picture = operations.parameter([1, *source, 3], Type.u8)
    resized = operations.interpolate(
        picture,
        np.array(result),
        mode="linear_onnx",
        shape_calculation_mode="sizes",
        coordinate_transformation_mode="half_pixel",
        axes=np.array([1, 2]),
    )
    return Requests(_compiled([resized], [picture], on))


@lru_cache(maxsize=8)
def _averager(source: tuple[int, int], canvas: tuple[int, int], on: int) -> Requests:
    """From pictures of 8 bits to the averages of a canvas on which they are resized."""
    from openvino import Type
    from openvino import opset13 as operations

    shrunk = Fraction(canvas[1], source[1])
    # As many groups of columns at a time as make pairs.
    times = 1 + shrunk.numerator % 2
    down = _in_pairs(_mixing(canvas[0], source[0]))
    across = _in_pairs(_mixing(times * shrunk.numerator, times * shrunk.denominator))
    picture = operations.parameter([1, source[0], source[1] * 3], Type.u8)
    product = _mixed(picture, down, across / 255)
    halves = [canvas[0] // 2, canvas[1] // 2]
    shaped = operations.reshape(product, np.array([1, *halves, 3]), special_zero=False)
    return Requests(_compiled([shaped], [picture], on))


def _mixing(count: int, size: int) -> Shares:
    """Resized rows or columns as shares of those of the source: (count, size)."""
    places = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
    before = np.floor(places).astype(int)
    after = np.minimum(before + 1, size - 1)
    shares = np.zeros((count, size))
    shares[np.arange(count), before] += 1 - (places - before)
    shares[np.arange(count), after] += places - before
    return shares


def _in_pairs(shares: Shares) -> Shares:
    """The means of each two rows or columns."""
    return (shares[::2] + shares[1::2]) / 2


def _mixed(picture: Any, down: Shares, across: Shares) -> Any:
    """A picture (1, rows, 3 columns) whose rows, and groups of columns, are such mixes.

    Rows are mixed whole. Columns are products with one small matrix, which the library is
    quickest at; what comes out has the pixels in order, but no shape.
    """
    from openvino import Type
    from openvino import opset13 as operations

    some = down > 0
    first = some.argmax(1)
    count = int((down.shape[1] - some[:, ::-1].argmax(1) - first).max())
    first = np.minimum(first, down.shape[1] - count)
    rows: Any = None
    for place in (first + n for n in range(count)):
        shares = down[np.arange(len(down)), place].astype(np.float32)[:, None]
        taken = operations.convert(operations.gather(picture, place, np.array(1)), Type.f32)
        part = operations.multiply(taken, shares)
        rows = part if rows is None else operations.add(rows, part)
    few, many = across.shape
    matrix = np.zeros((many, 3, few, 3), np.float32)
    for channel in range(3):
        matrix[:, channel, :, channel] = across.T
    groups = operations.reshape(rows, np.array([-1, many * 3]), special_zero=False)
    return operations.matmul(groups, matrix.reshape(many * 3, few * 3), False, False)


@cache
def _sampler(on: int) -> openvino.CompiledModel:
    """Pictures (1, rows, columns, 3) of 8 bits and a grid in, a picture of 8 bits out."""
    from openvino import Type
    from openvino import opset13 as operations

    picture = operations.parameter([1, -1, -1, 3], Type.u8)
    grid = operations.parameter([1, -1, -1, 2], Type.f32)
    planes = operations.transpose(operations.convert(picture, Type.f32), np.array([0, 3, 1, 2]))
    how = {"align_corners": False, "mode": "bilinear", "padding_mode": "border"}
    levels = operations.round(operations.grid_sample(planes, grid, how), "half_to_even")
    found = operations.transpose(operations.convert(levels, Type.u8), np.array([0, 2, 3, 1]))
    return _compiled([found], [picture, grid], on)


def _compiled(results: list[Any], given: list[Any], on: int) -> openvino.CompiledModel:
    from openvino import Model

    options = {
        "PERFORMANCE_HINT": "LATENCY",
        # Coordinates in bfloat16 would be off by pixels.
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": on,
    }
    return core().compile_model(Model(results, given), "CPU", options)
