"""Whether two points of an M-mode strip lie on one echo: without that, they are no excursion.

What is drawn about the first point is followed from column to column to the time of the second,
and the other way round. That works on a thin bright line as on a blur of grain: what counts is
that the same pattern is met again, not how bright it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region

NEAR_CM, OTHER_CM = 0.35, 0.7
"""How far an echo may lead past the other point, one way and the other way round.

A blur of 10 to 20 rows has no better place; another line is farther away than that.
"""

AS_GOOD, AS_GOOD_BOTH = 0.17, 0.43
"""Share by which the way between the points may fit worse than the best way, one way and both.

Where a picture is poor, many ways fit as well as the best one.
"""

SEEN = 0.6
"""Unlikeness per step of the best way above which nothing was followed: pure noise has 0.8."""

BACK_SHARE = 0.35
"""Share of the excursion that an echo may fall back on its way up: more is another beat."""

BLANK = 6
"""Grey levels between the darkest and the brightest of a strip on which nothing is drawn."""

ROWS = 240
"""A strip is looked at in so many rows."""

STEP_PX, STEPS = 4, (12, 24)
"""Columns from one look to the next, and how many looks there are at least and at most."""

WINDOW = 0.05
"""Half of what counts as one pattern, as a share of the strip's height."""

AROUND = 0.12
"""How far above and below the points an echo is followed, as a share of the strip's height."""

START = 0.006
"""Uncertainty of a placed point, as a share of the strip's height."""

GRAIN = 6.0
"""Levels of grey by which the same pattern differs from one look to the next."""

MEMORY = 0.6
"""Weight of the likeness to where the way began, beside that to the step before."""

STILL = 0.003
"""Cost of a row's motion per step: where nothing is seen, nothing moves."""

_Floats = npt.NDArray[np.float64]


def not_one_line(frame: Frame, region: Region, first: PixelPoint, second: PixelPoint) -> str:
    """Why no echo leads from one point to the other (source pixels), in words; empty if one does.

    Empty too where nothing at all is drawn on the strip: then the picture says nothing.
    """
    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    # Colours drawn over the strip, such as a green ECG, are dark in their least channel.
    grey = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1].min(axis=2).astype(np.float64)
    if float(np.ptp(np.percentile(grey, (1, 99)))) < BLANK or len(grey) < 2:
        return ""
    cm_per_row = abs(region.delta[1]) * len(grey) / ROWS
    looks, ends = _looks(grey, [(p.x - box.x0, p.y - box.y0) for p in (first, second)])
    there = _follow(looks, ends[0], ends[1])
    back = _follow(looks[::-1], ends[1], ends[0])
    misses = sorted((there, back), key=lambda way: abs(way.miss))
    near, far = (abs(way.miss) * cm_per_row for way in misses)
    worse = sorted(way.worse for way in (there, back))
    if not (near <= NEAR_CM and far <= OTHER_CM) and not (
        worse[0] <= AS_GOOD and worse[1] <= AS_GOOD_BOTH
    ):
        side = "below" if there.miss * np.sign(region.delta[1]) > 0 else "above"
        away = abs(there.miss) * cm_per_row
        if away <= NEAR_CM:
            return "The echo at the second point comes from another depth than the first."
        return f"The echo at the first point leads {away:.1f} cm {side} the second."
    rows = there.rows if second.y < first.y else -there.rows
    fallen = float((rows - np.minimum.accumulate(rows)).max())
    if fallen > max(BACK_SHARE * abs(ends[1] - ends[0]), NEAR_CM / cm_per_row):
        return "The echo turns back between the points, so they are of two beats."
    return ""


def _looks(grey: _Floats, points: list[tuple[float, float]]) -> tuple[_Floats, list[float]]:
    """Columns from point to point (looks, rows), and the points' rows in them."""
    (x0, y0), (x1, y1) = points
    scale = ROWS / len(grey)
    rows = [(y + 0.5) * scale - 0.5 for y in (y0, y1)]
    low = max(0, int(min(rows) - AROUND * ROWS))
    high = min(ROWS, int(max(rows) + AROUND * ROWS) + 2)
    places = (np.arange(low, high) + 0.5) / scale - 0.5
    count = int(np.clip(round(abs(x1 - x0) / STEP_PX), *STEPS))
    half = max(0.5, abs(x1 - x0) / count / 2)
    last = grey.shape[1] - 1
    looks = []
    for x in np.linspace(x0, x1, count + 1):
        left = int(np.clip(np.floor(x - half + 0.5), 0, last))
        right = int(np.clip(np.ceil(x + half - 0.5), left, last))
        column = grey[:, left : right + 1].mean(axis=1)
        looks.append(np.interp(places, np.arange(len(grey)), column))
    return np.array(looks), [row - low for row in rows]


