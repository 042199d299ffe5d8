"""Grey levels of a strip that a device shows through a map of colours: sepia, blue, amber."""

from __future__ import annotations

from functools import reduce

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.measuring.envelope.pixels import Floats, median, percentiles

BIN = 24
"""Levels of the sum of three channels that are taken together."""

FEWEST = 0.001
"""Share of the strip's pixels from which their middle colour is one of the map."""

FALLS, TURNS, SKIPPED = 12, 0.08, 4
"""Levels by which a channel may fall from one colour of a map to the next, share of the light that
may go from one channel to another over one bin, and bins that may be missing between them."""

DARK = 90
"""Sum of the channels below which their shares say nothing."""

COLOURED = 40
"""Levels between the channels of a pixel that make it a colour, beyond the tint of the strip."""

COMMON, MOST_COMMON = 75, 20.0
"""Percentile of the differences from a map that its own pixels have, and levels of it at most."""

TINTED, LIT = 0.9, 60
"""Share of the brightest channel that the darkest has in plain grey at least, and levels of the
brightest from which a pixel shows it."""


TOGETHER = 32
"""Rows that are looked up at a time."""

Levels = npt.NDArray[np.uint8]

Middle = tuple[float, list[float], int]
"""The sum of the channels of a colour, these, and how many pixels it stands for."""


def darkest_share(least: Levels, most: Levels) -> float:
    """Which share of the brightest channel (`most`) the darkest (`least`) has in most of what is
    bright; 1 where nothing is."""
    lit = most > LIT
    return median((least / np.maximum(most, 1).astype(np.float32))[lit]) if lit.any() else 1.0


def grey_levels(strip: Frame) -> tuple[Floats, Floats]:
    """Grey levels of a strip, (rows, columns, 3) uint8, and by how many levels of a channel the
    colour of each pixel differs from what the strip shows that grey in.

    What is drawn in a colour of its own is dark.
    """
    channels = [np.ascontiguousarray(strip[..., channel]) for channel in range(3)]
    least, most = (reduce(pick, channels) for pick in (np.minimum, np.maximum))
    share = darkest_share(least, most)
    if share < TINTED:
        return _by_map(channels)
    tinted = most.astype(np.float32) * np.float32(share) - least
    return np.minimum(least.astype(np.float32) / np.float32(share), 255), tinted


def _by_map(channels: list[Levels]) -> tuple[Floats, Floats]:
    """The same of a strip with a map of colours.

    A map gives each level of light one colour, which turns slowly from level to level, and most
    pixels of a level have it: what is drawn over the strip in a colour of its own does not.
    """
    light = np.zeros(channels[0].shape, np.uint16)
    for levels in channels:
        light += levels
    some = light[::3, ::3].astype(np.intp)
    colours = _map_of([levels[::3, ::3].ravel() for levels in channels], some.ravel())
    apart = np.zeros(light.shape, np.float32)
    # So many rows at a time as a processor has at hand: half of the time of all at once.
    for first in range(0, len(light), TOGETHER):
        rows = slice(first, first + TOGETHER)
        sums = light[rows].astype(np.intp)
        for levels, colour in zip(channels, colours, strict=True):
            off = colour.take(sums)
            np.subtract(levels[rows], off, out=off)
            np.maximum(apart[rows], np.abs(off, out=off), out=apart[rows])
    # Compression moves colours of flow too.
    sample = apart[::3, ::3][some > 3 * LIT / 2]
    if len(sample):
        apart -= min(float(percentiles(sample, COMMON)[0]), MOST_COMMON)
    grey = light.astype(np.float32) / np.float32(3)
    grey[apart > COLOURED] = 0
    return grey, apart


def _map_of(channels: list[Levels], light: npt.NDArray[np.intp]) -> Floats:
    """Channels (3) of the colour of each sum of them, (3, 766)."""
    bins = light // BIN
    count = np.bincount(bins)
    medians = [_medians(bins, levels, count) for levels in channels]
    middles: list[Middle] = [
        (sum(colour), colour, int(own))
        for own, *colour in zip(count, *(one.tolist() for one in medians), strict=True)
        if own >= max(8.0, FEWEST * len(light))
    ]
    chain = _chain(middles)
    levels = np.arange(766, dtype=np.float64)
    if not chain:
        return np.repeat(levels[None] / 3, 3, axis=0).astype(np.float32)
    known = np.array([middles[n][0] for n in chain])
    colours = np.array([middles[n][1] for n in chain])
    table = np.stack([np.interp(levels, known, column) for column in colours.T], axis=1)
    for beyond, nearest in ((levels < known[0], 0), (levels > known[-1], -1)):
        # With the same shares, and never more than a channel can hold.
        scaled = colours[nearest] * (levels[beyond] / max(known[nearest], 1.0))[:, None]
        over = np.maximum(scaled - 255, 0).sum(axis=1, keepdims=True)
        scaled = np.minimum(scaled, 255)
        room = 255 - scaled
        scaled += room * over / np.maximum(room.sum(axis=1, keepdims=True), 1)
        table[beyond] = scaled
    return np.asarray(table.T, np.float32, order="C")


def _medians(
    bins: npt.NDArray[np.intp], levels: Levels, count: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Median level of each bin, counted level by level; `count`, of the pixels in each."""
    found = np.bincount(256 * bins + levels, minlength=256 * len(count)).reshape(-1, 256)
    until = np.cumsum(found, axis=1)
    halves = (count - 1) // 2, count // 2
    middle = sum((until > half[:, None]).argmax(axis=1) for half in halves)
    return np.asarray(middle / 2)


def _chain(middles: list[Middle]) -> list[int]:
    """Which of the colours follow each other as those of one map do: most pixels have them."""
    best: list[tuple[int, int | None]] = []
    for n, (light, colour, count) in enumerate(middles):
        before: tuple[int, int | None] = (0, None)
        for m in range(n):
            if best[m][0] > before[0] and _follows(middles[m], (light, colour, count)):
                before = best[m][0], m
        best.append((before[0] + count, before[1]))
    if not best:
        return []
    place: int | None = max(range(len(best)), key=lambda n: best[n][0])
    chain = []
    while place is not None:
        chain.append(place)
        place = best[place][1]
    return chain[::-1]


def _follows(one: Middle, other: Middle) -> bool:
    steps = (other[0] - one[0]) / BIN
    if steps > SKIPPED:
        return False
    both = list(zip(other[1], one[1], strict=True))
    if any(level < before - FALLS for level, before in both):
        return False
    if one[0] < DARK:
        return True
    turned = max(abs(level / other[0] - before / one[0]) for level, before in both)
    return turned <= TURNS * max(steps, 1.0)
