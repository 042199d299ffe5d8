"""Dark bands between two lighter ones that can be followed through the whole of an M-mode.

On a grid of an M-mode of even rows and columns (`m_mode_grid`), of which some are taken together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.m_mode_grid import ROW_CM, Floats

EACH_ROW, EACH_COLUMN = 2, 4
"""Rows and columns of the grid that are one where the walls are looked for: 0.1 cm, 0.04 s."""

NARROWEST_CM, WIDEST_CM = 0.1, 4.0
"""Widths that are looked for."""

NEAR_CM = 1.0
"""Nearer to the probe there is no vein."""

RANGE = 2.0
"""The rank of what is lighter than all else, in units of contrast."""

BESIDE_CM = 0.3
"""So much of the tissue beyond a wall is looked at."""

MOST, STEP, FAST = 1.2, 0.06, 2
"""Contrast beyond which more does not count, cost of a wall's step, and rows of a step at most:
5 cm/s."""

FULL_CM, THIN = 1.2, 0.7
"""Diameter from which a band counts in full, and power of its share by which a thinner one counts
less."""

UNEVEN = 1.5
"""How many deviations of its light within count against a band: blood has no layers."""


@dataclass(frozen=True, slots=True)
class Band:
    """A dark band, column by column, in coarse rows; `far` is beyond its last one."""

    near: Floats
    """First row of the blood."""
    far: Floats
    contrast: Floats
    share: float
    """How well it does per column, thin ones less."""


def coarse(light: Floats) -> Floats:
    """The light of a grid with so many rows and columns as one, (coarse rows, coarse columns)."""
    rows, columns = (
        size // each for size, each in zip(light.shape, (EACH_ROW, EACH_COLUMN), strict=True)
    )
    part = light[: rows * EACH_ROW, : columns * EACH_COLUMN]
    found: Floats = part.reshape(rows, EACH_ROW, columns, EACH_COLUMN).mean(axis=(1, 3))
    return found


def ranks(light: Floats) -> Floats:
    """How light each place is among all deeper than `NEAR_CM`, 0 to `RANGE`; of the same shape.

    So gain, dynamic range and grey map, which turn one grey into another, change nothing.
    """
    ordered = np.sort(light[round(NEAR_CM / (ROW_CM * EACH_ROW)) :], axis=None)
    places = np.searchsorted(ordered, light, "left") + np.searchsorted(ordered, light, "right")
    found: Floats = RANGE * places / (2 * len(ordered))
    return found


def band_scores(dark: Floats) -> Floats:
    """How much like a vein the band of each width and first row is, (widths, rows, columns).

    `dark`: the light by its `ranks` (coarse rows, coarse columns).
    """
    widths = _widths()
    contrasts = np.stack([_contrast(dark, int(width)) for width in widths])
    # A thin dark layer of tissue is no vein, but a vein may become as thin.
    found: Floats = contrasts * _full(widths)[:, None, None]
    return found


def best_band(scores: Floats) -> Band:
    """The best band that goes through all columns."""
    widths = _widths()
    count = scores.shape[2]
    total = scores[:, :, 0].copy()
    came = np.zeros((count, *total.shape, 2), np.int8)
    for column in range(1, count):
        # The upper wall goes up or down with the lower one where it is, then the lower one.
        moved, upper = _moved(total, 1, -1)
        total, lower = _moved(moved, 0, 0)
        came[column, ..., 0], came[column, ..., 1] = upper, lower
        total += scores[:, :, column]
    width, row = (int(place) for place in np.unravel_index(total.argmax(), total.shape))
    share = float(total.max()) / count
    near, far, contrast = (np.zeros(count) for _ in range(3))
    for column in range(count - 1, -1, -1):
        near[column], far[column] = row, row + widths[width]
        contrast[column] = scores[width, row, column] / _full(widths)[width]
        width -= int(came[column, width, row, 1])
        step = int(came[column, width, row, 0])
        width, row = width + step, row - step
    return Band(near, far, contrast, share)


def contrast_between(dark: Floats, near: Floats, far: Floats) -> Floats:
    """By how much the tissue beyond two borders is lighter than what lies between them, column by
    column; the borders in rows of the grid."""
    beside = round(BESIDE_CM / (ROW_CM * EACH_ROW))
    found = np.zeros(len(near))
    for column, (upper, lower) in enumerate(zip(near, far, strict=True)):
        first = round((upper + 0.5) / EACH_ROW)
        last = max(round((lower + 0.5) / EACH_ROW), first + 1)
        light = dark[:, column]
        beyond = light[max(first - beside, 0) : first], light[last : last + beside]
        if all(len(part) for part in beyond):
            walls = min(float(part.mean()) for part in beyond)
            found[column] = walls - float(light[first:last].mean())
    return found


def without_band(scores: Floats, band: Band) -> Floats:
    """The scores without all bands that lie over this one."""
    left: Floats = scores.copy()
    first = np.arange(scores.shape[1])[:, None]
    for number, width in enumerate(_widths().tolist()):
        over = (first < band.far) & (first + width > band.near)
        left[number][over] = -1e3
    return left


def _moved(total: Floats, axis: int, lean: int) -> tuple[Floats, npt.NDArray[np.int8]]:
    """The best total after a step of one wall, and the step that led there.

    Along `axis` 1 the upper wall goes on by so many rows, and the width, axis 0, by `lean` times
    as many; along axis 0 the lower wall alone.
    """
    best, steps = total.copy(), np.zeros(total.shape, np.int8)
    for step in (s for size in range(1, FAST + 1) for s in (size, -size)):
        there = _shifted(_shifted(total, step, axis), step * lean if axis else 0, 0)
        there = there - STEP * abs(step)
        better = there > best
        best[better], steps[better] = there[better], step
    return best, steps


def _shifted(values: Floats, by: int, axis: int) -> Floats:
    if not by:
        return values
    found = np.full(values.shape, -1e9)
    size = values.shape[axis]
    to, source = (slice(by, None), slice(None, size - by)) if by > 0 else (
        slice(None, by),
        slice(-by, None),
    )  # fmt: skip
    index: list[slice] = [slice(None)] * values.ndim
    other = list(index)
    index[axis], other[axis] = to, source
    found[tuple(index)] = values[tuple(other)]
    return found


def _contrast(dark: Floats, width: int) -> Floats:
    """By how much the tissue beyond both borders is lighter than a band of so many rows, whose
    first one is at each row; (rows, columns)."""
    rows, beside = len(dark), round(BESIDE_CM / (ROW_CM * EACH_ROW))
    none = np.zeros((1, dark.shape[1]))
    sums = np.concatenate([none, np.cumsum(dark, axis=0)])
    squares = np.concatenate([none, np.cumsum(dark**2, axis=0)])
    found = np.full(dark.shape, -1e9)
    first = max(beside, round(NEAR_CM / (ROW_CM * EACH_ROW)))
    last = rows - width - beside
    if last <= first:
        return found
    at = np.arange(first, last)
    inside = (sums[at + width] - sums[at]) / width
    uneven = np.sqrt(np.maximum((squares[at + width] - squares[at]) / width - inside**2, 0))
    above = (sums[at] - sums[at - beside]) / beside
    below = (sums[at + width + beside] - sums[at + width]) / beside
    found[first:last] = np.clip(np.minimum(above, below) - inside - UNEVEN * uneven, -MOST, MOST)
    return found


def _widths() -> Floats:
    row_cm = ROW_CM * EACH_ROW
    first, last = round(NARROWEST_CM / row_cm), round(WIDEST_CM / row_cm)
    return np.asarray(np.arange(first, last + 1), np.float64)


def _full(widths: Floats) -> Floats:
    found: Floats = np.minimum(widths * ROW_CM * EACH_ROW / FULL_CM, 1) ** THIN
    return found
