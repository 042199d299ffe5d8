"""Readings of the strips of a cine, each made once while the cine is in use."""

from __future__ import annotations

import weakref
from collections import OrderedDict

from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.envelope.named_wave import NamedWave
from EchoMeasureLib.measuring.envelope.naming import name_waves
from EchoMeasureLib.measuring.envelope.reading import StripReading, read_strip
from EchoMeasureLib.measuring.envelope.timelines import WaveKind
from EchoMeasureLib.measuring.file_beat import find_file_beat

KEPT = 2
"""Readings of a cine that are kept: one holds some megabytes."""

_NAMES: weakref.WeakKeyDictionary[
    Cine, OrderedDict[tuple[int, Region, float, WaveKind], tuple[NamedWave, ...]]
] = weakref.WeakKeyDictionary()  # fmt: skip

_KNOWN: weakref.WeakKeyDictionary[
    Cine, OrderedDict[tuple[int, Region, float], StripReading]
] = weakref.WeakKeyDictionary()  # fmt: skip


def find_reading(cine: Cine, frame: int, region: Region) -> StripReading | None:
    """What a spectral strip of a frame shows; None where its baseline is not known.

    Raises `UnreadableFile` for a frame that cannot be seen.
    """
    baseline = cine.baseline(frame, region)
    if baseline is None:
        return None
    known = _KNOWN.setdefault(cine, OrderedDict())
    strip = (frame, region, baseline)
    if strip not in known:
        known[strip] = read_strip(cine.frame(frame), region, baseline, find_file_beat(cine))
        while len(known) > KEPT:
            known.popitem(last=False)
    known.move_to_end(strip)
    return known[strip]


def find_names(
    cine: Cine, frame: int, region: Region, kind: WaveKind
) -> tuple[NamedWave, ...] | None:
    """The waves of a strip with their names, as `naming.name_waves` tells them.

    None where its baseline is not known. Raises `UnreadableFile` for a frame that cannot be seen.
    """
    reading = find_reading(cine, frame, region)
    if reading is None:
        return None
    known = _NAMES.setdefault(cine, OrderedDict())
    strip = (frame, region, reading.baseline, kind)
    if strip not in known:
        known[strip] = name_waves(reading, kind)
        while len(known) > KEPT:
            known.popitem(last=False)
    known.move_to_end(strip)
    return known[strip]
