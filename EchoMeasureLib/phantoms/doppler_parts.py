"""What the kinds of spectral still are made of: cases, traces, and flows that several share.

Velocities are cm/s, positive towards the probe; times s from the strip's left edge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from EchoMeasureLib.phantoms.doppler_envelopes import (
    Wave,
    atrial_filling,
    diastolic_leak,
    early_filling,
)
from EchoMeasureLib.phantoms.doppler_paint import Click, Fill, Flow
from EchoMeasureLib.phantoms.ecg import DrawnBeat, Floats, Rhythm

WavePeak = tuple[float, float]
"""Time (s from the strip's left edge) and signed velocity (cm/s) of a wave's peak."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that flows on one strip."""

    cw: bool
    """Whether it was taken by continuous wave."""
    flows: tuple[Flow, ...]
    peaks: tuple[tuple[WavePeak, ...], ...]
    """Per beat the peaks of the measurement, in the order of its points; empty for a negative."""
    clicks: tuple[Click, ...] = ()
    clutter: tuple[float, float] = (8.0, 0.5)
    """Velocity up to which there is clutter, and its brightness."""
    label: str = ""
    """The measured wave as the screen writes it."""
    anatomy: Mapping[str, float | str | bool] = field(default_factory=dict)
    clutter_px: tuple[float, float] | None = None
    """Lifelike: rows up to which there is clutter on both sides, and its brightness."""
    merged: tuple[tuple[WavePeak, ...], ...] = ()
    """The same of beats whose E and A are one wave: drawn, but with no truth of a measurement."""

    @property
    def extremes(self) -> tuple[float, float]:
        """Fastest flow towards and away from the probe, both positive, cm/s."""
        up = max(float(flow.velocity.max()) for flow in self.flows)
        down = max(float(-flow.velocity.min()) for flow in self.flows)
        return max(up, 1.0), max(down, 1.0)


class Trace:
    """Collects the waves of all beats of one flow."""

    def __init__(self, times: Floats) -> None:
        self.times = times
        self.velocity: Floats = np.zeros(len(times))
        self.gain: Floats = np.full(len(times), 1.0)

    def add(self, wave: Wave, velocity: float, gain: float = 1.0) -> WavePeak:
        """Draw a wave of this peak velocity; the larger magnitude wins where waves meet."""
        shape = velocity * wave.at(self.times)
        stronger = np.abs(shape) > np.abs(self.velocity)
        self.velocity[stronger] = shape[stronger]
        self.gain[(self.times >= wave.start) & (self.times <= wave.end)] = gain
        return wave.peak, velocity

    def flow(self, fill: Fill, gain: float = 1.0) -> Flow:
        """The flow that has been collected, as bright as `gain` says."""
        return Flow(self.velocity, gain * self.gain, fill)


def vary(rng: np.random.Generator, fill: Fill) -> Fill:
    """The same fill with this machine's settings."""
    return replace(
        fill,
        near=fill.near * rng.uniform(0.5, 1.4),
        body=fill.body * rng.uniform(0.6, 1.35),
        edge=fill.edge * rng.uniform(0.75, 1.15),
        edge_px=fill.edge_px * rng.uniform(0.65, 1.5),
        soft_px=fill.soft_px * rng.uniform(0.7, 1.8),
        tail=fill.tail * rng.uniform(0.2, 1.6),
    )


def beat_factor(rng: np.random.Generator, beat: DrawnBeat, rhythm: Rhythm) -> float:
    """How much stronger than usual this beat is; in fibrillation after a long pause."""
    factor = 1 + rng.normal(0, 0.025)
    if not rhythm.sinus:
        factor *= (beat.previous_rr * rhythm.rate / 60) ** 0.35
    return float(np.clip(factor, 0.72, 1.28))


def beat_gain(rng: np.random.Generator) -> float:
    """Brightness of one beat; some are weaker."""
    return float(np.clip(rng.normal(0.92, 0.1), 0.55, 1.1))


def ventricular_inflow(
    rng: np.random.Generator, times: Floats, rhythm: Rhythm, e: float, a: float, fill: Fill
) -> Flow:
    """Filling of a ventricle as other views see it, towards the probe."""
    trace = Trace(times)
    for beat in rhythm.beats:
        trace.add(early_filling(beat, 0.08, min(0.2, 0.3 * beat.rr)), e * rng.uniform(0.94, 1.06))
        if rhythm.sinus:
            trace.add(atrial_filling(beat, 0.14), a * rng.uniform(0.94, 1.06))
    return trace.flow(fill, rng.uniform(0.35, 0.8))


def valve_clicks(
    rng: np.random.Generator, times: Sequence[float], peak: float, chance: float
) -> tuple[Click, ...]:
    """Clicks at these times, reaching a share of the peak and a little to the other side."""
    return tuple(
        Click(
            time + rng.normal(0, 0.003),
            (peak * rng.uniform(0.15, 0.62), -peak * rng.uniform(0.03, 0.25)),
            rng.uniform(0.009, 0.018),
            rng.uniform(0.55, 1.0),
        )
        for time in times
        if rng.random() < chance
    )


def leak_flow(
    rng: np.random.Generator, times: Floats, rhythm: Rhythm, fill: Fill, peak: float
) -> Flow:
    """Aortic regurgitation, towards the probe in diastole."""
    trace, slope = Trace(times), rng.uniform(0.15, 0.7)
    for beat in rhythm.beats:
        trace.add(diastolic_leak(beat, slope), peak * rng.uniform(0.96, 1.04))
    return trace.flow(fill, rng.uniform(0.4, 0.8))


Maker = Callable[[np.random.Generator, Floats, Rhythm], Case]
"""Draws a case for the columns' times (s) of a strip and a rhythm."""
