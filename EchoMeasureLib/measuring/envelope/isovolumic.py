"""Whether a wave of tissue may be the spike of isovolumic relaxation before e' instead of e'."""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib.measuring.envelope.edges import find_turns
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.waves import Wave

ISOVOLUMIC = "Another wave follows so soon that it may be the isovolumic spike before e'."

SOON_MS, AS_HIGH = (35.0, 120.0), 0.7
"""So long after a spike e' has its peak, and so high it is at least, as a share of the spike."""

DIP = 0.03
"""Share of their height by which the edge falls between the two at least."""

SAME_MS = 30.0
"""A summit so near to the peak of another wave with a name is of that wave."""


def may_be_isovolumic(
    reading: StripReading, waves: Sequence[Wave], others: Sequence[Wave]
) -> list[bool]:
    """Of each wave whether one follows it soon that is none of `others`, which have a name."""
    summits = {side.up: find_turns(edges.smooth, DIP) for side, edges in reading.sides}
    found = []
    for wave in waves:
        seen = reading.side(wave.up)
        assert seen is not None  # the wave was read there
        side, edges = seen
        first, last = (wave.peak - side.left + side.columns(after) for after in SOON_MS)
        least = AS_HIGH * float(edges.smooth[round(wave.peak) - side.left])
        named = [other.peak - side.left for other in others if other.up is wave.up]
        found.append(
            any(
                first <= summit <= last
                and edges.smooth[summit] >= least
                and all(abs(summit - at) >= side.columns(SAME_MS) for at in named)
                for _, summit, _ in summits[wave.up]
            )
        )
    return found
