"""Calipers that a sonographer left in the picture: crosses, dotted lines, numbers.

A white plus or x of 14 px with a gap in its middle and a black outline, on the true point or
2 to 6 px beside it. They are drawn so that a network learns to find the wave and not the mark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.phantoms.layout_parts import Colour
from EchoMeasureLib.phantoms.screen import Pen

_COLOURS: Sequence[Colour] = (
    (255, 255, 255), (255, 255, 255), (230, 230, 230), (255, 255, 0), (0, 230, 255), (90, 255, 90),
    (255, 170, 60),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaliperStyle:
    """How one machine draws its calipers."""

    plus: bool
    size: float
    gap: float
    """Open in the middle, px."""
    outlined: bool
    dotted: bool
    """A dotted line joins the points."""
    colour: Colour
    width: int

    @classmethod
    def sample(cls, rng: np.random.Generator, scale: float) -> CaliperStyle:
        """A machine's style on a screen of this scale against 768x1024."""
        return cls(
            bool(rng.random() < 0.55),
            float(rng.uniform(9, 18)) * max(scale, 0.6),
            float(rng.choice([0.0, rng.uniform(2, 6)])) * max(scale, 0.6),
            bool(rng.random() < 0.5),
            bool(rng.random() < 0.6),
            _COLOURS[int(rng.integers(len(_COLOURS)))],
            int(rng.integers(1, 3)),
        )

    def draw(self, pen: Pen, points: Sequence[PixelPoint]) -> None:
        """Marks at these points, joined in order if the style joins them."""
        if self.dotted:
            for a, b in pairwise(points):
                self._dots(pen, a, b)
        for point in points:
            if self.outlined:
                self._mark(pen, point, (0, 0, 0), self.width + 2)
            self._mark(pen, point, self.colour, self.width)

    def _mark(self, pen: Pen, at: PixelPoint, colour: Colour, width: int) -> None:
        half = self.size / 2
        turns = (0, 1, 2, 3) if self.plus else (0.5, 1.5, 2.5, 3.5)
        for turn in turns:
            dx, dy = math.cos(turn * math.pi / 2), math.sin(turn * math.pi / 2)
            near, far = self.gap / 2, half
            pen.line(
                [(at.x + near * dx, at.y + near * dy), (at.x + far * dx, at.y + far * dy)],
                colour,
                width,
            )

    def _dots(self, pen: Pen, a: PixelPoint, b: PixelPoint) -> None:
        length = math.hypot(b.x - a.x, b.y - a.y)
        for step in range(int(length / 6) + 1):
            share = 6 * step / max(length, 1)
            pen.dot(a.x + share * (b.x - a.x), a.y + share * (b.y - a.y), 0.7, self.colour)


def displaced(
    rng: np.random.Generator, points: Sequence[PixelPoint], scale: float, away: Sequence[PixelPoint]
) -> tuple[PixelPoint, ...]:
    """Points as a hand sets them: exactly, or 2 to 6 px (of 768 rows) further along `away`.

    `away`: a unit vector per point, the direction beyond the edge that is measured.
    """
    beyond = 0.0 if rng.random() < 0.35 else float(rng.uniform(2, 6)) * scale
    jitter = float(rng.choice([0.0, 2.0])) * scale
    return tuple(
        PixelPoint(
            float(p.x + beyond * d.x + jitter * rng.normal()),
            float(p.y + beyond * d.y + 0.5 * jitter * rng.normal()),
        )
        for p, d in zip(points, away, strict=True)
    )
