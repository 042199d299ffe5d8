"""Points and affine maps in pixels.

Convention everywhere: x is the column, y the row, both float, and (0, 0) is the
centre of the top-left pixel of the source image. Physical quantities are never
held in these types (see `measuring`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

NOTHING = 0.05
"""Below this peak probability there is no landmark: its place is no more than chance."""


class PixelPoint(NamedTuple):
    """A position on the source image, in pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Landmark:
    """A point of a measurement, found by a network or placed by hand."""

    x: float
    y: float
    label: str = ""
    """Which point of the measurement this is, as the catalog names it."""
    confidence: float | None = None
    """Raw peak probability, 0 to 1; None for a point placed by hand."""
    spread: float | None = None
    """Standard deviation of the heat map around the point, in source pixels."""
    disagreement: float | None = None
    """Distance to the point of the other decoder, in source pixels."""

    @property
    def point(self) -> PixelPoint:
        return PixelPoint(self.x, self.y)

    @property
    def found(self) -> bool:
        """Whether a network saw it there, or a hand put it: else its place is chance."""
        return self.confidence is None or self.confidence >= NOTHING


def lowest_confidence(points: Iterable[Landmark]) -> float | None:
    """The confidence of the least certain of these points; None where all were placed by hand."""
    return min((p.confidence for p in points if p.confidence is not None), default=None)


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels x0..x1 by y0..y1, both ends inclusive, as DICOM writes region bounds."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0 + 1

    @property
    def height(self) -> int:
        return self.y1 - self.y0 + 1

    def contains(self, point: PixelPoint) -> bool:
        """Whether the point lies on a pixel of the box, edges of the border pixels included."""
        return (
            self.x0 - 0.5 <= point.x <= self.x1 + 0.5 and self.y0 - 0.5 <= point.y <= self.y1 + 0.5
        )

    def clipped(self, columns: int, rows: int) -> Box:
        """The part of the box that lies on an image of this size."""
        return Box(
            max(0, self.x0), max(0, self.y0), min(columns - 1, self.x1), min(rows - 1, self.y1)
        )

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return self.width * self.height

    def shared(self, other: Box) -> int:
        """How many pixels lie in both."""
        across = min(self.x1, other.x1) - max(self.x0, other.x0) + 1
        down = min(self.y1, other.y1) - max(self.y0, other.y0) + 1
        return max(0, across) * max(0, down)

    def united(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )


@dataclass(frozen=True, slots=True)
class Affine2D:
    """Axis-aligned map `x' = scale_x * x + shift_x`, `y' = scale_y * y + shift_y`.

    Everything the networks see is a resized, shifted or flipped screen, so this
    is enough, and its inverse is exact. A negative scale is a flip.

    >>> halved = Affine2D.resize((640, 480), (320, 240))
    >>> halved.apply(0, 0)  # the centre of a pixel is no longer one
    PixelPoint(x=-0.25, y=-0.25)
    >>> halved.inverse.apply(*halved.apply(97, 31))
    PixelPoint(x=97.0, y=31.0)
    >>> halved.then(halved.inverse) == Affine2D.identity()
    True
    """

    scale_x: float
    scale_y: float
    shift_x: float
    shift_y: float

    def __post_init__(self) -> None:
        if not (self.scale_x and self.scale_y) or not all(
            math.isfinite(v) for v in (self.scale_x, self.scale_y, self.shift_x, self.shift_y)
        ):
            raise ValueError(f"not an invertible map: {self}")

    @classmethod
    def identity(cls) -> Affine2D:
        return cls(1.0, 1.0, 0.0, 0.0)

    @classmethod
    def resize(cls, from_size: tuple[int, int], to_size: tuple[int, int]) -> Affine2D:
        """The map of an image resize with half-pixel centres; sizes are (columns, rows)."""
        sx, sy = to_size[0] / from_size[0], to_size[1] / from_size[1]
        return cls(sx, sy, (sx - 1) / 2, (sy - 1) / 2)

    def apply(self, x: float, y: float) -> PixelPoint:
        return PixelPoint(self.scale_x * x + self.shift_x, self.scale_y * y + self.shift_y)

    def then(self, following: Affine2D) -> Affine2D:
        """The map that applies this one first and `following` after it."""
        return Affine2D(
            following.scale_x * self.scale_x,
            following.scale_y * self.scale_y,
            following.scale_x * self.shift_x + following.shift_x,
            following.scale_y * self.shift_y + following.shift_y,
        )

    @property
    def inverse(self) -> Affine2D:
        return Affine2D(
            1 / self.scale_x,
            1 / self.scale_y,
            -self.shift_x / self.scale_x,
            -self.shift_y / self.scale_y,
        )
