"""Where a wall ends: the strongest step of grey along its caliper against the caliper's end."""

from __future__ import annotations

import math

import numpy as np

from EchoMeasureLib.measuring.along_caliper import STEP_MM, Edge, End, Floats, View, steps

HALF_BAND_MM = 6.0
"""A wall is looked at so far to either side of its caliper."""
STRIP_MM = 2.5
"""Width of the strips in that band, and length over which brightness before and after compares."""
PER_STRIP = round(STRIP_MM / STEP_MM)
FARTHER_MM, OUT_TO_MM = 2.0, 12.0
"""The wall's edge lies farther out than its caliper's end, by more than the first."""
WEAKER = 0.85
"""Share of the strongest step that is no edge any more."""
LEAST_STEP = 10.0
"""Grey levels of an edge."""
WHITE, MOSTLY_WHITE = 250.0, 0.8
"""Grey level, and share of the wall before its end that has it: nothing brighter can be seen."""
LAYER_MM, AS_WALL, AS_CAVITY = 3.0, 0.6, 0.12
"""Before and behind an edge to a cavity so much tells wall and cavity; what lies between an edge
and an end is wall from the one share of the way between them, and cavity up to the other."""
OF_STRIPS, MOST_BEYOND = 0.75, 0.6
"""Share of strips that have their edge farther in or out, and farther out behind a posterior wall:
there the bright pericardium tells."""
LEANS = np.arange(-0.6, 0.61, 0.15)
"""By which the edge of a septum may lean against the end of its caliper, up to 30 degrees."""


def step_end(
    view: View, sign: float, which: str, *, only_outside: bool = False, one_edge: bool = False
) -> End:
    """Whether a wall ends where its caliper does, or goes on as it is.

    Behind it the picture is brighter (`sign` 1), as behind the posterior wall, or darker (-1), as
    a cavity is. `which` names the end in the words. With `only_outside` an end within bright tissue
    is none that speaks against it. With `one_edge` the whole band has one straight edge, as the
    septum has in the left ventricle, so that grain does not hide it; behind the posterior wall lie
    many that run beside it, and every strip is asked for its own.
    """
    along = steps(-STRIP_MM, view.length + OUT_TO_MM + STRIP_MM)
    grey = view.at(along, steps(-HALF_BAND_MM, HALF_BAND_MM))
    if np.isnan(grey).any():
        return End(Edge.UNSEEN)
    before = grey[:, (along > view.length - STRIP_MM) & (along <= view.length)]
    if sign > 0 and (before >= WHITE).mean() > MOSTLY_WHITE:
        return End(Edge.UNSEEN)
    rises = _of_one_edge(sign * grey) if one_edge else _of_strips(sign * grey)
    place = along[PER_STRIP : PER_STRIP + rises.shape[1]] - STEP_MM / 2
    where = place >= STRIP_MM
    rises, place = rises[:, where], place[where] - view.length
    strongest = rises.max(axis=1)
    told = strongest >= LEAST_STEP
    if told.mean() <= 0.5:
        return End(Edge.UNSEEN)
    here = rises[:, np.abs(place) <= FARTHER_MM].max(axis=1)
    off = place[rises.argmax(axis=1)]
    weak = here < WEAKER * strongest
    sides = ((off, "within", "farther out"), (-off, "outside of", "before"))
    for away, side, then in sides[1 if only_outside else 0 :]:
        share = MOST_BEYOND if sign > 0 and side == "within" else OF_STRIPS
        if ((away > FARTHER_MM) & weak)[told].mean() < share:
            continue
        way = float(np.median(away[told]))
        edge = view.length + (way if side == "within" else -way)
        if sign < 0 and not _is_clear(along, grey.mean(axis=0), view.length, edge):
            return End(Edge.UNSEEN)
        words = f"Its {which} end lies {side} the wall: that ends {way:.0f} mm {then}."
        return End(Edge.OFF, words)
    return End(Edge.ON)


def _of_strips(grey: Floats) -> Floats:
    """By how much it becomes brighter along every strip, (strips, places)."""
    strips = len(grey) // PER_STRIP
    return _rises(grey[: strips * PER_STRIP].reshape(strips, PER_STRIP, -1).mean(axis=1))


def _of_one_edge(grey: Floats) -> Floats:
    """The same along the whole band, where an edge that leans is met everywhere, (1, places)."""
    rises = _rises(grey)
    lines, places = rises.shape
    aside = np.arange(lines) - (lines - 1) / 2
    shifts = np.round(LEANS[:, None] * aside).astype(int)
    where = np.arange(places) + shifts[:, :, None]
    inside = (where >= 0) & (where < places)
    leaning = rises[np.arange(lines)[None, :, None], np.clip(where, 0, places - 1)]
    seen = inside.sum(axis=1)
    means = np.where(inside, leaning, 0).sum(axis=1) / np.maximum(seen, 1)
    return np.asarray(np.where(seen >= OF_STRIPS * lines, means, -np.inf).max(axis=0)[None])


def _rises(grey: Floats) -> Floats:
    """Mean of `STRIP_MM` behind every place less that before it, along the lines of a picture."""
    sums = np.cumsum(np.pad(grey, ((0, 0), (1, 0))), axis=1)
    over = (sums[:, PER_STRIP:] - sums[:, :-PER_STRIP]) / PER_STRIP
    return np.asarray(over[:, PER_STRIP:] - over[:, :-PER_STRIP])


def _is_clear(along: Floats, grey: Floats, end: float, edge: float) -> bool:
    """Whether between a caliper's end and an edge to a cavity all is wall, or all is cavity.

    A septum has layers, and fades where the beam hardly meets it.
    """

    def mean(first: float, last: float) -> float:
        part = grey[(along >= first) & (along <= last)]
        return float(part.mean()) if part.size else math.nan

    near, far = min(end, edge), max(end, edge)
    wall, cavity = mean(near - LAYER_MM, near), mean(far + 1, far + 1 + LAYER_MM)
    share = (mean(near + 0.5, far - 0.5) - cavity) / max(wall - cavity, 1e-6)
    return share >= AS_WALL if edge > end else share <= AS_CAVITY
