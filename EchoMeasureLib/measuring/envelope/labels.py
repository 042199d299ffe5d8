"""Letters and digits that stand beside a cross on the tip of a wave.

A sonographer's measurement leaves its number or its name (1, E, Lat e') beside the cross. Such a
label is as bright as flow, and where it stands higher than the tip it would be read as the wave.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from EchoMeasureLib.measuring.envelope.behind_overlays import without
from EchoMeasureLib.measuring.envelope.edges import Edges, find_turns
from EchoMeasureLib.measuring.envelope.pixels import (
    Flags,
    Floats,
    find_things,
    grown,
    opened,
    percentiles,
)
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.waves import LOWEST_SHARE
from EchoMeasureLib.measuring.envelope.writing import STROKE

CROSS, ABOUT, ASIDE = 0.08, 0.12, 0.2
"""Shares of the strip's height: to either side of what looks like a tip, within which its cross
lies; up and down from there within which the cross and its label do; to either side of it, the
label."""

HIGH, WIDE = (0.013, 0.08), (0.3, 2.5)
"""Height of a letter as a share of the strip's, and its width as shares of its height."""

BRIGHT, LEAST_GREY = 0.65, 100
"""Share of the strip's strongest light that a letter has at least, and levels of grey."""

STRONG = 98
"""Percentile of a side's light that is its strongest."""

STROKES = ((40, 0.45), (25, 0.3))
"""Levels by which a stroke is brighter than what is beside it, and that as a share of its own:
sharp ones, and those that compression has blurred."""

BESIDE, DARK, INWARDS, MOST = 3, 0.5, 0.6, 0.75
"""Pixels beside a letter that are looked at to all of its sides; share of its light that is left at
most to all of them but one, to that towards the baseline, and to any of them."""

BEYOND, EMPTY = 0.05, 0.25
"""Share of the strip's height beyond a letter, away from the baseline, and share of its light at
most that most of that has: grains amid flow have more of it beyond them."""

TOUCHES = 1
"""Pixels from a cross within which a thing touches it: that is flow which goes on behind it, as the
tip and the flanks of a narrow wave do."""

APART = 1.0
"""Of its own height, how far a letter stands from its cross, or from the next letter, at most."""


def without_labels(side: Side, edges: Edges) -> Side:
    """The same side where no label stands beside a cross on a tip; else with what these hide."""
    if not side.crosses.any():
        return side
    found = _find(side, edges)
    if not found.any():
        return side
    hidden = side.hidden | grown(found, 2, 2)
    return replace(side, grey=without(side.grey, hidden), hidden=hidden)


def _find(side: Side, edges: Edges) -> Flags:
    found = np.zeros_like(side.hidden)
    rows = side.strip_height
    high, near, wide = (round(share * rows) for share in (ABOUT, CROSS, ASIDE))
    strong = None
    for _, summit, _ in find_turns(edges.smooth):
        height = round(float(edges.smooth[summit]))
        if height < LOWEST_SHARE * rows:
            continue
        lines = slice(max(0, height - high), height + high)
        if not side.crosses[lines, max(0, summit - near) : summit + near].any():
            continue
        about = lines, slice(max(0, summit - wide), summit + wide)
        if strong is None:
            strong = float(percentiles(edges.soft[::4, ::3].ravel(), STRONG)[0])
        least = max(BRIGHT * strong, LEAST_GREY)
        found[about] |= _labels(
            side.grey[about], side.hidden[about], side.crosses[about], rows, least
        )
    return found


def _labels(grey: Floats, hidden: Flags, crosses: Flags, rows: int, least: float) -> Flags:
    found = np.zeros(grey.shape, bool)
    size = max(5, 2 * round(STROKE * rows / 2) + 1)
    over = np.where(hidden, 0, grey - opened(grey, size))
    # Rows count from the baseline: a letter under the middles of all crosses makes no wave higher.
    middles = [(top + bottom) / 2 for top, bottom, *_ in find_things(crosses).ends.tolist()]
    lowest = min(middles, default=0.0)
    for levels, share in STROKES:
        strokes = over > np.maximum(levels, share * grey)
        found |= _letters(grey, strokes, crosses, rows, least, lowest)
    return found


def _letters(
    grey: Floats, strokes: Flags, crosses: Flags, rows: int, least: float, lowest: float
) -> Flags:
    things = find_things(strokes)
    near = grown(crosses, TOUCHES, TOUCHES)
    letters = {}
    for number, ends in enumerate(things.ends.tolist()):
        top, bottom, left, right = ends
        high, wide = bottom - top, right - left
        sized = HIGH[0] * rows <= high <= HIGH[1] * rows
        if not sized or not WIDE[0] * high <= wide <= WIDE[1] * high:
            continue
        if bottom <= lowest or near[top:bottom, left:right].any():
            continue
        light = float(percentiles(grey.ravel()[things.of(number)], 80)[0])
        if light < least or not _in_the_dark(grey, strokes, ends, light):
            continue
        beyond = grey[bottom + 2 : bottom + 2 + round(BEYOND * rows), left:right]
        if not beyond.size or float(percentiles(beyond.ravel(), 75)[0]) <= EMPTY * light:
            letters[number] = ends
    found, more = crosses.copy(), True
    while more:
        more = False
        for number, (top, bottom, left, right) in [*letters.items()]:
            gap = round(APART * (bottom - top))
            if found[max(0, top - gap) : bottom + gap, max(0, left - gap) : right + gap].any():
                del letters[number]
                found.ravel()[things.of(number)] = True
                more = True
    return np.asarray(found & ~crosses)


def _in_the_dark(grey: Floats, strokes: Flags, ends: list[int], light: float) -> bool:
    """Whether it is darker to all sides of a letter than the letter itself."""
    top, bottom, left, right = ends
    lines, columns = max(0, top - BESIDE), max(0, left - BESIDE)
    box = slice(lines, bottom + BESIDE), slice(columns, right + BESIDE)
    levels = np.where(strokes[box], np.float32(np.nan), grey[box])
    top, bottom, left, right = top - lines, bottom - lines, left - columns, right - columns
    # Rows count from the baseline: a tip goes on under itself.
    parts = levels[:top, left:right], levels[bottom:], levels[:, :left], levels[:, right:]
    known = [part[np.isfinite(part)] for part in parts]
    sides = [float(part.mean()) / light if part.size else 0.0 for part in known]
    return sides[0] <= INWARDS and sorted(sides)[2] <= DARK and max(sides) <= MOST
