"""The two walls of the inferior vena cava on an M-mode, read without a network, and its breathing.

The vein is the dark band between two lighter ones that can be followed through the whole strip;
its diameter is the distance of the two borders of its blood. Widest at end-expiration, narrowest in
an inspiration, and 100 (max - min) / max its collapsibility (Rudski et al., J Am Soc Echocardiogr
2010;23:685-713; Lang et al., ASE/EACVI 2015). What moves with the heart alone is no such vein.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.breathing import IvcMotion, Manoeuvre, read_ivc
from EchoMeasureLib.measuring.m_mode_lines import COLUMN_S, ROW_CM, Floats, Grid, even_grid

EACH_ROW, EACH_COLUMN = 2, 4
"""Rows and columns of the grid that are one where the walls are looked for: 0.1 cm, 0.04 s."""

NARROWEST_CM, WIDEST_CM, LARGE_CM = 0.1, 4.0, 0.7
"""Diameters that are looked for, and how large a vein is at least where it is widest."""

NEAR_CM = 1.0
"""Nearer to the probe there is no vein."""

BESIDE_CM = 0.3
"""So much of the tissue beyond a wall is looked at."""

DARKEST = 8.0
"""Levels below which dark and darker are the same."""

MOST, STEP, FAST = 1.2, 0.06, 2
"""Contrast beyond which more does not count, cost of a wall's step, and rows of a step at most:
5 cm/s."""

FULL_CM, THIN = 1.2, 0.7
"""Diameter from which a band counts in full, and power of its share by which a thinner one counts
less."""

UNEVEN = 1.5
"""How many deviations of its light within count against a band: blood has no layers."""

CLEAR, ALWAYS = 0.25, 0.95
"""Contrast (logarithm) from which walls are seen in a column, and the share of columns in which
they have to be."""

LEAST, ALONE = 0.33, 0.7
"""Contrast on average, thin bands less, and share of it that no other band may have."""

ABOUT_CM = 0.3
"""So near to where it was found a wall is looked for anew, finely."""

SLOW_S, PULSE_CM = 0.35, 0.35
"""Kernel without the heart's beat, and by how much at most a wall moves within it."""

TOO_SMALL = "The M-mode shows too little depth or time to be read."
NO_WALLS = (
    "No dark band with a wall on both sides is seen through the whole M-mode, as a vena cava is."
)
SEVERAL = "Several dark bands of the M-mode may be the vena cava, so which one is not sure."
BEATS = "Its walls move with the heart as no vena cava does."


@dataclass(frozen=True, slots=True)
class CavaWalls:
    """The vein of an M-mode over time."""

    grid: Grid
    columns: Floats
    """Columns of the grid, one every 0.04 s."""
    near: Floats
    """Row of the grid of the upper border of the blood, at each of them; `far` of the lower."""
    far: Floats
    motion: IvcMotion
    """Largest and smallest diameter; its frames are places in `columns`."""

    @property
    def times(self) -> Floats:
        """Seconds from the left end of the trace."""
        return (self.columns + 0.5) * COLUMN_S

    @property
    def diameters(self) -> Floats:
        """cm."""
        return (self.far - self.near) * ROW_CM

    def calipers(self, largest: bool) -> tuple[tuple[PixelPoint, PixelPoint], ...]:
        """Upper and lower border where the vein is widest, once a breath, or narrowest."""
        places = self.motion.max_frames if largest else self.motion.min_frames
        found = []
        for run in _runs(places):
            mean = float(self.diameters[list(run)].mean())
            at = min(run, key=lambda place: abs(float(self.diameters[place]) - mean))
            column = float(self.columns[at])
            found.append(
                (
                    self.grid.point(column, float(self.near[at])),
                    self.grid.point(column, float(self.far[at])),
                )
            )
        return tuple(found)


def find_cava(frame: Frame, region: Region, manoeuvre: Manoeuvre | None = None) -> CavaWalls | str:
    """The vein of an M-mode, (rows, columns, 3) uint8, or why none is seen, in words."""
    grid = even_grid(frame, region)
    if grid is None:
        return TOO_SMALL
    dark = np.log(_coarse(grid.light) + DARKEST)
    if dark.shape[1] < 8 or dark.shape[0] < 2 * WIDEST_CM / (ROW_CM * EACH_ROW):
        return TOO_SMALL
    scores = _scores(dark)
    band = _band(scores)
    if (band.contrast > CLEAR).mean() < ALWAYS or band.share < LEAST:
        return NO_WALLS
    if _band(_beside(scores, band)).share > ALONE * band.share:
        return SEVERAL
    near, far = band.near * EACH_ROW - 0.5, band.far * EACH_ROW - 0.5
    columns = np.asarray((np.arange(dark.shape[1]) + 0.5) * EACH_COLUMN - 0.5, np.float64)
    upper = _border(grid.light, columns, near, far, above=True)
    lower = _border(grid.light, columns, near, far, above=False)
    if max(_pulse(upper), _pulse(lower)) > PULSE_CM:
        return BEATS
    lower = np.maximum(lower, upper + NARROWEST_CM / ROW_CM / 2)
    sizes = ((lower - upper) * ROW_CM).tolist()
    times = ((columns + 0.5) * COLUMN_S).tolist()
    motion = read_ivc(dict(enumerate(sizes)), times, manoeuvre)
    if motion.max_cm is None or motion.max_cm < LARGE_CM:
        return NO_WALLS
    return CavaWalls(grid, columns, upper, lower, motion)


