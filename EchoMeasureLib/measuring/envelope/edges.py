"""The two edges of a side of a spectral strip: that of its dense band, and that of all signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, percentiles, sum_down
from EchoMeasureLib.measuring.envelope.sides import SMALLEST, Side

SOFT_MS, SOFT_SHARE = 8.0, 0.005
"""Smoothing along time, and along velocity as a share of the strip's height."""

SMOOTH_MS = 5.0
"""Smoothing of the dense edge before its summits are looked for."""

CLICK_MS, JUMP = 15.0, 0.3
"""What is narrower is the click of a valve, whatever its height; smoothing widens it, but it falls
to less than a wave does: by this share at least, to what is beside it."""

BAR_MS, FULL, NOTCH = 30.0, 3.0, 0.88
"""A summit so narrow at half of its height over the dips beside it, and over what blur has made of
that, is a click or a drawn line; full width at half height of a blur, in deviations."""

DIP = 0.06
"""A summit stands over the dips beside it by so much of its height at least."""

OUTER = 0.4
"""Share of a side beyond which noise is looked for."""

NOISE = 4.0
"""Deviations of the noise above which there is signal."""

GRAIN, GRAIN_MS, QUIETEST = 97, 100.0, 25
"""Percentile of the grey of the outer rows over so long that bright grains of noise reach, and the
percentile of all such stretches that is taken: in others something flows."""

OVER_GRAIN, MOST_NOISE = 2.0, 0.2
"""So far above the noise as grains are, times over, there is signal, but never more than this share
of the brightest signal's light. A device shows the faintest of its noise as black, and what is left
are grains that stand far over any deviation of the rest."""

LEAST_GREY, LEAST_SHARE = 4.0, 0.07
"""Levels, and share of the brightest signal's, that signal has at least above the noise."""

SPECK_MS, SPECK_SHARE = 15.0, 0.04
"""Signal is at least so long, and so high as a share of the strip; specks of noise are smaller."""

FLOATING = 0.7
"""Signal reaches down to this share of its height at least. Text and an ECG hang in the air."""

BAND_SHARE = 0.3
"""Outer share of what is seen in which its dense band is looked for."""

FLOATS_MS = 500.0
"""What does not come from the baseline lasts no longer, or is no wave."""

BESIDE_MS = 12.0
"""Over so long the light of a band does not change much."""

DENSE = 0.5
"""Share of the band's light at which it ends."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Heights over the baseline in pixels, one per column; 0 where there is no signal."""

    dense: Floats
    """Outer edge of the dense (modal) band."""
    smooth: Floats
    """The same without what is shorter than any wave."""
    whole: Floats
    """Outer edge of all signal, without clicks."""
    soft: Floats
    """The side, smoothed, as both were read from it."""
    noise: float
    """Its grey where nothing flows."""
    spread: float
    """Standard deviation of that."""


def find_edges(side: Side) -> Edges | None:
    """Both edges; None where a side shows no contrast at all."""
    from scipy import ndimage

    sigma = max(1.0, SOFT_SHARE * side.strip_height), max(0.7, side.columns(SOFT_MS) / 2.4)
    soft = _softened(side.grey, sigma)
    # Once more: both together are as wide as the coarse look has to be.
    coarse = _softened(soft, (1.7 * sigma[0], max(1.2, 1.7 * sigma[1])))
    written = np.flatnonzero(side.written)
    seen = coarse[:, written[0] : written[-1] + 1] if len(written) else coarse[:, :0]
    if len(written) < seen.shape[1]:
        seen = coarse[:, written]
    if seen.shape[1] < SMALLEST:
        return None
    noise, spread = _noise(seen)
    strong = float(percentiles(seen[::4, ::3].ravel(), 98)[0])
    limit = noise + max(NOISE * spread, LEAST_GREY, LEAST_SHARE * (strong - noise))
    grains = min(OVER_GRAIN * (_grain(seen, side) - noise), MOST_NOISE * (strong - noise))
    limit = max(limit, noise + grains)
    if strong <= limit:
        return None
    whole = _outermost(_joined(coarse > limit, side))
    whole = _without_clicks(whole, side)
    dense = _dense(soft, whole, noise, side)
    blur = max(0.8, side.columns(SMOOTH_MS))
    smooth = ndimage.gaussian_filter1d(dense, blur)
    narrow = float(np.hypot(side.columns(BAR_MS), FULL * np.hypot(np.hypot(sigma[1], blur), 1)))
    bridge_bars(smooth, dense, narrow)
    return Edges(dense, smooth, whole, soft, noise, spread)


def _softened(grey: Floats, sigma: tuple[float, float]) -> Floats:
    """By a Gaussian along rows and columns; along the rows of a turned copy it is twice as fast as
    down columns."""
    from scipy import ndimage

    for width in sigma:
        grey = ndimage.gaussian_filter1d(np.ascontiguousarray(grey.T), width, truncate=3)
    return grey


def find_turns(curve: Floats, least: float = DIP) -> list[tuple[int, int, int]]:
    """Dip before, summit and dip after of everything that stands out of a curve, over the dips by
    more than a share (`least`) of its height."""
    turns, last = [0], float(curve[0])
    up = True
    # Between the places where it stops rising or falling nothing turns.
    steps = np.diff(curve)
    moved = np.flatnonzero(steps)
    rising = steps[moved] > 0
    ends = moved[np.flatnonzero(np.diff(rising, prepend=~rising[:1]))]
    for place in (*ends.tolist(), len(curve) - 1):
        height = float(curve[place])
        if height >= last if up else height <= last:
            turns[-1], last = place, height
        elif (last - height if up else height - last) > least * max(last, height) + 1:
            turns.append(place)
            last, up = height, not up
    # Summits have even numbers; the curve begins and ends with a dip, or is cut there.
    dips = [0, *turns[1::2], len(curve) - 1]
    return [(dips[n], summit, dips[n + 1]) for n, summit in enumerate(turns[::2])]


