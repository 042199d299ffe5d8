"""Heart rhythm and the green ECG trace of a screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame

Floats = npt.NDArray[np.float64]

GREEN = (0, 255, 0)

# Time from the R peak in seconds, height against R, and width in seconds of each wave.
_WAVES = ((-0.032, -0.12, 0.009), (0.0, 1.0, 0.011), (0.034, -0.24, 0.012))
_P_WAVE = (-0.165, 0.13, 0.022)


@dataclass(frozen=True, slots=True)
class DrawnBeat:
    """One cardiac cycle, from its R wave to the next. Times in seconds on the study's clock."""

    r: float
    """Time of its R wave."""
    rr: float
    """To the next R wave."""
    previous_rr: float

    @property
    def rate(self) -> float:
        """Beats per minute, within what the regression holds for."""
        return float(np.clip(60 / self.rr, 40, 150))

    @property
    def ejection(self) -> tuple[float, float]:
        """Start and end (s) of ejection: Weissler's regression of its time on heart rate."""
        start = self.r + 0.055
        length = min(0.413 - 0.0017 * self.rate, 0.48 * self.rr)
        return start, start + length

    @property
    def mitral_opening(self) -> float:
        """End of isovolumic relaxation, s."""
        return self.ejection[1] + min(0.085, 0.11 * self.rr)

    @property
    def atrial_peak(self) -> float:
        """Peak of the flow that atrial contraction gives, before the next QRS."""
        return self.r + self.rr - min(0.075, 0.12 * self.rr)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """R waves from before the first to after the last moment that is shown."""

    r_waves: tuple[float, ...]
    sinus: bool = True
    """False in atrial fibrillation: irregular, no P wave, no atrial contraction."""

    @property
    def beats(self) -> tuple[DrawnBeat, ...]:
        """Every beat between two R waves, the first repeating its own interval as previous."""
        rr = np.diff(self.r_waves)
        before = np.concatenate([rr[:1], rr[:-1]])
        return tuple(
            DrawnBeat(r, float(own), float(earlier))
            for r, own, earlier in zip(self.r_waves, rr, before, strict=False)
        )

    @property
    def rate(self) -> float:
        """Mean beats per minute."""
        return float(60 / np.mean(np.diff(self.r_waves)))

    def within(self, end: float) -> tuple[float, ...]:
        """The R waves from 0 to `end` seconds."""
        return tuple(round(r, 4) for r in self.r_waves if 0 <= r <= end)


def draw_rhythm(
    rng: np.random.Generator, duration: float, bpm: float, *, sinus: bool = True
) -> Rhythm:
    """A rhythm that covers 0 to `duration` seconds with more than a beat to spare on both sides."""
    rr = 60 / bpm
    count = int(np.ceil(duration / (0.55 * rr))) + 6
    if sinus:
        # Respiration and chance: a few per cent.
        steps = rr * (1 + 0.02 * np.sin(np.arange(count) * 1.3) + rng.normal(0, 0.012, count))
    else:
        steps = rr * np.clip(rng.normal(1, 0.2, count), 0.62, 1.6)
    start = -rr * (1.2 + rng.random())
    r_waves = start + np.concatenate([[0.0], np.cumsum(steps)])
    shown = r_waves[: int(np.searchsorted(r_waves, duration)) + 2]
    return Rhythm(tuple(float(round(r, 4)) for r in shown), sinus)


def ecg_wave(times: Floats, rhythm: Rhythm) -> Floats:
    """The ECG at these times (s), about -0.25 to 1 with R = 1."""
    wave: Floats = np.zeros(len(times))
    for beat in rhythm.beats:
        t_wave = (min(0.30 * np.sqrt(beat.rr) + 0.02, 0.62 * beat.rr), 0.24, 0.045)
        waves = (*_WAVES, t_wave, _P_WAVE) if rhythm.sinus else (*_WAVES, t_wave)
        near = (times > beat.r - 0.3) & (times < beat.r + beat.rr)
        since = times[near] - beat.r
        for offset, height, width in waves:
            wave[near] += height * np.exp(-0.5 * ((since - offset) / width) ** 2)
    if not rhythm.sinus:
        wave += 0.025 * np.sin(times * 2 * np.pi * 6.3) + 0.015 * np.sin(times * 2 * np.pi * 8.1)
    return wave


def draw_ecg(
    frame: Frame,
    box: Box,
    wave: Floats,
    *,
    thickness: int = 1,
    colour: tuple[int, int, int] = GREEN,
    first: int = 0,
) -> None:
    """Draw a wave, one value per column of `box` from column `first` of it, into the frame."""
    level = box.y1 - 0.22 * box.height
    rows = np.clip(np.round(level - wave * 0.72 * box.height), box.y0, box.y1).astype(int)
    upper = np.minimum(rows[:-1], rows[1:])
    lower = np.maximum(rows[:-1], rows[1:]) + thickness
    for column, (top, bottom) in enumerate(
        zip(upper.tolist(), lower.tolist(), strict=True), box.x0 + first
    ):
        frame[top:bottom, column] = colour
