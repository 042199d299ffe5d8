"""Bright lines of an M-mode strip, each followed from its left end to its right one.

The strip is laid on an even grid of depth and time. A line is the way along which most light lies,
which turns no faster than tissue does; what is bright at one depth all the time is no motion and
counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.frame import Frame, darkest
from EchoMeasureLib.imaging.regions import Region

Floats = npt.NDArray[np.float64]

ROW_CM, COLUMN_S = 0.05, 0.01
"""The grid."""

BLANK = 6
"""Levels between the darker and the lighter rows of a column within which it is not written."""

SHORTEST_S, MOST_S, MOST_CM = 1.0, 20.0, 40.0
"""What is shorter shows no two beats; what is longer or deeper is no such strip."""

NEAR_FIELD_CM = 3.0
"""The first centimetres are saturated and do not move."""

THICK_CM = 0.2
"""About as thick is a line."""

FASTEST = 4
"""Rows of the grid by which a line moves in one column at most: 20 cm/s."""

TURN = 0.01
"""What it costs to move by one row per column more or less than before."""

APART_CM, TAKEN = 0.3, 0.15
"""So near to a line there is no other, and what it costs to lie there."""


@dataclass(frozen=True, slots=True)
class Grid:
    """An M-mode strip, shallowest row first, earliest column first."""

    light: Floats
    """(rows, columns), grey."""
    box: Box
    scale: tuple[float, float]
    """Columns and rows of the grid per pixel."""
    flipped: bool
    """Whether depth grows upwards on the screen."""
    left: int
    """Pixel column at which the trace begins, from the strip's left edge."""

    def point(self, column: float, row: float) -> PixelPoint:
        """A place of the grid in source pixels."""
        x, y = (column + 0.5) / self.scale[0] - 0.5, (row + 0.5) / self.scale[1] - 0.5
        y = self.box.height - 1 - y if self.flipped else y
        return PixelPoint(float(self.box.x0 + self.left + x), float(self.box.y0 + y))


def even_grid(frame: Frame, region: Region) -> Grid | None:
    """The strip of a frame, (rows, columns, 3) uint8, on the grid; None where it is too small."""
    from scipy import ndimage

    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    if box.width < 16 or box.height < 16:
        return None
    # Colours drawn over the strip, such as a green ECG, are dark in their least channel.
    grey = darkest(frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]).astype(np.float64)
    low, high = np.percentile(grey, (20, 95), axis=0)
    # The marks of time go on where nothing is written yet; each is a few columns wide.
    tick = np.ones(max(3, grey.shape[1] // 60))
    written = np.flatnonzero(ndimage.binary_opening(high - low > BLANK, tick))
    scale = abs(region.delta[0]) / COLUMN_S, abs(region.delta[1]) / ROW_CM
    if not len(written) or min(scale) <= 0:
        return None
    grey = grey[:, written[0] : written[-1] + 1]
    seconds, depth = grey.shape[1] * abs(region.delta[0]), box.height * abs(region.delta[1])
    if not SHORTEST_S <= seconds <= MOST_S or not 2 * NEAR_FIELD_CM <= depth <= MOST_CM:
        return None
    flipped = region.delta[1] < 0
    soft = ndimage.gaussian_filter(
        grey[::-1] if flipped else grey, (max(0.1, 0.4 / scale[1]), max(0.1, 0.4 / scale[0]))
    )
    light = ndimage.zoom(soft, scale[::-1], order=1, grid_mode=True, mode="nearest")
    return Grid(np.asarray(light, np.float64), box, scale, flipped, int(written[0]))


def follow_lines(grid: Grid, count: int, near_cm: float = NEAR_FIELD_CM) -> list[Floats]:
    """The rows of the brightest lines deeper than `near_cm`, column by column, brightest first."""
    from scipy import ndimage

    ridges = _ridges(grid.light)
    soft = ndimage.gaussian_filter1d(grid.light, 3, axis=0)
    near = round(APART_CM / ROW_CM)
    found = []
    for _ in range(count):
        way = _way(ridges, round(near_cm / ROW_CM))
        found.append(_between_rows(soft, way))
        for column, row in enumerate(way):
            taken = ridges[max(0, row - near) : row + near + 1, column]
            np.minimum(taken, 0, out=taken)
            taken -= TAKEN
    return found


def _ridges(light: Floats) -> Floats:
    """How far a place stands over what lies above and below it, without what never moves."""
    from scipy import ndimage

    thick = THICK_CM / ROW_CM
    soft = ndimage.gaussian_filter1d(light, 1.0, axis=1)
    stands = ndimage.gaussian_filter1d(soft, thick, axis=0)
    stands -= ndimage.gaussian_filter1d(soft, 3 * thick, axis=0)
    level = np.sqrt(ndimage.gaussian_filter(soft**2, (4 * thick, 8))) + 8
    share = stands / level
    found: Floats = share - np.median(share, axis=1, keepdims=True)
    return found


def _way(ridges: Floats, top: int) -> npt.NDArray[np.intp]:
    """The row of each column on the way along which most light lies."""
    rows, columns = ridges.shape
    steps = np.arange(-FASTEST, FASTEST + 1)
    turn = -TURN * (steps[:, None] - steps[None, :]) ** 2
    never = -1e9
    score = np.repeat(ridges[:, :1], len(steps), axis=1)
    score[:top] = never
    came = np.zeros((columns, rows, len(steps)), np.int8)
    for column in range(1, columns):
        ways = score[:, :, None] + turn[None]
        best, value = ways.argmax(axis=1), ways.max(axis=1)
        score = np.full((rows, len(steps)), never)
        for number, step in enumerate(steps):
            low, high = max(0, -step), min(rows, rows - step)
            score[low + step : high + step, number] = value[low:high, number]
            came[column, low + step : high + step, number] = best[low:high, number]
        score += ridges[:, column : column + 1]
        score[:top] = never
    row, number = (int(place) for place in np.unravel_index(score.argmax(), score.shape))
    found = np.zeros(columns, np.intp)
    for column in range(columns - 1, -1, -1):
        found[column] = row
        row, number = row - int(steps[number]), int(came[column, row, number])
    return found


def _between_rows(soft: Floats, way: npt.NDArray[np.intp]) -> Floats:
    """Where between rows the middle of the light about a way lies, smooth in time."""
    from scipy import ndimage

    rows = np.clip(way[None, :] + np.arange(-5, 6)[:, None], 0, len(soft) - 1)
    light = np.take_along_axis(soft, rows, axis=0)
    weights = (light - light.min(axis=0)) ** 2
    middle = (rows * weights).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-9)
    found: Floats = ndimage.gaussian_filter1d(np.where(weights.sum(axis=0) > 0, middle, way), 2.0)
    return found
