"""A jet as one arch: it rises and falls once, and an arch is laid where its light ends.

Height over time is `(1 - u ** bend) ** foot` on either side of the peak, `u` the share of the way
to the onset or to the end: a parabola with 2 and 1, a line with 1 and 1, half an ellipse with 2 and
0.5. The arch that parts most of the light from most of the dark is believed; all columns and rows
say so together, so a click beside it, a dark streak in it or grain at its edge does not pull it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]

ROWS, SEEN = 32, 1.45
"""Rows into which the height of a jet is taken together, and heights to which it is looked at."""

COUNT = int(ROWS * SEEN)
HEIGHTS: Doubles = (np.arange(COUNT) + 0.5) / ROWS
"""The rows as shares of the jet's height."""

BENDS, FEET = (1.25, 1.6, 2.0, 2.6, 3.4), (0.5, 0.65, 0.8, 1.0, 1.2)
SHAPES: Doubles = np.array([*((b, f) for b in BENDS for f in FEET), (1.0, 0.8), (1.0, 1.0)])
"""What bend and foot may be: from straight flanks to nearly upright ones."""

FEW: Doubles = np.array([(1.25, 0.8), (2.0, 0.65), (2.0, 1.0), (3.4, 0.8)])
"""What is tried at first sight."""

WIDTHS: Doubles = np.exp(np.linspace(np.log(5), np.log(84), 20))
"""Steps of time that a flank may take at first sight."""

STRETCHED: Doubles = np.exp(np.linspace(-0.16, 0.16, 9))
"""Shares by which a beat may last otherwise than several laid upon each other."""


@dataclass(frozen=True, slots=True)
class Arch:
    """Steps of time from the middle of what is looked at."""

    peak: float
    rise: float
    fall: float
    rising: tuple[float, float]
    """Bend and foot."""
    falling: tuple[float, float]

    def heights(self, steps: Doubles) -> Doubles:
        """Shares of the peak's height at these steps."""
        away = steps - self.peak
        before = away < 0
        way = np.minimum(np.where(before, -away / self.rise, away / self.fall), 1)
        bend = np.where(before, self.rising[0], self.falling[0])
        foot = np.where(before, self.rising[1], self.falling[1])
        shares: Doubles = (1 - way**bend) ** foot
        return shares

    def sides(self, shares: Doubles) -> Doubles:
        """Steps at which it rises to and falls from these shares of its height, (2, shares)."""
        rise, fall = (
            width * (1 - shares ** (1 / foot)) ** (1 / bend)
            for width, (bend, foot) in ((self.rise, self.rising), (self.fall, self.falling))
        )
        return self.peak + np.stack((-rise, fall))

    @property
    def area(self) -> float:
        """In steps by heights."""
        return self.rise * area_of(*self.rising) + self.fall * area_of(*self.falling)

    def moved(self, steps: float, stretched: float = 1.0) -> Arch:
        """The same later, and so many times as long."""
        return replace(
            self,
            peak=self.peak + steps,
            rise=self.rise * stretched,
            fall=self.fall * stretched,
        )


def shape_of(shapes: Doubles, number: int) -> tuple[float, float]:
    """Bend and foot."""
    return float(shapes[number][0]), float(shapes[number][1])


@lru_cache
def area_of(bend: float, foot: float) -> float:
    """Under a flank one wide and one high."""
    way = (np.arange(400) + 0.5) / 400
    return float(((1 - way**bend) ** foot).mean())


def _rows(heights: Doubles) -> Places:
    """Heights in half rows."""
    return np.rint(2 * ROWS * heights).astype(np.int32)


def table_of(widths: Doubles, shapes: Doubles, reach: int) -> Places:
    """Heights of flanks at every step from the peak on, (widths, shapes, steps), in half rows."""
    way = np.minimum(np.arange(reach) / widths[:, None], 1)[:, None, :]
    return _rows((1 - way ** shapes[:, 0, None]) ** shapes[:, 1, None])


@lru_cache(maxsize=2)
def stretched_table(arch: Arch, reach: int) -> Places:
    """Heights of an arch whose peak is in the middle, shorter and longer, in half rows."""
    steps, here = np.arange(-reach, reach + 1, dtype=np.float64), arch.moved(-arch.peak)
    return np.stack([_rows(here.moved(0, times).heights(steps)) for times in STRETCHED])


@lru_cache(maxsize=8)
def first_table(shapes: int, reach: int) -> Places:
    """Of all widths at first sight and so many shapes."""
    return table_of(WIDTHS, FEW if shapes == len(FEW) else SHAPES, reach)
