"""What the envelope reader finds of a Doppler measurement: the beats of a strip, without weights.

It gives predictions as a network does, which are measured, compared and reviewed like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.errors import CannotMeasure, UnreadableFile
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.measurable import strip_region
from EchoMeasureLib.measuring.envelope.kept_readings import find_reading
from EchoMeasureLib.measuring.envelope.naming import NamedWave, name_waves, wave_kind
from EchoMeasureLib.measuring.envelope.timelines import WaveKind, WaveName
from EchoMeasureLib.progress import Monitor, Progress, silent

READER_VERSION = "2026.1"
"""Rises when the reader says something else of a strip."""

READER = Provenance(f"envelope reader {READER_VERSION}", "", WeightSet.ENVELOPE.value)

PEAKS: Mapping[WaveKind, tuple[WaveName, ...]] = MappingProxyType(
    {
        WaveKind.INFLOW: (WaveName.E, WaveName.A),
        WaveKind.TISSUE: (WaveName.E_PRIME,),
        WaveKind.JET: (WaveName.JET,),
    }
)
"""The waves whose peaks are the points of a measurement, in the catalog's order."""

NO_BASELINE = "The baseline is not known."
NO_TIMES = "The time axis of the strip is not calibrated, so nothing says which wave is which."


@dataclass(frozen=True, slots=True)
class StripBeats:
    """What is found of one measurement on one frame."""

    measurement: str
    frame: int
    prediction: Prediction | None
    """Every beat that is clear; its points are those of the clearest."""
    why: str = ""
    """Why there is none, or which beats are not in it, in sentences; empty for all of them."""


def is_read(measurement: str) -> bool:
    """Whether the envelope reader knows this measurement. Raises `UnknownMeasurement`."""
    return definition(measurement).caliper.is_velocity


def not_read(measurement: str) -> str:
    """Why the envelope reader does not measure this, in a sentence; empty where it does.

    Raises `UnknownMeasurement`.
    """
    if is_read(measurement):
        return ""
    return f"{measurement} is no peak of a Doppler strip, and the envelope reader reads no other."


def read_beats(cine: Cine, measurement: str, frame: int) -> StripBeats:
    """The beats of a Doppler measurement on one frame, from left to right.

    Raises `UnknownMeasurement`, `CannotMeasure` for what cannot be made in this image or is no
    Doppler peak, and `InvalidArgument` for a frame that is not there.
    """
    cine.check_frame(frame)
    if refusal := not_read(measurement):
        raise CannotMeasure(refusal, "Measure it with the networks.")
    region = strip_region(cine.regions, definition(measurement))
    assert region is not None  # a Doppler measurement has a strip
    if not region.times_known or region.units[0] != "s" or not region.delta[0]:
        return StripBeats(measurement, frame, None, NO_TIMES)
    try:
        reading = find_reading(cine, frame, region)
    except UnreadableFile as error:
        return StripBeats(measurement, frame, None, str(error))
    if reading is None:
        return StripBeats(measurement, frame, None, NO_BASELINE)
    kind = wave_kind(measurement)
    return _whole_beats(measurement, frame, name_waves(reading, kind), PEAKS[kind])


def predict_by_envelope(
    cine: Cine,
    measurements: Sequence[str],
    frames: Sequence[int],
    monitor: Monitor = silent,
) -> Iterator[StripBeats]:
    """As `read_beats` for each measurement and frame, one after the other."""
    done, total = 0, len(measurements) * len(frames)
    for frame in frames:
        for measurement in measurements:
            monitor(Progress(done, total, measurement))
            yield read_beats(cine, measurement, frame)
            done += 1
    monitor(Progress(done, total, "done"))


def _whole_beats(
    measurement: str, frame: int, waves: Sequence[NamedWave], names: Sequence[WaveName]
) -> StripBeats:
    beats: dict[int, dict[WaveName, NamedWave]] = {}
    for wave in waves:
        if wave.name in names:
            beats.setdefault(wave.beat, {})[wave.name] = wave
    clear = [
        [beat[name] for name in names]
        for _, beat in sorted(beats.items())
        if all(name in beat and not beat[name].unsure for name in names)
    ]
    why = _words(list(beats.values()), len(clear), names)
    if not clear:
        return StripBeats(measurement, frame, None, why)
    found = tuple(_points(measurement, beat) for beat in clear)
    best = max(range(len(clear)), key=lambda n: min(wave.quality for wave in clear[n]))
    return StripBeats(
        measurement, frame, Prediction(measurement, frame, found[best], READER, found), why
    )


def _points(measurement: str, beat: Sequence[NamedWave]) -> tuple[Landmark, ...]:
    labels = CATALOG[measurement].points
    return tuple(
        Landmark(wave.peak.x, wave.peak.y, label) for wave, label in zip(beat, labels, strict=True)
    )


def _words(
    beats: Sequence[Mapping[WaveName, NamedWave]], clear: int, names: Sequence[WaveName]
) -> str:
    """Why beats are missing, most of them first; empty where none is."""
    asked = " and ".join(name.value for name in names)
    if not beats:
        return f"The strip shows no {asked} clearly."
    whys: Counter[str] = Counter()
    for beat in beats:
        unsure = [beat[name].unsure for name in names if name in beat and beat[name].unsure]
        absent = [name.value for name in names if name not in beat]
        if unsure or absent:
            whys[unsure[0] if unsure else f"It shows no {' and '.join(absent)}."] += 1
    if not whys:
        return ""
    most = whys.most_common(1)[0][0]
    if not clear:
        return f"No beat of the strip shows {asked} clearly. {most}"
    return f"{len(beats) - clear} of {len(beats)} beats are not clear. {most}"
