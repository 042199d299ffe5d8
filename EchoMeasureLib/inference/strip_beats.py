"""The beats of a strip in the heat maps of a network: every one, with its points in order."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from EchoMeasureLib.definitions import CaliperKind, Definition
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.network_facts import Logits, probability
from EchoMeasureLib.inference.peaks import Cell, Peak, refine

BEAT_SHARE = 0.5
"""A beat's peak is at least this share of the highest one."""

MIN_BEAT_S, MIN_BEAT_PX = 0.3, 80.0
"""Beats are at least this far apart (200 per minute); pixels where time is not known."""

EDGE_S = 0.045
"""A peak this near to the strip's end may be that of a wave cut in two: of E, which rises in about
0.1 s, less than half is seen beside it."""

SYSTOLE = 0.75
"""Share of a beat that may lie between its two points: the rest is the other half of the cycle."""


def beats_of(heat: Heat, measurement: Definition) -> list[list[Peak]]:
    """Every beat of a strip as its points, left to right; at least one."""
    channels = [_maxima(channel, heat) for channel in heat.logits]
    if measurement.caliper is CaliperKind.VELOCITY:
        return [[peak] for peak in channels[0]]
    firsts, seconds = channels
    return [
        [first, _partner(first, seconds, heat, _window(first, firsts, heat, measurement))]
        for first in firsts
    ]


def whole_beats(beats: list[list[Peak]], heat: Heat) -> list[list[Peak]]:
    """The beats that the strip's ends do not cut; all of them where it cuts every one.

    A wave that began before the strip did may show its flank as its peak.
    """
    if heat.columns is None or heat.seconds_per_px is None:
        return beats
    margin = EDGE_S / heat.seconds_per_px
    first, last = heat.columns[0] + margin, heat.columns[1] - margin
    return [beat for beat in beats if all(first <= p.x <= last for p in beat)] or beats


def _window(
    first: Peak, firsts: Sequence[Peak], heat: Heat, measurement: Definition
) -> tuple[float, float]:
    """The canvas columns in which the second point of a beat may lie.

    Within the measurement's interval, and within one beat as the first points tell it: the next
    of them, else the usual distance of two. Without a time axis that alone has to do.
    """
    after = [peak.x - first.x for peak in firsts if peak.x > first.x]
    steps = [later.x - earlier.x for earlier, later in pairwise(firsts)]
    beat = after[0] if after else statistics.median(steps) if steps else math.inf
    least, most = 1.0, math.inf
    if heat.seconds_per_px is not None and measurement.apart_s is not None:
        least, most = (seconds / heat.seconds_per_px for seconds in measurement.apart_s)
    return first.x + least, first.x + min(most, SYSTOLE * beat)


def _partner(first: Peak, seconds: Sequence[Peak], heat: Heat, window: tuple[float, float]) -> Peak:
    """The second point of a beat: the next clear peak within its window, else the best there.

    Never that of another beat: where none is seen, it lies on the first with probability 0.
    """
    partners = [second for second in seconds if window[0] <= second.x <= window[1]]
    if partners:
        # The next one that is clear: a later one belongs to another beat.
        enough = BEAT_SHARE * max(peak.probability for peak in partners)
        return next(peak for peak in partners if peak.probability >= enough)
    to_cells = heat.grid.to_canvas.inverse
    low = max(0, math.ceil(to_cells.apply(window[0], 0).x))
    high = min(heat.logits.shape[2] - 1.0, to_cells.apply(min(window[1], 1e9), 0).x)
    columns = heat.logits[1][:, low : math.floor(high) + 1].max(0)
    column = int(columns.argmax()) if len(columns) else 0
    # What is highest at the end of the window is the flank of something outside of it.
    if 0 < column < len(columns) - 1:
        row = int(heat.logits[1][:, low + column].argmax())
        (peak,) = _refine(heat.logits[1], heat, [(row, low + column)])
        if window[0] <= peak.x <= window[1]:
            return peak
    return replace(first, probability=0.0)


def _maxima(logits: Logits, heat: Heat) -> list[Peak]:
    """The peaks of a map that are high enough and far enough apart in time, left to right."""
    chances = probability(logits)
    highest = float(chances.max())
    apart = MIN_BEAT_S / heat.seconds_per_px if heat.seconds_per_px else MIN_BEAT_PX
    columns = chances.max(0)
    reach = max(1, int(apart / 2 / abs(heat.grid.to_canvas.scale_x)))
    beside = np.lib.stride_tricks.sliding_window_view(np.pad(columns, reach), 2 * reach + 1)
    chosen = np.flatnonzero((columns == beside.max(1)) & (columns >= BEAT_SHARE * highest))
    # A flat top gives neighbouring columns of equal height: one peak, not two.
    firsts = chosen[np.diff(chosen, prepend=-2) > 1]
    cells = [(int(chances[:, column].argmax()), column) for column in firsts.tolist()]
    peaks: list[Peak] = []
    for peak in _refine(logits, heat, cells):
        if not peaks or peak.x - peaks[-1].x >= apart / 2:
            peaks.append(peak)
    return peaks


def _refine(logits: Logits, heat: Heat, cells: Sequence[Cell]) -> list[Peak]:
    """The peaks at some cells of one map (h, w)."""
    maps = np.broadcast_to(logits, (len(cells), *logits.shape))
    return refine(maps, heat.grid.to_canvas, heat.grid.canvas, cells)
