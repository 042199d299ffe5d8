"""Waves that are no more than the mirror image of flow on the other side of the baseline.

A device that does not part the two directions of flow wholly, as at high gain, shows a faint image
of each wave upside down.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.waves import Wave

FAINTER = 0.75
"""Share of the other's light that an image has at most."""

APART, UPPER = 0.15, 0.5
"""Share of its height by which the edge of an image may lie off that of the wave, over the columns
in which that is higher than a share of its height."""

BODY, MIDDLE = (0.3, 0.9), 0.25
"""Shares of the height between which a wave's light is looked at, and of its length to either side
of its peak."""


def without_images(reading: StripReading) -> tuple[Wave, ...]:
    """The waves of a strip, from left to right, without mirror images."""
    waves = reading.waves()
    above, below = reading.side(True), reading.side(False)
    if above is None or below is None:
        return waves
    found = {True: above, False: below}
    return tuple(wave for wave in waves if not _is_image(wave, waves, found))


def _is_image(wave: Wave, waves: Sequence[Wave], found: dict[bool, tuple[Side, Edges]]) -> bool:
    return any(
        other.up is not wave.up
        and other.onset < wave.peak < other.end
        and abs(wave.top.height / other.top.height - 1) <= APART
        and _lies_like(wave, other, found)
        and _light(wave, *found[wave.up]) < FAINTER * _light(other, *found[other.up])
        for other in waves
    )


def _lies_like(wave: Wave, other: Wave, found: dict[bool, tuple[Side, Edges]]) -> bool:
    side, edges = found[other.up]
    columns = np.arange(round(other.onset), round(other.end) + 1) - side.left
    of_other, of_wave = edges.smooth[columns], found[wave.up][1].smooth[columns]
    high = of_other >= UPPER * other.top.height
    off = np.abs(of_other - of_wave)[high]
    return len(off) > 0 and float(np.median(off)) <= APART * other.top.height


def _light(wave: Wave, side: Side, edges: Edges) -> float:
    """Levels by which a wave stands over the noise."""
    low, high = (int(share * wave.top.height) for share in BODY)
    wide = max(1, round(MIDDLE * (wave.end - wave.onset)))
    middle = round(wave.peak) - side.left
    body = edges.soft[low : high + 1, max(0, middle - wide) : middle + wide + 1]
    return float(body.mean()) - edges.noise if body.size else 0.0
