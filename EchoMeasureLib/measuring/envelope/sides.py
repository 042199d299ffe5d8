"""The two sides of a spectral strip's baseline as grey alone, without what is drawn over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind
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

BAR, MOST_BARS, BAR_LINE = 4, 2, 5
"""Columns of a dark bar that goes before the newest of a sweep at least, how many a strip may have,
and columns that a line drawn in it is narrower than."""

BAND_SHARE, LINE_ROWS = 0.05, 3
"""Share of the strip's height beside the baseline in which something is seen at all times, and rows
of the baseline's line."""

USUAL, DARK = 15, 0.3
"""Percentile of the light of columns that nearly all have, and share of it up to which one is
dark."""

MOST_TISSUE = 80.0
"""cm/s from the lower to the upper edge of a strip of tissue at most."""

INTERRUPTED = "The sweep begins anew between its waves."

BESIDE_S = 0.02
"""Beside a bar smoothing has taken from what is seen for so long."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the baseline: row 0 lies next to it, the last one at the strip's edge."""

    up: bool
    """Whether it lies above the baseline on the screen."""
    grey: Floats
    """(rows, columns), levels of grey, without colours, lines and the baseline."""
    hidden: Flags
    """Where something drawn over the strip hides it."""
    crosses: Flags
    """Where of this white crosses do."""
    written: Flags
    """Columns that the trace has reached, without those of a bar between its newest and its oldest.
    """
    zero: float
    """Row of the baseline, source pixels."""
    left: int
    """First column, source pixels."""
    seconds_per_px: float
    strip_height: int
    """Rows of the whole strip."""
    tissue: bool = False
    """Whether its scale is one of tissue, which moves slower than any flow that is looked at."""
    marks: Flags | None = None
    """Where the top of a wave may be a mark or a letter; None where nothing looks like one."""
    seen: Floats | None = None
    """`grey` with what is drawn over it in grey; None where nothing is."""

    def columns(self, milliseconds: float) -> float:
        """So many columns last so long."""
        return milliseconds / 1000 / self.seconds_per_px

    def shows(self, first: float, last: float) -> bool:
        """Whether the trace is written without a gap from one column to another."""
        start, end = int(np.floor(first)), int(np.ceil(last))
        return start >= 0 and end < len(self.written) and bool(self.written[start : end + 1].all())

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
    grey, hidden, crosses, seen = plain_strip(frame, box)
    if hidden.mean() > MOST_HIDDEN:
        return ()
    timed = region.times_known and region.units[0] == "s" and region.delta[0]
    per_px = abs(region.delta[0]) if timed else UNTIMED_S / box.width
    written = _written(grey, round(baseline) - box.y0, max(1, round(BESIDE_S / per_px)))
    scale = abs(region.delta[1]) if region.units[1] == "cm/s" else np.inf
    tissue = region.kind is RegionKind.PW and scale * box.height <= MOST_TISSUE
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
            Side(
                up,
                grey[part],
                hidden[part],
                crosses[part],
                written,
                float(zero),
                box.x0,
                per_px,
                box.height,
                tissue,
                seen=seen[part],
            )
        )
    return tuple(found)


def is_interrupted(
    frame: Frame, region: Region, baseline: float, first: float, last: float
) -> bool:
    """Whether a sweep's bar lies between two columns of a strip, source pixels: what is seen on
    both sides of it is not of one beat."""
    # Both sides have the same columns.
    side = next(iter(find_sides(frame, region, baseline)), None)
    if side is None:
        return False
    between = side.written[max(0, round(first) - side.left) : round(last) - side.left + 1]
    seen = np.flatnonzero(between)
    return len(seen) > 0 and not between[seen[0] : seen[-1] + 1].all()


def _written(grey: Floats, zero: int, beside: int) -> Flags:
    """Columns from the first to the last with something in them beside the baseline (`zero`, its
    row), but for those of a sweep's bar and so many beside it."""
    from scipy import ndimage

    low, high = percentiles(np.ascontiguousarray(grey[::4].T), 20, 95)
    # The marks of time go on where nothing is written yet; each is a few columns wide.
    tick = np.ones(max(3, grey.shape[1] // 60))
    some = np.flatnonzero(ndimage.binary_opening(high - low > BLANK, tick))
    written = np.zeros(grey.shape[1], bool)
    if len(some):
        first, end = int(some[0]), int(some[-1]) + 1
        written[first:end] = ~_bars(grey[:, first:end], high[first:end], zero, beside)
    return written


def _bars(grey: Floats, high: Doubles, zero: int, beside: int) -> Flags:
    """Dark columns between the newest and the oldest of a sweep, where the others show noise or
    the band beside the baseline. `high` is the grey of the brightest rows of each column."""
    from scipy import ndimage

    reach = round(BAND_SHARE * len(grey))
    rows = np.r_[zero - reach : zero - LINE_ROWS, zero + LINE_ROWS + 1 : zero + reach + 1]
    rows = rows[(rows >= 0) & (rows < len(grey))]
    band = grey[rows].mean(axis=0) if len(rows) else np.zeros(grey.shape[1])
    dark = np.ones(grey.shape[1], bool)
    shown = False
    for light in (high, band):
        usual = float(np.percentile(light, USUAL))
        shown |= usual > BLANK
        dark &= light <= min(max(DARK * usual, 1.0), BLANK)
    if not shown:
        return np.zeros(grey.shape[1], bool)
    dark = ndimage.binary_closing(dark, np.ones(BAR_LINE, bool))
    edges = np.flatnonzero(np.diff(dark, prepend=False, append=False)).reshape(-1, 2)
    wide = edges[np.diff(edges, axis=1)[:, 0] >= BAR]
    found = np.zeros(grey.shape[1], bool)
    if len(wide) <= MOST_BARS:
        for start, stop in wide.tolist():
            found[max(0, start - beside) : stop + beside] = True
    return found
