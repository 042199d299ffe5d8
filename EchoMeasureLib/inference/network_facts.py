"""What is known of a network without loading it: what it measures and where its maps lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.inference.checkpoints import bare_keys
from EchoMeasureLib.inference.weight_store import Checkpoint, sound_shapes

Logits = npt.NDArray[np.float32]

HEAT_STRIDE = 4
"""Canvas pixels per heat-map cell of the compact network. The centre of cell (i, j), column i and
row j, lies at canvas pixel (4 i + 1.5, 4 j + 1.5), whatever the size of the canvas."""


AT_ONCE = 64
"""Columns of the canvas that are made together: each is a mix of few columns of cells."""


BEYOND = 160
"""Canvas pixels outside of a canvas that a window around one of its pixels may have."""


@dataclass(frozen=True, slots=True)
class HeatGrid:
    """How the cells of a heat map lie on the canvas."""

    to_canvas: Affine2D
    """From cell coordinates (centre of the first cell is 0, 0) to canvas pixels."""
    canvas: tuple[int, int]
    """Columns and rows of the canvas."""


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Which measurements a network answers, and how."""

    points: Mapping[str, int]
    """Number of points by measurement."""
    compact: bool
    """Whether it is EchoMeasure's own network, else EchoNet-Measurements' DeepLabV3-ResNet50."""

    def grid(self, canvas: tuple[int, int], heat: tuple[int, int]) -> HeatGrid:
        """Where the cells of a heat map of size `heat` lie; sizes are (columns, rows)."""
        if self.compact:
            offset = (HEAT_STRIDE - 1) / 2
            return HeatGrid(Affine2D(HEAT_STRIDE, HEAT_STRIDE, offset, offset), canvas)
        return HeatGrid(Affine2D.resize(heat, canvas), canvas)


def checkpoint_facts(checkpoint: Checkpoint, measurement: str) -> NetworkFacts:
    """Those of the network in a file, without loading it. Raises `WeightsProblem`."""
    shapes = bare_keys(sound_shapes(checkpoint.path))
    return facts_of(shapes, measurement, checkpoint.path.name)


def facts_of(shapes: Mapping[str, tuple[int, ...]], measurement: str, file: str) -> NetworkFacts:
    """The facts of a network for this measurement, from the shapes of its tensors.

    Keys are those of `checkpoints.bare_keys`; `file` is named in errors. Raises `WeightsProblem`
    for a compact network that does not measure it, or not with as many points as the catalog says.
    """
    if not is_compact(shapes):
        return NetworkFacts({measurement: len(definition(measurement).points)}, False)
    heads = {
        key.split(".")[1]: shape[0] if shape else 0
        for key, shape in shapes.items()
        if key.startswith("heads.") and key.endswith(".weight")
    }
    if measurement not in heads:
        raise WeightsProblem(
            f"{file} has no head for {measurement}; it measures {', '.join(heads)}."
        )
    wrong = [id for id, count in heads.items() if count != len(definition(id).points)]
    if wrong:
        raise WeightsProblem(f"The heads for {', '.join(wrong)} have a wrong number of points.")
    return NetworkFacts(heads, True)


def is_compact(state: Mapping[str, object]) -> bool:
    """Whether these keys are those of a compact network."""
    return any(key.startswith("heads.") for key in state) and any(
        key.startswith("compact.") for key in state
    )


def probability(logits: Logits) -> Logits:
    """The sigmoid, between 0 and 1 for any number."""
    # Below -60 a float32 is 0 for all purposes, and from -88 on its exponential overflows.
    found: Logits = np.atleast_1d(np.maximum(logits, np.float32(-60)))
    np.negative(found, out=found)
    np.exp(found, out=found)
    found += 1
    return np.reciprocal(found, out=found).reshape(np.shape(logits))


def full_resolution(logits: Logits, grid: HeatGrid) -> Logits:
    """Logits (..., h, w) brought to every canvas pixel, bilinear, as torchvision does."""
    columns, rows = grid.canvas
    starts = range(0, columns, AT_ONCE)
    strips = [range(start, min(start + AT_ONCE, columns)) for start in starts]
    found = [at_pixels(logits, grid.to_canvas, range(rows), strip) for strip in strips]
    return np.concatenate(found, -1)


