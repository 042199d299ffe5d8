"""Whether a cine moves, and whether it shows the same frame again and again."""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.inference.looking import Look
from EchoMeasureLib.inference.picture_finding import PictureMask
from EchoMeasureLib.inference.quality_findings import Finding, judged, not_judged

FEWEST_FRAMES = 5
"""From which motion is judged: in a few neighbouring frames a slow heart hardly moves."""
REPEATED = 0.01
"""Share of the picture's pixels that may change in a frame that is shown again."""

FROZEN_LEVELS = 1
"""By which the mean of a cell may change in a cine that is one picture, compressed again."""


def motion(look: Look, sector: PictureMask) -> Finding:
    """How unlike two frames become: 0 where all are alike, about 1 where they share nothing.

    One minus the lowest correlation of the cells' mean grey between two frames that were
    looked at; noise is averaged out in the cells.
    """
    if look.frame_count == 1:
        return not_judged("motion", "A still shows no motion.")
    if len(look.frames) < FEWEST_FRAMES:
        return not_judged("motion", f"{len(look.frames)} frames are too few to judge motion.")
    cells = look.means[:, sector.whole]
    spread = cells.std(axis=1, keepdims=True)
    if not spread.all():
        return not_judged("motion", "A frame is all of one grey.")
    scaled = (cells - cells.mean(axis=1, keepdims=True)) / spread
    unlike = 1 - float((scaled @ scaled.T / cells.shape[1]).min())
    number = max(0.0, unlike)
    return judged(
        "motion",
        number,
        "The picture moves.",
        f"Nothing moves in the {len(look.frames)} frames that were looked at.",
    )


def repeats(look: Look, sector: PictureMask) -> Finding:
    """How many neighbouring frames are one and the same picture."""
    if look.frame_count == 1:
        return not_judged("repeats", "A still repeats no frame.")
    count = len(look.changed)
    if not count:
        return not_judged("repeats", "No two neighbouring frames were looked at.")
    same = int((look.changed[:, sector.whole].mean(axis=1) < REPEATED).sum())
    pairs = f"{same} of {count} pairs of neighbouring frames"
    frozen = np.ptp(look.means[:, sector.whole], axis=0).max() < FROZEN_LEVELS
    how = "the cine is frozen" if frozen else "the file repeats frames"
    return judged(
        "repeats",
        100 * same / count,
        f"{pairs} show the same picture.",
        f"{pairs} show the same picture: {how}.",
    )
