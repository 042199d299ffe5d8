"""Bilinear resampling of 8-bit pictures as the published pipeline has it: within one grey level.

The published pipeline resizes its frames with OpenCV's default: half-pixel centres, no
antialiasing, whole grey levels as the result. The interpolation itself is done by the library that
runs the networks; what is fixed here is where each pixel of the result lies on the source, and
what is black. Where nothing is mixed the picture comes through unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Affine2D, Box
from EchoMeasureLib.imaging.frame import Frame

_TOLERANCE = 1e-9
"""Pixels; rounding errors of an affine map must not turn a border pixel black."""

Grid = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the pixels of a result lie on a source, along columns or rows.

    Pixel `o` lies at (o - shift) / scale. Within half a pixel of the border it repeats the border,
    and beyond it is black.
    """

    scale: float
    shift: float
    count: int
    """Pixels of the result."""
    low: int
    high: int
    """First and last pixel of the source that may be seen."""

    def places(self) -> npt.NDArray[np.float64]:
        """On the source, whole where they are meant to be."""
        found = (np.arange(self.count) - self.shift) / self.scale
        whole = np.rint(found)
        return np.where(np.abs(found - whole) < _TOLERANCE, whole, found)

    def seen(self) -> npt.NDArray[np.bool_]:
        """Which pixels of the result lie on the source at all."""
        places, reach = self.places(), 0.5 + _TOLERANCE
        return (places >= self.low - reach) & (places <= self.high + reach)

    def is_resize(self, size: int) -> bool:
        """Whether the result is a source of this size resized, all of it and nothing else."""
        centred = abs(self.shift - (self.scale - 1) / 2) < _TOLERANCE
        all_of_it = abs(self.count - self.scale * size) < _TOLERANCE * size
        return centred and all_of_it and (self.low, self.high) == (0, size - 1)


Interpolate: TypeAlias = Callable[[Frame, Axis, Axis], Frame]
"""Bilinear values of a frame at the places of two axes, columns and rows, in whole levels."""


def resample(
    frame: Frame,
    to_output: Affine2D,
    size: tuple[int, int],
    visible: Box,
    interpolate: Interpolate | None = None,
) -> Frame:
    """`frame` (rows, columns, 3) seen through `to_output`, black beyond its part `visible`.

    `size` is (columns, rows) of the result; without `interpolate` torch does it.
    """
    across, down = axes(to_output, size, visible)
    columns, rows = _copied(across), _copied(down)
    if columns is not None and rows is not None:
        picture: Frame = np.zeros((size[1], size[0], 3), np.uint8)
        picture[rows[1], columns[1]] = frame[rows[0], columns[0]]
        return picture
    picture = (interpolate or with_torch)(frame, across, down)
    if not (seen := down.seen()).all():
        picture[~seen] = 0
    if not (seen := across.seen()).all():
        picture[:, ~seen] = 0
    return picture


def axes(to_output: Affine2D, size: tuple[int, int], visible: Box) -> tuple[Axis, Axis]:
    """Columns and rows of a result of this size (columns, rows), from what is `visible`."""
    return (
        Axis(to_output.scale_x, to_output.shift_x, size[0], visible.x0, visible.x1),
        Axis(to_output.scale_y, to_output.shift_y, size[1], visible.y0, visible.y1),
    )


def _copied(axis: Axis) -> tuple[slice, slice] | None:
    """Which pixels of the source go where, as they are; None where any of them are mixed."""
    seen = np.flatnonzero(axis.seen())
    places = axis.places()[seen]
    if not len(seen) or len(places) < 2 or (places != np.rint(places)).any():
        return None
    first, step = int(places[0]), int(places[1] - places[0])
    last = int(places[-1])
    if min(first, last) < axis.low or max(first, last) > axis.high:
        return None
    end = last + (1 if step > 0 else -1)
    return slice(first, end if end >= 0 else None, step), slice(int(seen[0]), int(seen[-1]) + 1)


def with_torch(frame: Frame, across: Axis, down: Axis) -> Frame:
    """An `Interpolate` by torch."""
    import torch
    from torch.nn import functional

    if is_resize(frame, across, down):
        # A copy, since torch takes no frame that is read-only.
        planes = torch.from_numpy(np.array(frame)).permute(2, 0, 1)[None]
        picture = functional.interpolate(planes, (down.count, across.count), mode="bilinear")
        return np.ascontiguousarray(picture[0].permute(1, 2, 0).numpy())
    part, columns, rows = seen_part(frame, across, down)
    planes = torch.from_numpy(np.array(part)).permute(2, 0, 1)[None].float()
    grid = torch.from_numpy(sampling_grid(columns, rows))
    picture = functional.grid_sample(planes, grid, "bilinear", "border", align_corners=False)
    levels = picture[0].round_().byte().permute(1, 2, 0)
    return np.ascontiguousarray(levels.numpy())


def is_resize(frame: Frame, across: Axis, down: Axis) -> bool:
    """Whether the result is the whole frame in another size."""
    return down.is_resize(frame.shape[0]) and across.is_resize(frame.shape[1])


def seen_part(frame: Frame, across: Axis, down: Axis) -> tuple[Frame, Axis, Axis]:
    """The part of a frame that is mixed, and the same axes on it."""
    columns, rows = _cut(across), _cut(down)
    part = frame[down.low : down.high + 1, across.low : across.high + 1]
    part = part[rows.start - down.low : rows.stop - down.low]
    part = part[:, columns.start - across.low : columns.stop - across.low]
    return part, _from(across, columns), _from(down, rows)


def _cut(axis: Axis) -> range:
    """The source pixels between which the result lies."""
    places = np.clip(axis.places(), axis.low, axis.high)
    return range(int(places.min()), min(axis.high, int(places.max()) + 1) + 1)


def _from(axis: Axis, part: range) -> Axis:
    """The axis counted from the first pixel of a part of the source."""
    shift = axis.shift + axis.scale * part.start
    return Axis(axis.scale, shift, axis.count, 0, len(part) - 1)


@lru_cache(maxsize=8)
def sampling_grid(across: Axis, down: Axis) -> Grid:
    """(1, rows, columns, 2) x and y from -1 to 1 between the outer edges of the source."""
    x, y = ((2 * axis.places() + 1) / (axis.high + 1) - 1 for axis in (across, down))
    grid = np.empty((1, down.count, across.count, 2), np.float32)
    grid[..., 0], grid[..., 1] = x, y[:, None]
    return grid
