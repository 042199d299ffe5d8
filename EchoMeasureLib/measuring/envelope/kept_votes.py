"""What the picture of a strip says of points, each looked at once while the cine is in use."""

from __future__ import annotations

import weakref
from dataclasses import replace

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.envelope.holes import hole_beyond
from EchoMeasureLib.measuring.envelope.kept_readings import find_reading
from EchoMeasureLib.measuring.envelope.vote import Verdict, Vote, vote_on

_KNOWN: weakref.WeakKeyDictionary[
    Cine, dict[tuple[int, Region, float, PixelPoint], Vote]
] = weakref.WeakKeyDictionary()  # fmt: skip
"""What was said of the points of a cine: a vote is next to nothing."""


def find_vote(cine: Cine, frame: int, region: Region, point: PixelPoint) -> Vote:
    """The vote of a strip's picture on a point (source pixels); each is looked at once.

    Raises `UnreadableFile` for a frame that cannot be seen.
    """
    baseline = cine.baseline(frame, region)
    if baseline is None:
        return Vote(Verdict.UNSURE, why="The baseline is not known.")
    known = _KNOWN.setdefault(cine, {})
    place = (frame, region, baseline, point)
    if place not in known:
        reading = find_reading(cine, frame, region)
        assert reading is not None  # with a baseline there is one
        side = reading.side(bool(point.y < baseline))
        hole = side is not None and hole_beyond(side[0], point)
        known[place] = replace(vote_on(reading, point), hole=hole)
    return known[place]
