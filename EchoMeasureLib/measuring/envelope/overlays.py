"""What is drawn over a spectral strip and is no flow: traces, lines of time, writing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.crosses import find_crosses
from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats
from EchoMeasureLib.measuring.envelope.thin_lines import long_lines
from EchoMeasureLib.measuring.envelope.writing import find_writing

UPRIGHT_PARTS, UPRIGHT, UPRIGHT_GREY, UPRIGHT_COLUMNS = 6, 2.2, 3.0, 41
"""A dotted or whole upright line stands out in half of so many parts of the strip's height, by so
much more than what is around, levels and columns: flow hides it in the others."""

LINE_COLUMNS = 5
"""Columns that an upright line is narrower than."""

DOT_ROWS, DOT, DOTS = 4, 0.25, 75
"""Rows that a dot of a dotted line is lower than; share of the light of its dots, which is this
percentile of how far its rows stand out, from which one belongs to a dot: between dots flow is
seen."""


def find_overlays(grey: Floats) -> tuple[Flags, Flags]:
    """Where (rows, columns) levels of grey are drawn over and no flow, and where of this crosses
    are: what is coloured as well is known by its colour, and not looked for here."""
    crosses = find_crosses(grey)
    return long_lines(grey) | _upright_lines(grey) | find_writing(grey) | crosses, crosses


def _upright_lines(grey: Floats) -> Flags:
    """Lines of time, dotted or whole, from the top of the strip to its bottom."""
    from scipy import ndimage

    levels = grey.astype(np.uint8)
    over_both = levels - _opened(levels)
    parts = np.array_split(np.minimum(over_both, 80), UPRIGHT_PARTS)
    means = np.array([part.sum(axis=0, dtype=np.uint32) / max(len(part), 1) for part in parts])
    # Grain stands out as well, but no more than that of the columns around it.
    around = ndimage.uniform_filter1d(means, UPRIGHT_COLUMNS, axis=1)
    over = means > UPRIGHT * around + UPRIGHT_GREY
    # Up to an end of the strip: the flank of a narrow wave does not go so far.
    lines = (over[0] | over[-1]) & (over.sum(axis=0) >= UPRIGHT_PARTS // 2)
    flags = np.zeros(grey.shape, bool)
    if lines.any():
        edges = np.flatnonzero(np.diff(lines, prepend=False, append=False))
        for first, end in edges.reshape(-1, 2).tolist():
            stands = over_both[:, first:end].max(axis=1).astype(np.float32)
            # What is higher than a dot is whole, or the tip of a narrow wave.
            whole = ndimage.grey_opening(stands, (DOT_ROWS,))
            dots = stands - whole
            light = np.percentile(dots, DOTS)
            drawn = dots > DOT * light
            if np.median(whole) > DOT * light:
                # No dots, or blur has joined them.
                drawn[:] = True
            flags[:, max(0, first - 1) : end + 1] |= drawn[:, None]
    return flags


def _opened(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Without what is narrower than `LINE_COLUMNS`; in whole levels, a filter takes ten times
    as long."""
    wide = LINE_COLUMNS - 1
    found = np.pad(levels, ((0, 0), (wide, wide)), mode="edge")
    for least in (np.minimum, np.maximum):
        before, found = found, found[:, : found.shape[1] - wide].copy()
        for step in range(1, LINE_COLUMNS):
            least(found, before[:, step : step + found.shape[1]], out=found)
    return found
