"""Light beyond the edge of a jet, too dim to be its own edge: that of a valve beyond the dense flow
of the outflow tract, say, which is the faster flow and the one that is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tops import Top

BEYOND, ROWS = (1.2, 3.0), 0.15
"""From where on it is looked for, share of a jet's height and pixels, and the share of the height
that each of two parts of rows has, one beyond the other."""

BESIDE_MS, OUTSIDE = 40.0, 0.4
"""Time before and after the peak that is looked at, and share of the height under which the edge
lies where no jet is, or as low as half of the time."""

LEVELS, DEVIATIONS = 3.0, 0.5
"""Grey levels, and deviations of equally large parts outside of jets over the root of the number of
jets, by which the darkest of the four parts beyond jets is lighter than these: feathers and clicks
reach one or two of the four, and grain is another one in each beat."""

CLOSE, SOFT = (1.15, 1.3), 1.5
"""Rows close to a jet that are looked at as well, shares of its height, and how far beyond it they
begin at least, times the half of its edge that lies beyond it: a halo that is not its edge."""

CLOSE_MS = (-20.0, 60.0)
"""Times from the peak between which it is looked for there: the flow of a narrow valve is fastest
later than that before it."""

CLOSE_LIGHT, CLOSE_LEVELS, CLOSE_DEVIATIONS = 0.04, 5.0, 2.5
"""What is lighter there by so much of the jet's light, grey levels and deviations, as above of half
as long parts, is a flow."""


def shows_fainter_flow(side: Side, edges: Edges, tops: Sequence[Top]) -> bool:
    """Whether the jets with these tops have dim ones beyond their edges, in the middle of them all.

    Source: the outer edge of a double envelope is that of the valve (Baumgartner et al., J Am Soc
    Echocardiogr 2017;30:372-392).
    """
    return _lies_far(side, edges, tops) or _lies_close(side, edges, tops)


def _lies_close(side: Side, edges: Edges, tops: Sequence[Top]) -> bool:
    """Whether a flow is little faster than the dense one: a halo that is clearly light."""
    halos = [halo for top in tops if (halo := _halo(side, edges, top)) is not None]
    if not halos:
        return False
    found = np.array(halos)
    light, band = np.median(found[:, :2], axis=0)
    deviation = float(found[:, 2].mean()) / len(found) ** 0.5
    return bool(light > max(CLOSE_LEVELS, CLOSE_LIGHT * band, CLOSE_DEVIATIONS * deviation))


def _halo(side: Side, edges: Edges, top: Top) -> tuple[float, float, float] | None:
    """Light close beyond a top, that of the jet, and how much the first varies elsewhere; None
    where the strip does not show it."""
    low, high = (share * top.height for share in CLOSE)
    first = max(low, top.height + SOFT * (top.rim[1] - top.height))
    last = max(high, first + ROWS * top.height)
    long = max(2, round(side.columns(CLOSE_MS[1] - CLOSE_MS[0]) / 2))
    start = int(top.column + side.columns(CLOSE_MS[0]))
    near, outside = slice(start, start + 2 * long), _outside(side, edges, top)
    if last >= len(side.grey) or start < 0 or near.stop > len(outside):
        return None
    if outside.sum() < 3 * long or not side.written[near].all():
        return None
    light = side.grey[round(first) : round(last)].mean(axis=0)
    usual, spread = _usual(light, outside, long)
    band = side.grey[int(0.5 * top.height) : int(0.9 * top.height), near]
    return float(light[near].mean()) - usual, float(band.mean()) - edges.noise, spread


def _outside(side: Side, edges: Edges, top: Top) -> npt.NDArray[np.bool_]:
    """Columns in which no jet flows."""
    usual = float(np.median(edges.smooth[side.written]))
    return side.written & (edges.smooth <= max(OUTSIDE * top.height, usual))


def _lies_far(side: Side, edges: Edges, tops: Sequence[Top]) -> bool:
    """Whether one is far faster, however dim."""
    beyond = [parts for top in tops if (parts := _beyond(side, edges, top)) is not None]
    if not beyond:
        return False
    found = np.array(beyond)
    least = max(LEVELS, DEVIATIONS * float(found[:, 1].mean()) / len(found) ** 0.5)
    return bool(np.median(found[:, 0], axis=0).min() > least)


def _beyond(
    side: Side, edges: Edges, top: Top
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """By how much each of four parts beyond a top is lighter than the strip is there outside of
    jets, and how much that varies; None where the strip does not show it."""
    long, high = max(2, round(side.columns(BESIDE_MS))), max(4, round(ROWS * top.height))
    share, pixels = BEYOND
    first = int(max(share * top.height + pixels, top.rim[1] + 0.1 * top.height))
    outside = _outside(side, edges, top)
    column = int(top.column)
    if first + 2 * high >= len(side.grey) or not long <= column < len(outside) - long:
        return None
    if outside.sum() < 3 * long:
        return None
    parts, spreads = [], []
    for row in (first, first + high):
        light = side.grey[row : row + high].mean(axis=0)
        usual, spread = _usual(light, outside, long)
        for start in (column - long, column):
            parts.append(float(light[start : start + long].mean()) - usual)
            spreads.append(spread)
    return tuple(parts), tuple(spreads)


def _usual(
    light: npt.NDArray[np.float32], outside: npt.NDArray[np.bool_], long: int
) -> tuple[float, float]:
    """Middle and deviation of the light of pieces so long outside of jets."""
    pieces = np.convolve(light, np.full(long, 1 / long), "same")[outside]
    low, middle = np.percentile(pieces, [16, 50])
    return float(middle), float(middle - low)
