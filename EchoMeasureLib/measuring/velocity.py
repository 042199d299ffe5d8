"""The velocity of a wave's peak, its baseline and the edge of its strip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from EchoMeasureLib.definitions import Definition, Output, Side
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.drawn_rows import drawn_box
from EchoMeasureLib.measuring.ground import Ground
from EchoMeasureLib.measuring.strip_edge import edge_flag
from EchoMeasureLib.measuring.values import Value, checked_number, doubly, no_number


def velocity(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    """The one value of a wave's peak."""
    return (velocity_value(row.outputs[0], row.side, points[0], ground),)


def velocity_value(output: Output, side: Side | None, landmark: Landmark, ground: Ground) -> Value:
    """The velocity of a peak that this flow has on `side` of the baseline."""
    if ground.region is None or not ground.usable:
        return no_number(output, (landmark,), ground, None)
    velocity = velocity_at(ground.region, landmark)
    other = velocity_at(ground.drawn, landmark) if ground.drawn is not None else None
    value = checked_number(output, velocity, (landmark,), ground, other)
    expected = 1 if side is Side.ABOVE else -1
    if velocity * expected < 0:
        value = doubly(value, Flag.WRONG_SIDE, _wrong_side(side))
    cut = cut_peak(landmark, ground.region, ground.picture, output.text)
    return value if cut is None else doubly(value, *cut)


def _wrong_side(side: Side | None) -> str:
    """Where the wave goes and where this flow does, in words."""
    ways = ("towards", "away from") if side is Side.BELOW else ("away from", "towards")
    return (
        f"By the file this wave goes {ways[0]} the probe, and this flow goes {ways[1]} it: it is "
        "another wave, or the strip is upside down and its tags do not say so."
    )


def cut_peak(
    landmark: Landmark, region: Region, picture: Frame | None, text: Callable[[float], str]
) -> tuple[Flag, str] | None:
    """What is wrong where the wave of a peak goes on beyond the strip's edge, and the words.

    `text` writes a velocity in cm/s. None where the wave is whole, or no picture says so.
    """
    assert region.baseline_y is not None
    if picture is None:
        return None
    flag = edge_flag(picture, region, landmark.point, region.baseline_y)
    if flag is None:
        return None
    box = drawn_box(picture, region.bounds)
    edge = box.y0 if landmark.y < region.baseline_y else box.y1
    limit = text(velocity_at(region, replace(landmark, y=edge)))
    where = " and comes back on the other side" if flag is Flag.ALIASED else ""
    words = f"The strip ends at {limit}; the wave reaches that{where}, so its peak may be faster."
    return flag, words


def velocity_at(region: Region, landmark: Landmark) -> float:
    """cm/s, towards the probe positive, in a region with a baseline."""
    velocity = region.value_at(landmark.point)[1]
    assert velocity is not None  # find_ground lets no region without a baseline through
    return velocity
