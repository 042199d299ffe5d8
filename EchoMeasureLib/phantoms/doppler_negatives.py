"""Spectral stills on which nothing of the catalog is to be measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from EchoMeasureLib.phantoms.doppler_envelopes import (
    Hump,
    atrial_filling,
    early_filling,
    ejection,
)
from EchoMeasureLib.phantoms.doppler_paint import CONTINUOUS, PULSED, Flow
from EchoMeasureLib.phantoms.doppler_parts import (
    Case,
    Maker,
    Trace,
    leak_flow,
    valve_clicks,
    vary,
)
from EchoMeasureLib.phantoms.ecg import Floats, Rhythm


def aortic_leak(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """A negative: aortic regurgitation by CW, above the baseline; nothing of it is measured."""
    fill = vary(rng, CONTINUOUS)
    leak = leak_flow(rng, times, rhythm, fill, rng.uniform(300, 480))
    trace = Trace(times)
    for beat in rhythm.beats:
        trace.add(ejection(beat, 0.35, 1.0), -rng.uniform(40, 90))
    flows = (replace(leak, gain=leak.gain / leak.gain.max()), trace.flow(fill, 0.4))
    return Case(True, flows, (), (), (25.0, 0.6), "AR VMAX")


def pulmonary_vein(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """A negative: flow in a pulmonary vein by PW, S and D above, atrial reversal below."""
    trace, s, d = Trace(times), rng.uniform(30, 70), rng.uniform(25, 65)
    for beat in rhythm.beats:
        start, end = beat.ejection
        trace.add(Hump(start - 0.02, end + 0.04, 0.45, 0.9), s * rng.uniform(0.95, 1.05))
        trace.add(early_filling(beat, 0.1, 0.24), d * rng.uniform(0.95, 1.05))
        if rhythm.sinus:
            trace.add(atrial_filling(beat, 0.1), -rng.uniform(12, 30))
    return Case(False, (trace.flow(vary(rng, PULSED)),), (), (), (10.0, 0.5), "PV S")


def empty_strip(rng: np.random.Generator, times: Floats, rhythm: Rhythm) -> Case:
    """A negative: clutter and noise, no signal (a jet that was not found)."""
    nothing = Flow(np.zeros(len(times)), np.ones(len(times)), CONTINUOUS)
    valves = [moment for beat in rhythm.beats for moment in beat.ejection]
    clicks = valve_clicks(rng, valves, -rng.uniform(60, 150), 0.5)
    cw = bool(rng.random() < 0.6)
    return Case(cw, (nothing,), (), clicks, (rng.uniform(10, 40), 0.6), "")


NEGATIVES: Mapping[str, Maker] = MappingProxyType(
    {"aortic_leak": aortic_leak, "pulmonary_vein": pulmonary_vein, "empty": empty_strip}
)
"""Spectral stills on which nothing of the catalog is to be measured."""
