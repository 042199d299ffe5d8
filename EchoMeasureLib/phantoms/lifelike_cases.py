"""The spectral cases as real screens fill them: dim jets, daggers, wedges, thick soft bands.

Peaks, and so the truth, are made as in `doppler_cases`; what differs is how flow is filled and
what else flows through the same gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from EchoMeasureLib.phantoms.doppler_cases import CASES, mitral_inflow
from EchoMeasureLib.phantoms.doppler_envelopes import (
    Decay,
    Hump,
    Plateau,
    atrial_filling,
    early_filling,
)
from EchoMeasureLib.phantoms.doppler_negatives import NEGATIVES
from EchoMeasureLib.phantoms.doppler_paint import Click, Fill, Flow
from EchoMeasureLib.phantoms.doppler_parts import Case, Maker, Trace, beat_factor, beat_gain
from EchoMeasureLib.phantoms.ecg import Floats, Rhythm


def wedge(rng: np.random.Generator) -> Fill:
    """PW: a dense rim, and inside it a grey that thins towards the baseline."""
    return Fill(
        near=0.0,
        near_share=0.2,
        body=float(rng.uniform(0.12, 0.5)),
        edge=float(rng.uniform(0.25, 0.6)),
        edge_px=float(rng.uniform(8, 18)),
        soft_px=float(rng.uniform(2.5, 8)),
        tail=float(rng.uniform(0.02, 0.1)),
        thin=float(rng.uniform(0.2, 0.9)),
    )


def jet(rng: np.random.Generator, dim: float) -> Fill:
    """CW: uneven grey without a rim, whose edge dissolves. `dim`: 0 bright to 1 faint."""
    return Fill(
        near=float(rng.uniform(0.1, 0.45)) * (1 - 0.5 * dim),
        near_share=float(rng.uniform(0.1, 0.3)),
        body=float(rng.uniform(0.3, 0.6) * (1 - dim) + rng.uniform(0.15, 0.3) * dim),
        edge=float(rng.choice([0.0, rng.uniform(0.02, 0.22)])) * (1 - 0.6 * dim),
        edge_px=float(rng.uniform(10, 24)),
        soft_px=float(rng.uniform(4, 10) * (1 - dim) + rng.uniform(9, 16) * dim),
        tail=float(rng.uniform(0.03, 0.14)) * (1 - 0.6 * dim),
        thin=float(rng.choice([0.0, rng.uniform(0.0, 0.4)])),
        uneven=float(rng.uniform(0.15, 0.55)),
    )


def band(rng: np.random.Generator) -> Fill:
    """Tissue Doppler: a thick soft band, brightest in its middle, with spray beyond the peak."""
    return Fill(
        near=0.0,
        near_share=0.1,
        body=float(rng.uniform(0.0, 0.12)),
        edge=float(rng.uniform(0.36, 0.62)),
        edge_px=float(rng.uniform(16, 34)),
        soft_px=8.0,
        tail=float(rng.uniform(0.02, 0.08)),
        band=True,
        uneven=float(rng.uniform(0.0, 0.3)),
    )


def _other_valve(
    rng: np.random.Generator,
    times: Floats,
    rhythm: Rhythm,
    speed: tuple[float, float],
    light: float,
) -> Flow:
    """Filling through the valve, towards the probe, dense: what the beam meets in diastole."""
    trace = Trace(times)
    e, a = float(rng.uniform(*speed)), float(rng.uniform(*speed)) * 0.8
    for beat in rhythm.beats:
        fall = min(float(rng.uniform(0.18, 0.4)), 0.45 * beat.rr)
        trace.add(early_filling(beat, 0.08, fall), e * rng.uniform(0.9, 1.1))
        if rhythm.sinus:
            trace.add(atrial_filling(beat, 0.15), a * rng.uniform(0.9, 1.1))
        trace.add(Plateau(beat.mitral_opening, beat.r + beat.rr + 0.06), 0.6 * e)
    return trace.flow(replace(jet(rng, 0.2), body=0.85 * light, near=0.2 * light), 1.0)


def _fan(
    rng: np.random.Generator, times: Floats, rhythm: Rhythm, speed: float, light: float
) -> Flow:
    """The outflow in systole as the mitral gate sees it: grey streaks below the baseline."""
    trace = Trace(times)
    for beat in rhythm.beats:
        height = -speed * float(rng.uniform(0.8, 1.15))
        start, end = beat.ejection
        trace.add(Hump(start - 0.03, end + 0.05, float(rng.uniform(0.3, 0.5)), 0.6), height)
    fill = Fill(
        near=0.3 * light,
        near_share=0.4,
        body=light,
        edge=0.0,
        edge_px=10,
        soft_px=float(rng.uniform(8, 20)),
        tail=0.08,
        uneven=float(rng.uniform(0.3, 0.7)),
    )
    return trace.flow(fill)


def _spots(rng: np.random.Generator, moments: Sequence[float], speed: float) -> tuple[Click, ...]:
    """Bright spots on the baseline where a wave begins."""
    return tuple(
        Click(
            moment + rng.normal(0, 0.004),
            (speed * rng.uniform(0.06, 0.2), -speed * rng.uniform(0.06, 0.2)),
            rng.uniform(0.012, 0.03),
            rng.uniform(0.5, 0.9),
        )
        for moment in moments
        if rng.random() < 0.75
    )


def _bars(rng: np.random.Generator, moments: Sequence[float], peak: float) -> tuple[Click, ...]:
    """White lines of valve closure and opening that reach most of the way, or past the jet."""
    reach = float(rng.uniform(0.35, 1.15))
    return tuple(
        Click(
            moment + rng.normal(0, 0.004),
            (peak * reach * rng.uniform(0.7, 1.1), -peak * rng.uniform(0.05, 0.4)),
            rng.uniform(0.009, 0.022),
            rng.uniform(0.45, 1.0),
        )
        for moment in moments
        if rng.random() < 0.85
    )


def _valve_moments(rhythm: Rhythm) -> list[float]:
    return [t for beat in rhythm.beats for t in (beat.r + 0.03, beat.ejection[1])]


def _continuous(name: str, dim: float, speed: tuple[float, float]) -> Maker:
    def make(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
        case = CASES[name](rng, times, rhythm)
        main, *others = case.flows
        fill = jet(rng, float(np.clip(rng.normal(dim, 0.25), 0, 1)))
        light = float(rng.uniform(0.7, 1.15))
        flows = [
            replace(main, fill=fill),
            *(replace(flow, fill=fill, gain=0.8 * flow.gain) for flow in others[:-1]),
            _other_valve(rng, times, rhythm, speed, light),
        ]
        peak = -max(case.extremes)
        clicks = _bars(rng, _valve_moments(rhythm), peak) if rng.random() < 0.7 else case.clicks
        clutter = (float(rng.uniform(16, 32)), float(rng.uniform(0.36, 0.64)))
        return replace(case, flows=tuple(flows), clicks=clicks, clutter_px=clutter)

    return make


def outflow_dagger(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """LVOT by PW: a nearly vertical leading edge, then a straight line back."""
    peak = float(rng.uniform(50, 150))
    share, curve = float(rng.uniform(0.16, 0.36)), float(rng.uniform(1.05, 1.6))
    trace, peaks = Trace(times), []
    for beat in rhythm.beats:
        start, end = beat.ejection
        lead = share * (end - start)
        wave = Decay(start, lead, end - start - lead, curve)
        velocity = -peak * beat_factor(rng, beat, rhythm)
        peaks.append((trace.add(wave, velocity, beat_gain(rng)),))
    fill = wedge(rng)
    flicker = _other_valve(rng, times, rhythm, (25, 60), float(rng.uniform(0.3, 0.8)))
    ghost = Flow(-trace.velocity, float(rng.uniform(0, 0.35)) * trace.gain, fill)
    ends = [beat.ejection[1] for beat in rhythm.beats]
    clicks = _bars(rng, ends, -peak) if rng.random() < 0.6 else ()
    facts: dict[str, float | str | bool] = {"peak_cm_s": round(peak, 1)}
    clutter = (float(rng.uniform(8, 20)), float(rng.uniform(0.45, 0.75)))
    return Case(
        False, (trace.flow(fill), flicker, ghost), tuple(peaks), clicks, (10.0, 0.5), "LVOT VMAX",
        facts, clutter,
    )  # fmt: skip


def inflow_wedges(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """Mitral inflow by PW: E falls along a hollow line to a plateau that runs into A."""
    case = mitral_inflow(rng, times, rhythm, curve=float(rng.uniform(0.8, 1.35)))
    fill, e = wedge(rng), float(case.anatomy["e_cm_s"])
    main = replace(case.flows[0], fill=fill)
    plateau, level = Trace(times), float(rng.uniform(0.08, 0.3)) * e
    for beat in rhythm.beats:
        plateau.add(Plateau(beat.mitral_opening + 0.04, beat.r + beat.rr), level)
    ghost = Flow(-main.velocity, float(rng.uniform(0.1, 0.75)) * main.gain, fill)
    fan = _fan(rng, times, rhythm, float(rng.uniform(0.45, 1.0)) * e, float(rng.uniform(0.45, 0.9)))
    flows = (main, replace(plateau.flow(fill), gain=0.7 * main.gain), ghost, fan)
    begins = [beat.mitral_opening for beat in rhythm.beats]
    if rhythm.sinus:
        begins += [beat.atrial_peak - 0.07 for beat in rhythm.beats]
    clutter = (float(rng.uniform(14, 30)), float(rng.uniform(0.42, 0.75)))
    return replace(
        case,
        flows=flows,
        clicks=(*_spots(rng, begins, e), *case.clicks),
        clutter_px=clutter,
    )


def _annulus(name: str) -> Maker:
    def make(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
        case = CASES[name](rng, times, rhythm)
        fill = band(rng)
        main = replace(case.flows[0], fill=fill)
        ghost = Flow(
            float(rng.uniform(0.3, 0.7)) * main.velocity,
            float(rng.uniform(0.1, 0.5)) * main.gain,
            replace(fill, edge_px=fill.edge_px * 1.3),
        )
        spray = Flow(
            main.velocity * float(rng.uniform(1.05, 1.16)),
            float(rng.uniform(0.0, 0.22)) * main.gain,
            replace(fill, soft_px=16, body=0.4, edge=0.0, band=False),
        )
        clutter = (float(rng.uniform(4, 14)), float(rng.uniform(0.3, 0.62)))
        return replace(case, flows=(main, ghost, spray), clutter_px=clutter)

    return make


def _negative(name: str) -> Maker:
    def make(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
        case = NEGATIVES[name](rng, times, rhythm)
        fill = jet(rng, float(rng.uniform(0, 0.8))) if case.cw else wedge(rng)
        flows = [replace(flow, fill=fill) for flow in case.flows]
        if rng.random() < 0.6:
            flows.append(_other_valve(rng, times, rhythm, (25, 70), float(rng.uniform(0.2, 0.7))))
        clutter = (float(rng.uniform(8, 26)), float(rng.uniform(0.45, 0.8)))
        return replace(case, flows=tuple(flows), clutter_px=clutter)

    return make


LIFELIKE: Mapping[str, Maker] = MappingProxyType(
    {
        "avvmax": _continuous("avvmax", 0.4, (40, 95)),
        "trvmax": _continuous("trvmax", 0.85, (75, 150)),
        "mrvmax": _continuous("mrvmax", 0.55, (60, 130)),
        "lvotvmax": outflow_dagger,
        "latevel": _annulus("latevel"),
        "medevel": _annulus("medevel"),
        "mvpeak": inflow_wedges,
        "inflow_without_a": inflow_wedges,
        **{name: _negative(name) for name in NEGATIVES},
    }
)
"""Makers by the same names as `doppler.MAKERS`."""
