"""Where flow is seen on a spectral strip, on one side of its baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.envelope.kept import looked_at_once
from EchoMeasureLib.measuring.envelope.plain import plain_strip
from EchoMeasureLib.measuring.envelope.tint import grey_levels

BAND_SHARE = 0.025
"""Height of a band, as a share of the strip's."""

NOISE = 4.0
"""Standard deviations of the noise above which grey is flow."""

GREY = 14.0
"""Levels above the noise that flow has at least."""

BLANK = 3.0
"""Levels between the bands of a column on which nothing is written yet."""

SIGNAL = 0.18
"""Share of the brightest flow's grey above the noise that flow has at least."""

LINE_SHARE, LINE = 0.02, 12
"""Share of the strip's width, and columns, under which what hides it is a line and no flow."""

SHORT = 0.34
"""Waves may fill a side of less than this share of the strip: its noise is that of the other."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Flow on one side, in bands of rows."""

    seen: npt.NDArray[np.bool_]
    """(bands, columns of the strip), band 0 at the strip's edge."""
    fine: int
    """Width of the finest thing that counts, in columns."""

    @property
    def reach(self) -> npt.NDArray[np.float64]:
        """How far from the baseline to the edge flow is seen, 0 to 1, per column."""
        outermost = 1 - self.seen.argmax(axis=0) / len(self.seen)
        found: npt.NDArray[np.float64] = np.where(self.seen.any(axis=0), outermost, 0.0)
        return found


def find_flow(
    frame: Frame, region: Region, baseline: float, up: bool, coarse: int = 0
) -> Flow | None:
    """The flow above (`up`) or below the baseline, a row of source pixels.

    So many columns are taken together (`coarse`), or as few as hide the grain of a bright wave.
    None where there is too little room on that side to tell.
    """
    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    if box.width < 16 or box.height < 16:
        return None
    strip = _without_lines(frame, box)
    zero = round(min(max(baseline, box.y0), box.y1)) - box.y0
    above, below = strip[:zero], strip[zero + 1 :][::-1]
    side, other = (above, below) if up else (below, above)
    fine = max(3, 2 * round(box.width / 600) + 1, 2 * (coarse // 2) + 1)
    bands = _bands(side, box, fine)
    if bands is None or not (drawn := bands[:, _written(bands)]).size:
        return None
    noise, spread = _noise(drawn)
    if len(side) < SHORT * box.height and (far := _bands(other, box, fine)) is not None:
        quiet = far[:, _written(far)]
        if quiet.size:
            known = (noise, spread), _noise(quiet)
            noise, spread = min(known, key=lambda one: one[0] + NOISE * one[1])
    strong = float(np.percentile(drawn, 98))
    limit = noise + max(NOISE * spread, GREY, SIGNAL * (strong - noise))
    return Flow(bands > limit, fine)


@looked_at_once
def _without_lines(frame: Frame, box: Box) -> npt.NDArray[np.float32]:
    """Grey of a strip in which lines across it, and colours, are filled by what is beside them.

    What hides more of a row than a line does may be flow that was taken for something drawn.
    """
    from scipy import ndimage

    plain = plain_strip(frame, box)
    filled, hidden = plain.grey, plain.hidden
    # Colours drawn over the strip, such as a green ECG, are dark there.
    grey, _ = grey_levels(frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1])
    wide = np.ones((1, max(LINE, round(LINE_SHARE * grey.shape[1]))), bool)
    lines = hidden & ~ndimage.binary_opening(hidden, wide)
    return np.where(lines, filled, grey)


def _bands(side: npt.NDArray[np.float32], box: Box, fine: int) -> npt.NDArray[np.float64] | None:
    """Mean grey of bands of rows, over so many columns; None where there are too few."""
    rows = max(2, round(BAND_SHARE * box.height))
    count = len(side) // rows
    if count < 4:
        return None
    grey = side[: count * rows].reshape(count, rows, -1).mean(axis=1, dtype=np.float64)
    wide = np.pad(grey, ((0, 0), (fine // 2, fine // 2)), mode="edge")
    bands: npt.NDArray[np.float64] = sliding_window_view(wide, fine, axis=1).mean(axis=2)
    return bands


def _noise(drawn: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Grey and deviation of the noise of a side."""
    # Waves may fill half of the outer rows, so the darker half tells what noise is.
    low, quarter = np.percentile(drawn[: max(2, len(drawn) // 3)], (5, 25))
    spread = float(quarter - low) / 0.97
    return float(quarter) + 0.67 * spread, spread


def _written(bands: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Columns with anything in them, from the first to the last that the trace has reached.

    Where it has not come yet the strip is darker than its noise, and even but for marks of time
    and velocity, each a few columns wide.
    """
    some: npt.NDArray[np.bool_] = bands.max(axis=0) > 0
    uneven = np.ptp(np.percentile(bands, (20, 95), axis=0), axis=0) > BLANK
    tick = max(3, bands.shape[1] // 60)
    runs = np.flatnonzero(sliding_window_view(uneven, tick).all(axis=1))
    if len(runs):
        some[: runs[0]] = some[runs[-1] + tick :] = False
    return some
