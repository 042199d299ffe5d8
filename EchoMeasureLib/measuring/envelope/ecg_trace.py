"""R waves of the ECG that is drawn in a colour over a spectral strip, or above it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.envelope.period import BEAT_S

Doubles = npt.NDArray[np.float64]

ABOVE = 0.15
"""Share of the strip's height above it in which its ECG may lie too."""

COLOURED, BRIGHT = 50, 70
"""Levels between the channels of a trace, and of its brightest one."""

FULL_ROW = 0.6
"""A row that is coloured over more of the strip's width is the baseline or a border."""

COVERED = 0.5
"""Share of the columns from its first to its last in which a trace is seen."""

TALL, HIGH = 0.03, 0.55
"""Height of an R wave at least, as a share of the strip's; and as a share of the highest one."""

WIDEST_S = 0.09
"""An R wave is narrower at half of its height; a T wave is not."""

FEWEST = 2


def find_r_waves(frame: Frame, region: Region) -> tuple[float, ...]:
    """Columns (source pixels) of the R waves of a coloured ECG, from left to right.

    Empty where no such trace is seen with peaks as a heart's, or the columns are no times.
    """
    if not region.times_known or region.units[0] != "s" or not region.delta[0]:
        return ()
    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    if box.width < 16 or box.height < 16:
        return ()
    top = max(0, box.y0 - round(ABOVE * box.height))
    drawn = _coloured(frame[top : box.y1 + 1, box.x0 : box.x1 + 1])
    per_px = abs(region.delta[0])
    height = _trace(drawn)
    if height is None:
        return ()
    peaks = _peaks(height, TALL * box.height, WIDEST_S / per_px)
    steps = np.diff(peaks) * per_px
    if len(peaks) < FEWEST or steps.min() < BEAT_S[0] or steps.max() > BEAT_S[1]:
        return ()
    return tuple(float(box.x0 + peak) for peak in peaks)


def _coloured(part: Frame) -> npt.NDArray[np.bool_]:
    red, green, blue = (part[..., channel] for channel in range(3))
    most = np.maximum(np.maximum(red, green), blue)
    least = np.minimum(np.minimum(red, green), blue)
    drawn = np.zeros(part.shape[:2], bool)
    drawn[(most - least >= COLOURED) & (most >= BRIGHT)] = True
    drawn[drawn.mean(axis=1) > FULL_ROW] = False
    return drawn


def _trace(drawn: npt.NDArray[np.bool_]) -> Doubles | None:
    """Height of the top of a trace over its resting line, per column; None where none is seen."""
    seen: npt.NDArray[np.bool_] = np.asarray(drawn.any(axis=0))
    columns = np.flatnonzero(seen)
    if len(columns) < 16 or seen[columns[0] : columns[-1] + 1].mean() < COVERED:
        return None
    upper = drawn.argmax(axis=0).astype(np.float64)
    rest = float(np.median(upper[seen]))
    return np.where(seen, rest - upper, 0.0)


def _peaks(height: Doubles, least: float, widest: float) -> list[int]:
    """Middles of the narrow stretches that reach high over the resting line."""
    limit = max(least, HIGH * float(height.max()))
    over = np.concatenate([[False], height >= limit, [False]])
    edges = np.flatnonzero(over[1:] != over[:-1])
    stretches: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        # The top of a steep stroke may be drawn with a gap.
        if stretches and start - stretches[-1][1] <= 2:
            stretches[-1] = (stretches[-1][0], stop)
        else:
            stretches.append((start, stop))
    if any(stop - start > widest for start, stop in stretches):
        return []
    return [(start + stop - 1) // 2 for start, stop in stretches]
