"""One blob of a heat map, found below the pixel from the pixels around its maximum.

Heat maps are coarse (a cell is 4 to 8 canvas pixels wide). The networks' own way to canvas
resolution is bilinear interpolation of the logits; here that is done for a window only, with
the same result there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Affine2D

Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

WINDOW = 40
"""Half the side of the window around a maximum, canvas pixels."""

REACH = WINDOW + 20
"""Half the side of what is looked at: the blob may lie somewhat beside its maximum."""

FLOOR = 0.1
"""Share of the peak below which a pixel is background."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A landmark on the canvas."""

    x: float
    y: float
    probability: float
    spread: float = 0.0
    """Standard deviation of the blob, canvas pixels, mean of both axes."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Probabilities of some canvas pixels; `left`, `top` is the first of them."""

    probability: Map
    left: int
    top: int


def refine(
    logits: Map, to_canvas: Affine2D, canvas: tuple[int, int], cell: tuple[int, int] | None = None
) -> Peak:
    """The peak of a map of logits (h, w), or the one at a `cell` (row, column) of it.

    `to_canvas` leads from cells to canvas pixels; `canvas` is (columns, rows). The place is the
    centroid of the blob that hangs together with the maximum; what is under `FLOOR` of the
    maximum has no weight, so a faint background does not move it.
    """
    row, column = cell or divmod(int(logits.argmax()), logits.shape[1])
    centre = to_canvas.apply(column, row)
    around = _window(logits, to_canvas, canvas, (centre.x, centre.y), REACH)
    y, x = _maximum(around, centre.x, centre.y, max(to_canvas.scale_x, to_canvas.scale_y))
    return _centroid(around, y, x)


def _window(
    logits: Map,
    to_canvas: Affine2D,
    canvas: tuple[int, int],
    centre: tuple[float, float],
    reach: float,
) -> _Window:
    columns = np.arange(
        max(0, round(centre[0] - reach)), min(canvas[0] - 1, round(centre[0] + reach)) + 1
    )
    rows = np.arange(
        max(0, round(centre[1] - reach)), min(canvas[1] - 1, round(centre[1] + reach)) + 1
    )
    upper, lower, down = _between(rows, to_canvas.scale_y, to_canvas.shift_y, logits.shape[0])
    first, second, across = _between(columns, to_canvas.scale_x, to_canvas.shift_x, logits.shape[1])
    band = logits[upper] * (1 - down)[:, None] + logits[lower] * down[:, None]
    values = band[:, first] * (1 - across) + band[:, second] * across
    # Beyond 60 a float32 is 0 or 1 for all purposes, and beyond 88 its exponential overflows.
    probability: Map = (1 / (1 + np.exp(-np.clip(values, -60, 60)))).astype(np.float32)
    return _Window(probability, int(columns[0]), int(rows[0]))


def _between(
    pixels: npt.NDArray[np.intp], scale: float, shift: float, cells: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Map]:
    """The two cells that each pixel lies between, and how far it is on its way to the second."""
    position = np.clip((pixels - shift) / scale, 0, cells - 1)
    first = np.floor(position).astype(np.intp)
    return first, np.minimum(first + 1, cells - 1), (position - first).astype(np.float32)


def _maximum(window: _Window, x: float, y: float, reach: float) -> tuple[int, int]:
    """Row and column, within the window, of the highest pixel not over a cell away from (x, y)."""
    left, top = max(0, round(x - reach) - window.left), max(0, round(y - reach) - window.top)
    right, bottom = round(x + reach) - window.left + 1, round(y + reach) - window.top + 1
    near = window.probability[top:bottom, left:right]
    row, column = divmod(int(near.argmax()), near.shape[1])
    return top + row, left + column


def _centroid(window: _Window, row: int, column: int) -> Peak:
    """The blob whose maximum is this pixel of the window.

    Twice, so that the window is centred on the blob and not on its highest pixel.
    """
    probability = window.probability
    highest = float(probability[row, column])
    indices: npt.NDArray[np.float32] = np.indices(probability.shape, np.float32)
    rows, columns = indices
    weight = np.clip(probability - FLOOR * highest, 0, None)
    x, y, spread = float(column), float(row), 0.0
    for _ in range(2):
        inside = (np.abs(columns - x) <= WINDOW) & (np.abs(rows - y) <= WINDOW)
        blob = _connected(inside & (weight > 0), row, column)
        x, y = _mean(weight, blob, columns), _mean(weight, blob, rows)
        square: Map = ((columns - x) ** 2 + (rows - y) ** 2) * np.float32(0.5)
        spread = _mean(probability, inside, square) ** 0.5
    return Peak(window.left + x, window.top + y, highest, spread)


def _mean(weight: Map, where: Mask, values: Map) -> float:
    chosen = weight[where].astype(np.float64)
    return float(chosen @ values[where] / chosen.sum())


def _connected(mask: Mask, row: int, column: int) -> Mask:
    """The part of the mask that hangs together with one pixel of it, by edges."""
    reached = np.zeros_like(mask)
    reached[row, column] = True
    count = 0
    while (now := int(reached.sum())) > count:
        count = now
        # Four steps at a time: counting costs as much as growing.
        for _ in range(4):
            reached[1:] |= reached[:-1]
            reached[:-1] |= reached[1:]
            reached[:, 1:] |= reached[:, :-1]
            reached[:, :-1] |= reached[:, 1:]
            reached &= mask
    return reached
