"""Whether the tissue at the points of a TAPSE moves as far as they lie apart, by the whole M-mode.

The motion that all tissue shares is fitted to all depths and beats at once (`m_mode_motion`), and
what lies at each point is followed by itself as well (`m_mode_lines`). Where both say the same from
either point and the caliper says something else, its points lie on two echoes, or beside one.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.m_mode_grid import ROW_CM, Grid, even_grid
from EchoMeasureLib.measuring.m_mode_lines import line_about
from EchoMeasureLib.measuring.m_mode_motion import Motion, follow_motion

LIKE, FIT = 0.7, 0.6
"""How like itself the tissue at a point is through the beat, and share of its usual likeness that
each column of the beat has to the motion of all: with less nothing is said."""

NEAR, AWAY = 4, 0.03
"""Rows about a point of which the clearest is taken, and likeness that a row away costs."""

SAME = 0.15
"""Motion of all and of the line by itself are the same where they differ by less, cm or share."""

OFF_CM, OFF = 0.25, 0.15
"""By how much a caliper has to differ, cm and share of it, from what both points say."""


@dataclass(frozen=True, slots=True)
class _Moved:
    """A strip, and how all of it moves."""

    grid: Grid
    motion: Motion

    def excursion(self, first: int, second: int, at: int, row: float) -> float | None:
        """How far the tissue that lies at a row in column `at` moves towards the probe from the
        first to the second column, cm; None where it is not seen."""
        motion = self.motion
        away = np.abs(np.arange(len(motion.shares)) - motion.shares * motion.rows[at] - row)
        clear = np.where(away <= NEAR, motion.likeness - AWAY * away, -np.inf)
        found = int(clear.argmax())
        if not away[found] <= NEAR or motion.likeness[found] < LIKE:
            return None
        way = motion.way(found)
        own = line_about(self.grid.light, way, motion.written)
        one, other = (ROW_CM * float(rows[first] - rows[second]) for rows in (way, own))
        return (one + other) / 2 if abs(one - other) <= SAME * max(1.0, abs(one)) else None


_STRIPS: weakref.WeakKeyDictionary[Cine, dict[tuple[int, Region], _Moved | None]] = (
    weakref.WeakKeyDictionary()
)
_KNOWN: weakref.WeakKeyDictionary[
    Cine, dict[tuple[int, Region, PixelPoint, PixelPoint], float | None]
] = weakref.WeakKeyDictionary()  # fmt: skip
"""What was seen of the strips and at the calipers of a cine."""


def against_motion(cine: Cine, caliper: Caliper) -> Iterator[tuple[Flag, str]]:
    """A flag with both numbers where the tissue at this TAPSE moves less or more than it says; each
    is looked at once."""
    row = CATALOG.get(caliper.measurement)
    if row is None or row.caliper is not CaliperKind.EXCURSION or caliper.region is None:
        return
    value = caliper.values[0].value
    if value is None:
        return
    region = cine.region(caliper.region)
    p, q = (point.point for point in caliper.points)
    known, place = _KNOWN.setdefault(cine, {}), (caliper.frame, region, p, q)
    if place not in known:
        strips, strip = _STRIPS.setdefault(cine, {}), (caliper.frame, region)
        try:
            if strip not in strips:
                strips[strip] = _follow(cine.frame(caliper.frame), region)
        except UnreadableFile:
            return  # a frame that cannot be seen says nothing about its tissue
        known[place] = _between(strips[strip], p, q)
    moves = known[place]
    if moves is not None and abs(moves - value) > max(OFF_CM, OFF * value):
        output = row.outputs[0]
        words = f"The tissue at its points moves by {output.text(max(moves, 0.0))} between them"
        yield Flag.AT_ODDS, f"{words}, not by {output.text(value)}."


def tissue_excursion(
    frame: Frame, region: Region, first: PixelPoint, second: PixelPoint
) -> float | None:
    """How far the tissue at two points (source pixels) of an M-mode, (rows, columns, 3) uint8,
    moves towards the probe from the time of the first to that of the second, cm.

    Of the tissue at the one and at the other it is the one nearer to how far the points lie apart.
    None where it is not seen clearly at both, or the one moves less and the other more than that.
    """
    return _between(_follow(frame, region), first, second)


def _follow(frame: Frame, region: Region) -> _Moved | None:
    grid = even_grid(frame, region)
    motion = None if grid is None else follow_motion(grid.light)
    return None if grid is None or motion is None else _Moved(grid, motion)


def _between(strip: _Moved | None, first: PixelPoint, second: PixelPoint) -> float | None:
    if strip is None:
        return None
    motion = strip.motion
    (x0, y0), (x1, y1) = (strip.grid.place(point) for point in (first, second))
    begin, end = round(x0), round(x1)
    if not 0 <= begin < end < len(motion.rows) or not motion.written[begin : end + 1].all():
        return None
    if motion.fits[begin : end + 1].min() < FIT * np.median(motion.fits[motion.written]):
        return None
    both = [strip.excursion(begin, end, at, row) for at, row in ((begin, y0), (end, y1))]
    seen = [one for one in both if one is not None]
    apart = ROW_CM * (y0 - y1)
    if len(seen) < 2 or (min(seen) - apart) * (max(seen) - apart) < 0:
        return None
    return min(seen, key=lambda one: abs(one - apart))
