"""Which part of a screen is the ultrasound picture itself, by what is lit.

Over all frames that were looked at, and without writing, bars and rulers: to judge the picture.
The outline within which points may lie (`imaging.sector`) is that of one frame, and wide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.inference.looking import Look, Mask

LIT = 12
"""Grey level from which a pixel is lit; what a file calls black reaches 8 after JPEG."""
LIT_SHARE = 0.5
"""Of a cell that belongs to the picture. Writing lights less of its cells."""
GAP_CELLS = 2
"""Dark gaps of twice that width are bridged: blood, shadows."""
PART_SHARE = 0.2
"""Parts smaller than this, against the largest, are furniture of the screen."""


@dataclass(frozen=True, slots=True)
class PictureMask:
    """The picture on the screen, in cells of a `Look`."""

    whole: Mask
    """The convex hull of what is lit, with the dark places inside."""
    lit: Mask
    """The cells inside that are lit in any frame."""

    @property
    def margin(self) -> Mask:
        """The hull and a cell around it, so that nothing at its edge is cut off."""
        from scipy.ndimage import binary_dilation

        return np.asarray(binary_dilation(self.whole, np.ones((3, 3), bool)))

    @property
    def share(self) -> float:
        """How much of the screen the picture spans, 0 to 1."""
        return float(self.whole.mean()) if self.whole.size else 0.0

    def __bool__(self) -> bool:
        return bool(self.lit.any())


def find_picture(look: Look, boxes: Iterable[Box]) -> PictureMask:
    """The picture inside these boxes, which lie on the screen; without any, on all of it."""
    from scipy.ndimage import binary_closing, label

    lit = look.in_cells((look.brightest > LIT) & _inside(look, boxes)) >= LIT_SHARE
    edge = 2 * GAP_CELLS
    joined = binary_closing(np.pad(lit, edge), iterations=GAP_CELLS)[edge:-edge, edge:-edge]
    parts, count = label(joined, np.ones((3, 3), bool))
    sizes = np.bincount(parts[lit], minlength=count + 1)[1:]
    large = 1 + np.flatnonzero(sizes >= PART_SHARE * sizes.max(initial=1))
    mine = np.isin(parts, large) & lit
    return PictureMask(_hull(mine), mine)


def _inside(look: Look, boxes: Iterable[Box]) -> Mask:
    allowed = np.zeros(look.brightest.shape, bool)
    given = list(boxes)
    for box in given:
        low, high = (np.array(ends) // look.step for ends in ((box.y0, box.x0), (box.y1, box.x1)))
        allowed[low[0] : high[0] + 1, low[1] : high[1] + 1] = True
    return allowed if given else ~allowed


def _hull(cells: Mask) -> Mask:
    """The convex hull of a mask; empty for an empty one."""
    from scipy.spatial import ConvexHull

    if not cells.any():
        return cells
    places = np.argwhere(cells)
    # The corners of the cells: so that one row of them has a hull too.
    corners = [
        places + np.array(corner) for corner in ((-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5))
    ]
    equations = ConvexHull(np.concatenate(corners)).equations
    rows, columns = np.mgrid[: cells.shape[0], : cells.shape[1]]
    inside = np.ones(cells.shape, bool)
    for down, across, offset in equations:
        inside &= down * rows + across * columns + offset <= 1e-9
    return inside
