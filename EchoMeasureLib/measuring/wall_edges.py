"""Whether the ends of a caliper lie on the edges of walls, as the picture shows them.

A wall is thick, and behind the posterior one lies no blood; a leaflet or a cord is thin, with
blood on both sides. Where a wall ends the picture becomes darker, or behind the posterior one
brighter, and not before (`wall_steps`). All is judged against what is measured: the cavity is
dark, whatever gain and grey map, and the echo at the end is bright. Where one is hardly brighter
than the other, or tissue is broken up into grains, the picture does not say.
The limits are EchoMeasure's own.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.along_caliper import (
    STEP_MM,
    Edge,
    End,
    Floats,
    View,
    steps,
)
from EchoMeasureLib.measuring.hard_pictures import kept_hardness, why_hard
from EchoMeasureLib.measuring.wall_steps import step_end

SOFT_MM = 0.8
"""Standard deviation of the blur that takes the grain away."""

LEAST_GREY, LEAST_NOISES = 12.0, 2.5
"""By which an echo is brighter than the cavity: grey levels, and times the grain of the cavity."""
BRIGHT = 0.35
"""Share of the way from cavity to echo from which a place belongs to an echo."""
NEAR_MM = 3.0
"""Within this distance an end has its echo."""

WALL_MM = {"anterior": 10.0, "posterior": 16.0}
"""Disc that is laid over the echo at an end: over the septum, which has a cavity behind, and over
the posterior wall, behind which all is bright. Its middle lies no farther away than half of it."""
FILLED = 0.7
"""Share of the disc that is bright at the thinnest wall: a septum of 5 mm."""
HOLE_MM = 4.0
"""Dark holes up to this in bright tissue are grain."""
THIN_BRIGHT, THIN_DARK, THIN_HOLE_MM = 0.5, 0.4, 2.0
THIN_MM, THIN_GAP_MM, THIN_LINES = 3.5, 2.5, (6.0, 0.5)
"""A leaflet that lies near the septum, or in grey blood: less of the disc is filled by what is so
much brighter than the cavity, and blood, darker than the second share, begins so near behind the
end, for so long, on this share of the lines so far to either side. A septum is thicker."""
BEHIND_MM, GAP_MM = 8.0, 4.0
"""Where behind the posterior end blood begins, at most, and for how long it lasts."""
OF_LINES = ((6.0, 0.4), (10.0, 0.45))
"""Share of parallel lines that meet such blood, of those so far to either side, mm: a leaflet lies
askew, and right behind the end alone what is behind it is not always seen."""

WITHIN_MM = 8.0
"""From so far within the septum its edge to the cavity is looked for."""

NAMES = {"ivs": ("right ventricular", "left ventricular"), "lvpw": ("inner", "outer")}
"""What the ends of a wall are called."""
JUDGED = frozenset({"lvid", *NAMES})


Lines = Sequence[tuple[float, float]]
"""How far to either side, mm, and the share of the lines there."""
_Asked = tuple[str, int, Region, PixelPoint, PixelPoint]

_KNOWN: weakref.WeakKeyDictionary[Cine, dict[_Asked, tuple[End, ...]]] = weakref.WeakKeyDictionary()
MOST_KNOWN = 5000
"""Calipers of an image: three measurements on a thousand frames, and many drags."""


def kept_ends(
    cine: Cine, measurement: str, frame: int, region: Region, p: PixelPoint, q: PixelPoint
) -> tuple[End, ...]:
    """`find_ends` of a caliper, looked at once: another frame need not be decoded again for it.

    Raises `UnreadableFile` for a frame that cannot be seen.
    """
    known, asked = _KNOWN.setdefault(cine, {}), (measurement, frame, region, p, q)
    if asked not in known:
        picture, hard = cine.frame(frame), kept_hardness(cine, frame, region)
        known[asked] = find_ends(measurement, picture, region, p, q, hard)
        if len(known) > MOST_KNOWN:
            del known[next(iter(known))]
    return known[asked]


def find_ends(
    measurement: str,
    frame: Frame,
    region: Region,
    p: PixelPoint,
    q: PixelPoint,
    hard: str | None = None,
) -> tuple[End, ...]:
    """What the picture says of the ends of this caliper, source pixels, that can be judged.

    None for a measurement that is not in `JUDGED`, and without a length. `hard` is what `why_hard`
    says of the picture, where that is known.
    """
    view = View.of(frame, region, p, q) if measurement in JUDGED else None
    if view is None:
        return ()
    hard = why_hard(frame, region) if hard is None else hard
    if hard:
        return (End(Edge.UNSEEN, hard),)
    # Papillary muscles and cords lie before the posterior wall.
    return _ends(view, measurement, only_outside=True)


def ends_shown(
    measurement: str, frame: Frame, region: Region, p: PixelPoint, q: PixelPoint, hard: str
) -> bool:
    """Whether the picture shows the edges of walls at both ends of a caliper in `JUDGED`.

    `hard` is what `why_hard` says of it.
    """
    view = View.of(frame, region, p, q)
    if view is None or hard:
        return False
    return all(end.edge is Edge.ON for end in _ends(view, measurement, only_outside=False))


def _ends(view: View, measurement: str, only_outside: bool) -> tuple[End, End]:
    if measurement == "lvid":
        return _septal_end(view.turned()), _cavity_end(view, "posterior")
    first, second = NAMES[measurement]
    if measurement == "ivs":
        # Muscle bands of the right ventricle lie before its edge, and make several of it.
        outer = step_end(view.turned(), -1.0, first)
        return outer, step_end(view, -1.0, second, one_edge=True)
    inner = step_end(view.turned(), -1.0, first, only_outside=only_outside)
    return inner, step_end(view, 1.0, second)


def _septal_end(view: View) -> End:
    """Whether the cavity ends on the septum, and where that begins."""
    end = _cavity_end(view, "anterior")
    if end.edge is not Edge.ON:
        return end
    edge = step_end(view.back(WITHIN_MM), -1.0, "anterior")
    return edge if edge.edge is Edge.OFF else end


def _cavity_end(view: View, which: str) -> End:
    """Whether the cavity ends on a wall: thick, and at the posterior side without blood behind."""
    from scipy.ndimage import gaussian_filter

    length, span = view.length, steps(-12.0, 20.0)
    cavity = view.at(
        steps(max(0.35 * length, length - 22), length - min(6.0, 0.3 * length)), steps(-3, 3)
    )
    if np.isnan(cavity).any():
        return End(Edge.UNSEEN)
    dark, middle, blood = np.percentile(cavity, (20, 50, 40))
    aside = steps(-12.0, 12.0)
    around = view.at(length + span, aside)
    away = np.hypot(span[None, :], aside[:, None])
    outside: npt.NDArray[np.bool_] = np.asarray(np.isnan(around))
    if outside[away < 6].any():
        return End(Edge.UNSEEN)
    soft = gaussian_filter(np.where(outside, 0, around), SOFT_MM / STEP_MM)
    echo = float(np.percentile(soft[away <= NEAR_MM], 90))
    if echo - blood < max(LEAST_GREY, LEAST_NOISES * (middle - dark)):
        return End(Edge.UNSEEN)
    size = WALL_MM[which]

    def tissue(share: float, hole_mm: float) -> npt.NDArray[np.bool_]:
        return _closed(soft > blood + share * (echo - blood), hole_mm)

    def is_thin(bright: npt.NDArray[np.bool_]) -> bool:
        return bool(_filled(bright, size)[away <= size / 2].max() < FILLED)

    def with_blood(bright: npt.NDArray[np.bool_], near: float, gap: float, lines: Lines) -> bool:
        met = _meet_blood(bright[:, span >= -1], near, gap)
        return any(met[np.abs(aside) <= mm].mean() >= share for mm, share in lines)

    bright = tissue(BRIGHT, HOLE_MM)
    thin = is_thin(bright) or (
        which == "anterior"
        and is_thin(tissue(THIN_BRIGHT, HOLE_MM))
        and with_blood(tissue(THIN_DARK, THIN_HOLE_MM), THIN_MM, THIN_GAP_MM, (THIN_LINES,))
    )
    if thin:
        return End(Edge.OFF, f"Its {which} end lies on a thin echo with blood around, not a wall.")
    behind = with_blood(bright, BEHIND_MM, GAP_MM, OF_LINES)
    if which == "posterior" and behind:
        return End(Edge.OFF, f"Behind its {which} end lies blood, which no wall has behind it.")
    return End(Edge.ON)


def _closed(bright: npt.NDArray[np.bool_], hole_mm: float) -> npt.NDArray[np.bool_]:
    """Without the dark holes that grain makes in tissue."""
    from scipy.ndimage import binary_closing

    reach = max(1, round(hole_mm / 2 / STEP_MM))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.hypot(x, y) <= hole_mm / 2 / STEP_MM
    padded = np.pad(bright, reach, mode="edge")
    return np.asarray(binary_closing(padded, disc)[reach:-reach, reach:-reach])


def _filled(bright: npt.NDArray[np.bool_], size_mm: float) -> Floats:
    """Share of a disc about every place that is bright."""
    radius = size_mm / 2 / STEP_MM
    reach = math.ceil(radius)
    rows, columns = bright.shape
    # How many are bright before each place of a row: a row of the disc is one difference.
    before = np.zeros((rows + 2 * reach, columns + 2 * reach + 1), np.int32)
    before[reach : reach + rows, reach + 1 : reach + 1 + columns] = bright
    np.cumsum(before, axis=1, out=before)
    found, places = np.zeros(bright.shape, np.int32), 0
    for down in range(-math.floor(radius), math.floor(radius) + 1):
        across = math.floor(math.sqrt(radius**2 - down**2))
        places += 2 * across + 1
        row = before[reach + down : reach + down + rows]
        last, first = reach + across + 1, reach - across
        found += row[:, last : last + columns] - row[:, first : first + columns]
    return np.asarray(found / places)


def _meet_blood(
    bright: npt.NDArray[np.bool_], near_mm: float, gap_mm: float
) -> npt.NDArray[np.bool_]:
    """Which lines, from 1 mm before the end outwards, meet blood so soon and for so long."""
    long = round(gap_mm / STEP_MM)
    runs = np.lib.stride_tricks.sliding_window_view(~bright, long, axis=1)
    dark: npt.NDArray[np.bool_] = np.asarray(runs.all(axis=2))
    return np.asarray(dark[:, : round((near_mm + 1) / STEP_MM) + 1].any(axis=1))
