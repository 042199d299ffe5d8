"""The frames at which a diameter is largest, such as that of the left atrium at end-systole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from EchoMeasureLib.measuring.beats import (
    MAX_ROUGHNESS,
    MAX_SPACING_S,
    MIN_EXCURSION,
    MIN_SIGNAL,
)
from EchoMeasureLib.measuring.turns import measured_curve


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
