"""A spectral strip as grey alone, without what is drawn over it."""

from __future__ import annotations

from typing import NamedTuple

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.measuring.envelope.behind_overlays import without
from EchoMeasureLib.measuring.envelope.kept import looked_at_once
from EchoMeasureLib.measuring.envelope.overlays import find_overlays
from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, grown
from EchoMeasureLib.measuring.envelope.tint import COLOURED, grey_levels

SMEARED = 15
"""Such levels beside a colour that are left of it by blur."""


class PlainStrip(NamedTuple):
    """A strip (rows, columns)."""

    grey: Floats
    """Levels of grey without what is drawn in colours, as a line or as writing."""
    hidden: Flags
    """Where that was."""
    crosses: Flags
    """Where of this white crosses were."""
    seen: Floats
    """Levels of grey with lines and writing."""


@looked_at_once
def plain_strip(frame: Frame, box: Box) -> PlainStrip:
    """A strip without what is drawn over it.

    `box` lies within the frame, source pixels. A frame that cannot change is looked at once.
    """
    strip = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
    grey, tinted = grey_levels(strip)
    hidden = tinted > COLOURED
    if hidden.any():
        # Compression and blur smear colours over their surroundings.
        hidden = grown(hidden, 2, 1)
        hidden |= grown(hidden, 3, 3) & (tinted > SMEARED)
    overlays, crosses = find_overlays(grey)
    hidden |= overlays
    return PlainStrip(without(grey, hidden) if hidden.any() else grey, hidden, crosses, grey)
