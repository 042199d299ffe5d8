"""A bright line of an M-mode about a way that is known: how bright it is, and its own motion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from EchoMeasureLib.measuring.m_mode_grid import Floats
from EchoMeasureLib.measuring.m_mode_motion import Bools, best_way, standing_out

ABOUT, OFF = 8, 6
"""Rows above and below the way that are compared, and rows by which the line may leave it."""

STEPS, STEP = 3, 0.05
"""Half rows that it moves per column at most, and what they cost."""

ROUNDS = 3

EDGE = 20
"""Rows above and below a line in which its edge is looked for."""


def heights_of(light: Floats, ways: Sequence[Floats], written: Bools) -> Floats:
    """Levels by which each way is brighter than what lies about it, all along; light is (rows,
    columns)."""
    from scipy.ndimage import gaussian_filter1d

    stands = gaussian_filter1d(light, 1.5, axis=0) - gaussian_filter1d(light, 10, axis=0)
    return np.array([_along(stands, way)[written].mean() for way in ways])


def line_about(light: Floats, way: Floats, written: Bools) -> Floats:
    """The rows of what lies about a way, which it leaves little, followed by itself."""
    from scipy.ndimage import gaussian_filter1d

    stands = standing_out(light)
    offsets = np.arange(-ABOUT - OFF, ABOUT + OFF + 0.1, 0.5)
    about = np.array([_along(stands, way + off) for off in offsets])
    inside = (way + offsets[:, None] >= 0) & (way + offsets[:, None] <= len(light) - 1)
    about = np.where(inside & written, about, 0)
    size = 4 * ABOUT + 1
    weights = np.exp(-0.5 * (np.linspace(-ABOUT, ABOUT, size) / (ABOUT / 2)) ** 2)
    shifts = np.arange(-OFF, OFF + 0.1, 0.5)
    left = np.zeros(len(way))
    for _ in range(ROUNDS):
        first = np.round(2 * (left + OFF)).astype(np.intp)
        own = np.take_along_axis(about, first + np.arange(size)[:, None], axis=0)
        pattern = own[:, written].mean(axis=1)
        pattern = (pattern - np.average(pattern, weights=weights)) * weights
        pattern /= np.sqrt((pattern**2).sum()) + 1e-9
        fits = np.array([pattern @ about[k : k + size] for k in range(len(shifts))])
        fits = gaussian_filter1d(fits, 1.5, axis=1)
        fits /= np.abs(fits).mean() + 1e-9
        left = shifts[best_way(fits, STEPS, STEP, ~written)]
    found: Floats = way + gaussian_filter1d(left, 2.0)
    return found


def upper_edge(light: Floats, way: Floats, columns: Bools) -> float:
    """Rows from a way down to the upper edge of the bright line about it, on the mean of columns:
    where light is half way from the dark to the line's; 0 where none is seen."""
    from scipy.ndimage import gaussian_filter1d

    soft = gaussian_filter1d(light, 1.0, axis=0)
    profile = np.array([_along(soft, way + off)[columns].mean() for off in range(-EDGE, EDGE + 1)])
    top = EDGE - 4 + int(profile[EDGE - 4 : EDGE + 5].argmax())
    half = 0.5 * (profile[top] + float(np.percentile(profile, 15)))
    dark = np.flatnonzero(profile[:top] <= half)
    if not len(dark):
        return 0.0
    edge = int(dark[-1])
    return edge + float((half - profile[edge]) / (profile[edge + 1] - profile[edge])) - EDGE


def _along(light: Floats, way: Floats) -> Floats:
    """Light along a way, between rows."""
    places = np.clip(way, 0, len(light) - 1.001)
    low, columns = places.astype(np.intp), np.arange(light.shape[1])
    part = places - low
    found: Floats = light[low, columns] * (1 - part) + light[low + 1, columns] * part
    return found
