"""The reader on strips that nobody painted: simulated echoes, transformed as a device does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from simulated_doppler import Flow, Simulated, simulate

from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.waves import Wave

RR = 0.85
INFLOW = [
    flow
    for beat, (e, a) in enumerate([(95, 45), (62, 71), (84, 88)])
    for flow in (Flow(0.3 + beat * RR, e), Flow(0.68 + beat * RR, a, rise=0.07, fall=0.09))
]
JETS = [Flow(0.4 + beat * RR, -speed, 0.2, 0.22) for beat, speed in enumerate((310, 180, 240))]


def matched(strip: Simulated, flows: Sequence[Flow]) -> tuple[list[Wave], list[Wave]]:
    """The wave that is read for each flow, and all others."""
    waves = list(read_strip(strip.frame, strip.region, strip.zero).waves())
    found = []
    for flow in flows:
        column = strip.column(flow.at)
        (wave,) = (
            w
            for w in waves
            if w.up is (flow.speed > 0) and abs(w.peak - column) * strip.seconds < 0.05
        )
        found.append(wave)
    return found, [wave for wave in waves if wave not in found]


@pytest.mark.parametrize("decibels", [35, 45])
@pytest.mark.parametrize("which", ["inflow", "jets"])
def test_each_wave_ends_just_beyond_its_fastest_scatterers(which: str, decibels: float) -> None:
    flows = INFLOW if which == "inflow" else JETS
    kind = {} if which == "inflow" else {"limit": 400, "rate": 12000, "continuous": True}
    strip = simulate(flows, 5, decibels=decibels, **kind)
    found, others = matched(strip, flows)
    assert [wave for wave in others if wave.top.doubt <= MOST_DOUBT] == []
    true = np.array([abs(flow.speed) for flow in flows])
    read = np.array([abs(wave.row - strip.zero) * strip.cm_s for wave in found])
    # A tip is rounded by what lasts 16 ms of it, and widened by what the window resolves.
    assert np.all(read > 0.97 * true)
    assert np.all(read < true + strip.resolution)
    # So all lie beyond by the same: what is left between them is what the reader adds.
    slope, offset = np.polyfit(true, read, 1)
    assert slope == pytest.approx(1, abs=0.06)
    assert np.abs(read - slope * true - offset).max() < 0.04 * true.mean()
