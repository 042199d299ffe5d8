"""How high the top of a wave is: light over the distance from its edge, all its columns at once.

A wave's edge is uneven from column to column, as flow is grain. Columns of one top are laid upon
each other along the smooth line of their edge, and the light that remains falls in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.fall_of_light import INSIDE, find_fall
from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, median, percentiles
from EchoMeasureLib.measuring.envelope.sides import Side

Doubles = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

TOP, TOP_MS = 0.7, 40.0
"""A wave's top: above this share of its height, and within so long of its summit."""

SEEN = 0.45
"""How far to either side of the edge light is looked at, a share of the height."""

DEEPEST = 0.5
"""Share of the height under the edge to which the middle of a band of tissue is followed where it
gets brighter all the way: that of a slow wave is nearly as thick as the wave is high. Flow may get
brighter towards the clutter beside the baseline, and is looked at for no more than `INSIDE`."""

LINE_SHARE = 0.012
"""A line drawn over the strip is thinner than this share of its height, a band is thicker."""

DEGREES = (9, 15)
"""Columns from which the line over a top may lean to a side, and from which it may have a tip."""

BLUR_PX, MOST_LOST = 1.5, 0.05
"""Deviation of a picture's blur along time with that of its columns, px; share of a height that it
takes at most."""

FLANK = 70
"""Percentile of the rows of a top that has no summit."""

DOUBT = (0.4, 0.25, 0.9, 0.1)
"""Doubt of a height: over the contrast, of the scatter, px that it is always off, and over the
columns of the top, as a wave of few columns has lost its tip to blur."""

MOST_HIDDEN = 0.4
"""Share of its edge that may be hidden."""

CREST, HIDES, LOWEST_HIDDEN, MOST_WIDE = 0.95, 0.6, 0.5, 2
"""Share of a top's height above which its tip is; share of those columns that have to be hidden for
a row to be; share of the height from which what is hidden is the tip alone; and how many times
wider than high, to either side, what hides it is at most."""

SEEN_COLUMNS = 0.34
"""Share of the columns of a row that have to be seen, or what is filled in counts as well."""

MARKED = "A mark or letters may lie on its tip."

LEAST_SEEN = 0.6
"""Share of a top's columns that show its edge, or those that something hides count as well."""

PARTS = 3
"""Parts of a top that are measured each by itself, to see how far they agree."""


@dataclass(frozen=True, slots=True)
class Top:
    """The top of a wave."""

    column: float
    """Where it is highest, from the side's first column."""
    height: float
    """Pixels from the baseline to its edge."""
    rim: tuple[float, float]
    """Heights between which its light fades."""
    contrast: float
    """How far its light stands over what lies beyond, in deviations of that."""
    scatter: float
    """Standard deviation of the height among parts of it, px; infinite where a part has none."""
    columns: int
    """How many columns it was read from."""
    hidden: float
    """Share of its edge that something drawn over the strip hides."""
    covered: float = 0.0
    """Deviation of the height, as a share of it, where something drawn over the tip leaves that
    open."""
    marked: bool = False
    """Whether it may be a mark or a letter that was drawn on it, whatever other beats say."""
    agreed: float | None = None
    """Doubt that is left once other beats have told its height too; None where it stands alone."""

    @property
    def doubt(self) -> float:
        """How far the height may be off, as a share of it: fitted on phantoms, 1 deviation."""
        if self.marked:
            return np.inf
        if self.agreed is not None:
            return self.agreed
        if self.hidden > MOST_HIDDEN:
            return np.inf
        poor, uneven, small, narrow = DOUBT
        scatter = uneven * self.scatter / self.height
        own = poor / self.contrast + scatter + small / self.height + narrow / self.columns
        return own + self.covered


