"""A traced edge as few points, so that a person can move them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

FINE_PX, FINE, MOST_POINTS = 0.5, 0.008, 40
"""How far the points of a tracing may leave the edge, rows and share of the height, and how many
there are at most."""


def few_points(
    columns: Doubles, heights: Doubles, corners: Sequence[tuple[float, float]], height: float
) -> list[tuple[float, float]]:
    """Fewer points along an edge of this height, none of the corners left out."""
    fine = max(FINE_PX, FINE * height)
    while True:
        points = [corners[0]]
        for start, stop in pairwise(corners):
            inside = (columns > start[0]) & (columns < stop[0])
            piece = [start, *zip(columns[inside], heights[inside], strict=True), stop]
            points += _kept(np.array(piece), fine)[1:]
        if len(points) <= MOST_POINTS:
            return points
        fine *= 1.3


def _kept(points: Doubles, fine: float) -> list[tuple[float, float]]:
    """Ramer, Douglas and Peucker, by the distance in rows."""
    first, last = points[0], points[-1]
    share = (points[:, 0] - first[0]) / max(last[0] - first[0], 1e-9)
    off = np.abs(points[:, 1] - (first[1] + share * (last[1] - first[1])))
    worst = int(off.argmax())
    if off[worst] <= fine or not 0 < worst < len(points) - 1:
        return [(float(first[0]), float(first[1])), (float(last[0]), float(last[1]))]
    return _kept(points[: worst + 1], fine)[:-1] + _kept(points[worst:], fine)
