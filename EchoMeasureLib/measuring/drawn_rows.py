"""Which rows of a spectral strip are drawn at all.

A strip may end inside the region that the file declares: the region takes in a margin, or part of
the picture was blacked. Where what is drawn ends along one straight row, that row is the strip's
edge, and a wave that reaches it is cut there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame, darkest

BLACK = 6
"""Grey levels over the darkest of the strip within which a row shows nothing."""

SPECKS = 1
"""Pixels of a row that may stand out all the same: the tip of a narrow wave has two."""

LIGHT = 14
"""Levels over the darkest that something drawn has."""

FEWEST_SHARE, FEWEST = 0.008, 6
"""So much of the strip's width, and so many columns, have to end in one row."""

STRAIGHT, DEEPER = 0.7, 4
"""Share of what is lit so many rows further in that is lit in the last row as well: the tip of a
wave narrows to half and less."""


def drawn_box(frame: Frame, bounds: Box) -> Box:
    """The part of a strip's bounds between its first and its last drawn row.

    The bounds themselves where nothing shows a straight edge: a strip without noise is black beyond
    the tips of its waves, too.
    """
    box = bounds.clipped(frame.shape[1], frame.shape[0])
    # Colours drawn over the strip, such as a green ECG, are dark in their least channel.
    grey = darkest(frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1])
    if not grey.size:
        return bounds
    top, bottom = _blank_rows(grey), _blank_rows(grey[::-1])
    y0 = box.y0 + top if top else bounds.y0
    return replace(bounds, y0=y0, y1=box.y1 - bottom if bottom else bounds.y1)


def _blank_rows(grey: npt.NDArray[np.uint8]) -> int:
    """Rows from the first one on that show nothing, down to a straight edge; 0 without one."""
    dark = int(grey.min())
    first = next(
        (n for n, row in enumerate(grey) if np.count_nonzero(row > dark + BLACK) > SPECKS), None
    )
    if not first or first + DEEPER + 2 > len(grey) // 2:
        return 0
    lit = grey > dark + LIGHT
    # Compression may have smeared one row.
    edge = max(int(lit[first].sum()), int(lit[first + 1].sum()))
    deeper = int(lit[first + DEEPER].sum()), int(lit[first + DEEPER + 1].sum())
    fewest = max(FEWEST, FEWEST_SHARE * grey.shape[1])
    return first if edge >= max(fewest, STRAIGHT * max(deeper)) else 0
