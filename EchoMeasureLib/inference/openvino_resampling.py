"""Bilinear resampling by OpenVINO, for engines that load no torch."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.inference.openvino_models import core, threads
from EchoMeasureLib.inference.resampling import (
    Axis,
    is_resize,
    sampling_grid,
    seen_part,
)

if TYPE_CHECKING:
    import openvino


MOST_REPEATED = 16
"""Pixels of a source after which places repeat, for columns to be mixed in groups."""


def with_openvino(frame: Frame, across: Axis, down: Axis) -> Frame:
    """A `resampling.Interpolate` by OpenVINO."""
    if is_resize(frame, across, down):
        resizer = _resizer(frame.shape[:2], (down.count, across.count), threads())
        shaped = np.ascontiguousarray(frame).reshape(resizer.input(0).shape)
        return _first(resizer([shaped], share_outputs=True))
    part, columns, rows = seen_part(frame, across, down)
    given = [np.ascontiguousarray(part)[None], sampling_grid(columns, rows)]
    return _first(_sampler(threads())(given, share_outputs=True))


def _first(results: Any) -> Frame:
    picture: Frame = results[0][0].copy()
    return picture


@lru_cache(maxsize=8)
def _resizer(source: tuple[int, int], result: tuple[int, int], on: int) -> openvino.CompiledModel:
    """From pictures (1, rows, columns, 3) of 8 bits to such ones of another size."""
    from openvino import Type
    from openvino import opset13 as operations

    shrunk = Fraction(result[1], source[1])
    if shrunk <= 1 and shrunk.denominator <= MOST_REPEATED:
        return _repeating(source, result, shrunk, on)
    picture = operations.parameter([1, *source, 3], Type.u8)
    resized = operations.interpolate(
        picture,
        np.array(result),
        mode="linear_onnx",
        shape_calculation_mode="sizes",
        coordinate_transformation_mode="half_pixel",
        axes=np.array([1, 2]),
    )
    return _compiled([resized], [picture], on)


def _repeating(
    source: tuple[int, int], result: tuple[int, int], shrunk: Fraction, on: int
) -> openvino.CompiledModel:
    """The same where the columns' places repeat after a few pixels, as 5 of 8.

    Rows are mixed whole, and columns are products of such groups with one small matrix.
    """
    from openvino import Type
    from openvino import opset13 as operations

    def rows(places: npt.NDArray[np.int64], shares: npt.NDArray[np.float64]) -> Any:
        taken = operations.convert(operations.gather(picture, places, np.array(1)), Type.f32)
        return operations.multiply(taken, shares.astype(np.float32)[:, None])

    picture = operations.parameter([1, source[0], source[1] * 3], Type.u8)
    above, below = _between(result[0], source[0])
    lower = np.minimum(above + 1, source[0] - 1)
    mixed = operations.add(rows(above, 1 - below), rows(lower, below))
    few, many = shrunk.numerator, shrunk.denominator
    matrix = np.zeros((many, 3, few, 3), np.float32)
    for column, (before, share) in enumerate(zip(*_between(few, many), strict=True)):
        for place, part in ((before, 1 - share), (min(before + 1, many - 1), share)):
            matrix[place, range(3), column, range(3)] += part
    groups = operations.reshape(mixed, np.array([-1, many * 3]), special_zero=False)
    product = operations.matmul(groups, matrix.reshape(many * 3, few * 3), False, False)
    levels = operations.convert(operations.round(product, "half_away_from_zero"), Type.u8)
    shaped = operations.reshape(levels, np.array([1, *result, 3]), special_zero=False)
    return _compiled([shaped], [picture], on)


def _between(count: int, size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The pixel before each place of a resized row or column, and the share of the next one."""
    places = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
    before = np.floor(places).astype(np.int64)
    return before, places - before


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
