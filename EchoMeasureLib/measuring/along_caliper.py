"""A picture along a caliper: grey beside it and beyond its ends, and what is said of an end."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame, darkest
from EchoMeasureLib.imaging.regions import Region

STEP_MM = 0.5
"""Distance of the places that are looked at."""
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

        (number of `aside`, number of `along`), as `darkest` has it.
        """
        square = np.array((-self.way[1], self.way[0]))
        places = self.start + along[None, :, None] * self.way + aside[:, None, None] * square
        x, y = places[..., 0] / self.scale[0], places[..., 1] / self.scale[1]
        rows, columns = self.frame.shape[:2]
        inside = (x >= 0) & (y >= 0) & (x <= columns - 1) & (y <= rows - 1)
        x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
        x0, y0 = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
        right, down = x - x0, y - y0
        left, top = x0.min(), y0.min()
        grey = darkest(self.frame[top : y0.max() + 2, left : x0.max() + 2])
        x0, y0 = x0 - left, y0 - top
        nw, ne, sw, se = grey[y0, x0], grey[y0, x0 + 1], grey[y0 + 1, x0], grey[y0 + 1, x0 + 1]
        upper, lower = nw * (1 - right) + ne * right, sw * (1 - right) + se * right
        return np.where(inside, upper * (1 - down) + lower * down, np.nan)


def steps(first: float, last: float) -> Floats:
    """Places from one to another, mm."""
    return np.arange(first, last + STEP_MM / 2, STEP_MM)
