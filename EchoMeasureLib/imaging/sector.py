"""Where echo is drawn in a 2-D region: around a sector, a region's box is black."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region

CELL = 4
"""Side of the squares that are looked at, source pixels; text is thinner than echo is wide."""

DARK = 10.0
"""Mean grey of a square that counts as black, after JPEG."""

LEAST = 0.02
"""Share of the region that echo fills at least; else nothing is known about its outline."""

SLACK = 0.01
"""Share of the region's diagonal by which a point may lie outside: walls run to the very edge."""


@dataclass(frozen=True, slots=True)
class Sector:
    """The smallest convex outline around all echo of a region; sectors are convex."""

    outline: npt.NDArray[np.float64]
    """(n, 2) corners in source pixels, one after the other."""
    slack: float
    """Pixels by which a point may lie outside."""

    def contains(self, point: PixelPoint) -> bool:
        """Whether the point lies inside, or no more than `slack` outside."""
        ahead = np.roll(self.outline, -1, axis=0) - self.outline
        to_point = np.array(point) - self.outline
        cross = ahead[:, 0] * to_point[:, 1] - ahead[:, 1] * to_point[:, 0]
        away = cross / np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)
        return bool((away >= -self.slack).all())


def find_sector(frame: Frame, region: Region) -> Sector | None:
    """The outline of what is drawn in a 2-D region; None where too little is drawn to tell.

    Everything that is not black counts, so that it is rather too wide: text within the region,
    a depth scale and a colour bar lie inside of it.
    """
    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    rows, columns = box.height // CELL, box.width // CELL
    if rows < 2 or columns < 2:
        return None
    lit = _means(frame, box, rows, columns) > DARK
    if lit.mean() < LEAST:
        return None
    corners = _hull(_ends(lit))
    if len(corners) < 3:
        return None
    outline = np.array(corners, np.float64) * CELL + np.array((box.x0 - 0.5, box.y0 - 0.5))
    return Sector(outline, SLACK * float(np.hypot(box.width, box.height)))


def _means(frame: Frame, box: Box, rows: int, columns: int) -> npt.NDArray[np.float32]:
    part = frame[box.y0 : box.y0 + rows * CELL, box.x0 : box.x0 + columns * CELL]
    # Every second pixel of every second row will do.
    brightest = part[::2, ::2].max(axis=2).astype(np.float32)
    down = brightest.reshape(rows, CELL // 2, -1).mean(axis=1)
    means: npt.NDArray[np.float32] = down.reshape(rows, columns, CELL // 2).mean(axis=2)
    return means


def _ends(lit: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The corners of the first and last square of every row, as (column, row)."""
    found: list[tuple[int, int]] = []
    for row in np.flatnonzero(lit.any(axis=1)).tolist():
        across = np.flatnonzero(lit[row])
        first, last = int(across[0]), int(across[-1]) + 1
        found += [(first, row), (first, row + 1), (last, row), (last, row + 1)]
    return sorted(set(found))


def _hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Convex hull of sorted points, so that the inside lies at positive cross products.

    Andrew's monotone chain (Inf Process Lett 1979;9:216-219).
    """

    def chain(ordered: list[tuple[int, int]]) -> list[tuple[int, int]]:
        kept: list[tuple[int, int]] = []
        for point in ordered:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], point) <= 0:
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return [*chain(points), *chain(points[::-1])]


def _turn(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
