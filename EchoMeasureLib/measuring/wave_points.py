"""Where the points of a Doppler measurement lie on the named waves of a beat.

Peaks are points as they are; a traced wave is followed from where it leaves the baseline to where
it comes back, a deceleration from the peak along its slope, a duration from onset to end. Sources
as in `tracing` and `wave_times`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.named_wave import NamedWave
from EchoMeasureLib.measuring.envelope.naming import wave_kind
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.timelines import WaveKind, WaveName
from EchoMeasureLib.measuring.envelope.traced_inflow import tracing_of_inflow
from EchoMeasureLib.measuring.envelope.traced_jets import tracing_of_jet
from EchoMeasureLib.measuring.envelope.traced_waves import ends_of_wave, fall_of_wave
from EchoMeasureLib.measuring.tracing import times_rise

_PEAKS: Mapping[WaveKind, tuple[WaveName, ...]] = MappingProxyType(
    {
        WaveKind.INFLOW: (WaveName.E, WaveName.A),
        WaveKind.TISSUE: (WaveName.E_PRIME,),
        WaveKind.JET: (WaveName.JET,),
    }
)

_ALONE: Mapping[str, tuple[WaveName, ...]] = MappingProxyType(
    {"mvdt": (WaveName.E,), "mvedur": (WaveName.E,), "mvadur": (WaveName.A,)}
)
"""Measurements of one wave of mitral inflow."""

Points = tuple[PixelPoint, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """The points of a measurement on one beat."""

    points: Points
    """Source pixels."""
    own: bool = True
    """Whether this beat itself shows them, and not only all beats of the strip together."""
    onset_until: float | None = None
    """Source column up to which its onset may lie; None where it is known."""
    onset_from: float | None = None
    """Source column from which it may; None where it is known well enough for a mean over time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which waves of each beat a measurement is made on."""

    kind: WaveKind
    names: tuple[WaveName, ...]


def is_read(measurement: str) -> bool:
    """Whether the envelope reader knows this measurement. Raises `UnknownMeasurement`."""
    caliper = definition(measurement).caliper
    return caliper in _PLACES or caliper in (CaliperKind.EXCURSION, CaliperKind.DIAMETER)


def waves_of(measurement: str) -> Wanted:
    """The waves of a Doppler measurement that `is_read`. Raises `InvalidArgument` for any other."""
    if measurement in _ALONE:
        return Wanted(WaveKind.INFLOW, _ALONE[measurement])
    kind = wave_kind(measurement)
    return Wanted(kind, _PEAKS[kind])


def places(measurement: str, reading: StripReading, waves: Sequence[NamedWave]) -> Placed | str:
    """The points on these waves of one beat, or why there are none, in words."""
    row = definition(measurement)
    found = _PLACES[row.caliper](reading, waves)
    if isinstance(found, str) or found.onset_until is None or not times_rise(row):
        return found
    return replace(found, points=_along_baseline(found))


def _peaks(reading: StripReading, waves: Sequence[NamedWave]) -> Placed:
    return Placed(tuple(wave.peak for wave in waves))


def _edge(reading: StripReading, waves: Sequence[NamedWave]) -> Placed | str:
    if len(waves) > 1:
        return _placed(tracing_of_inflow(reading, waves[0].wave, waves[1].wave))
    traced = tracing_of_jet(reading, waves[0].wave)
    if isinstance(traced, str):
        return traced
    return Placed(traced.points, traced.own, traced.onset_until, traced.onset_from)


def _along_baseline(placed: Placed) -> Points:
    """A tracing that runs along the baseline to a column: flow begins somewhere before it."""
    points, until, onset = placed.points, placed.onset_until, placed.onset_from
    assert until is not None  # who asks has looked
    if onset is not None:
        points = PixelPoint(onset, points[0].y), *points[1:]
    first, after = points[0], next(n for n, point in enumerate(points) if point.x > until)
    low, high = points[after - 1], points[after]
    share = (until - low.x) / (high.x - low.x)
    rest = PixelPoint(until, low.y + share * (high.y - low.y)), *points[after:]
    return first, PixelPoint(until, first.y), *rest


def _slope(reading: StripReading, waves: Sequence[NamedWave]) -> Placed | str:
    return _placed(fall_of_wave(reading, waves[0].wave))


def _duration(reading: StripReading, waves: Sequence[NamedWave]) -> Placed | str:
    return _placed(ends_of_wave(reading, waves[0].wave))


def _placed(found: Points | str) -> Placed | str:
    return found if isinstance(found, str) else Placed(found)


_PLACES: Mapping[CaliperKind, Callable[[StripReading, Sequence[NamedWave]], Placed | str]] = (
    MappingProxyType(
        {
            CaliperKind.VELOCITY: _peaks,
            CaliperKind.INFLOW: _peaks,
            CaliperKind.TRACING: _edge,
            CaliperKind.SLOPE: _slope,
            CaliperKind.INTERVAL: _duration,
        }
    )
)