def at_pixels(logits: Logits, to_canvas: Affine2D, rows: range, columns: range) -> Logits:
    """The same for some rows and columns of the canvas."""
    upper, down = _mixing(rows, to_canvas.scale_y, to_canvas.shift_y, logits.shape[-2])
    left, across = _mixing(columns, to_canvas.scale_x, to_canvas.shift_x, logits.shape[-1])
    part = logits[..., upper : upper + down.shape[1], left : left + across.shape[1]]
    found: Logits = down @ part @ across.T
    return found


def at_windows(
    maps: Logits,
    to_canvas: Affine2D,
    rows: tuple[npt.NDArray[np.int64], int],
    columns: tuple[npt.NDArray[np.int64], int],
) -> Logits:
    """The same for one window of each map (n, h, w), all of one size: the first row or column of
    each on the canvas, and how many. Up to `BEYOND` pixels outside, the border is repeated."""
    upper, down = _window_mixing(*rows, to_canvas.scale_y, to_canvas.shift_y, maps.shape[1])
    left, across = _window_mixing(*columns, to_canvas.scale_x, to_canvas.shift_x, maps.shape[2])
    tall, wide = down.shape[2], across.shape[2]
    parts = [one[y : y + tall, x : x + wide] for one, y, x in zip(maps, upper, left, strict=True)]
    found: Logits = np.matmul(np.matmul(down, np.stack(parts)), across.transpose(0, 2, 1))
    return found


def _window_mixing(
    starts: npt.NDArray[np.int64], count: int, scale: float, shift: float, cells: int
) -> tuple[list[int], Logits]:
    """The first cell of each window, and its pixels as mixes of cells (n, pixels, cells)."""
    reach = math.ceil(scale * (cells + 2) + abs(shift))
    matrix = _all_mixed(reach, scale, shift, cells)
    few = min(cells, int((count - 1) / scale) + 3)
    lowest = np.floor((starts - shift) / scale).astype(np.int64)
    firsts: list[int] = np.clip(lowest, 0, cells - few).tolist()
    rows = [
        matrix[row : row + count, first : first + few]
        for row, first in zip((starts + BEYOND).tolist(), firsts, strict=True)
    ]
    return firsts, np.stack(rows)


def _mixing(pixels: range, scale: float, shift: float, cells: int) -> tuple[int, Logits]:
    """Pixels as mixes of the two cells that each lies between: (pixels, cells), and the first
    cell of these."""
    reach = math.ceil(scale * (cells + 2) + abs(shift))
    if not 0 <= pixels.start < pixels.stop <= reach:
        return _mixed(pixels, scale, shift, cells)
    # Windows of one map after another are cut out of the same mixing.
    matrix = _all_mixed(reach, scale, shift, cells)
    first, last = (
        min(max(math.floor((pixel - shift) / scale), 0), cells - 1)
        for pixel in (pixels.start, pixels.stop - 1)
    )
    return first, matrix[BEYOND + pixels.start : BEYOND + pixels.stop, first : last + 2]


@lru_cache(maxsize=16)
def _all_mixed(reach: int, scale: float, shift: float, cells: int) -> Logits:
    return _mixed(range(-BEYOND, reach + BEYOND), scale, shift, cells)[1]


def _mixed(pixels: range, scale: float, shift: float, cells: int) -> tuple[int, Logits]:
    place = np.clip((np.arange(pixels.start, pixels.stop) - shift) / scale, 0, cells - 1)
    lower = np.floor(place).astype(int)
    first = int(lower[0])
    matrix = np.zeros((len(pixels), int(lower[-1]) + 2 - first), np.float32)
    every, share = np.arange(len(pixels)), place - lower
    matrix[every, lower - first] = 1 - share
    matrix[every, lower - first + 1] = share
    return first, matrix[:, : cells - first]
