"""The two flanks of a jet, without what clicks of valves add to them and dark grain takes away.

A jet rises and falls in one arch. Seen from its peak, a flank lies at
`width * (1 - height ** foot) ** bend` of the way, height as a share of the peak's: 1 and 0.5 for a
parabola, 1 and 1 for a straight line, 2 and 0.5 for half an ellipse, as where velocity goes with
the root of a pressure that rises evenly. Where what is seen leaves the line that most heights agree
upon, the line is believed, and below what is seen it goes on to the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

HIGHEST, STEP = 0.9, 0.05
"""Share of the peak's height from which downward a flank is looked at, and in which steps."""

BENDS = (0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
FEET = (1.0, 1.2, 1.4, 1.7, 2.0)
SHAPES: Doubles = np.array([(bend, foot) for bend in BENDS for foot in FEET])
"""What a flank may be: bends and feet."""

FOOT: Doubles = np.arange(1, 6) / 6
"""How far below what is seen the line is drawn, as shares of the way to the baseline."""

OFF, OFF_SHARE = 1.5, 0.07
"""Columns, and share of the width, by which a flank may leave its line."""

MOST_OFF = 0.2
"""Share of the heights of both flanks at most that may leave their lines."""


@dataclass(frozen=True, slots=True)
class Flank:
    """One flank, from its highest place down to the baseline."""

    heights: Doubles
    """Shares of the peak's."""
    away: Doubles
    """Columns from the peak."""
    off: float
    """Share of the heights at which something else was seen."""


def find_flank(edge: Doubles, low: float) -> Flank | None:
    """A flank by its edge as shares of the peak's height, column by column away from the peak.

    It is seen down to the share `low`. None where it is too short to have a line.
    """
    heights = np.arange(HIGHEST, low, -STEP)
    seen = np.array([_outermost(edge, height) for height in heights])
    if len(heights) < 4 or seen[-1] <= 0:
        return None
    bends, feet = SHAPES[:, :1], SHAPES[:, 1:]
    ways = (1 - heights**feet) ** bends
    widths = np.median(seen / ways, axis=1)
    best = int(np.abs(seen - widths[:, None] * ways).sum(axis=1).argmin())
    width, (bend, foot) = float(widths[best]), SHAPES[best]
    line = width * ways[best]
    strange = np.abs(seen - line) > max(OFF, OFF_SHARE * float(line[-1]))
    away = np.maximum.accumulate(np.where(strange, line, seen))
    lower = heights[-1] * (1 - np.append(FOOT, 1.0))
    goes_on = width * (1 - lower**foot) ** bend - line[-1]
    return Flank(
        np.concatenate((heights, lower)),
        np.concatenate((away, away[-1] + goes_on)),
        float(strange.mean()),
    )


def _outermost(edge: Doubles, height: float) -> float:
    """Columns from the peak to where an edge falls below a height for good."""
    over = np.flatnonzero(edge >= height)
    last = int(over[-1]) if len(over) else 0
    if last + 1 >= len(edge):
        return float(last)
    here, beyond = float(edge[last]), float(edge[last + 1])
    return last + float(np.clip((here - height) / max(here - beyond, 1e-6), 0, 1))
