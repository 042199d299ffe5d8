"""Whether an echo of an M-mode that lies beside a TAPSE caliper moves more than the caliper does.

The ring of the valve moves most: towards the apex the muscle moves less and less. A caliper on
one of the other lines follows one echo through one beat as a true one does, and is too short.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator

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
from EchoMeasureLib.measuring.m_mode_looks import ROWS, Looks
from EchoMeasureLib.measuring.m_mode_tissue import carried
from EchoMeasureLib.measuring.one_line import TOGETHER, looks_between

MORE_CM = 0.25
"""By which another echo has to move more, followed from the first point's time on and back from the
second's: at true points of lifelike phantoms it is more than 0.2 once in a hundred."""
THICK_CM = 0.3
"""An echo: the mean over so many centimetres of depth."""
ECHO = 0.5
"""Share of the brightness of the caliper's own echo, over the dark of the strip, that one has."""
WORDS = (
    f"An echo beside it moves over {MORE_CM:g} cm more in this beat, "
    "and the ring of the valve moves most."
)

_KNOWN: weakref.WeakKeyDictionary[Cine, dict[tuple[int, Region, PixelPoint, PixelPoint], float]] = (
    weakref.WeakKeyDictionary()
)
"""What was seen beside the calipers of a cine."""


def against_echoes(cine: Cine, caliper: Caliper) -> Iterator[tuple[Flag, str]]:
    """A flag with its words where an echo beside this TAPSE moves more; each is looked at once."""
    row = CATALOG.get(caliper.measurement)
    if row is None or row.caliper is not CaliperKind.EXCURSION or caliper.region is None:
        return
    if caliper.values[0].value is None:
        return
    region = cine.region(caliper.region)
    p, q = (point.point for point in caliper.points)
    known, place = _KNOWN.setdefault(cine, {}), (caliper.frame, region, p, q)
    if place not in known:
        try:
            known[place] = moves_more(cine.frame(caliper.frame), region, p, q)
        except UnreadableFile:
            return  # a frame that cannot be seen says nothing about its echoes
    if known[place] > MORE_CM:
        yield Flag.AT_ODDS, WORDS


def moves_more(frame: Frame, region: Region, first: PixelPoint, second: PixelPoint) -> float:
    """By how much the echo that moves most near two points (source pixels) moves more than they
    do, cm; 0 or less where none does, and where nothing is drawn."""
    looks = looks_between(frame, region, first, second, TOGETHER)
    if looks is None:
        return 0.0
    cm_per_row = abs(region.delta[1]) * region.bounds.clipped(*frame.shape[1::-1]).height / ROWS
    own = looks.end - looks.start
    thick = max(3, round(THICK_CM / cm_per_row))
    ways = (_most(looks, thick), _most(looks.turned, thick))
    return (min(ways) - abs(own)) * cm_per_row


def _most(looks: Looks, thick: int) -> float:
    """Rows by which the echo that moves most goes the way that the points go."""
    if looks.columns.shape[1] < thick:
        return 0.0
    places = carried(looks)
    rows = np.arange(looks.columns.shape[1], dtype=np.float64)
    motion = (places[-1] - rows) * np.sign(looks.end - looks.start)
    grey = np.mean(
        [np.interp(at, rows, column) for at, column in zip(places, looks.columns, strict=True)],
        axis=0,
    )
    even, bright = (
        np.convolve(values, np.full(thick, 1 / thick), "valid") for values in (motion, grey)
    )
    dark = float(np.percentile(looks.columns, 10))
    start = int(np.clip(round(looks.start) - thick // 2, 0, len(bright) - 1))
    echo = bright - dark >= ECHO * (bright[start] - dark)
    return float(even[echo].max())
