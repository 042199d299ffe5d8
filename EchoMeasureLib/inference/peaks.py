"""Blobs of heat maps, found below the pixel from the pixels around their maxima.

Heat maps are coarse (a cell is 4 to 8 canvas pixels wide). The networks' own way to canvas
resolution is bilinear interpolation of the logits; here that is done for windows only, with
the same result there. Maps are taken together: one at a time, most of the time goes by between
the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.inference.network_facts import at_windows, probability

Maps = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

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

Cell = tuple[int, int]
"""Row and column of a cell of a map."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A landmark on the canvas."""

    x: float
    y: float
    probability: float
    spread: float = 0.0
    """Standard deviation of the blob, canvas pixels, mean of both axes."""


class _Axis(NamedTuple):
    """Rows or columns of the maps and of the canvas around the cells that are refined."""

    scale: float
    shift: float
    cells: int
    centre: Floats
    """Of each map's cell, on the canvas."""
    first: Whole
    last: Whole
    """Pixels of the canvas within `REACH`."""

    def span(self, start: Floats, end: Floats) -> _Span:
        """The pixels between these places that are within reach."""
        starts = np.maximum(self.first, start.astype(np.int64))
        ends = np.minimum(self.last, end.astype(np.int64))
        every = np.arange(int((ends - starts).max()) + 1)
        return _Span(starts, (starts[:, None] + every <= ends[:, None]).astype(np.float32))


class _Span(NamedTuple):
    """As many pixels for each map as for the longest; `inside` is 0 for those beyond its own."""

    start: Whole
    inside: Maps

    @property
    def length(self) -> int:
        return len(self.inside[0])

    def away(self, centre: Floats | Whole) -> Maps:
        """Distances of the pixels from one place of each map."""
        return (np.arange(self.length) + (self.start - centre)[:, None]).astype(np.float32)


def highest_cells(maps: Maps) -> list[Cell]:
    """The maximum of each map (n, h, w)."""
    places = maps.reshape(len(maps), -1).argmax(1)
    return [divmod(place, maps.shape[2]) for place in places.tolist()]


def refine(
    maps: Maps, to_canvas: Affine2D, canvas: tuple[int, int], cells: Sequence[Cell]
) -> list[Peak]:
    """The peak at one cell of each map of logits (n, h, w).

    `to_canvas` leads from cells to canvas pixels; `canvas` is (columns, rows). The place is the
    centroid of the blob around the maximum; what is under `FLOOR` of the maximum has no weight,
    so a faint background does not move it.
    """
    rows, columns = np.array(cells, np.float64).T
    down = _axis(rows, to_canvas.scale_y, to_canvas.shift_y, maps.shape[1], canvas[1])
    across = _axis(columns, to_canvas.scale_x, to_canvas.shift_x, maps.shape[2], canvas[0])
    y, x, logits = _maxima(maps, to_canvas, down, across)
    highest = probability(logits)
    floor = FLOOR * highest.astype(np.float64)
    part_y, part_x = _blobs(maps, np.log(floor / (1 - floor)), down, across)
    chances = probability(_cut(maps, to_canvas, part_y, part_x))
    weight = np.maximum(chances - floor.astype(np.float32)[:, None, None], np.float32(0))
    weight *= part_y.inside[:, :, None]
    weight *= part_x.inside[:, None, :]
    moved_y, moved_x = _shifted(weight, part_y.away(y), part_x.away(x))
    found_y, found_x = y + moved_y, x + moved_x
    spread = _spread(maps, to_canvas, (down, found_y), (across, found_x))
    return [
        Peak(*peak)
        for peak in zip(
            found_x.tolist(), found_y.tolist(), highest.tolist(), spread.tolist(), strict=True
        )
    ]


def margin(maps: Maps) -> Floats:
    """How far two logits of a map are apart, at least, for rounding not to turn their order.

    One for each map (n, h, w).
    """
    every = maps.reshape(len(maps), -1)
    found: Floats = RIVAL * (every.max(1) - every.min(1)).astype(np.float64)
    return found


def rivalled(maps: Maps, cells: Sequence[Cell], to_canvas: Affine2D) -> list[bool]:
    """Whether another peak of each map is so nearly as high that rounding decides between them.

    `cells` are their maxima; another peak is a cell out of reach of the maximum's blob.
    """
    every = maps.reshape(len(maps), -1)
    least = (every.max(1) - margin(maps)).astype(np.float32)
    # Rows of the flat maps: quicker than the places of what is true in three dimensions.
    places = np.flatnonzero(every > least[:, None])
    number, place = np.divmod(places, every.shape[1])
    rows, columns = np.divmod(place, maps.shape[2])
    row, column = np.array(cells).T
    away = np.hypot(
        (columns - column[number]) * to_canvas.scale_x, (rows - row[number]) * to_canvas.scale_y
    )
    far = set(number[away > 2 * WIDTH].tolist())
    return [n in far for n in range(len(maps))]


def _axis(places: Floats, scale: float, shift: float, cells: int, pixels: int) -> _Axis:
    centre = scale * places + shift
    first = np.maximum(0, np.rint(centre - REACH)).astype(np.int64)
    last = np.minimum(pixels - 1, np.rint(centre + REACH)).astype(np.int64)
    return _Axis(scale, shift, cells, centre, first, last)


