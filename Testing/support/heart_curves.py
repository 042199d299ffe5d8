"""LVID over time of phantom hearts, without drawing them: exact, and as a network would read it.

The motion is that of the drawn phantoms (`phantoms.motion`). On these the shipped network's
error has a standard deviation of 0.13 to 0.26 mm within a cine and 0.2 mm between cines
(Testing/validation/drawn_beats.py measures it); the curves take 0.3 mm,
independent from frame to frame, and 0.2 mm for the whole cine.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.measuring.equations import teichholz_ml
from EchoMeasureLib.phantoms.anatomy_plax_heart import LongAxisHeart
from EchoMeasureLib.phantoms.ecg import draw_rhythm
from EchoMeasureLib.phantoms.motion import Motion, systole_s

FRAME_SD_CM, CINE_SD_CM = 0.03, 0.02
MISSING = 0.03
"""Share of frames that are flagged or not measured."""


@dataclass(frozen=True, slots=True)
class HeartCurve:
    """One clip of one heart."""

    times: list[float]
    exact: dict[int, float]
    """LVID in cm of every frame."""
    read: dict[int, float]
    """The same as it would be measured, without the frames that are missing."""
    r_waves: tuple[float, ...]
    ed: tuple[int, ...]
    """Frames of the least contraction at each R wave that the clip shows."""
    es: tuple[int, ...]
    """Frames of the most contraction, where the clip holds the end of the systole."""
    sizes: tuple[float, float]
    """LVIDd and LVIDs in cm."""
    motion: Motion

    @property
    def ef(self) -> float:
        """By Teichholz, from the exact diameters, in per cent."""
        return ejection_fraction(*self.sizes)


def ejection_fraction(ed_cm: float, es_cm: float) -> float:
    """By Teichholz, in per cent."""
    return 100 * (1 - teichholz_ml(es_cm) / teichholz_ml(ed_cm))


def heart_curve(
    seed: int,
    fps: float,
    bpm: float,
    beats: float,
    *,
    sinus: bool = True,
    noise: float = 1.0,
    missing: float = MISSING,
) -> HeartCurve:
    """A clip of so many beats that begins anywhere in the cycle. `noise` scales both errors."""
    rng = np.random.default_rng([seed, 77])
    heart = LongAxisHeart.sample(rng)
    rr = 60 / bpm
    count = max(2, round(beats * rr * fps) + 1)
    times = [i / fps for i in range(count)]
    rhythm = draw_rhythm(rng, times[-1] + 0.1, bpm, sinus=sinus)
    motion = Motion(rhythm, 4.0, 0.0)
    contraction = np.array([motion.state(t).contraction for t in times])
    exact = heart.lvid * (1 - heart.shortening * contraction)
    error = rng.normal(0, FRAME_SD_CM * noise, count) + rng.normal(0, CINE_SD_CM * noise)
    there = rng.random(count) >= missing
    ed, es = _truth(motion, np.array(times), contraction)
    return HeartCurve(
        times,
        {i: float(d) for i, d in enumerate(exact)},
        {i: float(d) for i, d in enumerate(exact + error) if there[i]},
        rhythm.within(times[-1]),
        ed,
        es,
        (heart.lvid, heart.lvid * (1 - heart.shortening)),
        motion,
    )


def _truth(
    motion: Motion, clock: np.ndarray, contraction: np.ndarray
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """As `phantoms.bmode` lists them, with the systole of a beat that began before the clip."""
    half = 0.5 * (clock[1] - clock[0])
    ed: list[int] = []
    es: list[int] = []
    waves = motion.rhythm.r_waves
    for wave in waves[: bisect.bisect_right(waves, float(clock[-1]) + half)]:
        _, rr = motion.beat_at(wave + 1e-4)
        end = wave + systole_s(rr)
        if wave >= -half:
            ed.append(
                int(
                    np.argmin(
                        contraction + 1e-4 * np.abs(clock - wave) + (np.abs(clock - wave) > 0.08)
                    )
                )
            )
        if half <= end <= clock[-1] - half:
            es.append(
                int(
                    np.argmax(
                        contraction - 1e-4 * np.abs(clock - end) - (np.abs(clock - end) > 0.08)
                    )
                )
            )
    return tuple(ed), tuple(es)
