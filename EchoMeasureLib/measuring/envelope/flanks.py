"""The two flanks of a jet, without what clicks of valves add to them and dark grain takes away.

A jet rises and falls in one arch. Seen from its peak, a flank lies at `width * (1 - height) ** p`
of the way, height as a share of the peak's: half for a parabola, one for a straight line. Where
what is seen leaves the line that most heights agree upon, the line is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

HIGHEST, STEP = 0.9, 0.05
"""Share of the peak's height from which downward a flank is looked at, and in which steps."""

BENDS = (0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
"""What `p` may be."""

OFF, OFF_SHARE = 1.5, 0.07
"""Columns, and share of the width, by which a flank may leave its line."""

MOST_OFF = 0.2
"""Share of the heights of both flanks at most that may leave their lines."""


@dataclass(frozen=True, slots=True)
class Flank:
    """One flank, from its highest place down."""

    heights: Doubles
    """Shares of the peak's."""
    away: Doubles
    """Columns from the peak."""
    lead: float
    """Columns that its line goes on from its lowest place to the baseline."""
    off: float
    """Share of the heights at which something else was seen."""


def find_flank(edge: Doubles, low: float) -> Flank | None:
    """A flank by its edge as shares of the peak's height, column by column away from the peak.

    It is followed down to the share `low`. None where it is too short to have a line.
    """
    heights = np.arange(HIGHEST, low, -STEP)
    seen = np.array([_outermost(edge, height) for height in heights])
    if len(heights) < 4 or seen[-1] <= 0:
        return None
    lines = []
    for bend in BENDS:
        way = (1 - heights) ** bend
        width = float(np.median(seen / way))
        lines.append((float(np.abs(seen - width * way).sum()), width, width * way))
    _, width, line = min(lines, key=lambda one: one[0])
    strange = np.abs(seen - line) > max(OFF, OFF_SHARE * float(line[-1]))
    away = np.maximum.accumulate(np.where(strange, line, seen))
    return Flank(heights, away, float(width - line[-1]), float(strange.mean()))


def _outermost(edge: Doubles, height: float) -> float:
    """Columns from the peak to where an edge falls below a height for good."""
    over = np.flatnonzero(edge >= height)
    last = int(over[-1]) if len(over) else 0
    if last + 1 >= len(edge):
        return float(last)
    here, beyond = float(edge[last]), float(edge[last + 1])
    return last + float(np.clip((here - height) / max(here - beyond, 1e-6), 0, 1))
