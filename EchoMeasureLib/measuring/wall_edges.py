"""Whether the ends of a caliper lie on the edges of walls, as the picture shows them.

A wall is thick, and behind the posterior one lies no blood; a leaflet or a cord is thin, with
blood on both sides. Where the posterior wall ends the picture becomes brighter, and not before.
All is judged against what is measured: the cavity is dark, whatever gain and grey map, and the
echo at the end is bright. Where one is hardly brighter than the other the picture does not say.
The limits are EchoMeasure's own.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region

STEP_MM = 0.5
"""Distance of the places that are looked at."""
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
BEHIND_MM, GAP_MM = 8.0, 4.0
"""Where behind the posterior end blood begins, at most, and for how long it lasts."""
OF_LINES = ((6.0, 0.4), (10.0, 0.45))
"""Share of parallel lines that meet such blood, of those so far to either side, mm: a leaflet lies
askew, and right behind the end alone what is behind it is not always seen."""

HALF_BAND_MM = 6.0
"""The posterior wall is looked at so far to either side."""
STRIP_MM = 2.5
"""Width of the strips in that band, and length over which brightness before and after compares."""
FARTHER_MM, OUT_TO_MM = 2.0, 12.0
"""The wall's edge lies farther out than its caliper's end, by more than the first."""
WEAKER = 0.85
"""Share of the strongest step that is no edge any more."""
LEAST_STEP = 10.0
"""Grey levels of an edge."""
WHITE, MOSTLY_WHITE = 250.0, 0.8
"""Grey level, and share of the wall before its end that has it: nothing brighter can be seen."""
OF_STRIPS = 0.75
"""Share of strips that have their edge farther out."""

JUDGED = frozenset({"lvid", "lvpw"})
"""Both ends of the cavity, and the outer end of the posterior wall."""

Floats = npt.NDArray[np.float64]


class Edge(enum.Enum):
    """What the picture says of an end of a caliper."""

    ON = "on"
    OFF = "off"
    UNSEEN = "unseen"
    """The picture does not say."""


@dataclass(frozen=True, slots=True)
class End:
    """One end that was looked at."""

    edge: Edge
    words: str = ""
    """What speaks against it."""


def find_ends(
    measurement: str, frame: Frame, region: Region, p: PixelPoint, q: PixelPoint
) -> tuple[End, ...]:
    """What the picture says of the ends of this caliper, source pixels, that can be judged.

    None for a measurement that is not in `JUDGED`, and without a length.
    """
    if measurement not in JUDGED:
        return ()
    view = _View.of(frame, region, p, q)
    if view is None:
        return ()
    if measurement == "lvpw":
        return (_step_end(view, 1.0),)
    return _cavity_end(view.turned(), "anterior"), _cavity_end(view, "posterior")


def ends_shown(
    measurement: str, frame: Frame, region: Region, p: PixelPoint, q: PixelPoint
) -> bool:
    """Whether the picture shows the edge of a wall at both ends of IVS, LVID or LVPW."""
    view = _View.of(frame, region, p, q)
    if view is None:
        return False
    if measurement == "ivs":
        ends = _step_end(view.turned(), -1.0), _step_end(view, -1.0)
    elif measurement == "lvpw":
        ends = _step_end(view.turned(), -1.0), _step_end(view, 1.0)
    else:
        ends = _cavity_end(view.turned(), "anterior"), _cavity_end(view, "posterior")
    return all(end.edge is Edge.ON for end in ends)


@dataclass(frozen=True, slots=True)
class _View:
    """A picture along a caliper, from its first end to the second, which is looked at."""

    frame: Frame
    scale: tuple[float, float]
    """mm per pixel."""
    start: Floats
    """Where the caliper begins, mm."""
    way: Floats
    """Its direction."""
    length: float
    """mm."""

    @classmethod
    def of(cls, frame: Frame, region: Region, p: PixelPoint, q: PixelPoint) -> _View | None:
        scale = 10 * abs(region.delta[0]), 10 * abs(region.delta[1])
        start, end = np.array(p) * scale, np.array(q) * scale
        length = float(np.hypot(*(end - start)))
        if not (length > 0 and math.isfinite(length)):
            return None
        return cls(frame, scale, start, (end - start) / length, length)

    def turned(self) -> _View:
        """The same from the other end."""
        end = self.start + self.length * self.way
        return _View(self.frame, self.scale, end, -self.way, self.length)

    def at(self, along: Floats, aside: Floats) -> Floats:
        """Grey at places (mm along the caliper and square to it); NaN beside the picture.

        (number of `aside`, number of `along`). Of the darkest colour: where blood flows in
        colours there is no tissue.
        """
        square = np.array((-self.way[1], self.way[0]))
        places = self.start + along[None, :, None] * self.way + aside[:, None, None] * square
        x, y = places[..., 0] / self.scale[0], places[..., 1] / self.scale[1]
        rows, columns = self.frame.shape[:2]
        inside = (x >= 0) & (y >= 0) & (x <= columns - 1) & (y <= rows - 1)
        x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
        x0, y0 = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
        right, down = x - x0, y - y0
        nw, ne = (self.frame[y0, x].min(axis=-1) for x in (x0, x0 + 1))
        sw, se = (self.frame[y0 + 1, x].min(axis=-1) for x in (x0, x0 + 1))
        upper, lower = nw * (1 - right) + ne * right, sw * (1 - right) + se * right
        return np.where(inside, upper * (1 - down) + lower * down, np.nan)


def _steps(first: float, last: float) -> Floats:
    return np.arange(first, last + STEP_MM / 2, STEP_MM)


def _cavity_end(view: _View, which: str) -> End:
    """Whether the cavity ends on a wall: thick, and at the posterior side without blood behind."""
    from scipy.ndimage import gaussian_filter

    length, span = view.length, _steps(-12.0, 20.0)
    cavity = view.at(
        _steps(max(0.35 * length, length - 22), length - min(6.0, 0.3 * length)), _steps(-3, 3)
    )
    if np.isnan(cavity).any():
        return End(Edge.UNSEEN)
    dark, middle, blood = np.percentile(cavity, (20, 50, 40))
    aside = _steps(-12.0, 12.0)
    around = view.at(length + span, aside)
    away = np.hypot(span[None, :], aside[:, None])
    outside: npt.NDArray[np.bool_] = np.asarray(np.isnan(around))
    if outside[away < 6].any():
        return End(Edge.UNSEEN)
    soft = gaussian_filter(np.where(outside, 0, around), SOFT_MM / STEP_MM)
    echo = float(np.percentile(soft[away <= NEAR_MM], 90))
    if echo - blood < max(LEAST_GREY, LEAST_NOISES * (middle - dark)):
        return End(Edge.UNSEEN)
    bright = _closed(soft > blood + BRIGHT * (echo - blood))
    size = WALL_MM[which]
    if _filled(bright, size)[away <= size / 2].max() < FILLED:
        return End(Edge.OFF, f"Its {which} end lies on a thin echo with blood around, not a wall.")
    with_blood = _meet_blood(bright[:, span >= -1])
    behind = any(with_blood[np.abs(aside) <= mm].mean() >= share for mm, share in OF_LINES)
    if which == "posterior" and behind:
        return End(Edge.OFF, f"Behind its {which} end lies blood, which no wall has behind it.")
    return End(Edge.ON)


def _closed(bright: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Without the dark holes that grain makes in tissue."""
    from scipy.ndimage import binary_closing

    reach = max(1, round(HOLE_MM / 2 / STEP_MM))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.hypot(x, y) <= HOLE_MM / 2 / STEP_MM
    padded = np.pad(bright, reach, mode="edge")
    return np.asarray(binary_closing(padded, disc)[reach:-reach, reach:-reach])


