"""What was drawn on a Doppler phantom, beat by beat: integral, mean gradient, fall of E."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan

Floats = npt.NDArray[np.float64]

STILL = 0.004
"""Share of its peak below which a wave is over."""

FALL = (0.8, 0.3)
"""Shares of the peak between which the fall of E is a line, as a reader takes it."""


@dataclass(frozen=True, slots=True)
class TrueWave:
    """The flow of one beat; columns are source pixels."""

    first: float
    last: float
    integral_cm: float
    mean_gradient_mmhg: float
    fall_ms: float | None
    """From the peak of E to where the line of its fall meets zero; None where A hides it."""


def true_waves(plan: SpectralPlan) -> tuple[TrueWave, ...]:
    """The measured flow of every beat that is seen from its onset to its end."""
    velocity, step = plan.case.flows[0].velocity, plan.scale.seconds_per_px
    left = plan.layout.strip.box.x0
    found = []
    for beat in plan.beats:
        peaks = [min(max(round(point.x - left), 0), len(velocity) - 1) for point in beat]
        sizes = velocity * np.sign(velocity[peaks[0]])
        first, last = _until(sizes, peaks[0], -1), _until(sizes, peaks[-1], 1)
        if first < 2 or last > plan.end - 3:
            continue
        speeds = np.clip(sizes[first : last + 1], 0, None)
        integral = float(speeds.sum()) * step
        gradient = 4e-4 * float((speeds**2).sum()) / (last - first)
        fall = _fall_ms(sizes, peaks[0], step) if plan.name == "mvpeak" else None
        found.append(TrueWave(left + first, left + last, integral, gradient, fall))
    return tuple(found)


def _until(sizes: Floats, peak: int, way: int) -> int:
    place = peak
    while 0 <= place + way < len(sizes) and sizes[place + way] > STILL * sizes[peak]:
        place += way
    return place


def _fall_ms(sizes: Floats, peak: int, step: float) -> float | None:
    shares = sizes[peak:] / sizes[peak]
    rising = np.flatnonzero(np.diff(shares) > 1e-9)
    low = np.flatnonzero(shares < FALL[1])
    stop = min(int(rising[0]) if len(rising) else len(shares), int(low[0]) if len(low) else 10**6)
    at = np.flatnonzero(shares[:stop] <= FALL[0])
    if len(at) < 3:
        return None
    slope, rest = np.polyfit(at, shares[at], 1)
    return float(-rest / slope) * step * 1000