def bridge_bars(smooth: Floats, dense: Floats, narrow: float) -> None:
    """Take out of both curves, in place, every summit that is no wider than `narrow` columns."""
    for first, summit, last in find_turns(smooth):
        if not 0 < first <= summit <= last < len(smooth) - 1:
            continue
        height = float(smooth[summit])
        if max(smooth[first], smooth[last]) > NOTCH * height:
            continue
        left = summit - int(
            (smooth[first : summit + 1][::-1] < _half(height, smooth[first])).argmax()
        )
        right = summit + int((smooth[summit : last + 1] < _half(height, smooth[last])).argmax())
        if summit in (left, right) or right - left - 1 > narrow:
            continue
        foot = max(first, 2 * left - summit - 1), min(last, 2 * right - summit + 1)
        columns = np.arange(foot[0], foot[1] + 1)
        for curve in (smooth, dense):
            bridge = np.interp(columns, foot, smooth[[*foot]])
            curve[columns] = np.minimum(curve[columns], bridge)


def _half(height: float, dip: float) -> float:
    return 0.5 * (height + float(dip))


def _noise(seen: Floats) -> tuple[float, float]:
    """Grey and deviation of the noise. Waves may fill half of the outer rows, and not more."""
    outer = seen[round(OUTER * len(seen)) :: 3, ::3]
    low, quarter = percentiles(outer.ravel(), 5, 25)
    spread = float(quarter - low) / 0.97
    return float(quarter) + 0.67 * spread, spread


def _grain(seen: Floats, side: Side) -> float:
    """Grey that bright grains of the noise reach; 0 where too little is written to tell."""
    outer = seen[round(OUTER * len(seen)) :: 3, ::2]
    long = max(4, round(side.columns(GRAIN_MS) / 2))
    count = outer.shape[1] // long
    if count < 4:
        return 0.0
    stretches = outer[:, : count * long].reshape(len(outer), count, long)
    (bright,) = percentiles(stretches.swapaxes(0, 1).reshape(count, -1), GRAIN)
    return float(percentiles(bright, QUIETEST)[0])


def _joined(signal: Flags, side: Side) -> Flags:
    """Signal that comes from the baseline, or is as high as a wave whose flanks are faint."""
    from scipy import ndimage

    long = max(3, round(side.columns(SPECK_MS)))
    high = max(4, round(SPECK_SHARE * side.strip_height))
    names, count = ndimage.label(signal)
    kept = np.zeros(count + 1, bool)
    for number, (rows, columns) in enumerate(ndimage.find_objects(names), start=1):
        width = columns.stop - columns.start
        large = rows.stop - rows.start >= high and width >= long
        kept[number] = large and rows.start <= FLOATING * rows.stop
        if kept[number] and rows.start > high:
            # What floats is a wave if it is thick and short, and an ECG if it is not.
            thick = (names[rows, columns] == number).sum(axis=0)
            kept[number] = width <= side.columns(FLOATS_MS) and np.median(thick) >= 1.7 * high
    return kept.take(names)


def _outermost(signal: Flags) -> Floats:
    """Height of the outer edge of the outermost signal of each column."""
    height = len(signal) - signal[::-1].argmax(axis=0)
    return np.where(signal.any(axis=0), height, 0).astype(np.float32)


def _without_clicks(heights: Floats, side: Side) -> Floats:
    from scipy import ndimage

    size = max(1, int(side.columns(CLICK_MS)) + 1)
    narrow = ndimage.grey_opening(heights, (size,))
    smear = 2 * round(1 + 2 * side.columns(SOFT_MS))
    wide = ndimage.grey_opening(heights, (size + smear,))
    return np.where(narrow - wide > JUMP * narrow, wide, narrow).astype(np.float32)


def _dense(soft: Floats, whole: Floats, noise: float, side: Side) -> Floats:
    """Where light falls to a share of that of the band beneath what is seen of each column."""
    from scipy import ndimage

    # Beyond the highest of them nothing is asked for.
    soft = soft[: int(whole.max()) + 3]
    rows = np.arange(1, len(soft) + 1, dtype=np.float32)[:, None]
    inside = (rows <= whole + 1) & (rows >= (1 - BAND_SHARE) * whole - 2)
    band = np.where(inside, soft, 0)
    crest = band.argmax(axis=0)
    light = band[crest, np.arange(band.shape[1])]
    # Noise that hangs on a wave is as bright as a band of its own, but not as the wave beside it.
    beside = max(1.0, side.columns(BESIDE_MS))
    light = ndimage.gaussian_filter1d(light, beside)
    light = ndimage.maximum_filter1d(light, 2 * round(beside) + 1)
    limit = noise + DENSE * (light - noise)
    # The place that parts what lies over the limit from what lies under it best: dark grains of
    # the band and bright ones beyond it are outvoted.
    over = soft - limit
    np.clip(over, -(limit - noise), limit - noise, out=over)
    over *= (rows > crest) & (rows <= whole + 1)
    sum_down(over)
    best = over.argmax(axis=0)
    height = np.where(over[best, np.arange(over.shape[1])] > 0, best + 1, crest + 1)
    # Below the pixel: how far on the way to the next row light falls under the limit.
    last = np.clip(height - 1, 0, len(soft) - 1)
    columns = np.arange(soft.shape[1])
    here, beyond = soft[last, columns], soft[np.minimum(last + 1, len(soft) - 1), columns]
    part = np.clip((here - limit) / np.maximum(here - beyond, 1e-3), 0, 1)
    return np.where(whole > 0, height + part, 0).astype(np.float32)
