"""The diameter of a vena cava over the time of an M-mode strip, as far as it is read."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.cava_walls import TOO_QUICK, CavaWalls, find_cava
from EchoMeasureLib.rounding import written

_KNOWN: weakref.WeakKeyDictionary[Cine, dict[tuple[int, Region], CavaWalls | str]] = (
    weakref.WeakKeyDictionary()
)


@dataclass(frozen=True, slots=True)
class CavaCurve:
    """Diameters from the left end of the trace to its right end, one every 0.04 s."""

    seconds: tuple[float, ...]
    """From the left edge of the strip, as `Caliper.strip_s`; rising."""
    cm: tuple[float | None, ...]
    """Border to border of the blood at each of them; None where it is not read."""
    breath_s: float | None = None
    """Seconds from one inspiration to the next, mean; None where it is not sure."""

    @property
    def breath_words(self) -> str:
        """Such as "one breath every 3.2 s, 19 per minute"; empty where it is not sure."""
        if self.breath_s is None:
            return ""
        every, rate = written(self.breath_s, 1), written(60 / self.breath_s, 0)
        return f"one breath every {every} s, {rate} per minute"

    @property
    def gaps_words(self) -> str:
        """Such as "not read in 0.4 of 8.0 s"; empty where it is read all along."""
        count = self.cm.count(None)
        if not count:
            return ""
        lasts = self.seconds[-1] - self.seconds[0]
        part = lasts * count / len(self.cm)
        return f"not read in {written(part, 1)} of {written(lasts, 1)} s"


def kept_cava(cine: Cine, frame: int, region: Region) -> CavaWalls | str:
    """`find_cava` of a frame, looked at once.

    Raises `UnreadableFile` for a frame that cannot be seen.
    """
    known = _KNOWN.setdefault(cine, {})
    if (frame, region) not in known:
        known[frame, region] = find_cava(cine.frame(frame), region)
    return known[frame, region]


def curve_of(walls: CavaWalls, region: Region) -> CavaCurve | str:
    """The diameters of a vein over the strip of this region, or why they are not sure."""
    if walls.motion.reason == TOO_QUICK:
        return f"{TOO_QUICK[0].upper()}{TOO_QUICK[1:]}."
    at = [walls.grid.point(column, 0.0).x for column in walls.columns.tolist()]
    seconds = (np.array(at) - region.bounds.x0) * abs(region.delta[0])
    sizes = zip(walls.diameters.tolist(), walls.read.tolist(), strict=True)
    return CavaCurve(
        tuple(seconds.tolist()),
        tuple(cm if read else None for cm, read in sizes),
        walls.motion.breath_s,
    )
