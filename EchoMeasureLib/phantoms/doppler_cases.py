"""What flows in each kind of spectral still, drawn from clinical ranges.

A case knows velocities and times, no pixels. Velocities are cm/s, positive towards the
probe; flow away from it (ejection, regurgitation, e') is negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from EchoMeasureLib.phantoms.doppler_envelopes import (
    Hump,
    Wave,
    atrial_filling,
    early_filling,
    ejection,
    regurgitation,
)
from EchoMeasureLib.phantoms.doppler_paint import CONTINUOUS, PULSED, TISSUE, Fill, Flow
from EchoMeasureLib.phantoms.doppler_parts import (
    Case,
    Maker,
    Trace,
    WavePeak,
    beat_factor,
    beat_gain,
    leak_flow,
    valve_clicks,
    vary,
    ventricular_inflow,
)
from EchoMeasureLib.phantoms.ecg import Floats, Rhythm


def aortic_jet(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """Ejection through the aortic valve by CW, from normal to critical stenosis."""
    stenosed = rng.random() < 0.5
    peak = rng.uniform(260, 560) if stenosed else rng.uniform(85, 260)
    share = rng.uniform(0.36, 0.52) if peak > 300 else rng.uniform(0.27, 0.4)
    power = rng.uniform(0.75, 1.0) if stenosed else rng.uniform(0.85, 1.2)
    trace, peaks, valves = Trace(times), [], []
    for beat in rhythm.beats:
        velocity = -peak * beat_factor(rng, beat, rhythm)
        wave = ejection(beat, share, power)
        peaks.append((trace.add(wave, velocity, beat_gain(rng)),))
        valves += [wave.start, wave.end]
    fill = vary(rng, CONTINUOUS)
    flows = [trace.flow(fill)]
    if stenosed or rng.random() < 0.5:
        # The slower flow of the outflow tract is the bright core of the jet.
        inner = Flow(trace.velocity * (rng.uniform(70, 110) / max(peak, 120)), trace.gain, fill)
        flows.append(inner)
    flows.append(
        ventricular_inflow(rng, times, rhythm, rng.uniform(40, 85), rng.uniform(30, 70), fill)
    )
    if rng.random() < 0.25:
        flows.append(leak_flow(rng, times, rhythm, fill, rng.uniform(250, 420)))
    clicks = valve_clicks(rng, valves, -peak, rng.choice([0.0, 0.6, 0.95]))
    anatomy: dict[str, float | str | bool] = {"peak_cm_s": round(peak, 1), "stenosis": stenosed}
    return Case(True, tuple(flows), tuple(peaks), clicks, (25.0, 0.7), "AV VMAX", anatomy)


def _regurgitant(
    rng: np.random.Generator,
    times: Floats,
    rhythm: Rhythm,
    peak: float,
    share: float,
    inflow: tuple[float, float],
    label: str,
) -> Case:
    trace, peaks, valves = Trace(times), [], []
    power = rng.uniform(0.5, 0.85)
    for beat in rhythm.beats:
        velocity = -peak * beat_factor(rng, beat, rhythm)
        wave = regurgitation(beat, share, power)
        peaks.append((trace.add(wave, velocity, beat_gain(rng)),))
        valves += [wave.start, wave.end]
    fill = vary(rng, CONTINUOUS)
    flows = (trace.flow(fill), ventricular_inflow(rng, times, rhythm, *inflow, fill))
    clicks = valve_clicks(rng, valves, -peak, rng.choice([0.0, 0.5, 0.9]))
    anatomy: dict[str, float | str | bool] = {"peak_cm_s": round(peak, 1)}
    return Case(True, flows, tuple(peaks), clicks, (20.0, 0.65), label, anatomy)


def tricuspid_jet(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """Tricuspid regurgitation by CW, from normal to severe pulmonary hypertension."""
    peak = rng.uniform(170, 300) if rng.random() < 0.6 else rng.uniform(300, 480)
    inflow = (rng.uniform(35, 65), rng.uniform(25, 50))
    return _regurgitant(rng, times, rhythm, peak, rng.uniform(0.42, 0.55), inflow, "TR VMAX")


def mitral_jet(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """Mitral regurgitation by CW: fast, as the ventricle's pressure is high."""
    peak = rng.uniform(360, 620)
    inflow = (rng.uniform(70, 150), rng.uniform(40, 90))
    return _regurgitant(rng, times, rhythm, peak, rng.uniform(0.36, 0.52), inflow, "MR VMAX")


