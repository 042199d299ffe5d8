"""From heat maps to landmarks, in two ways.

`parity` decodes as the published scripts do: the centroid of the whole probability map
(2-D), the arg-max (one Doppler point), or the components of the summed maps (two points).

`robust` looks around the maximum only, so that a faint background over the whole screen
does not pull the points together; it keeps the identity of the channels, pairs E with
the A of the same beat, and finds every beat. Its confidence is the raw peak probability.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.definitions import CaliperKind, Definition
from EchoMeasureLib.geometry import NOTHING, Affine2D, Landmark, PixelPoint
from EchoMeasureLib.inference.network_facts import (
    HeatGrid,
    Logits,
    at_pixels,
    full_resolution,
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
from EchoMeasureLib.inference.settings import Decoder

BEAT_SHARE = 0.5
"""A beat's peak is at least this share of the highest one."""

MIN_BEAT_S, MIN_BEAT_PX = 0.3, 80.0
"""Beats are at least this far apart (200 per minute); pixels where time is not known."""

EDGE_S = 0.12
"""A peak this near to the strip's end may be that of a wave cut in two: E rises in about 0.1 s."""

SYSTOLE = 0.75
"""Share of a beat that may lie between its two points: the rest is the other half of the cycle."""

TOGETHER = 8
"""Measurements whose maps are refined together: as many as stay in a processor's cache."""

PARITY_APART = 15.0
"""Canvas pixels between the two points of a pair in the published decoder."""


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
            DecodedHeat(_landmarks(_parity(heat, measurement), heat, measurement))
            for heat, measurement in heats
        ]
    linear = [n for n, (_, row) in enumerate(heats) if row.caliper is CaliperKind.LINEAR]
    found = dict(zip(linear, _linear([heats[n][0] for n in linear]), strict=True))
    return [
        _told(heat, measurement, *(found[n] if n in found else _on_strip(heat, measurement)))
        for n, (heat, measurement) in enumerate(heats)
    ]


_Told = tuple[list[list[Peak]], list[list[Peak]], bool]
"""The clearest beat and those as clear, all beats, and whether a peak is tied."""


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
    peaks = iter(refine(maps, grid.to_canvas, grid.canvas, cells))
    rivals = iter(rivalled(maps, cells, grid.to_canvas))
    found: list[_Told] = []
    for heat in heats:
        clearest = [next(peaks) for _ in heat.logits]
        tied = [next(rivals) and peak.probability >= NOTHING for peak in clearest]
        found.append(([clearest], [], any(tied)))
    return found


def _on_strip(heat: Heat, measurement: Definition) -> _Told:
    beats = _whole_beats(_beats(heat, measurement), heat)
    clear = [beat for beat in beats if _clarity(beat) >= NOTHING]
    return _clearest(beats, heat), clear, False


def _told(
    heat: Heat,
    measurement: Definition,
    clearest: list[list[Peak]],
    beats: list[list[Peak]],
    tied: bool,
) -> DecodedHeat:
    found = [_landmarks(beat, heat, measurement) for beat in clearest]
    points, published = found[0], _coarse_parity(heat, measurement)
    if published is not None:
        # Of equally clear beats the other decoder takes any: it is held against that one.
        apart = [
            [math.dist(point.point, o) for point, o in zip(beat, published, strict=True)]
            for beat in found
        ]
        points = tuple(
            replace(point, disagreement=away)
            for point, away in zip(points, min(apart, key=max), strict=True)
        )
    return DecodedHeat(points, tuple(_landmarks(beat, heat, measurement) for beat in beats), tied)


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


def _landmarks(peaks: Sequence[Peak], heat: Heat, measurement: Definition) -> tuple[Landmark, ...]:
    scale = abs(heat.to_source.scale_x)
    return tuple(
        Landmark(
            *heat.to_source.apply(peak.x, peak.y),
            label=label,
            confidence=min(1.0, peak.probability),
            spread=peak.spread * scale,
        )
        for peak, label in zip(peaks, measurement.points, strict=True)
    )


# Parity: as the published scripts decode ---------------------------------------------------


def _parity(heat: Heat, measurement: Definition) -> list[Peak]:
    if measurement.caliper is CaliperKind.VELOCITY:
        return [_highest_pixel(heat.logits[0], heat.grid)]
    maps = probability(full_resolution(heat.logits, heat.grid))
    if measurement.caliper is CaliperKind.LINEAR:
        return [_centroid(chances) for chances in maps]
    return _two_components(maps)


