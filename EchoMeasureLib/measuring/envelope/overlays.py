"""What is drawn over a spectral strip and is no flow: traces, lines of time, writing."""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, grown
from EchoMeasureLib.measuring.envelope.thin_lines import long_lines
from EchoMeasureLib.measuring.envelope.writing import find_writing

UPRIGHT_PARTS, UPRIGHT, UPRIGHT_GREY, UPRIGHT_COLUMNS = 6, 2.2, 3.0, 41
"""A dotted or whole upright line stands out in half of so many parts of the strip's height, by so
much more than what is around, levels and columns: flow hides it in the others."""


def find_overlays(grey: Floats) -> Flags:
    """Where (rows, columns) levels of grey are drawn over and no flow: what is coloured as well is
    known by its colour, and not looked for here."""
    return long_lines(grey) | _upright_lines(grey) | find_writing(grey)


def _upright_lines(grey: Floats) -> Flags:
    """Lines of time, dotted or whole, from the top of the strip to its bottom."""
    from scipy import ndimage

    width = 5
    lower = ndimage.maximum_filter1d(ndimage.minimum_filter1d(grey, width, axis=1), width, axis=1)
    parts = np.array_split(np.minimum(grey - lower, 80), UPRIGHT_PARTS)
    means = np.array([part.mean(axis=0) for part in parts])
    # Grain stands out as well, but no more than that of the columns around it.
    around = ndimage.uniform_filter1d(means, UPRIGHT_COLUMNS, axis=1)
    over = means > UPRIGHT * around + UPRIGHT_GREY
    # Up to an end of the strip: the flank of a narrow wave does not go so far.
    lines = (over[0] | over[-1]) & (over.sum(axis=0) >= UPRIGHT_PARTS // 2)
    flags = np.zeros(grey.shape, bool)
    flags[:, grown(lines[None], 0, 1)[0]] = True
    return flags
