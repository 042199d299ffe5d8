"""The two walls of the inferior vena cava on an M-mode, read without a network, and its breathing.

The vein is the dark band between two lighter ones that can be followed through the whole strip;
its diameter is the distance of the two borders of its blood. Widest at end-expiration, narrowest in
an inspiration, and 100 (max - min) / max its collapsibility (Rudski et al., J Am Soc Echocardiogr
2010;23:685-713; Lang et al., ASE/EACVI 2015). What moves with the heart alone is no such vein.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.breathing import IvcMotion, Manoeuvre, read_ivc
from EchoMeasureLib.measuring.dark_bands import (
    EACH_COLUMN,
    EACH_ROW,
    NARROWEST_CM,
    WIDEST_CM,
    band_scores,
    best_band,
    coarse,
    ranks,
    without_band,
)
from EchoMeasureLib.measuring.m_mode_grid import COLUMN_S, ROW_CM, Floats, Grid, even_grid
from EchoMeasureLib.measuring.smoothing import zigzag

LARGE_CM, LARGEST_CM = 0.7, 3.5
"""How large a vein is at least, and hardly ever more, where it is widest."""

CLEAR, ALWAYS = 0.25, 0.95
"""Contrast (`dark_bands.ranks`) from which walls are seen in a column, and the share of columns in
which they have to be."""

LEAST, ALONE = 0.4, 0.6
"""Contrast on average, thin bands less, and share of it that no other band may have."""

ABOUT_CM = 0.3
"""So near to where it was found a wall is looked for anew, finely."""

OFF_CM = 0.2
"""Where it is found farther off it is not seen for sure, and the column does not count."""

SLOW_S, PULSE_CM = 0.35, 0.35
"""Kernel without the heart's beat, and by how much at most a wall moves within it."""

HEART_HZ = 0.65
"""Turning to and fro as often a wall moves with the heart, and else with the breath, 40 a minute at
most; a sniff is as quick as a beat, but not as frequent."""

QUICK_CM_S, FOR_S = 3.0, 0.12
"""Where both walls are quicker for so long, the band may have gone over to another one."""

ANOTHER = 0.25
"""How well another dark band does whose walls are looked at too."""

TOO_SMALL = "The M-mode shows too little depth or time to be read."
NO_WALLS = (
    "No dark band with a wall on both sides is seen through the whole M-mode, as a vena cava is."
)
SEVERAL = "Several dark bands of the M-mode may be the vena cava, so which one is not sure."
TOO_WIDE = (
    f"Where it is widest the dark band has more than {LARGEST_CM:g} cm: hardly any vena cava has, "
    "and something else may lie beside it."
)
BEATS = "Its walls move with the heart as no vena cava does."
TOO_QUICK = "both walls move too quickly at once to be followed for sure"
BESIDE = "Other walls of the M-mode move with the heart as nothing beside a vena cava does."


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
    dark = ranks(coarse(grid.light))
    if dark.shape[1] < 8 or dark.shape[0] < 2 * WIDEST_CM / (ROW_CM * EACH_ROW):
        return TOO_SMALL
    scores = band_scores(dark)
    band = best_band(scores)
    if (band.contrast > CLEAR).mean() < ALWAYS or band.share < LEAST:
        return NO_WALLS
    other = best_band(without_band(scores, band))
    if other.share > ALONE * band.share:
        return SEVERAL
    near, far = band.near * EACH_ROW - 0.5, band.far * EACH_ROW - 0.5
    columns = np.asarray((np.arange(dark.shape[1]) + 0.5) * EACH_COLUMN - 0.5, np.float64)
    upper = _border(grid.light, columns, near, far, above=True)
    lower = _border(grid.light, columns, near, far, above=False)
    if _beats(upper) or _beats(lower):
        return BEATS
    if other.share > ANOTHER and any(_beats(wall * EACH_ROW) for wall in (other.near, other.far)):
        return BESIDE
    lower = np.maximum(lower, upper + NARROWEST_CM / ROW_CM / 2)
    sizes = ((lower - upper) * ROW_CM).tolist()
    times = ((columns + 0.5) * COLUMN_S).tolist()
    seen = (np.abs(upper - near) <= OFF_CM / ROW_CM) & (np.abs(lower - far) <= OFF_CM / ROW_CM)
    motion = read_ivc({n: sizes[n] for n in np.flatnonzero(seen).tolist()}, times, manoeuvre)
    if _quick(upper) and _quick(lower):
        motion = replace(motion, min_cm=None, min_frames=(), reason=TOO_QUICK)
    if motion.max_cm is None or motion.max_cm < LARGE_CM:
        return NO_WALLS
    if motion.max_cm > LARGEST_CM:
        return TOO_WIDE
    return CavaWalls(grid, columns, upper, lower, motion)