def find_top(side: Side, edges: Edges, summit: int, about: tuple[int, int]) -> Top | None:
    """The top about a summit of the dense edge; None where light does not fall there.

    `summit` and `about`, the first and last column that may belong to it, count from the side's
    first column. Source: ASE guidelines for Doppler (Quinones 2002; Mitchell 2019): pulsed wave
    and tissue velocities at the outer edge of the dense modal band, continuous wave at the outer
    edge of the whole spectrum.
    """
    columns = _columns(side, edges, summit, about)
    if len(columns) < 3:
        return None
    deepest = DEEPEST if side.tissue else INSIDE
    shape = _shape(edges.dense, columns, _edge_seen(side, edges.dense, columns))
    if float(shape.max()) > len(side.grey) - 3:
        # Nothing lies beyond it: whatever it says of its height is no more than that.
        reached = float(len(side.grey))
        return Top(float(summit), reached, (reached, reached), 0.0, np.inf, len(columns), 1.0)
    line = max(3, 2 * round(LINE_SHARE * side.strip_height / 2) + 1)
    found = find_fall(*_profile(side, columns, shape), float(shape.max()), deepest, line)
    if found is not None:
        # Once more from where it ends: the first look may have begun on spray.
        shape = shape + found.at
        found = find_fall(*_profile(side, columns, shape), float(shape.max()), deepest, line)
    if found is None:
        return None
    shape = shape + found.at
    crest = int(shape.argmax())
    height = float(shape[crest]) + _lost(columns, shape)
    rim = height + found.inner - found.at, height + found.outer - found.at
    scatter = _scatter(side, columns, shape, deepest, line)
    hidden = _hidden(side, columns, shape)
    # A top without a tip is highest where its edge is.
    place = columns[crest if np.ptp(shape) > 0 else int(edges.smooth[columns].argmax())]
    marked = side.marks is not None and bool(
        side.marks[min(max(round(height), 0), len(side.grey) - 1), place]
    )
    top = Top(
        float(place), height, rim, found.contrast, scatter, len(columns), hidden, marked=marked
    )
    high = float(shape.max())
    behind = _behind(side, columns[shape >= high - (1 - CREST) * abs(high)], height)
    if behind is None:
        return top
    middle, off = sum(behind) / 2, (behind[1] - behind[0]) / float(np.sqrt(12))
    rim = rim[0] + middle - height, rim[1] + middle - height
    return replace(top, height=middle, rim=rim, covered=off / middle)


