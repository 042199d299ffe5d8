"""Whether a wave of a spectral strip is cut at the strip's edge, or comes back on the other side.

A Doppler strip shows velocities up to its edges only. A faster wave is cut there (clipped), or
what is beyond returns at the opposite edge (aliased, as with a pulse repetition frequency that
is too low): its true peak is not on the picture, wherever a network or a hand puts the point.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region

EDGE_SHARE = 0.025
"""Share of the strip's height next to its edge in which a peak, or a wave, counts as cut."""

WAVE_S, WAVE_SHARE = 0.12, 0.04
"""How far to either side of a point its wave is followed; share of the width without times."""

FLANK = (0.55, 0.97)
"""Between these shares of the way to the edge a wave climbs; a valve's click jumps."""

HIGH = 0.73
"""Share of the way to the edge that a flank is seen to reach, beside where it is cut."""

FLANK_S, FLANK_SHARE = 0.06, 0.02
"""How far from where it meets the edge a flank is looked for."""

WIDE = 0.6
"""A wave that is wider than this share of a flank is no click, whether its flanks are seen or not.
"""

NOISE = 4.0
"""Standard deviations of the noise above which grey is flow."""

GREY = 14.0
"""Levels above the noise that flow has at least."""

SIGNAL = 0.18
"""Share of the brightest flow's grey above the noise that flow has at least."""


def edge_flag(frame: Frame, region: Region, point: PixelPoint, baseline: float) -> Flag | None:
    """`CLIPPED` or `ALIASED` where the wave at a point (source pixels) is, else None.

    `baseline` is the row of zero velocity. A point within `EDGE_SHARE` of the edge on its side
    of the baseline is `CLIPPED` whatever the picture shows.
    """
    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    up = point.y < baseline
    margin = EDGE_SHARE * region.bounds.height
    at_edge = point.y - region.bounds.y0 <= margin if up else region.bounds.y1 - point.y <= margin
    zero = round(min(max(baseline, box.y0), box.y1)) - box.y0
    strip = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
    above, below = strip[:zero][::-1], strip[zero + 1 :]
    per_s = 1 / abs(region.delta[0]) if region.times_known and region.delta[0] else None
    wave, flank = (
        (WAVE_S * per_s, round(FLANK_S * per_s))
        if per_s
        else (WAVE_SHARE * box.width, round(FLANK_SHARE * box.width))
    )
    reach = int(2 * wave) + 2 * flank + 8
    first = max(0, round(point.x) - box.x0 - reach)
    window = slice(first, round(point.x) - box.x0 + reach + 1)
    rows = max(2, round(margin))
    column = point.x - box.x0 - first
    runs = _cut_runs(_flow(above if up else below, rows, window), column, wave, flank)
    if not runs and not at_edge:
        return None
    runs = runs or [(round(column), round(column))]
    back = _comes_back(_flow(below if up else above, rows, window), runs, wave)
    return Flag.ALIASED if back else Flag.CLIPPED


_Flow = npt.NDArray[np.bool_]
"""Where flow is seen on one side of the baseline: (bands, columns), band 0 at the edge."""


def _flow(side: Frame, rows: int, window: slice) -> _Flow | None:
    """Flow in bands of so many rows in some columns; None on a side too narrow to tell.

    Row 0 of `side` is next to the baseline.
    """
    count = len(side) // rows
    if count < 4 or side.shape[1] < 16:
        return None
    # Enough of the strip to know its noise and its brightest flow.
    samples = _bands(side[:, :: max(1, side.shape[1] // 200)], rows, count)
    samples = samples[:, samples.max(axis=0) > 0]
    if not samples.size:
        return None
    # Waves may fill half of the outer rows, so the darker half tells what noise is.
    low, quarter = np.percentile(samples[: max(2, count // 3)], (5, 25))
    spread = float(quarter - low) / 0.97
    noise = float(quarter) + 0.67 * spread
    strong = float(np.percentile(samples, 98))
    limit = noise + max(NOISE * spread, GREY, SIGNAL * (strong - noise))
    bands = _bands(side[:, window], rows, count)
    # Ticks of a time scale are thinner than the median of five columns.
    wide = np.pad(bands, ((0, 0), (2, 2)), mode="edge")
    seen: _Flow = np.median(sliding_window_view(wide, 5, axis=1), axis=2) > limit
    return seen


def _bands(side: Frame, rows: int, count: int) -> npt.NDArray[np.float32]:
    """Mean grey in bands of rows, the outermost first."""
    # Colours drawn over the strip, such as a green ECG, are dark in their least channel.
    grey = side[::-1][: count * rows].min(axis=2)
    means: npt.NDArray[np.float32] = grey.reshape(count, rows, -1).mean(axis=1, dtype=np.float32)
    return means


def _cut_runs(seen: _Flow | None, column: float, wave: float, flank: int) -> list[tuple[int, int]]:
    """First and last column of every stretch near a column where a wave runs into the edge."""
    if seen is None:
        return []
    # The outermost band with flow, as a share of the way from the baseline to the edge.
    reach = np.where(seen.any(axis=0), 1 - seen.argmax(axis=0) / len(seen), 0)
    climbing = np.where((reach >= FLANK[0]) & (reach <= FLANK[1]) & ~seen[0], reach, 0)
    slant = max(2, flank // 4)
    found = []
    for start, stop in _runs(seen[0]):
        if stop < column - wave or start > column + wave:
            continue
        # A speck of noise at the edge has nothing below it, and a click of a valve no flank.
        width = stop - start + 1
        below = seen[1:3, max(0, start - slant) : stop + slant + 1].sum(axis=1).min()
        before = climbing[max(0, start - flank) : start]
        after = climbing[stop + 1 : stop + 1 + flank]
        climbs = any((f > 0).sum() >= 2 and f.max() >= HIGH for f in (before, after))
        filled = seen[1:3, start : stop + 1].mean(axis=1).min() > 0.4
        wide = filled and width > max(6, WIDE * flank)
        if below >= min(3, width / 2) and (wide or climbs):
            found.append((start, stop))
    return found


def _comes_back(seen: _Flow | None, runs: list[tuple[int, int]], wave: float) -> bool:
    """Whether flow hangs from the edge of the other side in the columns of these stretches."""
    if seen is None:
        return False
    first, last = max(0, round(runs[0][0] - wave / 2)), round(runs[-1][1] + wave / 2)
    return int(seen[0, first : last + 1].sum()) >= 3


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each stretch of True; one or two False within are passed over."""
    places = np.flatnonzero(flags)
    if not len(places):
        return []
    gaps = np.flatnonzero(np.diff(places) > 3)
    starts = [0, *(gaps + 1).tolist()]
    stops = [*gaps.tolist(), len(places) - 1]
    found = [(int(places[a]), int(places[b])) for a, b in zip(starts, stops, strict=True)]
    return [run for run in found if run[1] - run[0] >= 2]