def _highest_pixel(logits: Logits, grid: HeatGrid) -> Peak:
    """The arg-max of the whole canvas, of which only the part is made where it can be.

    A pixel is a mix of the cells around it, so it is under the highest of them.
    """
    row, column = divmod(int(logits.argmax()), logits.shape[1])
    near = _highest_within(logits, grid, (row, row), (column, column))
    rows, columns = np.nonzero(logits >= min(near[2], logits[row, column]))
    x, y, highest = _highest_within(
        logits, grid, (int(rows.min()), int(rows.max())), (int(columns.min()), int(columns.max()))
    )
    return Peak(float(x), float(y), float(probability(highest)))


def _highest_within(
    logits: Logits, grid: HeatGrid, rows: tuple[int, int], columns: tuple[int, int]
) -> tuple[int, int, Logits]:
    """Column, row and logit of the highest pixel around these cells, first and last."""
    to = grid.to_canvas
    first, last = to.apply(columns[0] - 1, rows[0] - 1), to.apply(columns[1] + 1, rows[1] + 1)
    across = range(max(0, math.floor(first.x)), min(grid.canvas[0], math.ceil(last.x) + 1))
    down = range(max(0, math.floor(first.y)), min(grid.canvas[1], math.ceil(last.y) + 1))
    pixels = at_pixels(logits, to, down, across)
    row, column = divmod(int(pixels.argmax()), pixels.shape[1])
    return across[column], down[row], pixels[row, column]


def _centroid(chances: Logits) -> Peak:
    """Centre of mass of a whole map; columns and rows count from 0."""
    columns = chances.sum(0, dtype=np.float64)
    rows = chances.sum(1, dtype=np.float64)
    total = columns.sum()
    if not total:
        return _highest(chances)
    x = float(columns @ np.arange(len(columns)) / total)
    y = float(rows @ np.arange(len(rows)) / total)
    return Peak(x, y, float(chances.max()))


def _highest(chances: Logits) -> Peak:
    row, column = np.unravel_index(int(chances.argmax()), chances.shape)
    return Peak(float(column), float(row), float(chances[row, column]))


def _two_components(maps: Logits) -> list[Peak]:
    """The published pairing: components of the thresholded sum, without channel identity.

    Where it finds only one component, that one stands for both points with confidence 0,
    so that the caliper is flagged.
    """
    from scipy import ndimage

    total = sum((_stretched(chances) for chances in maps), np.zeros_like(maps[0]))
    total = _stretched(total)
    labels, count = ndimage.label(total > _otsu(total))
    peaks = [_component(total, labels == number + 1, maps) for number in range(count)]
    highest = _highest(total)
    peaks.sort(key=lambda p: np.hypot(p.x - highest.x, p.y - highest.y))
    if not peaks:
        peaks = [replace(highest, probability=float(maps.max()))]
    first = peaks[0]
    apart = [p for p in peaks[1:] if np.hypot(p.x - first.x, p.y - first.y) > PARITY_APART]
    if not apart:
        return [first, replace(first, probability=0.0)]
    second = min(apart, key=lambda p: np.hypot(p.x - first.x, p.y - first.y))
    return sorted((first, second), key=lambda p: p.x)


def _component(total: Logits, mask: npt.NDArray[np.bool_], maps: Logits) -> Peak:
    at = _centroid(np.where(mask, total, 0))
    return replace(at, probability=float(maps[:, mask].max()))


def _stretched(values: Logits) -> Logits:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _otsu(values: Logits) -> float:
    """Otsu's threshold of values 0 to 1, over 256 levels (IEEE Trans SMC 1979;9:62-66)."""
    counts, edges = np.histogram(values, 256, (0.0, 1.0))
    share = counts / counts.sum()
    below = share.cumsum()
    mean = (share * np.arange(256)).cumsum()
    spread = below * (1 - below)
    between = np.divide((mean[-1] * below - mean) ** 2, spread, out=np.zeros(256), where=spread > 0)
    return float(edges[int(between.argmax()) + 1])


# Robust: around the maximum ----------------------------------------------------------------


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


def _coarse_parity(heat: Heat, measurement: Definition) -> list[PixelPoint] | None:
    """Where `parity` would put the points: at the map's own resolution for a linear caliper.

    None for two points on a strip, where the published pairing is known to be wrong.
    """
    if measurement.caliper is CaliperKind.VELOCITY:
        (highest,) = _parity(heat, measurement)
        return [heat.to_source.apply(highest.x, highest.y)]
    if measurement.caliper is not CaliperKind.LINEAR:
        return None
    chances = probability(heat.logits).astype(np.float64)
    across, down = chances.sum(1), chances.sum(2)
    total = across.sum(1)
    x = across @ np.arange(across.shape[1]) / total
    y = down @ np.arange(down.shape[1]) / total
    to_source = heat.grid.to_canvas.then(heat.to_source)
    return [to_source.apply(*place) for place in zip(x.tolist(), y.tolist(), strict=True)]
