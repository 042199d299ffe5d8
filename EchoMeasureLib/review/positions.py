"""Where calipers are put, and what they measure there: points in source pixels.

The only way from a position to numbers is `measure`, also for a caliper that is measured again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from EchoMeasureLib.fields import as_coordinate, entering, numbered, refuse
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.beside import bare, carried
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.review.entries import Entry

SAME_POINT_PX = 1e-6
"""A point nearer than this to where it was has not been moved (skins convert coordinates)."""

Place: TypeAlias = Landmark | PixelPoint | tuple[float, float]
"""Where a point is put, in source pixels."""


def as_landmarks(points: Sequence[Place]) -> tuple[Landmark, ...]:
    """Points as put by hand: nothing that a network said of a place goes with them.

    Raises `InvalidArgument` for what are no places on an image.
    """
    with entering():
        return tuple(
            Landmark(*as_place(point, where)) for point, where in numbered(points, "points")
        )


def as_place(point: Place, where: str) -> tuple[float, float]:
    """Column and row. Raises `InvalidDocument`, as `fields` does."""
    try:
        x, y = (point.x, point.y) if isinstance(point, Landmark) else point
    except (TypeError, ValueError):
        refuse(where, "expected a column and a row")
    return float(as_coordinate(x, where)), float(as_coordinate(y, where))


def put_at(caliper: Caliper, points: Sequence[Place]) -> tuple[Landmark, ...]:
    """The points of a caliper as they are put now, in source pixels.

    One that was not moved keeps what the network said of it; when none was, all are equal to the
    caliper's own.
    """
    placed = as_landmarks(points)
    if len(placed) != len(caliper.points):
        return placed
    pairs = zip(caliper.points, placed, strict=True)
    return tuple(
        old if math.dist(old.point, new.point) <= SAME_POINT_PX else new for old, new in pairs
    )


def measured_at(cine: Cine, caliper: Caliper, points: Sequence[Landmark]) -> Caliper:
    """The caliper at these points, where somebody put them.

    Raises `InvalidArgument` for a wrong number of points or one that is no finite number.
    """
    origin = Origin.MANUAL if caliper.origin is Origin.MANUAL else Origin.EDITED
    id, frame, model = caliper.measurement, caliper.frame, caliper.model
    return measure(cine, id, points, frame, origin, model, near=caliper.near)


def measured_again(cine: Cine, caliper: Caliper) -> Caliper:
    """The caliper where it lies, with the numbers that the image gives now. Raises as `measure`."""
    return measure(
        cine,
        caliper.measurement,
        caliper.points,
        caliper.frame,
        caliper.origin,
        caliper.model,
        caliper.quality,
        caliper.view,
        caliper.near,
    )


def remeasured(cine: Cine, entry: Entry) -> Entry:
    """The entry with the numbers that its image gives now, also for what the network said.

    What is said against it stays until it is compared again.
    """
    known: dict[Caliper, Caliper] = {}

    def again(caliper: Caliper) -> Caliper:
        own = bare(caliper)
        if own not in known:
            known[own] = measured_again(cine, own)
        return carried(caliper, known[own])

    return replace(
        entry,
        caliper=again(entry.caliper),
        predicted=None if entry.predicted is None else again(entry.predicted),
        second=None if entry.second is None else again(entry.second),
    )