def _filled(bright: npt.NDArray[np.bool_], size_mm: float) -> Floats:
    """Share of a disc about every place that is bright."""
    from scipy.signal import oaconvolve

    radius = size_mm / 2 / STEP_MM
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = (np.hypot(x, y) <= radius).astype(float)
    return np.asarray(oaconvolve(bright.astype(float), disc / disc.sum(), mode="same"))


def _meet_blood(bright: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which lines, from 1 mm before the end outwards, meet blood soon and for long."""
    long = round(GAP_MM / STEP_MM)
    runs = np.lib.stride_tricks.sliding_window_view(~bright, long, axis=1)
    dark: npt.NDArray[np.bool_] = np.asarray(runs.all(axis=2))
    return np.asarray(dark[:, : round((BEHIND_MM + 1) / STEP_MM) + 1].any(axis=1))


def _step_end(view: _View, sign: float) -> End:
    """Whether a wall ends where its caliper does, or goes on as it is.

    Behind it the picture is brighter (`sign` 1), as behind the posterior wall, or darker (-1).
    """
    along = _steps(-STRIP_MM, view.length + OUT_TO_MM + STRIP_MM)
    grey = view.at(along, _steps(-HALF_BAND_MM, HALF_BAND_MM))
    if np.isnan(grey).any():
        return End(Edge.UNSEEN)
    before = grey[:, (along > view.length - STRIP_MM) & (along <= view.length)]
    if sign > 0 and (before >= WHITE).mean() > MOSTLY_WHITE:
        return End(Edge.UNSEEN)
    per_strip = round(STRIP_MM / STEP_MM)
    strips = len(grey) // per_strip
    means = grey[: strips * per_strip].reshape(strips, per_strip, -1).mean(axis=1)
    sums = np.cumsum(np.pad(means, ((0, 0), (1, 0))), axis=1)
    over = (sums[:, per_strip:] - sums[:, :-per_strip]) / per_strip
    steps = sign * (over[:, per_strip:] - over[:, :-per_strip])
    place = along[per_strip : per_strip + steps.shape[1]] - STEP_MM / 2
    where = place >= STRIP_MM
    steps, place = steps[:, where], place[where] - view.length
    strongest = steps.max(axis=1)
    told = strongest >= LEAST_STEP
    if told.sum() < 3:
        return End(Edge.UNSEEN)
    here = steps[:, np.abs(place) <= FARTHER_MM].max(axis=1)
    off = place[steps.argmax(axis=1)]
    weak = here < WEAKER * strongest
    for away, side, then in ((off, "within", "farther out"), (-off, "behind", "before")):
        if ((away > FARTHER_MM) & weak)[told].mean() >= OF_STRIPS:
            way = float(np.median(away[told]))
            words = f"Its outer end lies {side} the wall: that ends {way:.0f} mm {then}."
            return End(Edge.OFF, words)
    return End(Edge.ON)
