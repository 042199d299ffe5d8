"""Jets of which only a part is seen: their light breaks off beside the highest place that shows,
and the peak may lie in what does not; and what is too short for any jet."""

from __future__ import annotations

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.sides import Side

BESIDE_MS, BESIDE_PX, LEAST = 30.0, 2.0, 0.5
"""So long before and after its peak, and the columns by which smoothing has widened it, a jet is so
much of its height at least: no valve is passed faster. Source: acceleration times of 60 ms and more
(Baumgartner et al., J Am Soc Echocardiogr 2017;30:372-392); the share is fitted on simulated
strips."""


def is_incomplete(side: Side, edges: Edges, column: float, height: float) -> bool:
    """Whether the edge falls to less than half of a height, pixels, just beside where a jet by
    continuous wave is highest: a column of the side.

    Source: incomplete envelopes are not to be measured (Rudski et al., J Am Soc Echocardiogr
    2010;23:685-713).
    """
    beside = side.columns(BESIDE_MS) + BESIDE_PX
    places = (round(column + way * beside) for way in (-1, 1))
    inside = (place for place in places if 0 <= place < len(edges.smooth))
    return any(float(edges.smooth[place]) < LEAST * height for place in inside)