@dataclass(frozen=True, slots=True)
class _Way:
    """Where an echo leads."""

    miss: float
    """Rows from the wanted end to where it leads, positive further down."""
    worse: float
    """By how much the way to the wanted end fits worse, as a share of what the best one costs.

    Infinite where there was nothing to follow.
    """
    rows: _Floats
    """The way to the wanted end."""


def _follow(looks: _Floats, start: float, end: float) -> _Way:
    """The best way from a row of the first look, and the best one to a row of the last."""
    count, height = len(looks) - 1, looks.shape[1]
    most = int(np.ceil(2.5 * abs(end - start) / count)) + 2
    steps = np.arange(-most, most + 1)
    weights = _window()
    alike = _step_costs(looks, most, weights)
    known = MEMORY * _likeness(looks, start, weights)
    rows = np.arange(height)
    slack = max(1.0, START * ROWS)
    costs = np.where(np.abs(rows - start) <= slack, 0.0, np.inf)
    came = np.zeros((count, height), np.intp)
    for number in range(count):
        options = np.full((len(steps), height), np.inf)
        for place, step in enumerate(steps):
            low, high = max(0, -step), min(height, height - step)
            moved = costs[low:high] + alike[number, place, low:high] + STILL * abs(step)
            options[place, low + step : high + step] = moved
        came[number] = options.argmin(axis=0)
        costs = options.min(axis=0) + known[number]
    wanted = np.where(np.abs(rows - end) <= slack, costs, np.inf)
    row = int(wanted.argmin())
    best = float(costs.min())
    way = [row]
    for choices in came[::-1]:
        row -= int(steps[choices[row]])
        way.append(row)
    seen = best <= SEEN * count
    worse = (float(wanted.min()) - best) / best if seen else np.inf
    return _Way(float(costs.argmin()) - end, worse, np.array(way[::-1], np.float64))


def _window() -> _Floats:
    """Weights of the rows about a place; they add up to 1."""
    half = round(WINDOW * ROWS)
    weights = np.exp(-0.5 * (np.arange(-2 * half, 2 * half + 1) / half) ** 2)
    found: _Floats = weights / weights.sum()
    return found


def _windows(looks: _Floats, weights: _Floats) -> _Floats:
    """What lies about every row, (..., rows, weights)."""
    half = len(weights) // 2
    padded = np.pad(looks, [(0, 0)] * (looks.ndim - 1) + [(half, half)], mode="edge")
    return sliding_window_view(padded, len(weights), axis=-1)


def _step_costs(looks: _Floats, most: int, weights: _Floats) -> _Floats:
    """How unlike a row of a look is to one of the next: (step, motion, row), 0 to about 1."""
    height, floor = looks.shape[1], GRAIN**2
    spread = _windows(looks**2, weights) @ weights - (_windows(looks, weights) @ weights) ** 2
    costs = np.full((len(looks) - 1, 2 * most + 1, height), np.inf)
    for place, step in enumerate(range(-most, most + 1)):
        low, high = max(0, -step), min(height, height - step)
        differ = looks[:-1, low:high] - looks[1:, low + step : high + step]
        mean = _windows(differ, weights) @ weights
        # A pattern that has become lighter as a whole is the same one.
        left = _windows(differ**2, weights) @ weights - 0.7 * mean**2
        both = spread[:-1, low:high] + spread[1:, low + step : high + step]
        costs[:, place, low:high] = (left + 0.5 * floor) / (both + floor)
    return costs


def _likeness(looks: _Floats, start: float, weights: _Floats) -> _Floats:
    """How unlike every row of the later looks is to the start in the first, as in `_step_costs`."""
    windows = _windows(looks, weights)
    own = windows[0, round(min(max(start, 0), looks.shape[1] - 1))]
    mean, spread = own @ weights, own**2 @ weights - (own @ weights) ** 2
    means = windows @ weights
    spreads = _windows(looks**2, weights) @ weights - means**2
    common = windows @ (weights * own) - means * mean
    left = spread + spreads - 2 * common + 0.3 * (means - mean) ** 2
    found: _Floats = (left + 0.5 * GRAIN**2) / (spread + spreads + GRAIN**2)
    return found[1:]
