"""The two walls of the inferior vena cava on an M-mode, read without a network, and its breathing.

The vein is the dark band between two lighter ones that can be followed through the whole strip;
its diameter is the distance of the two borders of its blood. Widest at end-expiration, narrowest in
an inspiration, and 100 (max - min) / max its collapsibility (Rudski et al., J Am Soc Echocardiogr
2010;23:685-713; Lang et al., ASE/EACVI 2015). What moves with the heart alone is no such vein.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.band_layers import inner_border
from EchoMeasureLib.measuring.breathing import IvcMotion, Manoeuvre, read_ivc
from EchoMeasureLib.measuring.dark_bands import (
    EACH_COLUMN,
    EACH_ROW,
    NARROWEST_CM,
    WIDEST_CM,
    Band,
    band_scores,
    best_band,
    coarse,
    contrast_between,
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
"""Contrast on average, thin bands less, and share of it that no other band may have, but for one
that is no vein beside the cava."""

THINNER, BREATHES = 0.62, 20.0
"""A vein of the liver beside the cava is no more than so many times as wide, where the cava
collapses by so many per cent with the breath."""

LAYERS = 0.55
"""How clear a border within a band (`band_layers`) is from which it is not blood alone."""

DEEP_CM = 2.0
"""Nearer to the probe lie skin, muscle and the border of the liver, but no vena cava."""

SEEN, WELL_SEEN = 0.5, 0.85
"""Share of the columns in which both walls are found where the band is; with another one beside."""

SMALL_CM, STILL = 1.2, 0.35
"""A cava that is narrower where it is widest collapses with the breath: one that changes by less
than such a share is another vein or layer."""

ABOUT_CM = 0.3
"""So near to where it was found a wall is looked for anew, finely."""

OFF_CM = 0.2
"""Where it is found farther off it is not seen for sure, and the column does not count."""

SMOOTHED = 5
"""Columns of which a border has the median."""

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
LAYERED = (
    "Within the dark band of the M-mode lies another border, so which of them is the wall of the "
    "vena cava is not sure."
)
SHALLOW = f"The dark band lies within {DEEP_CM:g} cm of the probe, where no vena cava does."
STIFF = (
    f"The dark band has less than {SMALL_CM:g} cm and hardly changes with the breath: a vena "
    "cava so small collapses, and this may be another vein."
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
    read: npt.NDArray[np.bool_]
    """Whether both borders are read there; elsewhere they only lead from one side to the other."""
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
        found = []
        for run in self.motion.max_turns if largest else self.motion.min_turns:
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
    if inner_border(dark, band) > LAYERS:
        return LAYERED
    walls, seen = _walls(grid, dark, band, manoeuvre)
    other = best_band(without_band(scores, band))
    doubt = _doubt_of(walls, float(seen.mean())) or _doubt_beside(
        band, other, walls, float(seen.mean())
    )
    return doubt or walls


def _walls(
    grid: Grid, dark: Floats, band: Band, manoeuvre: Manoeuvre | None
) -> tuple[CavaWalls, npt.NDArray[np.bool_]]:
    """The borders of a band, finely, with its breathing, and the columns in which both are where
    the band is."""
    near, far = band.near * EACH_ROW - 0.5, band.far * EACH_ROW - 0.5
    columns = np.asarray((np.arange(len(near)) + 0.5) * EACH_COLUMN - 0.5, np.float64)
    upper = _border(grid.light, columns, near, far, above=True)
    lower = _border(grid.light, columns, near, far, above=False)
    seen = (np.abs(upper - near) <= OFF_CM / ROW_CM) & (np.abs(lower - far) <= OFF_CM / ROW_CM)
    quick = _quick(upper) and _quick(lower)
    lower = np.maximum(lower, upper + NARROWEST_CM / ROW_CM / 2)
    # Where the band lies elsewhere its borders have to be clear by themselves.
    clear = seen | (contrast_between(dark, upper, lower) > CLEAR)
    read = _read(clear & (band.contrast > CLEAR))
    walls = CavaWalls(grid, columns, upper, lower, read, IvcMotion())
    sizes = walls.diameters.tolist()
    diameters = {n: sizes[n] for n in np.flatnonzero(seen).tolist()}
    motion = read_ivc(diameters, walls.times.tolist(), manoeuvre)
    if quick:
        motion = replace(motion, min_cm=None, min_turns=(), breath_s=None, reason=TOO_QUICK)
    return replace(walls, motion=motion), seen


def _read(clear: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Where most of the columns of which a border is the median are clear; not beside a gap, into
    which smoothing carries what lies in it."""
    from scipy import ndimage

    most = ndimage.median_filter(clear.astype(np.uint8), SMOOTHED, mode="nearest") > 0
    beside = np.ones(SMOOTHED, np.bool_)
    found: npt.NDArray[np.bool_] = ndimage.binary_erosion(most, beside, border_value=1)
    return found


def _doubt_of(walls: CavaWalls, seen: float) -> str:
    """Why a band with such borders is no vena cava for sure; empty where it is. `seen`: share of
    the columns in which they are where the band is."""
    if _beats(walls.near) or _beats(walls.far):
        return BEATS
    if walls.near.min() < DEEP_CM / ROW_CM:
        return SHALLOW
    widest = walls.motion.max_cm
    if seen < SEEN or widest is None or widest < LARGE_CM:
        return NO_WALLS
    if widest > LARGEST_CM:
        return TOO_WIDE
    still = np.ptp(walls.diameters) < STILL * walls.diameters.max()
    return STIFF if widest < SMALL_CM and still else ""


def _doubt_beside(band: Band, other: Band, walls: CavaWalls, seen: float) -> str:
    """Why another dark band speaks against one; empty where it does not."""
    if other.share > ANOTHER and any(_beats(wall * EACH_ROW) for wall in (other.near, other.far)):
        return BESIDE
    if other.share <= ALONE * band.share:
        return ""
    widths = ROW_CM * EACH_ROW * (other.far - other.near)
    thinner = float(widths.max()) <= THINNER * float(walls.diameters.max())
    breathes = walls.motion.collapse is not None and walls.motion.collapse >= BREATHES
    return "" if thinner and breathes and seen >= WELL_SEEN else SEVERAL


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
    found = ndimage.median_filter(found, SMOOTHED, mode="nearest")
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
