"""From heat maps to landmarks, in one of two ways.

`robust` looks around the maximum only, so that a faint background over the whole screen
does not pull the points together; it keeps the identity of the channels, pairs E with
the A of the same beat, and finds every beat. Its confidence is the raw peak probability.
`parity` decodes as the published scripts do (`published_decoding`).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from typing import NamedTuple

import numpy as np

from EchoMeasureLib.definitions import CaliperKind, Definition
from EchoMeasureLib.geometry import NOTHING, Affine2D, Landmark, PixelPoint
from EchoMeasureLib.inference.network_facts import (
    HeatGrid,
    Logits,
    probability,
)
from EchoMeasureLib.inference.peaks import (
    Cell,
    Peak,
    highest_cells,
    margin,
    refine,
    rivalled,
)
from EchoMeasureLib.inference.published_decoding import (
    centroids,
    highest_pixel,
    published_peaks,
)
from EchoMeasureLib.inference.settings import Decoder

BEAT_SHARE = 0.5
"""A beat's peak is at least this share of the highest one."""

MIN_BEAT_S, MIN_BEAT_PX = 0.3, 80.0
"""Beats are at least this far apart (200 per minute); pixels where time is not known."""

EDGE_S = 0.045
"""A peak this near to the strip's end may be that of a wave cut in two: of E, which rises in about
0.1 s, less than half is seen beside it."""

SYSTOLE = 0.75
"""Share of a beat that may lie between its two points: the rest is the other half of the cycle."""

TOGETHER = 8
"""Measurements whose maps are refined together: as many as stay in a processor's cache."""


@dataclass(frozen=True, slots=True)
class Heat:
    """The heat maps of one measurement on one frame, before the sigmoid."""

    logits: Logits
    """(points, h, w) at the network's own resolution, in the order of `Definition.points`."""
    grid: HeatGrid
    to_source: Affine2D
    """From canvas pixels to source pixels."""
    seconds_per_px: float | None = None
    """Time per canvas pixel of a strip; None when it is not known."""
    columns: tuple[float, float] | None = None
    """First and last canvas column of a strip; None when it is not known."""


@dataclass(frozen=True, slots=True)
class DecodedHeat:
    """Landmarks in source pixels."""

    points: tuple[Landmark, ...]
    beats: tuple[tuple[Landmark, ...], ...] = ()
    """For strips: the points of every beat that the strip's ends do not cut, left to right.

    None where nothing was found; `points` then lie where it would be first."""
    tied: bool = False
    """Rounding to bfloat16 may have decided which peak this is: ask float32."""


def decode(heat: Heat, measurement: Definition, decoder: Decoder) -> DecodedHeat:
    """The landmarks of one measurement."""
    return decode_each([(heat, measurement)], decoder)[0]


def decode_each(heats: Sequence[tuple[Heat, Definition]], decoder: Decoder) -> list[DecodedHeat]:
    """The landmarks of several measurements; maps of linear calipers are refined together."""
    if decoder == Decoder.PARITY:
        return [
            DecodedHeat(_landmarks(published_peaks(heat.logits, heat.grid, row.caliper), heat, row))
            for heat, row in heats
        ]
    linear = [n for n, (_, row) in enumerate(heats) if row.caliper is CaliperKind.LINEAR]
    found = dict(zip(linear, _linear([heats[n][0] for n in linear]), strict=True))
    return [
        _decoded(heat, measurement, found[n] if n in found else _on_strip(heat, measurement))
        for n, (heat, measurement) in enumerate(heats)
    ]


class _Told(NamedTuple):
    """What a measurement's maps say, in canvas pixels."""

    clearest: list[list[Peak]]
    """The clearest beat and those as clear."""
    published: list[PixelPoint] | None
    """What the published scripts would say, nearly; None for a pair on a strip, where their
    pairing is known to be wrong."""
    beats: Sequence[list[Peak]] = ()
    tied: bool = False


def _linear(heats: Sequence[Heat]) -> list[_Told]:
    """The peaks of 2-D measurements, together where their maps lie alike on the canvas."""
    found: list[_Told] = []
    for start in range(0, len(heats), TOGETHER):
        some = heats[start : start + TOGETHER]
        alike = {(heat.grid, heat.logits.shape[1:]) for heat in some}
        groups = [some] if len(alike) == 1 else [[heat] for heat in some]
        for group in groups:
            found += _linear_alike(group)
    return found


