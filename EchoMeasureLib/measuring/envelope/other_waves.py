"""Whether a Doppler point lies on another wave of the beat than the one that it is named after.

On a strip whose e' is cut at its edge, a' is the highest wave that is whole, and is taken for e'.
Which is which follows from their times in the beat, not from their heights.
"""

from __future__ import annotations

from collections.abc import Iterator

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.envelope.kept_readings import find_names, find_reading
from EchoMeasureLib.measuring.envelope.named_wave import NamedWave
from EchoMeasureLib.measuring.envelope.naming import wave_kind
from EchoMeasureLib.measuring.envelope.summits import NEAR_MS
from EchoMeasureLib.measuring.envelope.timelines import WaveKind, WaveName
from EchoMeasureLib.measuring.wave_points import waves_of

PEAKS = frozenset({CaliperKind.VELOCITY, CaliperKind.INFLOW})


def on_other_waves(cine: Cine, caliper: Caliper) -> Iterator[tuple[int, WaveName]]:
    """Which of its points lie on the peak of another wave, from 0, and what that is called.

    Nothing where the strip does not say for sure which of its waves is which, or has one a beat.
    Raises `UnreadableFile` for a frame that cannot be seen.
    """
    row = CATALOG[caliper.measurement]
    if row.caliper not in PEAKS or caliper.region is None:
        return
    kind, region = wave_kind(row.id), cine.region(caliper.region)
    if kind is WaveKind.JET or not region.times_known or region.units[0] != "s":
        return
    waves = find_names(cine, caliper.frame, region, kind)
    reading = find_reading(cine, caliper.frame, region)
    if not waves or reading is None:
        return
    names = waves_of(row.id).names
    for place, (landmark, asked) in enumerate(zip(caliper.points, names, strict=True)):
        wave = _at(waves, landmark.point, bool(landmark.y < reading.baseline), region)
        if wave is not None and wave.name is not asked and not wave.unsure_name:
            yield place, wave.name


def _at(
    waves: tuple[NamedWave, ...], point: PixelPoint, up: bool, region: Region
) -> NamedWave | None:
    """The wave whose peak is nearest to a point, where that is near."""
    near = NEAR_MS / 1000 / abs(region.delta[0])
    beside = [wave for wave in waves if wave.wave.up is up]
    nearest = min(beside, key=lambda wave: abs(wave.wave.peak - point.x), default=None)
    if nearest is None or abs(nearest.wave.peak - point.x) > near:
        return None
    return nearest
