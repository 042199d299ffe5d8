"""Tracings of the envelope reader that do not follow their own edge, but all beats of a strip."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.envelope.kept_readings import find_names, find_reading
from EchoMeasureLib.measuring.envelope.timelines import WaveKind
from EchoMeasureLib.measuring.wave_points import places, waves_of

WORDS = (
    "This beat does not show its own edge clearly: it is drawn as all beats of the strip together "
    "show it."
)

_KNOWN: weakref.WeakKeyDictionary[
    Cine, dict[tuple[int, Region, float, str], tuple[tuple[float, float], ...]]
] = weakref.WeakKeyDictionary()  # fmt: skip
"""From and to which column beats of a strip are drawn by the others, by measurement."""


def against_edge(cine: Cine, caliper: Caliper) -> Iterator[tuple[Flag, str]]:
    """A flag with its words for a tracing of the envelope reader that all beats of its strip draw.

    Nothing once a person has moved it, or where the strip cannot be seen.
    """
    row = CATALOG.get(caliper.measurement)
    if row is None or not row.traced or caliper.region is None:
        return
    # Inflow is drawn by its own edge or not at all.
    if caliper.origin is not Origin.ENVELOPE or waves_of(row.id).kind is not WaveKind.JET:
        return
    try:
        spans = _drawn_by_all(cine, row.id, caliper.frame, cine.region(caliper.region))
    except UnreadableFile:
        return
    columns = [point.x for point in caliper.points]
    middle = (min(columns) + max(columns)) / 2
    if any(first <= middle <= last for first, last in spans):
        yield Flag.EDGE_UNSEEN, WORDS


def _drawn_by_all(
    cine: Cine, measurement: str, frame: int, region: Region
) -> tuple[tuple[float, float], ...]:
    wanted = waves_of(measurement)
    reading = find_reading(cine, frame, region)
    if reading is None:
        return ()
    known = _KNOWN.setdefault(cine, {})
    strip = (frame, region, reading.baseline, measurement)
    if strip not in known:
        named = find_names(cine, frame, region, wanted.kind) or ()
        found = [places(measurement, reading, [one]) for one in named if one.name in wanted.names]
        placed = [one.points for one in found if not isinstance(one, str) and not one.own]
        known[strip] = tuple((points[0].x, points[-1].x) for points in placed)
    return known[strip]
