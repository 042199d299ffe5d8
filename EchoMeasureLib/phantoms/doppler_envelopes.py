"""Envelopes of flow and tissue velocity over one beat, as functions of time.

All return shares of a peak of 1, zero outside the wave, and reach 1 exactly at the
wave's peak time, so that the truth needs no search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.phantoms.ecg import DrawnBeat, Floats


@dataclass(frozen=True, slots=True)
class Hump:
    """A wave that rises and falls once: ejection, regurgitation, A, s', e', a'."""

    start: float
    """Seconds, as `end`."""
    end: float
    peak_share: float = 0.5
    """Where the peak lies between start and end, 0 to 1."""
    power: float = 1.0
    """Below 1: broad and flat at the top; above 1: narrow with slow feet."""

    @property
    def peak(self) -> float:
        """When it is highest, s."""
        return self.start + self.peak_share * (self.end - self.start)

    def at(self, times: Floats) -> Floats:
        """Shares at these times (s)."""
        share = np.clip((times - self.start) / (self.end - self.start), 0, 1)
        warped = share ** (np.log(0.5) / np.log(self.peak_share))
        wave: Floats = np.clip(np.sin(np.pi * warped), 0, None) ** self.power
        return wave


@dataclass(frozen=True, slots=True)
class Decay:
    """A wave that rises steeply and falls slowly and nearly straight: mitral E, aortic leak."""

    start: float
    """Seconds."""
    acceleration: float
    """Seconds from start to peak."""
    deceleration: float
    """Seconds from peak to zero."""
    curve: float = 1.2
    """1: straight fall; above: rounder peak."""

    @property
    def peak(self) -> float:
        """When it is highest, s."""
        return self.start + self.acceleration

    @property
    def end(self) -> float:
        """When it is over, s."""
        return self.peak + self.deceleration

    def at(self, times: Floats) -> Floats:
        """Shares at these times (s)."""
        rise = np.sin(0.5 * np.pi * np.clip((times - self.start) / self.acceleration, 0, 1))
        fall = 1 - np.clip((times - self.peak) / self.deceleration, 0, 1) ** self.curve
        wave: Floats = np.where(times < self.peak, rise**1.15, fall)
        return wave


@dataclass(frozen=True, slots=True)
class Plateau:
    """Slow flow between two moments (s), with short ramps: what goes on between E and A."""

    start: float
    end: float

    @property
    def peak(self) -> float:
        """Its middle, s."""
        return 0.5 * (self.start + self.end)

    def at(self, times: Floats) -> Floats:
        """Shares at these times (s)."""
        ramp: Floats = np.minimum(times - self.start, self.end - times) / 0.04
        return np.clip(ramp, 0, 1)


Wave = Hump | Decay | Plateau


def ejection(beat: DrawnBeat, peak_share: float, power: float) -> Hump:
    """Flow through aortic valve or outflow tract."""
    return Hump(*beat.ejection, peak_share, power)


def regurgitation(beat: DrawnBeat, peak_share: float, power: float) -> Hump:
    """A jet back through an atrioventricular valve: from its closure to its opening."""
    return Hump(beat.r + 0.02, beat.mitral_opening, peak_share, power)


def early_filling(
    beat: DrawnBeat, acceleration: float, deceleration: float, curve: float = 1.2
) -> Decay:
    """The E wave; `curve` as `Decay` has it."""
    return Decay(beat.mitral_opening, acceleration, deceleration, curve)


def atrial_filling(beat: DrawnBeat, duration: float) -> Hump:
    """The A wave, which ends at about the R peak."""
    return Hump(beat.atrial_peak - 0.5 * duration, beat.atrial_peak + 0.5 * duration, 0.5, 1.1)


def diastolic_leak(beat: DrawnBeat, slope: float) -> Decay:
    """Aortic regurgitation, from closure on; `slope` is the share lost until the next beat."""
    start = beat.ejection[1]
    left = beat.r + beat.rr + 0.05 - start - 0.03
    return Decay(start, 0.03, left / max(slope, 0.05), 1.0)
