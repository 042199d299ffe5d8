"""E and A of one diastole, and their ratio."""

from __future__ import annotations

from dataclasses import replace

from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.measuring.envelope.ecg_trace import find_r_waves
from EchoMeasureLib.measuring.envelope.sides import INTERRUPTED, is_interrupted
from EchoMeasureLib.measuring.ground import Ground
from EchoMeasureLib.measuring.one_beat import Between, find_between, too_long
from EchoMeasureLib.measuring.values import Value, checked_number, doubly, no_number, without_number
from EchoMeasureLib.measuring.velocity import velocity_at, velocity_value
from EchoMeasureLib.texts import each_once

AFTER_R_S = 0.2
"""An A that comes so long after an R wave is of the next beat: the atrium has emptied by then, and
the spectrum is drawn no later."""

ASKED_S = 0.35
"""E and A that lie no farther apart are of one diastole: an E and the A of the next beat have a
systole between them."""


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
    doubt = " ".join(each_once(e.doubt, a.doubt))
    apart = _not_one_diastole(row, p, q, seconds, ground)
    if not a.value:
        apart = "A is zero, so there is no ratio."
    elif apart:
        flags = (*flags, Flag.NOT_ONE_BEAT)
        apart = f"E and A are not of one beat, so there is no ratio. {apart}"
    if apart:
        about = replace(ground, doubt=doubt)
        return e, a, without_number(output, points, about, flags, apart, seconds)
    plain, number = replace(ground, flags=(), doubt=""), e_to_a(e.value, a.value)
    ratio = checked_number(output, number, points, plain, _by_drawn(ground, points))
    least, _ = row.apart_s or (0.0, 0.0)
    if q.x < p.x if seconds is None else seconds < least:
        ratio = doubly(ratio, Flag.ORDER, _too_near(seconds, least))
    flags = tuple(dict.fromkeys((*flags, *ratio.flags)))
    doubt = " ".join(each_once(doubt, ratio.doubt))
    return e, a, replace(ratio, flags=flags, doubt=doubt, interval_s=seconds)


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
        if is_interrupted(ground.picture, region, region.baseline_y, p.x, q.x):
            return INTERRUPTED
    if between is Between.WAVE:
        return "Another wave lies between them."
    if ground.picture is not None and seconds is not None and seconds > ASKED_S:
        last = q.x - AFTER_R_S / abs(region.delta[0])
        if any(p.x < r_wave < last for r_wave in find_r_waves(ground.picture, region)):
            return "An R wave of the ECG on the strip lies between them."
    if seconds is None and p.x < q.x and between is not Between.FLOW:
        return "The time axis is not calibrated, and the picture does not show one diastole."
    return ""


def _too_near(seconds: float | None, least: float) -> str:
    """How A lies too near to E, or before it, in words."""
    if seconds is None or seconds < 0:
        return "A lies before E" + (f" by {-1000 * seconds:.0f} ms." if seconds else ".")
    return f"A lies {1000 * seconds:.0f} ms after E; in one beat {1000 * least:g} ms or more."


def _by_drawn(ground: Ground, points: tuple[Landmark, ...]) -> float | None:
    """The ratio by the baseline that the picture shows; None without one."""
    if ground.drawn is None:
        return None
    e, a = (velocity_at(ground.drawn, point) for point in points)
    return e_to_a(e, a) if a else None


def e_to_a(e: float, a: float) -> float:
    """E over A, of one beat or of the means of several; `a` is not 0."""
    return e / a
