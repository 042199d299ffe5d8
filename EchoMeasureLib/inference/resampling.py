"""Bilinear resampling of 8-bit pictures, level for level as the published pipeline has it.

The published pipeline resizes its frames with OpenCV's default: half-pixel centres, no
antialiasing, weights in steps of 1/2048, whole grey levels as the result. The same
integer arithmetic is done here, so that the networks see what they were made for.
Where nothing is resampled the picture comes through unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Affine2D, Box
from EchoMeasureLib.imaging.frame import Frame

Integers = npt.NDArray[np.int32]

_ONE = 2048
"""A weight of 1."""
_TOLERANCE = 1e-9
"""Pixels; rounding errors of an affine map must not turn a border pixel black."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """Which two source cells each output cell mixes along one axis, and how."""

    first: npt.NDArray[np.intp]
    second: npt.NDArray[np.intp]
    weights: tuple[Integers, Integers]
    """Of `first` and `second`, out of 2048."""
    inside: npt.NDArray[np.bool_]
    """Whether the output cell's centre lies on the source at all."""

    @property
    def mixes(self) -> bool:
        return bool(self.weights[1].any())


def _axis(scale: float, shift: float, outputs: int, low: int, high: int) -> _Axis:
    """For outputs `o` at source coordinate (o - shift) / scale, sources `low` to `high`.

    Coordinates within half a cell of the border repeat the border.
    """
    coordinates = (np.arange(outputs) - shift) / scale
    inside = (coordinates >= low - 0.5 - _TOLERANCE) & (coordinates <= high + 0.5 + _TOLERANCE)
    whole = np.rint(coordinates)
    coordinates = np.where(np.abs(coordinates - whole) < _TOLERANCE, whole, coordinates)
    first = np.floor(coordinates).astype(np.intp)
    share = (coordinates - first).astype(np.float32)
    weights = tuple(
        np.rint(part * np.float32(_ONE)).astype(np.int32) for part in (np.float32(1) - share, share)
    )
    cells = [np.clip(cell, low, high) for cell in (first, first + 1)]
    return _Axis(cells[0], cells[1], (weights[0], weights[1]), inside)


def resample(frame: Frame, to_output: Affine2D, size: tuple[int, int], visible: Box) -> Frame:
    """`frame` (rows, columns, 3) seen through `to_output`, black beyond its part `visible`.

    `size` is (columns, rows) of the result.
    """
    across = _axis(to_output.scale_x, to_output.shift_x, size[0], visible.x0, visible.x1)
    down = _axis(to_output.scale_y, to_output.shift_y, size[1], visible.y0, visible.y1)
    if across.mixes or down.mixes:
        picture = _mix_rows(_mix_columns(frame, across), down)
    else:
        picture = frame[down.first][:, across.first]
    picture[~down.inside] = 0
    picture[:, ~across.inside] = 0
    return picture


def _mix_columns(frame: Frame, axis: _Axis) -> Integers:
    """Levels times 2048, shape (rows, outputs, 3)."""
    mixed = frame[:, axis.first] * axis.weights[0][:, None]
    mixed += frame[:, axis.second] * axis.weights[1][:, None]
    return mixed


def _mix_rows(levels: Integers, axis: _Axis) -> Frame:
    """From levels times 2048 to levels, shape (outputs, columns, 3) uint8."""
    levels = levels >> 4
    mixed = (levels[axis.first] * axis.weights[0][:, None, None]) >> 16
    mixed += (levels[axis.second] * axis.weights[1][:, None, None]) >> 16
    return ((mixed + 2) >> 2).astype(np.uint8)
