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
lies where no jet is."""

LEVELS, DEVIATIONS = 3.0, 0.5
"""Grey levels, and deviations of equally large parts outside of jets over the root of the number of
jets, by which the darkest of the four parts beyond jets is lighter than these: feathers and clicks
reach one or two of the four, and grain is another one in each beat."""


def shows_fainter_flow(side: Side, edges: Edges, tops: Sequence[Top]) -> bool:
    """Whether the jets with these tops have dim ones beyond their edges, in the middle of them all.

    Source: the outer edge of a double envelope is that of the valve (Baumgartner et al., J Am Soc
    Echocardiogr 2017;30:372-392).
    """
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
    outside = side.written & (edges.smooth < OUTSIDE * top.height)
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
