"""Whether a dark band of an M-mode is one layer: blood has no border within."""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.measuring.dark_bands import Band
from EchoMeasureLib.measuring.m_mode_grid import Floats
from EchoMeasureLib.measuring.m_mode_motion import best_way

PLACES = 24
"""Heights of the band at which a border is looked for."""

BESIDE = 3
"""Coarse rows above and below a border that are compared."""

MOST, COST = 2, 0.02
"""Places by which it may move from column to column, and what a place costs, by its square."""

NONE = -0.05
"""What a column counts in which the band is too thin for a border."""


def inner_border(dark: Floats, band: Band) -> float:
    """How clear the clearest border is that goes through the whole band between its walls: by how
    much the light changes there, as a share of the walls' contrast, on average over all columns.

    `dark`: the light by its `dark_bands.ranks`, (coarse rows, coarse columns).
    """
    from scipy.ndimage import uniform_filter1d

    steps = np.full((PLACES, len(band.near)), np.nan)
    for column, (near, far) in enumerate(
        zip(band.near.astype(int), band.far.astype(int), strict=True)
    ):
        if far - near < 2 * BESIDE:
            continue
        rows = near + 2 + np.round(np.linspace(0, far - near - 4, PLACES)).astype(int)
        sums = np.concatenate([[0.0], np.cumsum(dark[:, column])])
        first, last = np.maximum(near, rows - BESIDE), np.minimum(far, rows + BESIDE)
        above = (sums[rows] - sums[first]) / (rows - first)
        steps[:, column] = (sums[last] - sums[rows]) / (last - rows) - above
    found = 0.0
    for sign in (1.0, -1.0):
        even = uniform_filter1d(np.where(np.isnan(steps), NONE, sign * steps), 3, axis=1)
        best = best_way(even, MOST, COST)
        found = max(found, float(even[best, np.arange(even.shape[1])].mean()))
    return found / max(float(np.maximum(band.contrast, 0.01).mean()), 1e-9)
