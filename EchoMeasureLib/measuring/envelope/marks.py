"""Crosses that a sonographer left on a strip, white or too pale to be known by their colour."""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, grown

BRIGHT, DARK, EVEN = 90.0, 0.5, 0.7
"""Levels that each arm of a cross has at least, share of the darkest arm's light that is at most
beside them, and share of the brightest one's that the darkest one has at least."""

ARMS, EDGE = (3, 4), 6
"""Pixels from a cross's middle at which its arms are looked at, as they begin up to 3 px from it;
and pixels of the strip's ends in which no middle is looked for."""

LONGEST, SEEN = 0.03, 0.7
"""Length of an arm at most, as a share of the strip's height, and share of the darkest arm's light
that it ends at."""

Place = tuple[int, int]
UPRIGHT: tuple[Place, ...] = ((-1, 0), (1, 0), (0, -1), (0, 1))
SLANTED: tuple[Place, ...] = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def find_marks(grey: Floats) -> Flags:
    """The arms of all crosses, (rows, columns), whether they stand upright or slanted.

    A cross lies on the tip of a wave: of one that stands upright the four corners are dark, and
    between the arms of a slanted one it is dark above or below, and to both sides.
    """
    flags = np.zeros(grey.shape, bool)
    if min(grey.shape) <= 2 * EDGE:
        return flags
    # The arms of a slanted cross are stairs, which need not meet in one pixel.
    wide = grey.copy()
    np.maximum(wide[:, 1:], grey[:, :-1], out=wide[:, 1:])
    np.maximum(wide[:, :-1], grey[:, 1:], out=wide[:, :-1])
    dim = grey < DARK * 255
    corners = tuple((3 * down, 3 * right) for down, right in SLANTED)
    beside = ((0, -4), (0, 4))
    for seen, ways, dark in (
        (grey, UPRIGHT, corners),
        (wide, SLANTED, (*beside, (-4, 0))),
        (wide, SLANTED, (*beside, (4, 0))),
    ):
        bright = seen >= BRIGHT
        arms = [(step * down, step * right) for down, right in ways for step in ARMS]
        found = _moved(bright, *arms[0]).copy()
        for down, right in arms[1:]:
            found &= _moved(bright, down, right)
        for down, right in dark:
            found &= _moved(dim, down, right)
        rows, columns = (places + EDGE for places in np.nonzero(found))
        light = np.array([seen[rows + down, columns + right] for down, right in arms])
        least = light.min(axis=0)
        most = np.max([grey[rows + down, columns + right] for down, right in dark], axis=0)
        sure = (most <= DARK * least) & (least >= EVEN * light.max(axis=0))
        for row, column, level in zip(rows[sure], columns[sure], least[sure], strict=True):
            _flag(seen, flags, (int(row), int(column)), ways, SEEN * float(level))
    return grown(flags, 1, 1) if flags.any() else flags


def _moved(values: Flags, down: int, right: int) -> Flags:
    """What lies so far from each pixel that is not next to an end."""
    rows, columns = values.shape
    return values[EDGE + down : rows - EDGE + down, EDGE + right : columns - EDGE + right]


def _flag(grey: Floats, flags: Flags, middle: Place, ways: tuple[Place, ...], least: float) -> None:
    """Flag the arms of a cross with this middle, as far as they are no darker than `least`."""
    for down, right in ways:
        for step in range(1, max(ARMS[-1], round(LONGEST * len(grey))) + 1):
            row, column = middle[0] + step * down, middle[1] + step * right
            if not (0 <= row < grey.shape[0] and 0 <= column < grey.shape[1]):
                break
            lit = bool(grey[row, column] >= least)
            if step > ARMS[0] and not lit:
                break
            flags[row, column] |= lit
