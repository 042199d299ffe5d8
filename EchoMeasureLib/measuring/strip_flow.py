"""Where flow is seen on a spectral strip, on one side of its baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from EchoMeasureLib.imaging.frame import Frame, darkest
from EchoMeasureLib.imaging.regions import Region

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
    strip = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
    zero = round(min(max(baseline, box.y0), box.y1)) - box.y0
    side = strip[:zero] if up else strip[zero + 1 :][::-1]
    rows = max(2, round(BAND_SHARE * box.height))
    count = len(side) // rows
    if count < 4 or side.shape[1] < 16:
        return None
    # Colours drawn over the strip, such as a green ECG, are dark in their least channel.
    grey = darkest(side[: count * rows]).reshape(count, rows, -1).mean(axis=1)
    fine = max(3, 2 * round(box.width / 600) + 1, 2 * (coarse // 2) + 1)
    wide = np.pad(grey, ((0, 0), (fine // 2, fine // 2)), mode="edge")
    bands = sliding_window_view(wide, fine, axis=1).mean(axis=2)
    drawn = bands[:, _written(bands)]
    if not drawn.size:
        return None
    # Waves may fill half of the outer rows, so the darker half tells what noise is.
    low, quarter = np.percentile(drawn[: max(2, count // 3)], (5, 25))
    spread = float(quarter - low) / 0.97
    noise = float(quarter) + 0.67 * spread
    strong = float(np.percentile(drawn, 98))
    limit = noise + max(NOISE * spread, GREY, SIGNAL * (strong - noise))
    return Flow(bands > limit, fine)


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
