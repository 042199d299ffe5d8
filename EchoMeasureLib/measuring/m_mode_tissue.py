"""Where the tissue at a place of an M-mode strip goes, by all that is drawn above and below it.

From each look to the next every row moves up or down, and rows side by side move nearly alike.
One line may be mistaken for the next one; a stack of them may not. The small errors of all steps
add up, so that at the end the pattern itself, as it was about the first point, is looked for near
the place that they led to.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.m_mode_looks import GRAIN, Floats, Looks, step_costs, window

WINDOW = 0.02
"""Half of what is compared of one row, as a share of the strip's height."""

STRETCH = 0.05
"""Cost of a row that moves by one row more or less than the next: tissue stretches little."""

MOST_STRETCH = 2
UNKNOWN = 1.2
"""Cost of a motion out of what is seen; that of nothing alike is about 1."""

EVEN = 1.5
"""Deviation of the rows over which a motion is evened out."""

PATTERN = 20
"""Rows above and below a place that make its pattern."""

NEAR, AWAY = 6.0, 0.03
"""Rows about the place that the steps led to where its pattern is looked for, and what a row away
costs in correlation."""


def tissue_miss(looks: Looks) -> float:
    """Rows from the second point down to where the tissue of the first has gone."""
    height = looks.columns.shape[1]
    about = np.arange(-PATTERN, PATTERN + 1.0)
    place = looks.start + about
    own = np.interp(place, np.arange(height, dtype=np.float64), looks.columns[0])
    seen = (place >= 0) & (place < height)
    place = _led(place, _motions(looks))[-1]
    weights = np.exp(-0.5 * (about / (PATTERN / 2)) ** 2) * seen
    shifts = np.arange(-NEAR, NEAR + 0.1, 0.5)
    likeness = [
        _correlation(own, place + shift, looks.columns[-1], weights) - AWAY * abs(shift)
        for shift in shifts
    ]
    return float(place[PATTERN] + shifts[int(np.argmax(likeness))] - looks.end)


def carried(looks: Looks) -> Floats:
    """Where each row of the first look has gone in every look, (looks, rows)."""
    return _led(np.arange(looks.columns.shape[1], dtype=np.float64), _motions(looks))


def _led(places: Floats, motions: Floats) -> Floats:
    """Where motions lead from places in the first look, in that and all others."""
    rows = np.arange(motions.shape[1], dtype=np.float64)
    led = [places]
    for motion in motions:
        led.append(led[-1] + np.interp(led[-1], rows, motion))
    return np.array(led)


def _motions(looks: Looks) -> Floats:
    """Rows by which each row moves from one look to the next, (looks - 1, rows)."""
    most = looks.most
    costs = step_costs(looks.columns, most, window(WINDOW))
    costs = np.where(np.isfinite(costs), costs, UNKNOWN)
    count, choices, height = costs.shape
    changes = range(-MOST_STRETCH, MOST_STRETCH + 1)
    total, came = costs[:, :, 0], np.zeros((height, count, choices), np.intp)
    for row in range(1, height):
        options = np.full((len(changes), count, choices), np.inf)
        for place, change in enumerate(changes):
            low, high = max(0, -change), min(choices, choices - change)
            options[place, :, low:high] = total[:, low + change : high + change] + STRETCH * abs(
                change
            )
        came[row] = options.argmin(axis=0)
        total = options.min(axis=0) + costs[:, :, row]
    best = np.zeros((count, height), np.intp)
    at, every = total.argmin(axis=1), np.arange(count)
    for row in range(height - 1, -1, -1):
        best[:, row] = at
        at = at + came[row, every, at] - MOST_STRETCH if row else at
    return _evened(best - most + _below_a_row(costs, best))


def _below_a_row(costs: Floats, best: npt.NDArray[np.intp]) -> Floats:
    """Where between whole rows the cost is least, -0.5 to 0.5, by a parabola through three."""
    inner = np.clip(best, 1, costs.shape[1] - 2)
    one, mid, two = (
        np.take_along_axis(costs, (inner + step)[:, None], axis=1)[:, 0] for step in (-1, 0, 1)
    )
    bend = one - 2 * mid + two
    part = np.clip(0.5 * (one - two) / np.maximum(bend, 1e-6), -0.5, 0.5)
    found: Floats = np.where((bend > 1e-6) & (inner == best), part, 0.0)
    return found


def _evened(motions: Floats) -> Floats:
    from scipy.ndimage import gaussian_filter1d

    found: Floats = gaussian_filter1d(motions, EVEN, axis=1, mode="nearest")
    return found


def _correlation(own: Floats, places: Floats, column: Floats, weights: Floats) -> float:
    """How like what lies at these places of a column is to what lay about the first point."""
    rows = np.arange(len(column), dtype=np.float64)
    inside = weights * ((places >= 0) & (places < len(column)))
    share = inside / max(float(inside.sum()), 1e-9)
    there = np.interp(places, rows, column)
    means = float(share @ own), float(share @ there)
    spreads = [
        share @ (v - mean) ** 2 + GRAIN**2 for v, mean in zip((own, there), means, strict=True)
    ]
    common = share @ ((own - means[0]) * (there - means[1]))
    return float(common / np.sqrt(spreads[0] * spreads[1]))
