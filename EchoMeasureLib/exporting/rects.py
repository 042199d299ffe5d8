"""Upright rectangles and straight lines in pixels, y downwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from EchoMeasureLib.geometry import PixelPoint

Segment = tuple[PixelPoint, PixelPoint]


class Rect(NamedTuple):
    """From the top left corner to the bottom right one."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def around(cls, points: Sequence[PixelPoint]) -> Rect:
        """The smallest that holds these points, one at least."""
        columns, rows = [point.x for point in points], [point.y for point in points]
        return cls(min(columns), min(rows), max(columns), max(rows))

    def overlaps(self, other: Rect) -> bool:
        """Whether the two have any area in common."""
        across = self.x0 < other.x1 and other.x0 < self.x1
        return across and self.y0 < other.y1 and other.y0 < self.y1

    def holds(self, point: PixelPoint) -> bool:
        """Whether the point lies inside or on the border."""
        return self.x0 <= point.x <= self.x1 and self.y0 <= point.y <= self.y1

    def nearest_to(self, point: PixelPoint) -> PixelPoint:
        """The point of it that lies nearest to another, which may lie inside."""
        return PixelPoint(min(max(point.x, self.x0), self.x1), min(max(point.y, self.y0), self.y1))

    def distance_to(self, point: PixelPoint) -> float:
        """How far a point lies from it, 0 inside."""
        return math.dist(point, self.nearest_to(point))

    def outside(self, area: Rect) -> float:
        """By how many pixels it leaves an area."""
        over = area.x0 - self.x0, area.y0 - self.y0, self.x1 - area.x1, self.y1 - area.y1
        return sum(max(0.0, amount) for amount in over)

    def is_crossed_by(self, line: Segment) -> bool:
        """Whether a line runs through it (Liang and Barsky 1984)."""
        (x0, y0), (x1, y1) = line
        enter, leave = 0.0, 1.0
        for start, move, low, high in (
            (x0, x1 - x0, self.x0, self.x1),
            (y0, y1 - y0, self.y0, self.y1),
        ):
            if move == 0:
                if not low < start < high:
                    return False
                continue
            first, second = sorted(((low - start) / move, (high - start) / move))
            enter, leave = max(enter, first), min(leave, second)
        return enter < leave


def meet(one: Segment, other: Segment) -> bool:
    """Whether two lines cross; not where one ends on the other."""
    return _parts(one, other) and _parts(other, one)


def _parts(line: Segment, other: Segment) -> bool:
    """Whether the ends of the other lie on both sides of a line."""
    (x0, y0), (x1, y1) = line
    first, last = ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) for x, y in other)
    return first * last < 0
