"""The frames of a phase without LVID: at the R waves, or where a diameter is largest itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.measuring.beats import (
    MAX_ROUGHNESS,
    MAX_SPACING_S,
    MIN_EXCURSION,
    MIN_SIGNAL,
)
from EchoMeasureLib.measuring.turns import measured_curve

LARGEST = MappingProxyType({"la": Phase.ES, "rv_base": Phase.ED})
"""What is largest at its phase, so that its own curve tells it (ASE/EACVI 2015)."""

R_WAVE_NEAR_S = 0.05
"""A frame this near to an R wave is at end-diastole."""


def at_r_waves(times: Sequence[float], r_waves: Sequence[float]) -> list[int]:
    """The frame nearest to each R wave of the clip; `times` of its frames and of these in s."""
    nearest = {min(range(len(times)), key=lambda i: abs(times[i] - wave)): wave for wave in r_waves}
    return sorted(i for i, wave in nearest.items() if abs(times[i] - wave) <= R_WAVE_NEAR_S)


def largest_frames(
    diameters: Mapping[int, float], times: Sequence[float], trusted: Collection[int] = ()
) -> tuple[int, ...]:
    """One frame for each beat, where the curve is seen to fall on both sides of its largest.

    `diameters` by frame, in any unit; `times` gives the seconds of every frame. As `find_beats`,
    on a smoothed curve without the single frames that stand out; those that are `trusted`, which
    a person placed, never do. Empty where the curve shows no heartbeat.
    """
    curve = measured_curve(diameters, times, trusted)
    if curve is None or curve.spacing > MAX_SPACING_S or not curve.steady:
        return ()
    moves = curve.span >= MIN_EXCURSION * float(np.mean(curve.smooth))
    if not moves or curve.span < MIN_SIGNAL * curve.noise or curve.roughness > MAX_ROUGHNESS:
        return ()
    # Of the first and the last turn the clip may show one side only.
    turns = curve.placed(curve.extremes())[1:-1]
    return tuple(int(curve.frames[turn.at]) for turn in turns if turn.largest and not turn.gap)
