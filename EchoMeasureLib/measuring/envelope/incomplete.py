"""Jets of which only a part is seen: their light breaks off beside the highest place that shows,
and the peak may lie in what does not; and what is too short for any jet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.fainter_flow import shows_fainter_flow
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tops import Top

INCOMPLETE = "Its light breaks off beside its peak: the wave may be higher where it is not seen."
FAINTER = "Something dim lies beyond its edge, and may be the faster flow."
FADES = "Its light fades slowly towards its edge: its fastest flow may be too faint to be seen."

BESIDE_MS, BESIDE_PX, LEAST = 30.0, 2.0, 0.5
"""So long before and after its peak, and the columns by which smoothing has widened it, a jet is so
much of its height at least: no valve is passed faster. Source: acceleration times of 60 ms and more
(Baumgartner et al., J Am Soc Echocardiogr 2017;30:372-392); the share is fitted on simulated
strips."""

STEEP, STEEP_MS = 0.75, 40.0
"""Share of its height to which a jet does not fall within so long, unless its light fades."""

BODY, TOP_MS, FADED = (0.5, 0.68), 150.0, 0.55
"""Shares of the height between which its light is looked at, within so long of its peak, and the
share of what is usual between its flanks up to which it has faded: a flow that slows down is as
light there as before until its edge has come down so far."""

SLOWLY, BLUR_PX, BLUR_CM_S = 0.044, 4.0, 8.5
"""Share of a jet's height, pixels that blur makes of any edge, and cm/s that a scanner's window and
its beam make of one velocity, over which its light fades beyond its edge at most: within it, a jet
that is seen whole may grow dimmer as well."""


def is_incomplete(side: Side, edges: Edges, column: float, height: float) -> bool:
    """Whether the edge falls to less than half of a height, pixels, just beside where a jet by
    continuous wave is highest: a column of the side.

    Source: incomplete envelopes are not to be measured (Rudski et al., J Am Soc Echocardiogr
    2010;23:685-713).
    """
    beside = side.columns(BESIDE_MS) + BESIDE_PX
    places = (round(column + way * beside) for way in (-1, 1))
    inside = (place for place in places if 0 <= place < len(edges.smooth))
    return any(float(edges.smooth[place]) < LEAST * height for place in inside)


def fades_beside(side: Side, edges: Edges, top: Top) -> bool:
    """Whether a jet's edge comes down fast beside its peak while its light fades, as where the beam
    leaves it."""
    column, height = round(top.column), top.height
    low, high = (int(share * height) for share in BODY)
    reach, steep = round(side.columns(TOP_MS)), round(side.columns(STEEP_MS))
    first = max(0, column - reach)
    light = edges.soft[low : high + 1, first : column + reach + 1].mean(axis=0) - edges.noise
    down = np.flatnonzero(edges.smooth[first : column + reach + 1] < STEEP * height)
    peak = column - first
    before, after = down[down < peak], down[down > peak]
    start = int(before[-1]) if len(before) else 0
    end = int(after[0]) if len(after) else len(light) - 1
    usual = float(np.median(light[start : end + 1]))
    fast = [at for at in (start, end) if at in down and abs(at - peak) <= steep]
    return any(float(light[at]) < FADED * usual for at in fast)


def why_in_part(
    side: Side, edges: Edges, tops: Sequence[Top], cm_s: float, like: Sequence[Top] = ()
) -> str:
    """Why most of the jets with these tops may be higher than their edge, in words; empty where
    nothing says so. `cm_s`: of a row. `like`: tops that are the same jet's in all beats, with a
    name or without, if not only these."""
    if _fades_slowly(tops, cm_s):
        return FADES
    return FAINTER if shows_fainter_flow(side, edges, like or tops) else ""


def _fades_slowly(tops: Sequence[Top], cm_s: float) -> bool:
    """Whether the light of most fades into the noise: a jet that is seen whole has an edge, as none
    of its blood is faster; one whose fastest part returns too little light has none."""
    halves = [(top.rim[1] - top.height, top) for top in tops]
    wide = [
        half > max(SLOWLY * top.height, BLUR_PX) and half * cm_s > BLUR_CM_S for half, top in halves
    ]
    return 2 * sum(wide) > len(wide)