def _linear_alike(heats: Sequence[Heat]) -> list[_Told]:
    maps, grid = np.concatenate([heat.logits for heat in heats]), heats[0].grid
    cells = highest_cells(maps)
    peaks = refine(maps, grid.to_canvas, grid.canvas, cells)
    rivals = rivalled(maps, cells, grid.to_canvas)
    published = centroids(maps, grid)
    found: list[_Told] = []
    first = 0
    for heat in heats:
        own = slice(first, first + len(heat.logits))
        tied = [
            rival and peak.probability >= NOTHING
            for rival, peak in zip(rivals[own], peaks[own], strict=True)
        ]
        found.append(_Told([peaks[own]], published[own], tied=any(tied)))
        first = own.stop
    return found


def _on_strip(heat: Heat, measurement: Definition) -> _Told:
    beats = _whole_beats(_beats(heat, measurement), heat)
    clear = [beat for beat in beats if _clarity(beat) >= NOTHING]
    published = None
    if measurement.caliper is CaliperKind.VELOCITY:
        highest = highest_pixel(heat.logits[0], heat.grid)
        published = [PixelPoint(highest.x, highest.y)]
    return _Told(_clearest(beats, heat), published, clear)


def _decoded(heat: Heat, measurement: Definition, told: _Told) -> DecodedHeat:
    apart = None
    if told.published is not None:
        # Of equally clear beats the other decoder takes any: it is held against that one.
        scale = abs(heat.to_source.scale_x)
        distances = [
            [scale * math.dist((p.x, p.y), o) for p, o in zip(beat, told.published, strict=True)]
            for beat in told.clearest
        ]
        apart = min(distances, key=max)
    return DecodedHeat(
        _landmarks(told.clearest[0], heat, measurement, apart),
        tuple(_landmarks(beat, heat, measurement) for beat in told.beats),
        told.tied,
    )


def _clearest(beats: Sequence[list[Peak]], heat: Heat) -> list[list[Peak]]:
    """The clearest beat and those that rounding might put before it, left to right.

    All of them are told, and a number is their mean: which one stands first is a matter of taste,
    but it should be the same one in every number format: the leftmost.
    """
    highest = _logit(max(map(_clarity, beats)))
    widest = float(margin(heat.logits).max())
    return [beat for beat in beats if highest - _logit(_clarity(beat)) <= widest]


def _logit(probability: float) -> float:
    # A float32 close to 1 becomes 1.
    kept = min(max(probability, 1e-7), 1 - 1e-7)
    return math.log(kept / (1 - kept))


def _clarity(beat: Sequence[Peak]) -> float:
    return min(peak.probability for peak in beat)


def _whole_beats(beats: list[list[Peak]], heat: Heat) -> list[list[Peak]]:
    """The beats that the strip's ends do not cut; all of them where it cuts every one.

    A wave that began before the strip did may show its flank as its peak.
    """
    if heat.columns is None or heat.seconds_per_px is None:
        return beats
    margin = EDGE_S / heat.seconds_per_px
    first, last = heat.columns[0] + margin, heat.columns[1] - margin
    return [beat for beat in beats if all(first <= p.x <= last for p in beat)] or beats


def _landmarks(
    peaks: Sequence[Peak],
    heat: Heat,
    measurement: Definition,
    apart: Sequence[float] | None = None,
) -> tuple[Landmark, ...]:
    """`apart`: how far each lies from that of the other decoder, source pixels."""
    scale = abs(heat.to_source.scale_x)
    return tuple(
        Landmark(
            *heat.to_source.apply(peak.x, peak.y),
            label=label,
            confidence=min(1.0, peak.probability),
            spread=peak.spread * scale,
            disagreement=away,
        )
        for peak, label, away in zip(
            peaks, measurement.points, apart or repeat(None, len(peaks)), strict=True
        )
    )


def _refine(logits: Logits, heat: Heat, cells: Sequence[Cell]) -> list[Peak]:
    """The peaks at some cells of one map (h, w)."""
    maps = np.broadcast_to(logits, (len(cells), *logits.shape))
    return refine(maps, heat.grid.to_canvas, heat.grid.canvas, cells)


def _beats(heat: Heat, measurement: Definition) -> list[list[Peak]]:
    """Every beat of a strip as its points, left to right; at least one."""
    channels = [_maxima(channel, heat) for channel in heat.logits]
    if measurement.caliper is CaliperKind.VELOCITY:
        return [[peak] for peak in channels[0]]
    firsts, seconds = channels
    return [
        [first, _partner(first, seconds, heat, _window(first, firsts, heat, measurement))]
        for first in firsts
    ]


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
