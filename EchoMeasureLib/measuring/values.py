"""One number of a caliper, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

from EchoMeasureLib.definitions import Output
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.measuring.ground import Ground


@dataclass(frozen=True, slots=True)
class Value:
    """One number of a caliper, or the reason why there is none."""

    id: str
    """Output id of the catalog, such as `lvid` or `e_a_ratio`."""
    value: float | None
    """In `unit`; velocities carry their sign (towards the probe positive)."""
    unit: str
    points: tuple[Landmark, ...]
    """The points this number depends on."""
    flags: tuple[Flag, ...] = ()
    reason: str = ""
    """Why there is no number; empty when there is one."""
    pixels: float | None = None
    """Length in source pixels where no calibrated length can be given."""
    interval_s: float | None = None
    """Time between the two points of a TAPSE or of E and A, seconds."""
    doubt: str = ""
    """What a flag means in figures, such as both numbers where two baselines disagree."""
    beside: str = ""
    """The same of what other frames and calipers say against it (`measuring.beside`)."""

    @property
    def doubts(self) -> str:
        """What its flags mean in figures, all of them."""
        return " ".join(text for text in (self.doubt, self.beside) if text)


def checked_number(
    output: Output, number: float, points: tuple[Landmark, ...], ground: Ground
) -> Value:
    """A number with what its ground says of it; none where it is beyond all numbers."""
    if not math.isfinite(number):
        reason = "The number would be larger than any that can be computed with."
        return Value(output.id, None, output.unit, points, ground.flags, reason)
    flags = ground.flags
    if not output.plausible.contains(abs(number)):
        flags = (*flags, Flag.IMPLAUSIBLE)
    return Value(output.id, number, output.unit, points, flags, doubt=ground.doubt)


def no_number(
    output: Output, points: tuple[Landmark, ...], ground: Ground, pixels: float | None
) -> Value:
    """No number, with the reason; `pixels` is the length of a distance."""
    pixels = pixels if ground.lengths else None
    return Value(output.id, None, output.unit, points, ground.flags, ground.reason, pixels)
