"""When the heart of a phantom does what: contraction, valves, breathing.

Times in seconds from the first frame. Times of the cardiac cycle follow the
usual dependence on the RR interval: systole shortens with the square root of it.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.phantoms.ecg import Rhythm, draw_rhythm


@dataclass(frozen=True, slots=True)
class HeartState:
    """Where the heart is in its cycle; every number runs from 0 to 1."""

    contraction: float
    """0 at end-diastole, 1 at end-systole."""
    mitral: float
    """Opening of mitral and tricuspid valve."""
    aortic: float
    """Opening of aortic and pulmonary valve."""
    inspiration: float
    """0 at end-expiration, 1 at the height of inspiration."""


@dataclass(frozen=True, slots=True)
class Motion:
    """The heart and the breath of one study over time."""

    rhythm: Rhythm
    breath_s: float
    """Length of one breath."""
    breath_offset: float
    """Share of a breath that has passed at the first frame."""

    @classmethod
    def sample(cls, rng: np.random.Generator, duration_s: float, rr_s: float) -> Motion:
        """A random rhythm about this RR interval; one in eight fibrillates."""
        sinus = bool(rng.random() >= 0.125)
        rhythm = draw_rhythm(rng, duration_s, 60 / rr_s, sinus=sinus)
        return cls(rhythm, float(rng.uniform(2.6, 5.0)), float(rng.uniform(0, 1)))

    def beat_at(self, time: float) -> tuple[float, float]:
        """Seconds since the last R wave, and the length of this beat."""
        waves = self.rhythm.r_waves
        index = min(max(bisect.bisect_right(waves, time) - 1, 0), len(waves) - 2)
        return time - waves[index], waves[index + 1] - waves[index]

    def state(self, time: float) -> HeartState:
        """The heart at this time."""
        since, rr = self.beat_at(time)
        systole, fibrillates = systole_s(rr), not self.rhythm.sinus
        breath = 0.5 - 0.5 * math.cos(2 * math.pi * (time / self.breath_s + self.breath_offset))
        return HeartState(
            _contraction(since, rr, systole, fibrillates),
            _mitral(since, rr, systole, fibrillates),
            _aortic(since, systole),
            breath**1.5,
        )


def systole_s(rr_s: float) -> float:
    """R wave to aortic closure, about 0.35 s at 70 bpm."""
    return 0.05 + 0.32 * math.sqrt(rr_s)


def ramp(value: float, start: float, end: float) -> float:
    """0 before `start`, 1 after `end`, a half cosine between."""
    part = min(max((value - start) / (end - start), 0.0), 1.0)
    return 0.5 - 0.5 * math.cos(math.pi * part)


def _contraction(since: float, rr: float, systole: float, fibrillates: bool) -> float:
    if since <= systole:
        return ramp(since, 0.02, systole)
    part = (since - systole) / (rr - systole)
    if fibrillates:
        return 1 - ramp(part, 0.08, 0.75)
    return 1 - 0.74 * ramp(part, 0.08, 0.48) - 0.26 * ramp(part, 0.74, 0.98)


def _mitral(since: float, rr: float, systole: float, fibrillates: bool) -> float:
    if since <= systole:
        return 0.0
    part = (since - systole) / (rr - systole)
    early = ramp(part, 0.07, 0.17) * (1 - 0.55 * ramp(part, 0.24, 0.45))
    late = 0.0 if fibrillates else 0.4 * ramp(part, 0.74, 0.84)
    return (early + late) * (1 - ramp(part, 0.88, 1.0))


def _aortic(since: float, systole: float) -> float:
    return ramp(since, 0.05, 0.09) * (1 - ramp(since, systole - 0.05, systole))