def _behind(side: Side, crest: Places, height: float) -> tuple[float, float] | None:
    """Heights between which a tip lies that something drawn over the strip hides: from where light
    is last seen to where the strip is seen again; None where the tip is seen."""
    rows = side.hidden[:, crest].mean(axis=1) > HIDES
    # Row n lies between the heights n and n + 1; of light that falls before it, the tip is seen.
    first = last = min(round(height), len(rows) - 1)
    if not rows[first]:
        return None
    while first > 0 and rows[first - 1]:
        first -= 1
    while last < len(rows) - 1 and rows[last + 1]:
        last += 1
    low, high = min(float(first), height), float(last + 1)
    # What was put there by hand is for the tip; an ECG that goes on to the sides is anywhere.
    wide = MOST_WIDE * (last - first + 1)
    row, middle = side.hidden[(first + last) // 2], int(crest[len(crest) // 2])
    if row[max(0, middle - wide) : middle].all() or row[middle + 1 : middle + wide + 1].all():
        return None
    # An upright line leaves the wave's flanks to both sides of it.
    if high < height + 2 or low < LOWEST_HIDDEN * height:
        return None
    return low, high


def _columns(side: Side, edges: Edges, summit: int, about: tuple[int, int]) -> Places:
    reach = max(2, round(side.columns(TOP_MS)))
    columns = np.arange(max(about[0], summit - reach), min(about[1], summit + reach) + 1)
    # Of the summit a few columns may be spray: what most of those beside it show counts.
    near = edges.dense[max(about[0], summit - 2) : min(about[1], summit + 2) + 1]
    high = edges.dense[columns] >= TOP * median(near)
    return columns[high & side.written[columns]]


def _edge_seen(side: Side, dense: Floats, columns: Places) -> Flags:
    """Of which columns the edge is seen; all where what is drawn over leaves too few, or only one
    side of the top."""
    rows = np.clip(np.round(dense[columns]).astype(np.intp), 1, len(side.hidden) - 1)
    seen: Flags = ~(side.hidden[rows - 1, columns] & side.hidden[rows, columns])
    parts = np.array_split(seen, PARTS)
    enough = seen.mean() >= LEAST_SEEN and parts[0].any() and parts[-1].any()
    return seen if enough else np.ones_like(seen)


def _shape(dense: Floats, columns: Places, seen: Flags) -> Doubles:
    """The smooth line of the edge over a top: a parabola that few columns cannot pull away, nor
    those where something drawn over the strip hides it."""
    rows = dense[columns].astype(np.float64)
    if len(columns) < 5:
        return np.full(len(columns), median(rows))
    x = (columns - float(columns.mean())) / (0.5 * len(columns))
    weights = seen.astype(np.float64)
    degree = 2 if len(x) < DEGREES[0] else 3 if len(x) < DEGREES[1] else 4
    for _ in range(3):
        fit: Doubles = np.polyval(np.polyfit(x, rows, degree, w=weights), x)
        off = np.abs(rows - fit)
        weights = seen / np.maximum(1, off / max(1.0, 1.5 * median(off)))
    # Without a summit between its ends it is no top but a flank.
    if int(fit.argmax()) in (0, len(x) - 1):
        return np.full(len(columns), float(percentiles(rows, FLANK)[0]))
    return fit


def _lost(columns: Places, shape: Doubles) -> float:
    """Pixels by which blur along time has lowered a tip: light falls to a half where half of a
    bell's weight lies outside of the wave, 0.67 deviations from its middle."""
    if len(columns) < 5:
        return 0.0
    bend = -2 * float(np.polyfit(columns - float(columns.mean()), shape, 2)[0])
    return min(max(0.5 * bend * (0.67 * BLUR_PX) ** 2, 0.0), MOST_LOST * float(shape.max()))


def _profile(side: Side, columns: Places, shape: Doubles) -> tuple[Doubles, Floats]:
    """Distances from the edge, negative within, and light there, (distances, columns)."""
    distances, light, inside, seen = _along(side, columns, shape)
    return distances, _where_seen(light, inside, seen)


def _along(side: Side, columns: Places, shape: Doubles) -> tuple[Doubles, Floats, Flags, Flags]:
    """The same, and where that is within the side and where it is seen as well."""
    inner, outer = _reach(float(shape.max()))
    distances = np.arange(-inner, outer, dtype=np.float64)
    rows = shape[None, :] + distances[:, None] - 1
    under = np.floor(rows).astype(np.intp)
    inside = (under >= 0) & (under < len(side.grey) - 1)
    part = (rows - under).astype(np.float32)
    under = np.clip(under, 0, len(side.grey) - 2)
    light = side.grey[under, columns] * (1 - part) + side.grey[under + 1, columns] * part
    drawn_over = side.hidden[:, columns[0] : columns[-1] + 1].any()
    seen = inside & ~side.hidden[under, columns] if drawn_over else inside
    return distances, light, inside, seen


def _reach(height: float) -> tuple[int, int]:
    """How many rows within the edge of a wave so high, and beyond it, are looked at."""
    return int(SEEN * height + 12), int(SEEN * height) + 12


def _where_seen(light: Floats, inside: Flags, seen: Flags) -> Floats:
    """Light that is known. A row that something is drawn over is told by its other columns, where
    enough are seen."""
    few = seen.sum(axis=1, keepdims=True) < SEEN_COLUMNS * light.shape[1]
    return np.where(inside & (seen | few), light, np.float32(np.nan))


def _hidden(side: Side, columns: Places, shape: Doubles) -> float:
    near = 0.1 * float(shape.max())
    rows = np.clip((shape + np.linspace(-near, near, 9)[:, None] - 1), 0, len(side.hidden) - 1)
    return float(side.hidden[rows.astype(np.intp), columns].mean())


def _scatter(side: Side, columns: Places, shape: Doubles, deepest: float, line: int) -> float:
    high = float(shape.max())
    distances, levels, inside, seen = _along(side, columns, shape)
    falls = []
    for part in np.array_split(np.arange(len(columns)), PARTS):
        inner, outer = _reach(float(shape[part].max()))
        rows = slice(-int(distances[0]) - inner, outer - int(distances[0]))
        near = rows, slice(part[0], part[-1] + 1)
        own = _where_seen(levels[near], inside[near], seen[near])
        falls.append(find_fall(distances[rows], own, high, deepest, line))
    ends = [fall.at for fall in falls if fall is not None]
    return float(np.std(ends)) if len(ends) == PARTS else np.inf