def outflow_tract(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """Ejection through the outflow tract by PW: a narrow band with a dark window."""
    peak = rng.uniform(55, 145)
    share, power = rng.uniform(0.3, 0.44), rng.uniform(0.8, 1.1)
    trace, peaks, valves = Trace(times), [], []
    for beat in rhythm.beats:
        velocity = -peak * beat_factor(rng, beat, rhythm)
        wave = ejection(beat, share, power)
        peaks.append((trace.add(wave, velocity, beat_gain(rng)),))
        valves += [wave.end]
    fill = vary(rng, PULSED)
    inflow = ventricular_inflow(rng, times, rhythm, rng.uniform(25, 60), rng.uniform(20, 45), fill)
    flows = (
        trace.flow(fill),
        replace(inflow, gain=0.6 * inflow.gain),
        Flow(-trace.velocity, rng.uniform(0.0, 0.28) * trace.gain, fill),
    )
    clicks = valve_clicks(rng, valves, -peak, rng.choice([0.1, 0.9]))
    anatomy: dict[str, float | str | bool] = {"peak_cm_s": round(peak, 1)}
    return Case(False, flows, tuple(peaks), clicks, (rng.uniform(8, 16), 0.6), "LVOT VMAX", anatomy)


def tissue(rng: np.random.Generator, times: Floats, rhythm: Rhythm, lateral: bool) -> Case:
    """Velocity of the mitral annulus: s' up, e' and a' down."""
    peak = rng.uniform(4.5, 16) if lateral else rng.uniform(3.5, 11)
    systolic, atrial = rng.uniform(5, 11), rng.uniform(4.5, 12)
    width, early_share = rng.uniform(0.1, 0.16), rng.uniform(0.35, 0.5)
    trace, peaks = Trace(times), []
    for beat in rhythm.beats:
        start, end = beat.ejection
        gain = beat_gain(rng)
        trace.add(Hump(beat.r - 0.005, beat.r + 0.045, 0.5, 1.0), rng.uniform(0.2, 0.7) * systolic)
        trace.add(Hump(start - 0.01, end, rng.uniform(0.22, 0.4), 0.9), systolic, gain)
        trace.add(Hump(end, end + 0.05), -rng.uniform(0.05, 0.35) * peak)
        begin = beat.mitral_opening - 0.025
        early = Hump(begin, begin + min(width, 0.2 * beat.rr), early_share, 1.0)
        late = Hump(beat.atrial_peak - 0.06, beat.atrial_peak + 0.04, 0.55, 1.0)
        if rhythm.sinus and late.start < early.peak + 0.3 * (early.end - early.peak):
            # One wave: e' cannot be told from a'.
            trace.add(late, -atrial)
            continue
        velocity = -peak * beat_factor(rng, beat, rhythm) * (1 + rng.normal(0, 0.03))
        peaks.append((trace.add(early, velocity, gain),))
        trace.add(Hump(early.end, early.end + 0.07), rng.uniform(0.05, 0.3) * peak)
        if rhythm.sinus:
            trace.add(late, -atrial * rng.uniform(0.93, 1.07), gain)
    fill = vary(rng, TISSUE)
    ghost = Flow(0.5 * trace.velocity, 0.12 * trace.gain, replace(fill, edge_px=12))
    label = "LAT E'" if lateral else "MED E'"
    anatomy: dict[str, float | str | bool] = {
        "e_prime_cm_s": round(peak, 2),
        "a_prime_cm_s": round(atrial, 2) if rhythm.sinus else 0.0,
        "s_prime_cm_s": round(systolic, 2),
    }
    clutter = (rng.uniform(0.6, 1.6), 0.85)
    return Case(False, (trace.flow(fill), ghost), tuple(peaks), (), clutter, label, anatomy)


def lateral_annulus(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """Tissue Doppler of the lateral mitral annulus."""
    return tissue(rng, times, rhythm, lateral=True)


def septal_annulus(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """Tissue Doppler of the septal mitral annulus."""
    return tissue(rng, times, rhythm, lateral=False)


def mitral_inflow(
    rng: np.random.Generator, times: Floats, rhythm: Rhythm, curve: float = 1.2
) -> Case:
    """Mitral inflow by PW. Beats whose E and A are one wave have no truth; so has fibrillation.

    `curve` bends the fall of E: below 1 it is hollow.
    """
    e = rng.uniform(40, 130)
    a = float(np.clip(e / rng.uniform(0.55, 2.4), 25, 125))
    rise, fall, width = rng.uniform(0.06, 0.1), rng.uniform(0.14, 0.26), rng.uniform(0.11, 0.16)
    trace = Trace(times)
    peaks: list[tuple[WavePeak, ...]] = []
    merged: list[tuple[WavePeak, ...]] = []
    for beat in rhythm.beats:
        gain = beat_gain(rng)
        early = early_filling(beat, rise, fall, curve)
        late = atrial_filling(beat, width)
        e_now = e * beat_factor(rng, beat, rhythm)
        a_now = a * beat_factor(rng, beat, rhythm)
        e_peak = trace.add(early, e_now, gain)
        if not rhythm.sinus:
            continue
        a_peak = trace.add(late, a_now, gain)
        two = _apart(early, late, e_now, a_now)
        (peaks if two else merged).append((e_peak, a_peak))
    fill = vary(rng, PULSED)
    flows = (
        trace.flow(fill),
        Flow(-trace.velocity, rng.uniform(0.0, 0.3) * trace.gain, fill),
        _ejection_shadow(rng, times, rhythm, fill),
    )
    ends = [beat.mitral_opening for beat in rhythm.beats]
    clicks = valve_clicks(rng, ends, e, rng.choice([0.0, 0.5]))
    anatomy: dict[str, float | str | bool] = {
        "e_cm_s": round(e, 1),
        "a_cm_s": round(a, 1) if rhythm.sinus else 0.0,
        "deceleration_s": round(fall, 3),
        "sinus": rhythm.sinus,
    }
    clutter = (rng.uniform(10, 20), 0.55)
    return Case(False, flows, tuple(peaks), clicks, clutter, "MV E", anatomy, merged=tuple(merged))


def _apart(early: Wave, late: Wave, e: float, a: float) -> bool:
    """Whether E and A are two waves, with a dip between them."""
    if late.peak - early.peak < 0.09:
        return False
    between = np.linspace(early.peak, late.peak, 40)
    dip = np.maximum(e * early.at(between), a * late.at(between)).min()
    return bool(dip < 0.88 * min(e, a))


def _ejection_shadow(rng: np.random.Generator, times: Floats, rhythm: Rhythm, fill: Fill) -> Flow:
    """Faint outflow below the baseline that strays into the mitral sample."""
    trace = Trace(times)
    for beat in rhythm.beats:
        trace.add(ejection(beat, 0.4, 1.0), -rng.uniform(20, 60))
    return trace.flow(fill, rng.uniform(0.0, 0.35))


CASES: Mapping[str, Maker] = MappingProxyType(
    {
        "avvmax": aortic_jet,
        "trvmax": tricuspid_jet,
        "mrvmax": mitral_jet,
        "lvotvmax": outflow_tract,
        "latevel": lateral_annulus,
        "medevel": septal_annulus,
        "mvpeak": mitral_inflow,
    }
)
"""How each spectral measurement's still is made."""