def _border(light: Floats, columns: Floats, near: Floats, far: Floats, *, above: bool) -> Floats:
    """Where between rows light is half way from the blood's to the wall's, smooth in time."""
    from scipy import ndimage

    soft = ndimage.uniform_filter1d(light, EACH_COLUMN, axis=1)[:, np.round(columns).astype(int)]
    about, sign = round(ABOUT_CM / ROW_CM), -1 if above else 1
    blood = _blood(soft, near, far)
    found = np.zeros(len(columns))
    for place in range(len(columns)):
        middle = near[place] if above else far[place]
        centre = 0.5 * (near[place] + far[place])
        # From the middle of the blood outward, but no farther in than so near to the border.
        start = max(abs(middle - centre) - about, 0)
        away = np.arange(start, abs(middle - centre) + about + 0.01, 0.25)
        line = np.interp(centre + sign * away, np.arange(len(soft)), soft[:, place])
        half = 0.5 * (float(blood[place]) + float(line.max()))
        over = np.flatnonzero(line >= half)
        found[place] = centre + sign * float(away[over[0]] if len(over) else abs(middle - centre))
    found = ndimage.median_filter(found, 5, mode="nearest")
    even: Floats = ndimage.gaussian_filter1d(found, 1.0, mode="nearest")
    return even


def _blood(soft: Floats, near: Floats, far: Floats) -> Floats:
    """The light of the blood in each column; where the walls meet there is none to be seen, so that
    of the others holds."""
    rows = np.arange(len(soft))
    found = np.zeros(len(near))
    for place, (first, last) in enumerate(zip(near + 1, far - 1, strict=True)):
        inside = np.linspace(first, max(last, first), 9)
        found[place] = np.median(np.interp(inside, rows, soft[:, place]))
    return np.minimum(found, np.median(found))


def _quick(rows: Floats) -> bool:
    column_s = COLUMN_S * EACH_COLUMN
    speeds = np.abs(np.gradient(rows)) * ROW_CM / column_s
    return float((speeds > QUICK_CM_S).sum()) * column_s >= FOR_S


def _beats(rows: Floats) -> bool:
    """Whether a wall moves to and fro with the heart's beat."""
    from scipy import ndimage

    column_s = COLUMN_S * EACH_COLUMN
    slow = ndimage.gaussian_filter1d(rows, SLOW_S / column_s, mode="nearest")
    low, high = np.percentile(rows - slow, (5, 95))
    if (high - low) * ROW_CM <= PULSE_CM:
        return False
    turns = zigzag(rows, PULSE_CM / ROW_CM)
    return len(turns) / 2 > HEART_HZ * column_s * len(rows)


def _runs(places: Sequence[int]) -> list[tuple[int, ...]]:
    """Places one after the other, each run together."""
    cuts = [n for n, (a, b) in enumerate(pairwise(places), 1) if b - a > 1]
    ends = [0, *cuts, len(places)]
    return [tuple(places[a:b]) for a, b in pairwise(ends) if b > a]
