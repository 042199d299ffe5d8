"""Whether the picture has a hole where the tip of a wave may have been.

A strip shows its own noise wherever nothing flows. Where it is darker than that just beyond the top
of a wave, something is missing from the picture, such as what an overlay or a box covered before it
was taken away: the wave may have been higher than what is left of it.
"""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.sides import Side

BEYOND, RADIUS, GAP = 0.033, 0.0205, 0.005
"""How far beyond a point its disc lies, how large it is, and where it begins: shares of the strip's
height."""

DARK = 0.5
"""Share of the noise beside it under which a disc is a hole: on clean phantoms 3 of 431 lie
under 0.58, of those with a hole over the tip three in four under 0.5."""

BESIDE = range(2, 15)
"""The discs to either side that tell the noise, in steps of `STEP` radii."""

STEP, FEWEST, QUIET = 1.5, 4, 25
"""How many of them there have to be, and the percentile of theirs that is noise: in others
something flows."""

LEAST_NOISE = 2.5
"""Grey levels of noise without which nothing can be darker."""

LEAST_SEEN = 0.4
"""Share of a disc that has to be seen."""


def hole_beyond(side: Side, point: PixelPoint) -> bool:
    """Whether it is darker beyond a point (source pixels) than the noise of its side."""
    radius = RADIUS * side.strip_height
    height = abs(point.y - side.zero)
    middle, first = height + BEYOND * side.strip_height, height + GAP * side.strip_height
    rows = np.arange(
        max(0, round(middle - radius)), min(len(side.grey), round(middle + radius) + 1)
    )
    rows = rows[rows > first]
    if len(rows) < radius:
        return False
    seen = ~side.hidden[rows] & side.written
    light = np.where(seen, side.grey[rows], np.float32(np.nan))
    across = point.x - side.left
    own = _mean(light, rows - middle, across, radius)
    steps = (sign * step * STEP * radius for step in BESIDE for sign in (-1, 1))
    beside = [_mean(light, rows - middle, across + step, radius) for step in steps]
    known = [mean for mean in beside if mean is not None]
    if own is None or len(known) < FEWEST:
        return False
    noise = float(np.percentile(known, QUIET))
    return noise >= LEAST_NOISE and own < DARK * noise


def _mean(light: Floats, away: np.ndarray, column: float, radius: float) -> float | None:
    """Mean light in a disc about a column of these rows; None where too little of it is seen."""
    reach = int(radius) + 1
    first, last = max(0, int(column) - reach), min(light.shape[1], int(column) + reach + 2)
    if first >= last:
        return None
    across = np.arange(first, last) - column
    inside = away[:, None] ** 2 + across**2 <= radius**2
    found = light[:, first:last][inside]
    found = found[np.isfinite(found)]
    if len(found) < LEAST_SEEN * np.pi * radius**2:
        return None
    return float(found.mean())
