"""Where the points of a Doppler measurement lie on the named waves of a beat.

Peaks are points as they are; a traced wave is followed from where it leaves the baseline to where
it comes back, a deceleration from the peak along its slope, a duration from onset to end. Sources
as in `tracing` and `wave_times`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from EchoMeasureLib.catalog import CaliperKind, definition
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.naming import NamedWave, wave_kind
from EchoMeasureLib.measuring.envelope.overlays import Floats
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.timelines import WaveKind, WaveName

TRACED_POINTS = 60
"""Of an edge, at most: straight lines between so many miss its integral by less than 0.1 %."""

FOOT, KNEE = 0.3, 0.6
"""Shares of a wave's height between which its flank is prolonged down to the baseline: nearer to it
there is clutter, and what smoothing has made of the flank."""

DOWN = 0.25
"""Share of its height to which a wave has to come down for an onset or an end to be one."""

SLOPE = (0.92, 0.45)
"""Shares of E's height between which its deceleration is followed."""

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
class Wanted:
    """Which waves of each beat a measurement is made on."""

    kind: WaveKind
    names: tuple[WaveName, ...]


def is_read(measurement: str) -> bool:
    """Whether the envelope reader knows this measurement. Raises `UnknownMeasurement`."""
    return definition(measurement).caliper in _PLACES


def waves_of(measurement: str) -> Wanted:
    """The waves of a measurement that `is_read`. Raises `InvalidArgument` for any other."""
    if measurement in _ALONE:
        return Wanted(WaveKind.INFLOW, _ALONE[measurement])
    kind = wave_kind(measurement)
    return Wanted(kind, _PEAKS[kind])


def places(measurement: str, reading: StripReading, waves: Sequence[NamedWave]) -> Points | str:
    """The points on these waves of one beat, source pixels, or why there are none, in words."""
    return _PLACES[definition(measurement).caliper](reading, waves)


def _peaks(reading: StripReading, waves: Sequence[NamedWave]) -> Points:
    return tuple(wave.peak for wave in waves)


def _edge(reading: StripReading, waves: Sequence[NamedWave]) -> Points | str:
    side, heights = _seen(reading, waves[0])
    start, end = _start(side, heights, waves[0]), _end(side, heights, waves[-1])
    if start is None or end is None:
        return "It does not come down to the baseline on both sides."
    step = max(1, -(-(end.foot - start.foot) // (TRACED_POINTS - 4)))
    peaks = {round(wave.wave.peak) for wave in waves}
    columns = sorted({*range(start.foot, end.foot, step), end.foot, *peaks})
    between = (PixelPoint(float(x), side.row(float(heights[x - side.left]))) for x in columns)
    zero = reading.baseline
    return (PixelPoint(start.zero, zero), *between, PixelPoint(end.zero, zero))


def _slope(reading: StripReading, waves: Sequence[NamedWave]) -> Points | str:
    """The peak, and a point on the straight line that follows the deceleration best."""
    side, heights = _seen(reading, waves[0])
    wave, top = waves[0].wave, waves[0].wave.top.height
    first, last = round(wave.peak) - side.left, round(wave.end) - side.left
    part = heights[first : last + 1]
    falling = np.flatnonzero((part <= SLOPE[0] * top) & (part >= SLOPE[1] * top))
    if len(falling) < 3 or part[falling].min() > 0.6 * top:
        return "The deceleration of E is not seen far enough."
    # From the peak: what is lost on the way, over the columns that it takes.
    lost = top - part[falling].astype(np.float64)
    per_column = float((lost * falling).sum() / np.square(falling.astype(np.float64)).sum())
    columns = 0.5 * top / per_column
    return wave_peak(side, wave.peak, top), PixelPoint(wave.peak + columns, side.row(0.5 * top))


def wave_peak(side: Side, column: float, height: float) -> PixelPoint:
    """A peak at a column of source pixels, so many pixels over the baseline."""
    return PixelPoint(column, side.row(height))


def _duration(reading: StripReading, waves: Sequence[NamedWave]) -> Points | str:
    side, heights = _seen(reading, waves[0])
    start, end = _start(side, heights, waves[0]), _end(side, heights, waves[0])
    if start is None or end is None:
        return f"{waves[0].name.value} does not come down to the baseline on both sides."
    return PixelPoint(start.zero, reading.baseline), PixelPoint(end.zero, reading.baseline)


_PLACES: Mapping[CaliperKind, Callable[[StripReading, Sequence[NamedWave]], Points | str]] = (
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


def _seen(reading: StripReading, wave: NamedWave) -> tuple[Side, Floats]:
    found = reading.side(wave.wave.up)
    assert found is not None  # the wave was read there
    return found[0], found[1].smooth


@dataclass(frozen=True, slots=True)
class _Flank:
    """One side of a wave. Columns are source pixels."""

    foot: int
    """Where it is lower than a share of the wave's height."""
    zero: float
    """Where it meets the baseline, prolonged as it was before."""


def _start(side: Side, heights: Floats, named: NamedWave) -> _Flank | None:
    """The rise of a wave; None where it begins too high to have an onset."""
    wave = named.wave
    first, peak = round(wave.onset) - side.left, round(wave.peak) - side.left
    return _flank(side, heights[first : peak + 1][::-1], peak, wave.top.height, -1)


def _end(side: Side, heights: Floats, named: NamedWave) -> _Flank | None:
    """Its fall."""
    wave = named.wave
    last, peak = round(wave.end) - side.left, round(wave.peak) - side.left
    return _flank(side, heights[peak : last + 1], peak, wave.top.height, 1)


def _flank(side: Side, down: Floats, peak: int, top: float, way: int) -> _Flank | None:
    """`down`: heights from the peak on, in columns that go `way`."""
    if not len(down) or float(down[-1]) > DOWN * top:
        return None
    knee, foot = (int(np.flatnonzero(down <= share * top)[0]) for share in (KNEE, FOOT))
    fall = float(down[knee] - down[foot]) / max(1, foot - knee)
    more = float(down[foot]) / fall if fall > 0 else 1.0
    # A step down has no slope to be prolonged, and a tail is not longer than its flank.
    beyond = min(more, float(2 * (foot - knee) + 1))
    at = side.left + peak
    return _Flank(at + way * foot, at + way * (foot + beyond))
