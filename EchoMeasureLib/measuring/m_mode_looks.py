"""An M-mode strip as columns from one point to another, and how like two places of them are.

What is drawn about a place is one pattern, thin line or blur of grain; from one column to the next
it moves up or down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

ROWS = 240
"""A strip is looked at in so many rows."""

AROUND = 0.12
"""How far above and below the points it is looked at, as a share of the strip's height."""

GRAIN = 6.0
"""Levels of grey by which the same pattern differs from one look to the next."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Looks:
    """Columns from point to point."""

    columns: Floats
    """(looks, rows)"""
    start: float
    """Row of the first point in the first of them."""
    end: float
    """Row of the second in the last."""

    @property
    def turned(self) -> Looks:
        """The same from the second point to the first."""
        return Looks(self.columns[::-1], self.end, self.start)

    @property
    def most(self) -> int:
        """Rows by which anything may move from one look to the next."""
        return int(np.ceil(2.5 * abs(self.end - self.start) / (len(self.columns) - 1))) + 2


def look_between(
    grey: Floats, points: tuple[tuple[float, float], ...], step: float, fewest: int, most: int
) -> Looks:
    """Columns of a strip (rows, columns) between two points (x, y), one every `step` px."""
    (x0, y0), (x1, y1) = points
    scale = ROWS / len(grey)
    rows = [(y + 0.5) * scale - 0.5 for y in (y0, y1)]
    low = max(0, int(min(rows) - AROUND * ROWS))
    high = min(ROWS, int(max(rows) + AROUND * ROWS) + 2)
    places = (np.arange(low, high) + 0.5) / scale - 0.5
    count = int(np.clip(round(abs(x1 - x0) / step), fewest, most))
    half = max(0.5, abs(x1 - x0) / count / 2)
    last = grey.shape[1] - 1
    columns = []
    for x in np.linspace(x0, x1, count + 1):
        left = int(np.clip(np.floor(x - half + 0.5), 0, last))
        right = int(np.clip(np.ceil(x + half - 0.5), left, last))
        column = grey[:, left : right + 1].mean(axis=1)
        columns.append(np.interp(places, np.arange(len(grey)), column))
    return Looks(np.array(columns), rows[0] - low, rows[1] - low)


def window(share: float) -> Floats:
    """Weights of the rows about a place, by half of their width as a share of the strip's height.

    They add up to 1.
    """
    half = round(share * ROWS)
    weights = np.exp(-0.5 * (np.arange(-2 * half, 2 * half + 1) / half) ** 2)
    found: Floats = weights / weights.sum()
    return found


def windows(looks: Floats, weights: Floats) -> Floats:
    """What lies about every row, (..., rows, weights)."""
    half = len(weights) // 2
    padded = np.pad(looks, [(0, 0)] * (looks.ndim - 1) + [(half, half)], mode="edge")
    return sliding_window_view(padded, len(weights), axis=-1)


def step_costs(looks: Floats, most: int, weights: Floats) -> Floats:
    """How unlike a row of a look is to one of the next: (step, motion, row), 0 to about 1."""
    height, floor = looks.shape[1], GRAIN**2
    spread = windows(looks**2, weights) @ weights - (windows(looks, weights) @ weights) ** 2
    costs = np.full((len(looks) - 1, 2 * most + 1, height), np.inf)
    for place, step in enumerate(range(-most, most + 1)):
        low, high = max(0, -step), min(height, height - step)
        differ = looks[:-1, low:high] - looks[1:, low + step : high + step]
        mean = windows(differ, weights) @ weights
        # A pattern that has become lighter as a whole is the same one.
        left = windows(differ**2, weights) @ weights - 0.7 * mean**2
        both = spread[:-1, low:high] + spread[1:, low + step : high + step]
        costs[:, place, low:high] = (left + 0.5 * floor) / (both + floor)
    return costs
