"""One number of a caliper, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from EchoMeasureLib.definitions import Output
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.measuring.ground import MOVED_PX, Ground
from EchoMeasureLib.rounding import written


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
    """What its flags mean, in sentences with figures where there are any."""
    beside: str = ""
    """The same of what other frames and calipers say against it (`measuring.beside`)."""

    @property
    def doubts(self) -> str:
        """What all its flags mean."""
        return " ".join(text for text in (self.doubt, self.beside) if text)


def checked_number(
    output: Output,
    number: float,
    points: tuple[Landmark, ...],
    ground: Ground,
    by_drawn: float | None = None,
) -> Value:
    """A number with what its ground says of it; none where it is beyond all numbers.

    `by_drawn` is what the baseline gives that the picture shows, where that is another one.
    """
    if not math.isfinite(number):
        reason = "The number would be larger than any that can be computed with."
        return without_number(output, points, ground, ground.flags, reason)
    both = ground.doubt if by_drawn is None else _two_baselines(ground, output, number, by_drawn)
    value = Value(output.id, number, output.unit, points, ground.flags, doubt=both)
    if output.plausible.contains(abs(number)):
        return value
    return doubly(value, Flag.IMPLAUSIBLE, _implausible(output, number))


def _implausible(output: Output, number: float) -> str:
    low, high = output.plausible.low, output.plausible.high
    assert low is not None
    assert high is not None  # a plausible range has both ends
    name = output.name_at(None)
    # What is just outside would be rounded to the limit itself.
    size = written(abs(number) * output.shown_factor, output.decimals + 1)
    size = f"{size} {output.people_unit}".rstrip()
    ends = (output.text(end) for end in (low, high))
    return f"{name} is {size}; plausible is {' to '.join(ends)}."


def _two_baselines(ground: Ground, output: Output, number: float, other: float) -> str:
    """What the calibration's and the drawn baseline give, each with its row."""
    region, drawn = ground.region, ground.drawn
    assert region is not None
    assert drawn is not None
    assert region.baseline_y is not None
    assert drawn.baseline_y is not None
    words = (
        f"The {ground.whose} puts the baseline at row {region.baseline_y:.1f}, which gives "
        f"{output.text(number)}; the picture shows it at row {drawn.baseline_y:.1f}, which would "
        f"give {output.text(other)}."
    )
    # A reference that counts from the corner of the picture is off by the strip's own top.
    if abs(region.baseline_y - region.bounds.y0 - drawn.baseline_y) <= MOVED_PX < region.bounds.y0:
        words += " Its reference pixel seems to count from the corner of the picture."
    return words


def doubly(value: Value, flag: Flag, words: str) -> Value:
    """The value with one more flag, and what it means."""
    return replace(value, flags=(*value.flags, flag), doubt=f"{value.doubt} {words}".lstrip())


def without_number(
    output: Output,
    points: tuple[Landmark, ...],
    ground: Ground,
    flags: tuple[Flag, ...],
    reason: str,
    interval_s: float | None = None,
) -> Value:
    """No number though its ground would give one."""
    told = ground.doubt if flags else ""
    return Value(
        output.id, None, output.unit, points, flags, reason, interval_s=interval_s, doubt=told
    )


def no_number(
    output: Output, points: tuple[Landmark, ...], ground: Ground, pixels: float | None
) -> Value:
    """No number, with the reason; `pixels` is the length of a distance."""
    pixels = pixels if ground.lengths else None
    value = without_number(output, points, ground, ground.flags, ground.reason)
    return replace(value, pixels=pixels)
