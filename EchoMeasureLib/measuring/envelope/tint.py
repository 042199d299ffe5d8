"""Grey levels of a strip that a device shows through a map of colours: sepia, blue, amber."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.measuring.envelope.pixels import Floats, median

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


def darkest_share(least: npt.NDArray[np.uint8], most: npt.NDArray[np.uint8]) -> float:
    """Which share of the brightest channel (`most`) the darkest (`least`) has in most of what is
    bright; 1 where nothing is."""
    lit = most > LIT
    return median((least / np.maximum(most, 1).astype(np.float32))[lit]) if lit.any() else 1.0


def grey_levels(strip: Frame) -> tuple[Floats, Floats]:
    """Grey levels of a strip, (rows, columns, 3) uint8, and by how many levels of a channel the
    colour of each pixel differs from what the strip shows that grey in.

    What is drawn in a colour of its own is dark.
    """
    red, green, blue = (np.ascontiguousarray(strip[..., channel]) for channel in range(3))
    least = np.minimum(np.minimum(red, green), blue)
    most = np.maximum(np.maximum(red, green), blue)
    share = darkest_share(least, most)
    if share < TINTED:
        return _by_map(strip)
    tinted = most.astype(np.float32) * np.float32(share) - least
    return np.minimum(least.astype(np.float32) / np.float32(share), 255), tinted


def _by_map(strip: Frame) -> tuple[Floats, Floats]:
    """The same of a strip with a map of colours.

    A map gives each level of light one colour, which turns slowly from level to level, and most
    pixels of a level have it: what is drawn over the strip in a colour of its own does not.
    """
    light = strip.sum(axis=2, dtype=np.uint16)
    colours = _map_of(strip[::3, ::3].reshape(-1, 3), light[::3, ::3].ravel())
    apart = np.zeros(light.shape, np.float32)
    for channel in range(3):
        np.maximum(apart, np.abs(strip[..., channel] - colours[light, channel]), out=apart)
    # Compression moves colours of flow too.
    sample = apart[::3, ::3][light[::3, ::3] > 3 * LIT / 2]
    if len(sample):
        apart -= min(float(np.percentile(sample, COMMON)), MOST_COMMON)
    grey = light.astype(np.float32) / np.float32(3)
    grey[apart > COLOURED] = 0
    return grey, apart


def _map_of(pixels: npt.NDArray[np.uint8], light: npt.NDArray[np.uint16]) -> Floats:
    """Colour of each sum of channels, (766, 3)."""
    bins = light // BIN
    middles: list[tuple[float, npt.NDArray[np.float64], int]] = []
    for number in range(int(bins.max()) + 1):
        own = pixels[bins == number]
        if len(own) >= max(8.0, FEWEST * len(pixels)):
            colour = np.median(own, axis=0)
            middles.append((float(colour.sum()), colour, len(own)))
    chain = _chain(middles)
    levels = np.arange(766, dtype=np.float64)
    if not chain:
        return np.repeat(levels[:, None] / 3, 3, axis=1).astype(np.float32)
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
    return table.astype(np.float32)


def _chain(middles: list[tuple[float, npt.NDArray[np.float64], int]]) -> list[int]:
    """Which of the colours follow each other as those of one map do: most pixels have them."""
    best: list[tuple[int, int | None]] = []
    for n, (light, colour, count) in enumerate(middles):
        before: tuple[int, int | None] = (0, None)
        for m in range(n):
            if best[m][0] > before[0] and _follows(middles[m][:2], (light, colour)):
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


def _follows(
    one: tuple[float, npt.NDArray[np.float64]], other: tuple[float, npt.NDArray[np.float64]]
) -> bool:
    steps = (other[0] - one[0]) / BIN
    if steps > SKIPPED or np.any(other[1] < one[1] - FALLS):
        return False
    if one[0] < DARK:
        return True
    turned = np.abs(other[1] / other[0] - one[1] / one[0]).max()
    return bool(turned <= TURNS * max(steps, 1.0))
