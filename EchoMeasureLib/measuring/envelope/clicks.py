"""Clicks of valves on a strip by continuous wave: narrow bright upright lines where flow begins and
ends. What such a column shows is no flow, and its place says when the valve opens or closes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from EchoMeasureLib.measuring.envelope.edges import LEAST_GREY, Edges, find_edges
from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, percentiles
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.waves import Wave

AWAY = (4, 7)
"""Columns to both sides of a click that are darker, a narrow one and one that blur has widened."""

HIGH, SOFT = 0.12, 0.005
"""Shares of the strip's height: over so many rows in one piece it is brighter, and smoothing along
velocity before."""

STANDS, BRIGHT = 0.4, 98
"""Share of the brightest signal's light by which it is brighter than both sides, and percentile of
a side's light that is the brightest."""

APART = 6
"""Columns within which there is one click."""

CLUTTER, OVER = 30, 1.1
"""Percentile of a side's edge up to which there is clutter, and times over that it is looked for
beyond."""

SKIRT = 1.5
"""Columns that belong to it beyond those where it stands out by half."""

NARROWEST = 3.0
"""Columns to each side of its middle that belong to it at least."""

TOP = 0.75
"""Share of a wave's height over which a bright line is its own tip."""


@dataclass(frozen=True, slots=True)
class Click:
    """One click."""

    column: float
    """Its middle, counted from the strip's first."""
    half: float
    """Columns that belong to it to each side of that."""


@dataclass(frozen=True)
class Clicks:
    """All clicks of a strip, and how far each column stands out on each side."""

    found: tuple[Click, ...]
    stands: dict[bool, Floats]
    """By side (above the baseline or not): (rows, columns), share of the brightest light by which
    `HIGH` of the strip from that row on is brighter than both of its sides."""

    def columns(self, count: int) -> Flags:
        """Which of so many columns are those of clicks."""
        clicks = np.zeros(count, bool)
        for click in self.found:
            first, last = (round(click.column + way * click.half) for way in (-1, 1))
            clicks[max(0, first) : last + 1] = True
        return clicks

    def near(self, column: float, within: float, up: bool, height: float) -> Click | None:
        """The click nearest to a column that is seen beyond a height, or on the other side."""
        close = [click for click in self.found if abs(click.column - column) <= within]
        seen = [click for click in close if self._stands(click, up, height)]
        return min(seen, key=lambda click: abs(click.column - column), default=None)

    def _stands(self, click: Click, up: bool, height: float) -> bool:
        column = round(click.column)
        parts = (
            stands[max(0, round(height)) if side is up else 0 :, max(0, column - 1) : column + 2]
            for side, stands in self.stands.items()
        )
        return any(part.size and float(part.max()) >= STANDS for part in parts)


NO_CLICKS = Clicks((), {})


def find_clicks(sides: Sequence[tuple[Side, Edges]], waves: Sequence[Wave]) -> Clicks:
    """The clicks of a strip; the tip of a narrow wave is none."""
    if not sides:
        return NO_CLICKS
    lights = [
        float(percentiles(edges.soft[::3, ::3].ravel(), BRIGHT)[0]) - edges.noise
        for _, edges in sides
    ]
    light = max(*lights, LEAST_GREY)
    stands = {side.up: _stands(side, edges, light) for side, edges in sides}
    most = np.array([one.max(axis=0) for one in stands.values()])
    total = most.sum(axis=0)
    tips = np.zeros(len(total), bool)
    for side, edges in sides:
        for wave in waves:
            if wave.up is side.up and np.isfinite(wave.top.doubt):
                first, last = (round(end) - side.left for end in (wave.onset, wave.end))
                first, last = max(0, first), max(0, last)
                high = edges.smooth[first : last + 1] > TOP * wave.top.height
                seen = np.flatnonzero(high)
                if len(seen):
                    tips[first + seen[0] : first + seen[-1] + 1] = True
    found = []
    for column in np.flatnonzero((most.max(axis=0) >= STANDS) & ~tips).tolist():
        near = total[max(0, column - APART) : column + APART + 1]
        if column - max(0, column - APART) != int(near.argmax()):
            continue
        half = total > 0.5 * total[column]
        first = last = column
        while first > 0 and half[first - 1]:
            first -= 1
        while last < len(half) - 1 and half[last + 1]:
            last += 1
        wide = max(NARROWEST, (last - first + 1) / 2 + SKIRT)
        found.append(Click((first + last) / 2, wide))
    return Clicks(tuple(found), stands)


def without_clicks(side: Side, edges: Edges, clicks: Clicks) -> tuple[Side, Edges]:
    """A side and its edges with the light of both sides in the columns of clicks."""
    if not clicks.found:
        return side, edges
    grey, count = side.grey.copy(), side.grey.shape[1]
    for click in clicks.found:
        first = max(1, int(np.floor(click.column - click.half)))
        last = min(count - 2, int(np.ceil(click.column + click.half)))
        if first > last:
            continue
        share = np.linspace(0, 1, last - first + 1, dtype=np.float32)
        before = side.grey[:, max(0, first - 2) : first].mean(axis=1, keepdims=True)
        after = side.grey[:, last + 1 : last + 3].mean(axis=1, keepdims=True)
        grey[:, first : last + 1] = before * (1 - share) + after * share
    clear = replace(side, grey=grey)
    return clear, find_edges(clear) or edges


def _stands(side: Side, edges: Edges, light: float) -> Floats:
    from scipy import ndimage

    rows = max(8, round(HIGH * side.strip_height))
    seen = edges.smooth[side.written]
    low = int(OVER * float(np.percentile(seen, CLUTTER))) + 2 if len(seen) else 0
    count = len(side.grey) - rows + 1
    if low >= count:
        return np.zeros((1, side.grey.shape[1]), np.float32)
    seen_grey = side.grey if side.seen is None else side.seen
    grey = ndimage.gaussian_filter1d(seen_grey[low:], max(1.0, SOFT * side.strip_height), axis=0)
    most = np.zeros((count, grey.shape[1]), np.float32)
    for away in AWAY:
        wide = np.pad(grey, ((0, 0), (away, away)), mode="edge")
        over = grey - np.maximum(wide[:, : -2 * away], wide[:, 2 * away :])
        np.clip(over, -0.5 * light, light, out=over)
        sums = np.cumsum(over, axis=0, dtype=np.float64)
        sums[rows:] -= sums[:-rows].copy()
        mean = (sums[rows - 1 :] / (rows * light)).astype(np.float32)
        np.maximum(most[low:], mean, out=most[low:])
    # Below the edges beside it, a bright column is a streak of flow.
    wide = np.pad(edges.smooth, AWAY[1], mode="edge")
    beside = (wide[: -2 * AWAY[1]] + wide[2 * AWAY[1] :]) / 2
    most[np.arange(count)[:, None] < beside] = 0
    return most
