"""One blob of a heat map, found below the pixel from the pixels around its maximum.

Heat maps are coarse (a cell is 4 to 8 canvas pixels wide). The networks' own way to canvas
resolution is bilinear interpolation of the logits; here that is done for a window only, with
the same result there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.inference.network_facts import at_pixels, probability

Map = npt.NDArray[np.float32]

WINDOW = 40
"""Half the side of the window in which a blob's spread is taken, canvas pixels."""

REACH = WINDOW + 32
"""Half the side of what is looked at: the blob may lie somewhat beside its maximum."""

FLOOR = 0.1
"""Share of the peak below which a pixel is background."""

WIDTH = 16.0
"""Standard deviation of the Gaussian through which a blob is seen, canvas pixels."""

ROUNDING = 0.004
"""Standard deviation of a logit computed in bfloat16, as a share of the map's range (measured)."""

RIVAL = 4 * 2**0.5 * ROUNDING
"""Two peaks whose logits differ by less than this share of the range may change places."""

STEPS, ARRIVED = 200, 1e-4
"""At most so many steps of the mean shift; it has arrived when a step is this short, pixels."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A landmark on the canvas."""

    x: float
    y: float
    probability: float
    spread: float = 0.0
    """Standard deviation of the blob, canvas pixels, mean of both axes."""
    rivalled: bool = False
    """Another peak of the map is so nearly as high that rounding decides between them."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Logits of some canvas pixels; `left`, `top` is the first of them."""

    logits: Map
    left: int
    top: int


def refine(
    logits: Map, to_canvas: Affine2D, canvas: tuple[int, int], cell: tuple[int, int] | None = None
) -> Peak:
    """The peak of a map of logits (h, w), or the one at a `cell` (row, column) of it.

    `to_canvas` leads from cells to canvas pixels; `canvas` is (columns, rows). The place is the
    centroid of the blob around the maximum; what is under `FLOOR` of the maximum has no weight,
    so a faint background does not move it.
    """
    row, column = cell or divmod(int(logits.argmax()), logits.shape[1])
    centre = to_canvas.apply(column, row)
    around = _window(logits, to_canvas, canvas, (centre.x, centre.y), REACH)
    y, x = _maximum(around, centre.x, centre.y, max(to_canvas.scale_x, to_canvas.scale_y))
    peak = _centroid(around, y, x)
    rivalled = cell is None and _has_rival(logits, row, column, to_canvas)
    return replace(peak, rivalled=rivalled)


def margin(logits: Map) -> float:
    """How far two logits of a map are apart, at least, for rounding not to turn their order."""
    return RIVAL * float(logits.max() - logits.min())


def _has_rival(logits: Map, row: int, column: int, to_canvas: Affine2D) -> bool:
    """Whether a cell out of reach of the maximum's blob is nearly as high."""
    rows, columns = np.divmod(
        np.flatnonzero(logits > logits[row, column] - margin(logits)), logits.shape[1]
    )
    away = np.hypot((columns - column) * to_canvas.scale_x, (rows - row) * to_canvas.scale_y)
    return bool((away > 2 * WIDTH).any())


def _window(
    logits: Map,
    to_canvas: Affine2D,
    canvas: tuple[int, int],
    centre: tuple[float, float],
    reach: float,
) -> _Window:
    columns, rows = (
        range(max(0, round(middle - reach)), min(size - 1, round(middle + reach)) + 1)
        for middle, size in zip(centre, canvas, strict=True)
    )
    return _Window(at_pixels(logits, to_canvas, rows, columns), columns.start, rows.start)


def _maximum(window: _Window, x: float, y: float, reach: float) -> tuple[int, int]:
    """Row and column, within the window, of the highest pixel not over a cell away from (x, y)."""
    left, top = max(0, round(x - reach) - window.left), max(0, round(y - reach) - window.top)
    right, bottom = round(x + reach) - window.left + 1, round(y + reach) - window.top + 1
    near = window.logits[top:bottom, left:right]
    row, column = divmod(int(near.argmax()), near.shape[1])
    return top + row, left + column


def _centroid(window: _Window, row: int, column: int) -> Peak:
    """The blob around this pixel of the window, by mean shift with a Gaussian of width `WIDTH`.

    Every pixel's share falls off smoothly, so that rounding in the network moves the place by
    as little: a blob cut at an edge, or by what hangs together, jumps instead.
    """
    highest = float(probability(window.logits[row, column]))
    floor = FLOOR * highest
    # What has no weight need not be summed.
    some = window.logits >= math.log(floor / (1 - floor))
    (top, bottom), (left, right) = (_ends(np.flatnonzero(some.any(axis))) for axis in (1, 0))
    weight = np.clip(probability(window.logits[top:bottom, left:right]) - floor, 0, None)
    rows, columns = (
        np.arange(top, bottom, dtype=np.float32),
        np.arange(left, right, dtype=np.float32),
    )
    x, y = float(column), float(row)
    for _ in range(STEPS):
        # The Gaussian is a product of one along x and one along y.
        across, down = _gaussian(columns - x), _gaussian(rows - y)
        along_x, along_y = down @ weight * across, weight @ across * down
        total = float(along_x.sum())
        before = (x, y)
        x, y = float(along_x @ columns) / total, float(along_y @ rows) / total
        if max(abs(x - before[0]), abs(y - before[1])) < ARRIVED:
            break
    near_x, near_y = (_near(z, n) for z, n in zip((x, y), window.logits.shape[::-1], strict=True))
    inside = probability(window.logits[near_y.start : near_y.stop, near_x.start : near_x.stop])
    away_x, away_y = np.array(near_x, np.float32) - x, np.array(near_y, np.float32) - y
    square = float(inside.sum(0) @ away_x**2 + inside.sum(1) @ away_y**2) / 2
    spread = (square / float(inside.sum())) ** 0.5
    return Peak(window.left + x, window.top + y, highest, spread)


def _near(centre: float, size: int) -> range:
    """Which of so many pixels are in the window around one of them."""
    return range(max(0, math.ceil(centre - WINDOW)), min(size, math.floor(centre + WINDOW) + 1))


def _ends(places: npt.NDArray[np.intp]) -> tuple[int, int]:
    """The first of rising places, and the one behind the last."""
    return int(places[0]), int(places[-1]) + 1


def _gaussian(distances: Map) -> Map:
    weights: Map = np.exp(-(distances**2) / np.float32(2 * WIDTH**2))
    return weights
