"""Times of a wave of a Doppler strip, between two points: deceleration and duration.

Source: Nagueh et al., J Am Soc Echocardiogr 2016;29:277-314: deceleration time is that from the
peak of E along the slope of its deceleration to the baseline, to which the slope is prolonged
where A cuts it short; so it is along the first slope where E falls in two. Durations are taken at
the baseline.
"""

from __future__ import annotations

from dataclasses import replace

from EchoMeasureLib.definitions import Definition, Side
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.ground import Ground
from EchoMeasureLib.measuring.one_beat import too_long
from EchoMeasureLib.measuring.values import Value, checked_number, doubly, no_number, without_number
from EchoMeasureLib.measuring.velocity import cut_peak, velocity_at

NO_TIMES = "The time axis is not calibrated, so there is no time."

HIGH = 0.65
"""Share of the peak above which a second point says too little of the slope."""


def slope(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    """The time that a straight line from the peak through the second point takes to zero."""
    output, (peak, low) = row.outputs[0], points
    if ground.region is None or not ground.usable:
        return (no_number(output, points, ground, None),)
    seconds = ground.region.interval(peak.point, low.point)
    flag, reason = _not_apart(row, seconds, ground)
    if flag is None and seconds is not None:
        flag, reason = _no_slope(ground.region, peak, low, row.side)
    if seconds is None or flag is not None:
        flags = ground.flags if flag is None else (*ground.flags, flag)
        return (without_number(output, points, ground, flags, reason, seconds),)
    number = _to_zero_ms(ground.region, peak, low, seconds)
    other = None
    if ground.drawn is not None and not _no_slope(ground.drawn, peak, low, row.side)[1]:
        other = _to_zero_ms(ground.drawn, peak, low, seconds)
    value = checked_number(output, number, points, ground, other)
    value = replace(value, interval_s=seconds)
    cut = cut_peak(peak, ground.region, ground.picture, lambda v: f"{abs(v):.0f} cm/s")
    return (value if cut is None else doubly(value, *cut),)


def interval(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    """The time from the first point to the second."""
    output, (first, second) = row.outputs[0], points
    if ground.region is None or not ground.usable:
        return (no_number(output, points, ground, None),)
    seconds = ground.region.interval(first.point, second.point)
    flag, reason = _not_apart(row, seconds, ground)
    if seconds is None or flag is not None:
        flags = ground.flags if flag is None else (*ground.flags, flag)
        return (without_number(output, points, ground, flags, reason, seconds),)
    # Where the baseline lies does not change a time.
    level = replace(ground, flags=(), doubt="")
    value = checked_number(output, 1000 * seconds, points, level)
    return (replace(value, interval_s=seconds),)


def _not_apart(row: Definition, seconds: float | None, ground: Ground) -> tuple[Flag | None, str]:
    """Why two points are not of one wave, in words; no flag where times are not known at all."""
    assert row.apart_s is not None
    if seconds is None:
        return None, NO_TIMES
    if seconds <= 0:
        return Flag.ORDER, "The second point does not lie after the first."
    least, most = row.apart_s
    if not least <= seconds <= most:
        words = f"The points lie {seconds:.2f} s apart; here it is {least:g} to {most:g} s."
        return Flag.NOT_ONE_BEAT, words
    longer = too_long(seconds, most, ground.rr_s)
    return (Flag.NOT_ONE_BEAT, longer) if longer else (None, "")


def _no_slope(
    region: Region, peak: Landmark, low: Landmark, side: Side | None
) -> tuple[Flag | None, str]:
    high, end = _speeds(region, peak, low, side)
    if high <= 0:
        return Flag.WRONG_SIDE, "The peak lies on the other side of the baseline than this flow."
    if end > HIGH * high:
        words = f"The second point lies at {100 * end / high:.0f} % of the peak: no slope is seen."
        return Flag.ORDER, words
    return None, ""


def _to_zero_ms(region: Region, peak: Landmark, low: Landmark, seconds: float) -> float:
    high, end = velocity_at(region, peak), velocity_at(region, low)
    return 1000 * seconds * high / (high - end)


def _speeds(
    region: Region, peak: Landmark, low: Landmark, side: Side | None
) -> tuple[float, float]:
    sign = 1 if side is Side.ABOVE else -1
    return sign * velocity_at(region, peak), sign * velocity_at(region, low)
