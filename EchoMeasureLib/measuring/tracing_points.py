"""The points of a traced wave in the order of time: put, added and taken away by hand.

Points are source pixels. A wave has one velocity at a time, so its edge never turns back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from EchoMeasureLib.definitions import FEWEST_TRACED, MOST_TRACED
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.geometry import PixelPoint

APART_PX = 0.01
"""A point that is kept in time stays so far from its neighbour: skins convert coordinates."""


class Placed(Protocol):
    """Whatever has a column."""

    @property
    def x(self) -> float: ...


P = TypeVar("P", bound=Placed)


def in_time(points: Sequence[P]) -> Sequence[P] | None:
    """From left to right, whichever way it was traced; None where it turns back."""
    for way in (points, points[::-1]):
        if all(p.x <= q.x for p, q in pairwise(way)):
            return way
    return None


def turns_back(points: Sequence[Placed]) -> int:
    """Index of the first point after which an edge that runs from end to end turns back."""
    way = 1 if points[-1].x >= points[0].x else -1
    return next(i for i, (p, q) in enumerate(pairwise(points)) if way * (q.x - p.x) < 0)


def kept_in_time(points: Sequence[PixelPoint], index: int, place: PixelPoint) -> PixelPoint:
    """Where a point may be put nearest to `place`, between its neighbours in time.

    `points` with or without that point moved already; an edge that turns back elsewhere keeps none.
    """
    others = [point.x for i, point in enumerate(points) if i != index]
    before = others[index - 1] if index > 0 else None
    after = others[index] if index < len(others) else None
    if others == sorted(others, reverse=True):
        before, after = after, before
    elif others != sorted(others):
        return place
    low = -math.inf if before is None else before
    high = math.inf if after is None else after
    room = min(APART_PX, (high - low) / 2)
    return PixelPoint(min(max(place.x, low + room), high - room), place.y)


def with_point(
    points: Sequence[PixelPoint], place: PixelPoint, near: float
) -> tuple[int, tuple[PixelPoint, ...]] | None:
    """The edge with one more point where its line runs within `near` px of `place`, and its index.

    None where it runs nowhere near. Raises `InvalidState` for one that has as many as it may.
    """
    away, index = min((_distance(p, q, place), i + 1) for i, (p, q) in enumerate(pairwise(points)))
    if away > near:
        return None
    return index, _added(points, index, place)


def with_point_beside(
    points: Sequence[PixelPoint], index: int
) -> tuple[int, tuple[PixelPoint, ...]]:
    """The edge with one more point in the middle of the line after this one, and its index.

    After the last one that is the line before it. Raises as `with_point`.
    """
    new = min(index + 1, len(points) - 1)
    (x0, y0), (x1, y1) = points[new - 1], points[new]
    return new, _added(points, new, PixelPoint((x0 + x1) / 2, (y0 + y1) / 2))


def without_point(points: Sequence[PixelPoint], index: int) -> tuple[PixelPoint, ...]:
    """The edge with one point less. Raises `InvalidState` for one that has as few as it may."""
    if len(points) <= FEWEST_TRACED:
        raise InvalidState(f"A traced wave keeps {FEWEST_TRACED} points.", "Drag them instead.")
    return (*points[:index], *points[index + 1 :])


def _added(points: Sequence[PixelPoint], index: int, place: PixelPoint) -> tuple[PixelPoint, ...]:
    if len(points) >= MOST_TRACED:
        raise InvalidState(f"A traced wave has {MOST_TRACED} points at most.", "Drag one of them.")
    added = (*points[:index], place, *points[index:])
    return (*points[:index], kept_in_time(added, index, place), *points[index:])


def _distance(p: PixelPoint, q: PixelPoint, place: PixelPoint) -> float:
    """From a point to a piece of line."""
    dx, dy = q.x - p.x, q.y - p.y
    length = dx * dx + dy * dy
    share = ((place.x - p.x) * dx + (place.y - p.y) * dy) / length if length else 0.0
    share = min(max(share, 0.0), 1.0)
    return math.hypot(p.x + share * dx - place.x, p.y + share * dy - place.y)
