"""Where a jet leaves the baseline and comes back: at the click of its valve, where one is seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.clicks import Click
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.waves import Wave

Doubles = npt.NDArray[np.float64]

UP: Doubles = 1 - np.linspace(1, 0, 33) ** 2
"""Shares of a jet's height at which both of its sides are known; near the top they lie close."""

WAYS = (1.0, -1.0)
"""From the onset inwards to the right, from the end to the left."""

WITHIN_MS = 20.0
"""From where a flank meets the baseline its click lies no farther."""

LEAST = int(np.searchsorted(UP, 0.15))
"""Up to this one of `UP` at least the line from the click counts: below it next to nothing of a
flank is seen."""

FOOT = 0.6
"""Share of the height below which a flank is the click's at most."""


def to_clicks(sides: Doubles, reading: StripReading, wave: Wave) -> Doubles:
    """Sides of a jet, (2, shares of `UP`), columns from the first, that begin and end at clicks.

    Above a click's columns a flank is its own, and from there it goes to the baseline at the click.
    """
    found: Doubles = sides.copy()
    clicks = clicks_of(sides, reading, wave)
    for flank, way, click in zip(found, WAYS, clicks, strict=True):
        if click is None:
            continue
        clear = way * (flank - click.column) >= click.half
        first = max(int(np.argmax(clear)), LEAST)
        flank[:first] = np.interp(UP[:first], [0, UP[first]], [click.column, flank[first]])
    return found


def clicks_of(
    sides: Doubles, reading: StripReading, wave: Wave
) -> tuple[Click | None, Click | None]:
    """The clicks with which a jet begins and ends, where they are seen."""
    left, right = (
        _click(flank, way, reading, wave) for flank, way in zip(sides, WAYS, strict=True)
    )
    return left, right


def _click(flank: Doubles, way: float, reading: StripReading, wave: Wave) -> Click | None:
    side, _ = reading.sides[0]
    within = side.columns(WITHIN_MS)
    click = reading.clicks.near(float(flank[0]), within, wave.up, 0)
    if click is None:
        return None
    # Within a jet a bright streak is one of its own.
    beside = np.interp(way * click.column, way * flank, UP)
    height = float(beside) * wave.top.height + 2
    click = reading.clicks.near(float(flank[0]), within, wave.up, height)
    if click is None or way * (np.interp(FOOT, UP, flank) - click.column) < click.half:
        return None
    return click
