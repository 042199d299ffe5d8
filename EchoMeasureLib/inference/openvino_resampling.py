"""Bilinear resampling by OpenVINO, for engines that load no torch."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

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


def with_openvino(frame: Frame, across: Axis, down: Axis) -> Frame:
    """A `resampling.Interpolate` by OpenVINO."""
    if is_resize(frame, across, down):
        resizer = _resizer(frame.shape[:2], (down.count, across.count), threads())
        return _first(resizer([np.ascontiguousarray(frame)[None]]))
    part, columns, rows = seen_part(frame, across, down)
    given = [np.ascontiguousarray(part)[None], sampling_grid(columns, rows)]
    return _first(_sampler(threads())(given))


def _first(results: Any) -> Frame:
    picture: Frame = results[0][0].copy()
    return picture


@lru_cache(maxsize=8)
def _resizer(source: tuple[int, int], result: tuple[int, int], on: int) -> openvino.CompiledModel:
    """From pictures (1, rows, columns, 3) of 8 bits to such ones of another size."""
    from openvino import Type
    from openvino import opset13 as operations

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
