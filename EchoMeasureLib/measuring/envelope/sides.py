"""The two sides of a spectral strip's baseline as grey alone, without what is drawn over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, percentiles
from EchoMeasureLib.measuring.envelope.plain import plain_strip

SMALLEST = 16
"""A side of fewer rows, or a strip of fewer columns, is not read."""

UNTIMED_S = 3.0
"""Seconds that a strip is taken to show where its columns are no times to be trusted."""

MOST_HIDDEN = 0.5
"""Share of a strip that may be hidden, or it is not one of grey."""

BLANK = 6
"""Levels over the darkest of the strip within which a column is not written."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the baseline: row 0 lies next to it, the last one at the strip's edge."""

    up: bool
    """Whether it lies above the baseline on the screen."""
    grey: Floats
    """(rows, columns), levels of grey, without colours, lines and the baseline."""
    hidden: Flags
    """Where something drawn over the strip hides it."""
    written: Flags
    """Columns that the trace has reached."""
    zero: float
    """Row of the baseline, source pixels."""
    left: int
    """First column, source pixels."""
    seconds_per_px: float
    strip_height: int
    """Rows of the whole strip."""

    def columns(self, milliseconds: float) -> float:
        """So many columns last so long."""
        return milliseconds / 1000 / self.seconds_per_px

    def row(self, height: float) -> float:
        """Source row of a height over the baseline in pixels."""
        return self.zero - height if self.up else self.zero + height


def find_sides(frame: Frame, region: Region, baseline: float) -> tuple[Side, ...]:
    """The sides of a strip that are large enough to be read, upper one first.

    `baseline` is the row of zero velocity, source pixels.
    """
    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    if box.width < SMALLEST or box.height < SMALLEST:
        return ()
    grey, hidden = plain_strip(frame, box)
    if hidden.mean() > MOST_HIDDEN:
        return ()
    written = _written(grey)
    timed = region.times_known and region.units[0] == "s" and region.delta[0]
    per_px = abs(region.delta[0]) if timed else UNTIMED_S / box.width
    found = []
    for up in (True, False):
        # The first pixel whose centre lies beyond the baseline.
        start = int(np.ceil(baseline)) - 1 if up else int(np.floor(baseline)) + 1
        start -= box.y0
        zero = box.y0 + start + (1 if up else -1)
        part = slice(start, None, -1) if up else slice(start, None)
        rows = start + 1 if up else box.height - start
        if start < 0 or start >= box.height or rows < SMALLEST:
            continue
        found.append(
            Side(up, grey[part], hidden[part], written, float(zero), box.x0, per_px, box.height)
        )
    return tuple(found)


def _written(grey: Floats) -> Flags:
    """Columns from the first to the last with something in them beside the baseline."""
    from scipy import ndimage

    low, high = percentiles(np.ascontiguousarray(grey[::4].T), 20, 95)
    # The marks of time go on where nothing is written yet; each is a few columns wide.
    tick = np.ones(max(3, grey.shape[1] // 60))
    some = np.flatnonzero(ndimage.binary_opening(high - low > BLANK, tick))
    written = np.zeros(grey.shape[1], bool)
    if len(some):
        written[some[0] : some[-1] + 1] = True
    return written