def _cut(maps: Maps, to_canvas: Affine2D, down: _Span, across: _Span) -> Maps:
    return at_windows(maps, to_canvas, (down.start, down.length), (across.start, across.length))


def _maxima(
    maps: Maps, to_canvas: Affine2D, down: _Axis, across: _Axis
) -> tuple[Whole, Whole, Maps]:
    """Row, column and logit of the highest pixels not over a cell away from the centres."""
    reach = max(to_canvas.scale_x, to_canvas.scale_y)
    near_y, near_x = (
        axis.span(np.rint(axis.centre - reach), np.rint(axis.centre + reach))
        for axis in (down, across)
    )
    near = _cut(maps, to_canvas, near_y, near_x)
    beyond = (near_y.inside[:, :, None] * near_x.inside[:, None, :]) == 0
    flat = np.where(beyond, -np.inf, near).reshape(len(maps), -1)
    places = flat.argmax(1)
    rows, columns = np.divmod(places, near_x.length)
    return near_y.start + rows, near_x.start + columns, flat[np.arange(len(maps)), places]


def _blobs(maps: Maps, least: Floats, down: _Axis, across: _Axis) -> tuple[_Span, _Span]:
    """Rows and columns of pixels outside of which all logits within reach are under `least`.

    A pixel is a mix of the cells around it, so it is under the highest of them.
    """
    (top, tall), (left, wide) = _cells(down), _cells(across)
    cells = np.stack(
        [one[y : y + tall, x : x + wide] for one, y, x in zip(maps, top, left, strict=True)]
    )
    some = cells >= (least - 1e-3).astype(np.float32)[:, None, None]
    by_row: Mask = np.any(some, axis=2)
    by_column: Mask = np.any(some, axis=1)
    return _pixels(down, top, by_row), _pixels(across, left, by_column)


def _cells(axis: _Axis) -> tuple[Whole, int]:
    """The first cell within reach for each map, and a number of cells that is enough."""
    count = min(axis.cells, int(2 * REACH / axis.scale) + 4)
    first = np.floor((axis.first - axis.shift) / axis.scale).astype(np.int64)
    return np.maximum(0, np.minimum(first, axis.cells - count)), count


def _pixels(axis: _Axis, first: Whole, some: Mask) -> _Span:
    """The pixels that have a share of any of these cells; all where there is none."""
    start = first + some.argmax(1)
    end = first + some.shape[1] - 1 - some[:, ::-1].argmax(1)
    return axis.span(
        np.floor(axis.scale * (start - 1) + axis.shift),
        np.ceil(axis.scale * (end + 1) + axis.shift),
    )


def _shifted(weight: Maps, away_y: Maps, away_x: Maps) -> tuple[Floats, Floats]:
    """How far down and across the blobs lie from their maxima, by mean shift.

    With a Gaussian of width `WIDTH`: every pixel's share falls off smoothly, so that rounding in
    the network moves the place by as little. A blob cut at an edge, or by what hangs together,
    jumps instead.
    """
    x, y = np.zeros(len(weight)), np.zeros(len(weight))
    moving = np.ones(len(weight), bool)
    for _ in range(STEPS):
        # The Gaussian is a product of one along x and one along y.
        down, across = _gaussian(away_y, y), _gaussian(away_x, x)
        along_y = np.matmul(weight, across[:, :, None])[:, :, 0] * down
        along_x = np.matmul(down[:, None, :], weight)[:, 0] * across
        total = along_x.sum(1, dtype=np.float64)
        next_y = np.where(moving, (along_y * away_y).sum(1) / total, y)
        next_x = np.where(moving, (along_x * away_x).sum(1) / total, x)
        moving = np.maximum(np.abs(next_x - x), np.abs(next_y - y)) >= ARRIVED
        y, x = next_y, next_x
        if not moving.any():
            break
    return y, x


def _gaussian(away: Maps, centre: Floats) -> Maps:
    weights = away - centre.astype(np.float32)[:, None]
    weights *= weights
    weights *= np.float32(-1 / (2 * WIDTH**2))
    found: Maps = np.exp(weights, out=weights)
    return found


def _spread(
    maps: Maps, to_canvas: Affine2D, down: tuple[_Axis, Floats], across: tuple[_Axis, Floats]
) -> Floats:
    """Standard deviations within `WINDOW` of these places."""
    part_y, part_x = (
        axis.span(np.ceil(place - WINDOW), np.floor(place + WINDOW))
        for axis, place in (down, across)
    )
    chances = probability(_cut(maps, to_canvas, part_y, part_x))
    by_row = np.matmul(chances, part_x.inside[:, :, None])[:, :, 0] * part_y.inside
    by_column = np.matmul(part_y.inside[:, None, :], chances)[:, 0] * part_x.inside
    square = (by_row * part_y.away(down[1]) ** 2).sum(1, dtype=np.float64)
    square += (by_column * part_x.away(across[1]) ** 2).sum(1, dtype=np.float64)
    found: Floats = (square / 2 / by_row.sum(1, dtype=np.float64)) ** 0.5
    return found
