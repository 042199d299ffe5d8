"""Heat maps decoded as the published scripts do (github.com/echonet/measurements).

Of a linear caliper each point is the centroid of its whole probability map; one point on a
strip is the highest pixel; two are components of the summed maps.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.inference.network_facts import (
    HeatGrid,
    Logits,
    at_pixels,
    full_resolution,
    probability,
)
from EchoMeasureLib.inference.peaks import Peak

PAIR_APART = 15.0
"""Canvas pixels between the two points of a pair, at least."""


def published_peaks(logits: Logits, grid: HeatGrid, caliper: CaliperKind) -> list[Peak]:
    """The landmarks in canvas pixels, in the order of the maps; without a spread.

    `logits` is (points, h, w), at the network's own resolution. A pair on a strip is told from
    left to right instead, whichever map a point comes from.
    """
    if caliper is CaliperKind.VELOCITY:
        return [highest_pixel(logits[0], grid)]
    maps = probability(full_resolution(logits, grid))
    if caliper is CaliperKind.LINEAR:
        return [_centroid(chances) for chances in maps]
    return _two_components(maps)


def centroids(logits: Logits, grid: HeatGrid) -> list[PixelPoint]:
    """Where the points of linear calipers nearly lie, canvas pixels, one for each map (n, h, w).

    Taken at the maps' own resolution, at a small part of the cost.
    """
    chances = probability(logits)
    across, down = (chances.sum(axis).astype(np.float64) for axis in (1, 2))
    total = across.sum(1)
    x = across @ np.arange(across.shape[1]) / total
    y = down @ np.arange(down.shape[1]) / total
    return [grid.to_canvas.apply(*place) for place in zip(x.tolist(), y.tolist(), strict=True)]


def highest_pixel(logits: Logits, grid: HeatGrid) -> Peak:
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
    apart = [p for p in peaks[1:] if np.hypot(p.x - first.x, p.y - first.y) > PAIR_APART]
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
