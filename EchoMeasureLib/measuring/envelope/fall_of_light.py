"""Where light falls from a band to the dark beyond it: the edge that the top of a wave ends at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import Floats, median, running_median

Doubles = npt.NDArray[np.float64]

INSIDE, BEYOND = 0.3, 0.1
"""Shares of the height: how far below the edge the dense band is looked for, and how far beyond it
nothing but noise begins."""

LIGHT = 0.5
"""Share of the light of the band at which a wave ends."""

RIM = (0.7, 0.3)
"""Shares of the light between which the edge of a wave lies."""

VOTE = 0.5
"""Share of the light over the limit that one row counts with at most."""

LEAST_GREY = 2.0
"""Levels by which a band is brighter than what lies beyond it."""

EVEN = 0.04
"""Share of the height to either side over which the band's light is taken together."""

MIDDLE, FEWEST_ROWS = (0.4, 0.7), 4
"""Shares of its height between which a flank is looked across, and rows of it at least."""

ACROSS, BESIDE = 12, 4
"""Columns to both sides of a flank that are looked at, and those beyond it where none of its light
is left."""


@dataclass(frozen=True, slots=True)
class Fall:
    """Distances from the edge at which light falls to shares of the band's."""

    at: float
    inner: float
    outer: float
    contrast: float


def find_fall(
    distances: Doubles, light: Floats, height: float, deepest: float, line: int
) -> Fall | None:
    """Where light falls for good, outward from the middle of a band; None where it does not.

    `light`, (distances, columns), is NaN where nothing is known; `deepest`, a share of `height`, is
    how far inwards the middle is followed; what is thinner than `line` rows is no band.
    """
    from scipy import ndimage

    known = np.isfinite(light).sum(axis=1) >= max(1, light.shape[1] // 3)
    distances, light = distances[known], light[known]
    if len(distances) < 8 or distances[-1] < 3:
        return None
    # A click or a dotted line takes few of the columns, a cross few of the rows.
    ordered = np.sort(_completed(light))
    cut = light.shape[1] // 5
    means = ordered[:, cut : light.shape[1] - cut].mean(axis=1)
    curve = running_median(means, line)
    curve = ndimage.uniform_filter1d(curve, 3, mode="nearest")
    beyond = curve[distances > max(4.0, BEYOND * height)]
    beyond = beyond if len(beyond) >= 3 else curve[-2:]
    noise, spread = median(beyond), float(beyond.std())
    level = ndimage.uniform_filter1d(curve, 2 * max(1, round(EVEN * height)) + 1, mode="nearest")
    crest = int(np.where(
        (distances <= 2) & (distances >= -max(8.0, INSIDE * height)), level, -np.inf
    ).argmax())  # fmt: skip
    while crest > 0 and level[crest - 1] > level[crest] and distances[crest] > -deepest * height:
        crest -= 1
    band = float(level[crest]) - noise
    if band < LEAST_GREY:
        return None
    at, inner, outer = (
        _under(distances, curve, crest, noise + part * band) for part in (LIGHT, *RIM)
    )
    return Fall(at, inner, outer, band / max(spread, 1.0))


def columns_of_fade(
    grey: Floats, edge: Floats, peak: int, step: int, height: float
) -> float | None:
    """Over how many columns light falls across a flank of a wave, in the middle of its height.

    `grey`, (rows over the baseline, columns), levels; `edge`, of each column, and `height` in rows;
    `step` is -1 for the rise before the column `peak` and 1 for the fall after it. None where the
    flank is not seen.
    """
    rows = np.arange(*(round(share * height) for share in MIDDLE))
    below = edge[peak::step][None, :] <= rows[:, None]
    rows, below = rows[below.any(axis=1)], below[below.any(axis=1)]
    at = peak + step * below.argmax(axis=1)
    across = at[:, None] + step * np.arange(-ACROSS, ACROSS + 1)
    inside = (across.min(axis=1) >= 0) & (across.max(axis=1) < grey.shape[1])
    if inside.sum() < FEWEST_ROWS:
        return None
    light = grey[rows[inside, None], across[inside]].mean(axis=0, dtype=np.float64)
    steepest = float(-np.diff(light).min())
    band, beyond = float(light[:ACROSS].max()), float(light[ACROSS + BESIDE :].min())
    return (band - beyond) / steepest if steepest > 0 else None


def _completed(light: Floats) -> Floats:
    """With the median of each row where nothing is known; in every row something is."""
    known = np.isfinite(light)
    if known.all():
        return light
    ordered, count, row = np.sort(light), known.sum(axis=1), np.arange(len(light))
    middle = (ordered[row, (count - 1) // 2] + ordered[row, count // 2]) / np.float32(2)
    return np.where(known, light, middle[:, None])


def _under(distances: Doubles, curve: Doubles, crest: int, limit: float) -> float:
    """Where light falls under a limit for good, outward from the brightest place.

    For good: the place that parts what lies over the limit from what lies under it best. A dark
    grain within the wave, or a bright one beyond it, is outvoted by its neighbours.
    """
    over = curve[crest:] - limit
    most = VOTE * max(float(over[0]), 1e-6)
    last = crest + int(np.cumsum(np.clip(over, -most, most)).argmax())
    if last + 1 >= len(curve):
        return float(distances[-1])
    here, there = float(curve[last]), float(curve[last + 1])
    step = (here - limit) / max(here - there, 1e-6)
    return float(distances[last]) + min(max(step, 0.0), 1.0)
