"""Summits of an edge near a column: the waves that a point there may be meant for."""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.sides import Side

NEAR_MS = 45.0
"""A wave's summit lies within so long of a point that is meant for it."""

SUMMIT = 0.02
"""Share by which a summit stands over both ends of what is looked at."""


def summits_near(side: Side, smooth: Floats, column: int) -> list[tuple[int, tuple[int, int]]]:
    """Summits near a column, nearest first, each with the columns about it."""
    reach = max(3, round(side.columns(NEAR_MS)))
    first, last = max(0, column - reach), min(len(smooth) - 1, column + reach)
    part = smooth[first : last + 1]
    inner = np.flatnonzero((part[1:-1] >= part[:-2]) & (part[1:-1] > part[2:])) + 1
    summits = [int(p) for p in inner if _stands(part, int(p))]
    summits.sort(key=lambda p: abs(p + first - column))
    found = [p + first for p in summits[:3]] or _uphill(smooth, column, reach)
    return [(p, (max(0, p - reach), min(len(smooth) - 1, p + reach))) for p in found]


def _uphill(smooth: Floats, column: int, reach: int) -> list[int]:
    """Where the edge rises to from a column that no summit is near to.

    The column itself as well where that is far: a small wave may ride on a large one's flank.
    """
    place = column
    while abs(place - column) < 2 * reach:
        first = max(0, place - 2)
        higher = first + int(smooth[first : place + 3].argmax())
        if smooth[higher] <= smooth[place]:
            break
        place = higher
    return [place] if abs(place - column) <= reach else [place, column]


def _stands(part: Floats, place: int) -> bool:
    lower = max(float(part[: place + 1].min()), float(part[place:].min()))
    return lower < (1 - SUMMIT) * float(part[place])
