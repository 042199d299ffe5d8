"""E and A of one diastole, and their ratio."""

from __future__ import annotations

from dataclasses import replace

from EchoMeasureLib.definitions import Definition, Output
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.measuring.ground import Ground
from EchoMeasureLib.measuring.one_beat import Between, find_between, too_long
from EchoMeasureLib.measuring.values import Value, checked_number, no_number
from EchoMeasureLib.measuring.velocity import two_baselines, velocity_at, velocity_value


def inflow(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    """E, A and their ratio; no ratio where they are not of one diastole."""
    e = velocity_value(row.output("e"), row.side, points[0], ground)
    a = velocity_value(row.output("a"), row.side, points[1], ground)
    output = row.output("e_a_ratio")
    if ground.region is None or e.value is None or a.value is None:
        return e, a, no_number(output, points, ground, None)
    region, (p, q) = ground.region, (landmark.point for landmark in points)
    seconds = region.interval(p, q)
    flags = tuple(dict.fromkeys((*e.flags, *a.flags)))
    apart = _not_one_diastole(row, p, q, seconds, ground)
    if not a.value:
        apart = "A is zero, so there is no ratio."
    elif apart:
        flags = (*flags, Flag.NOT_ONE_BEAT)
        apart = f"E and A are not of one beat, so there is no ratio. {apart}"
    if apart:
        return e, a, Value(output.id, None, output.unit, points, flags, apart, interval_s=seconds)
    least, _ = row.apart_s or (0.0, 0.0)
    if q.x < p.x if seconds is None else seconds < least:
        flags = (*flags, Flag.ORDER)
    ratio = checked_number(output, e_to_a(e.value, a.value), points, replace(ground, flags=flags))
    if ground.drawn is not None:
        ratio = replace(ratio, doubt=_doubt_of_ratio(ground, output, ratio.value, points))
    return e, a, replace(ratio, interval_s=seconds)


def _not_one_diastole(
    row: Definition, p: PixelPoint, q: PixelPoint, seconds: float | None, ground: Ground
) -> str:
    """Why E and A are not of one diastole, in words; empty when they are."""
    region = ground.region
    assert region is not None
    assert row.apart_s is not None
    longer = too_long(seconds, row.apart_s[1], ground.rr_s)
    if longer:
        return longer
    between = None
    if ground.picture is not None and region.baseline_y is not None and p.x < q.x:
        between = find_between(ground.picture, region, p, q, region.baseline_y)
    if between is Between.WAVE:
        return "Another wave lies between them."
    if seconds is None and p.x < q.x and between is not Between.FLOW:
        return "The time axis is not calibrated, and the picture does not show one diastole."
    return ""


def _doubt_of_ratio(
    ground: Ground, output: Output, ratio: float | None, points: tuple[Landmark, ...]
) -> str:
    if ground.drawn is None or ratio is None:
        return ""
    e, a = (velocity_at(ground.drawn, point) for point in points)
    return two_baselines(ground, output, ratio, e_to_a(e, a)) if a else ""


def e_to_a(e: float, a: float) -> float:
    """E over A, of one beat or of the means of several; `a` is not 0."""
    return e / a
