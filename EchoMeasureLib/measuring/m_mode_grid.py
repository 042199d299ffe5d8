"""An M-mode strip on an even grid of depth and time."""

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

    def place(self, point: PixelPoint) -> tuple[float, float]:
        """Column and row of a point in source pixels: `point` the other way round."""
        x, y = point.x - self.box.x0 - self.left, point.y - self.box.y0
        y = self.box.height - 1 - y if self.flipped else y
        return (x + 0.5) * self.scale[0] - 0.5, (y + 0.5) * self.scale[1] - 0.5


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