def _coarse(light: Floats) -> Floats:
    rows, columns = (
        size // each for size, each in zip(light.shape, (EACH_ROW, EACH_COLUMN), strict=True)
    )
    part = light[: rows * EACH_ROW, : columns * EACH_COLUMN]
    found: Floats = part.reshape(rows, EACH_ROW, columns, EACH_COLUMN).mean(axis=(1, 3))
    return found


@dataclass(frozen=True, slots=True)
class _Band:
    """A dark band, column by column, in coarse rows."""

    near: Floats
    """First row of the blood, and the first beyond it."""
    far: Floats
    contrast: Floats
    share: float
    """How well it does per column, thin ones less."""


def _widths() -> Floats:
    row_cm = ROW_CM * EACH_ROW
    first, last = round(NARROWEST_CM / row_cm), round(WIDEST_CM / row_cm)
    return np.asarray(np.arange(first, last + 1), np.float64)


def _scores(dark: Floats) -> Floats:
    """How much like a vein the band of each width and first row is, (widths, rows, columns)."""
    widths = _widths()
    contrasts = np.stack([_contrast(dark, int(width)) for width in widths])
    # A thin dark layer of tissue is no vein, but a vein may become as thin.
    found: Floats = contrasts * _full(widths)[:, None, None]
    return found


def _full(widths: Floats) -> Floats:
    found: Floats = np.minimum(widths * ROW_CM * EACH_ROW / FULL_CM, 1) ** THIN
    return found


def _beside(scores: Floats, band: _Band) -> Floats:
    """Without all bands that lie over this one."""
    left: Floats = scores.copy()
    first = np.arange(scores.shape[1])[:, None]
    for number, width in enumerate(_widths().tolist()):
        over = (first < band.far) & (first + width > band.near)
        left[number][over] = -1e3
    return left


def _band(scores: Floats) -> _Band:
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
    return _Band(near, far, contrast, share)


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


def _border(light: Floats, columns: Floats, near: Floats, far: Floats, *, above: bool) -> Floats:
    """Where between rows light is half way from the blood's to the wall's, smooth in time."""
    from scipy import ndimage

    soft = ndimage.uniform_filter1d(light, EACH_COLUMN, axis=1)[:, np.round(columns).astype(int)]
    about, sign = round(ABOUT_CM / ROW_CM), -1 if above else 1
    found = np.zeros(len(columns))
    for place in range(len(columns)):
        middle = near[place] if above else far[place]
        centre = 0.5 * (near[place] + far[place])
        # From the middle of the blood outward, but no farther in than so near to the border.
        start = max(abs(middle - centre) - about, 0)
        away = np.arange(start, abs(middle - centre) + about + 0.01, 0.25)
        line = np.interp(centre + sign * away, np.arange(len(soft)), soft[:, place])
        inside = np.interp(
            np.linspace(near[place] + 1, max(far[place] - 1, near[place] + 1), 9),
            np.arange(len(soft)),
            soft[:, place],
        )
        half = 0.5 * (float(np.median(inside)) + float(line.max()))
        over = np.flatnonzero(line >= half)
        found[place] = centre + sign * float(away[over[0]] if len(over) else abs(middle - centre))
    found = ndimage.median_filter(found, 5, mode="nearest")
    even: Floats = ndimage.gaussian_filter1d(found, 1.0, mode="nearest")
    return even


def _pulse(rows: Floats) -> float:
    """By how much a wall moves to and fro within a heart's beat, cm."""
    from scipy import ndimage

    slow = ndimage.gaussian_filter1d(rows, SLOW_S / (COLUMN_S * EACH_COLUMN), mode="nearest")
    low, high = np.percentile(rows - slow, (5, 95))
    return float(high - low) * ROW_CM


def _runs(places: Sequence[int]) -> list[tuple[int, ...]]:
    """Places one after the other, each run together."""
    cuts = [n for n, (a, b) in enumerate(pairwise(places), 1) if b - a > 1]
    ends = [0, *cuts, len(places)]
    return [tuple(places[a:b]) for a, b in pairwise(ends) if b > a]
