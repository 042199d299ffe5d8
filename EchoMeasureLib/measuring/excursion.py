"""How far the tricuspid annulus moves on an M-mode: one echo, in one beat."""

from __future__ import annotations

import math
from dataclasses import replace

from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.measuring.ground import Ground
from EchoMeasureLib.measuring.one_beat import too_long
from EchoMeasureLib.measuring.one_line import not_one_line
from EchoMeasureLib.measuring.values import Value, checked_number, no_number, without_number


def excursion(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    """The one value of a TAPSE; none where the points are not of one echo in one beat."""
    p, q = (landmark.point for landmark in points)
    output = row.outputs[0]
    if ground.region is None or not ground.usable:
        return (no_number(output, points, ground, abs(q.y - p.y)),)
    seconds = ground.region.interval(p, q)
    flag, reason = _no_excursion(row, p, q, seconds, ground)
    if flag is not None:
        flags, reason = (*ground.flags, flag), f"This is no {output.name_at(None)}. {reason}"
        return (without_number(output, points, ground, flags, reason, seconds),)
    centimetres = ground.region.difference(p, q)[1]
    value = checked_number(output, abs(centimetres), points, ground)
    return (replace(value, interval_s=seconds),)


def m_mode_diameter(
    row: Definition, points: tuple[Landmark, ...], ground: Ground
) -> tuple[Value, ...]:
    """Vertical distance of two points at one time; none where they are of two."""
    p, q = (landmark.point for landmark in points)
    output = row.outputs[0]
    if ground.region is None or not ground.usable:
        return (no_number(output, points, ground, abs(q.y - p.y)),)
    seconds = ground.region.interval(p, q)
    _, most = row.apart_s or (0.0, math.inf)
    if seconds is not None and abs(seconds) > most:
        reason = (
            f"This is no {output.name_at(None)}. The points lie {abs(seconds):.2f} s apart; "
            f"both borders are to be of one time, within {most:g} s."
        )
        flags = (*ground.flags, Flag.ORDER)
        return (without_number(output, points, ground, flags, reason, seconds),)
    value = checked_number(output, abs(ground.region.difference(p, q)[1]), points, ground)
    return (replace(value, interval_s=seconds),)


def _no_excursion(
    row: Definition, p: PixelPoint, q: PixelPoint, seconds: float | None, ground: Ground
) -> tuple[Flag | None, str]:
    """Why two points are not the lowest and the highest of one echo in one beat, in words."""
    assert ground.region is not None
    # Towards the probe, whichever way up the strip is.
    if ground.region.difference(p, q)[1] >= 0:
        return Flag.ORDER, "The second point does not lie nearer to the probe than the first."
    if seconds is None and q.x <= p.x:
        return Flag.ORDER, "The second point does not lie after the first."
    least, most = row.apart_s or (0.0, math.inf)
    if seconds is not None and not least <= seconds <= most:
        words = f"The points lie {seconds:.2f} s apart; a systole takes {least:g} to {most:g} s."
        return Flag.NOT_ONE_BEAT, words
    longer = too_long(seconds, most, ground.rr_s)
    if longer:
        return Flag.NOT_ONE_BEAT, longer
    if ground.picture is not None:
        words = not_one_line(ground.picture, ground.region, p, q)
        if words:
            return Flag.NOT_ONE_LINE, words
    return None, ""
