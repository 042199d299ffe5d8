"""A picture along a caliper: grey beside it and beyond its ends, and what is said of an end."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region

STEP_MM = 0.5
"""Distance of the places that are looked at."""
GRAIN_MM, FINE_MM = 3.0, 0.6
"""Side of the squares in which tissue is compared with itself, and how far apart at most the pixels
lie that are looked at."""
DIMMEST, WHITEST, LEAST_TISSUE_MM2 = 60.0, 200.0, 100.0
"""Mean grey of a square of tissue: dimmer may be blood, and white is white all over; and how
much of it there is."""
LIT, NOT_DIM, NOT_WHITE = 15.0, 0.4, 0.5
"""Mean grey of squares in which anything is seen, the share of them that are bright, and that of
the bright ones that are not white."""

Floats = npt.NDArray[np.float64]


class Edge(enum.Enum):
    """What the picture says of an end of a caliper."""

    ON = "on"
    OFF = "off"
    UNSEEN = "unseen"
    """The picture does not say."""


@dataclass(frozen=True, slots=True)
class End:
    """One end that was looked at."""

    edge: Edge
    words: str = ""
    """What speaks against it, or why the picture does not say."""


@dataclass(frozen=True, slots=True)
class View:
    """A picture along a caliper, from its first end to the second, which is looked at."""

    frame: Frame
    scale: tuple[float, float]
    """mm per pixel."""
    start: Floats
    """Where the caliper begins, mm."""
    way: Floats
    """Its direction."""
    length: float
    """mm."""

    @classmethod
    def of(cls, frame: Frame, region: Region, p: PixelPoint, q: PixelPoint) -> View | None:
        scale = 10 * abs(region.delta[0]), 10 * abs(region.delta[1])
        start, end = np.array(p) * scale, np.array(q) * scale
        length = float(np.hypot(*(end - start)))
        if not (length > 0 and math.isfinite(length)):
            return None
        return cls(frame, scale, start, (end - start) / length, length)

    def turned(self) -> View:
        """The same from the other end."""
        end = self.start + self.length * self.way
        return View(self.frame, self.scale, end, -self.way, self.length)

    def back(self, mm: float) -> View:
        """From so far behind the end back to it."""
        end = self.start + (self.length + mm) * self.way
        return View(self.frame, self.scale, end, -self.way, mm)

    def at(self, along: Floats, aside: Floats) -> Floats:
        """Grey at places (mm along the caliper and square to it); NaN beside the picture.

        (number of `aside`, number of `along`). Of the darkest colour: where blood flows in
        colours there is no tissue.
        """
        square = np.array((-self.way[1], self.way[0]))
        places = self.start + along[None, :, None] * self.way + aside[:, None, None] * square
        x, y = places[..., 0] / self.scale[0], places[..., 1] / self.scale[1]
        rows, columns = self.frame.shape[:2]
        inside = (x >= 0) & (y >= 0) & (x <= columns - 1) & (y <= rows - 1)
        x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
        x0, y0 = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
        right, down = x - x0, y - y0
        nw, ne = (self.frame[y0, x].min(axis=-1) for x in (x0, x0 + 1))
        sw, se = (self.frame[y0 + 1, x].min(axis=-1) for x in (x0, x0 + 1))
        upper, lower = nw * (1 - right) + ne * right, sw * (1 - right) + se * right
        return np.where(inside, upper * (1 - down) + lower * down, np.nan)


def spread_of_tissue(frame: Frame, region: Region) -> float | None:
    """Standard deviation of tissue within 3 mm as a share of its brightness, in a whole picture.

    The median; None where there is little tissue, or most of it is white or dim: of a dim picture
    the grains alone would be taken for tissue.
    """
    from scipy.ndimage import uniform_filter

    rows, columns = frame.shape[:2]
    box, scale = region.bounds.clipped(columns, rows), [10 * abs(d) for d in region.delta]
    dx, dy = (max(1, int(FINE_MM / mm)) for mm in scale)
    shown = frame[box.y0 : box.y1 + 1 : dy, box.x0 : box.x1 + 1 : dx]
    if not shown.size:
        return None
    grey = shown.min(axis=-1).astype(np.float32)
    size = max(3, round(GRAIN_MM / scale[1] / dy)), max(3, round(GRAIN_MM / scale[0] / dx))
    mean = uniform_filter(grey, size)
    bright = mean > DIMMEST
    tissue = bright & (mean < WHITEST)
    seen = np.count_nonzero(tissue)
    if seen * scale[0] * dx * scale[1] * dy < LEAST_TISSUE_MM2 or seen < NOT_WHITE * bright.sum():
        return None
    if bright.sum() < NOT_DIM * np.count_nonzero(mean > LIT):
        return None
    variance = uniform_filter(grey * grey, size)[tissue] - mean[tissue] ** 2
    return float(np.median(np.sqrt(np.maximum(variance, 0)) / mean[tissue]))


def steps(first: float, last: float) -> Floats:
    """Places from one to another, mm."""
    return np.arange(first, last + STEP_MM / 2, STEP_MM)
