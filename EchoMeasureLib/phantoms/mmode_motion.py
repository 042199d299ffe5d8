"""How the tricuspid annulus moves on an M-mode strip, and the echoes that run beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.phantoms.ecg import DrawnBeat, Floats, Rhythm
from EchoMeasureLib.phantoms.layout_parts import Layout


@dataclass(frozen=True, slots=True)
class EchoLine:
    """A bright echo that follows the annulus more or less."""

    offset: float
    """Depth from the annulus, cm, positive deeper."""
    share: float
    """Of the annulus' motion."""
    light: float
    """Brightness, 0 to 1."""
    thickness: float
    """Standard deviation, cm."""
    fading: float
    """0: even; 1: gone in parts of the beat."""


@dataclass(frozen=True, slots=True)
class Annulus:
    """How deep the annulus lies at each moment."""

    depth: float
    """At end-diastole, cm."""
    excursions: tuple[float, ...]
    """Of each beat of the rhythm, cm."""
    early_share: float
    """Of the way back that is done in early diastole."""
    breathing: tuple[float, float, float]
    """Amplitude (cm), period (s) and phase of the slow drift."""

    def at(self, times: Floats, rhythm: Rhythm) -> Floats:
        """Depth in cm at these times (s)."""
        rise: Floats = np.zeros(len(times))
        for beat, excursion in zip(rhythm.beats, self.excursions, strict=True):
            start, top = turning_points(beat)
            own = (times >= start) & (times < start + beat.rr)
            rise[own] = excursion * self._cycle(times[own], beat, start, top, rhythm.sinus)
        amplitude, period, phase = self.breathing
        drift: Floats = amplitude * np.sin(2 * np.pi * times / period + phase)
        return self.depth - rise + drift

    def _cycle(
        self, times: Floats, beat: DrawnBeat, start: float, top: float, sinus: bool
    ) -> Floats:
        """0 at end-diastole, 1 at end-systole; back in two steps (AF: one and a creep)."""
        up = _smooth((times - start) / (top - start)) ** 0.9
        early = _smooth((times - top - 0.02) / min(0.2, 0.3 * beat.rr))
        end = start + beat.rr
        begin = beat.atrial_peak - 0.07 if sinus else top + 0.2
        late = np.clip((times - begin) / max(end - begin, 0.03), 0, 1)
        if sinus:
            late = _smooth(late)
        cycle: Floats = np.minimum(up, 1 - self.early_share * early - (1 - self.early_share) * late)
        return cycle


def _smooth(share: Floats) -> Floats:
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def turning_points(beat: DrawnBeat) -> tuple[float, float]:
    """When the annulus is lowest (end-diastole) and highest (end-systole) in this beat, s."""
    return beat.r + 0.02, beat.ejection[1] + 0.02


@dataclass(frozen=True, slots=True)
class MModePlan:
    """One still, decided but not yet drawn."""

    name: str
    layout: Layout
    seed: int
    rhythm: Rhythm
    annulus: Annulus | None
    """None on the M-mode of another structure."""
    lines: tuple[EchoLine, ...]
    """The first is the annulus."""
    cm_per_px: float
    seconds_per_px: float
    end: int
    """Column at which the trace stops."""
    sweep: int

    def point(self, time: float) -> PixelPoint:
        """The annulus at this time (s), in source pixels, rounded as the truth is."""
        box = self.layout.strip.box
        assert self.annulus is not None
        depth = float(self.annulus.at(np.array([time]), self.rhythm)[0])
        return PixelPoint(
            round(box.x0 + time / self.seconds_per_px, 3),
            round(box.y0 + depth / self.cm_per_px, 3),
        )

    @property
    def beats(self) -> tuple[tuple[PixelPoint, ...], ...]:
        """End-diastolic and end-systolic point of every beat in which both are seen."""
        if self.annulus is None:
            return ()
        width = self.layout.strip.box.width
        first, last = 0.03 * width * self.seconds_per_px, (self.end - 8) * self.seconds_per_px
        turns = (turning_points(beat) for beat in self.rhythm.beats)
        return tuple(
            (self.point(start), self.point(top))
            for start, top in turns
            if first <= start and top <= last
        )

    def value(self, beat: tuple[PixelPoint, ...]) -> float:
        """Excursion between the two points of a beat by the region's own arithmetic, cm."""
        return abs(beat[1][1] - beat[0][1]) * self.cm_per_px
