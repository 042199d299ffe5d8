"""The two sides of a spectral strip's baseline as grey alone, without what is drawn over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

SMALLEST = 16
"""A side of fewer rows, or a strip of fewer columns, is not read."""

UNTIMED_S = 3.0
"""Seconds that a strip is taken to show where its columns are no times to be trusted."""

COLOURED = 40
"""Levels between the channels of a pixel that make it a colour, beyond the tint of the strip."""

LINE_SHARE, LINE_EVEN = 0.04, 0.12
"""Share of the strip's width over which a thin line runs that is a trace and not grain, and
deviation of its grey as a share: flow is never so even."""

LINE_GREY, LINE_THICK = 30, 0.009
"""Levels by which such a line stands out over what is above and below, and its thickness at most
as a share of the strip's height."""

LINE_FALL = 0.4
"""Of its grey at most is left beyond its thickness."""

UPRIGHT_PARTS, UPRIGHT, UPRIGHT_GREY, UPRIGHT_COLUMNS = 6, 2.2, 3.0, 41
"""A dotted or whole upright line stands out in half of so many parts of the strip's height, by so
much more than what is around, levels and columns: flow hides it in the others."""

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
    strip = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
    grey, hidden = _plain(strip)
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


def _plain(strip: Frame) -> tuple[Floats, Flags]:
    """Grey levels without what is drawn in colours or as a long thin line, and where that was."""
    from scipy import ndimage

    red, green, blue = (np.ascontiguousarray(strip[..., channel]) for channel in range(3))
    least = np.minimum(np.minimum(red, green), blue)
    most = np.maximum(np.maximum(red, green), blue)
    bright = most > 60
    share = 1.0
    if bright.any():
        share = float(np.median(least[bright] / most[bright].astype(np.float32)))
    tinted = most.astype(np.float32) * np.float32(share) - least
    hidden = tinted > COLOURED
    grey = np.minimum(least.astype(np.float32) / np.float32(max(share, 0.2)), 255)
    if hidden.any():
        # Compression smears colours over their surroundings.
        hidden = ndimage.binary_dilation(hidden, np.ones((5, 3), bool))
    hidden |= _long_lines(grey) | _upright_lines(grey)
    return (_filled(grey, hidden) if hidden.any() else grey), hidden


def _long_lines(grey: Floats) -> Flags:
    """A bright thin line that runs along the strip: an ECG, a baseline, a border."""
    from scipy import ndimage

    rows, columns = grey.shape
    size = max(5, 2 * round(LINE_THICK * rows) + 1)
    # A line is the same from column to column, grain is not; and it is dark on both of its sides,
    # where the rim of a wave has flow on one.
    even = ndimage.uniform_filter1d(grey, 3, axis=1)
    around = ndimage.maximum_filter1d(even, size, axis=0)
    far = size + size // 2
    padded = np.pad(around, ((far, far), (0, 0)), mode="edge")
    beside = np.maximum(padded[: -2 * far], padded[2 * far :])
    names, _ = ndimage.label(even - beside > LINE_GREY, np.ones((3, 3), bool))
    lines = np.zeros(grey.shape, bool)
    for number, place in enumerate(ndimage.find_objects(names), start=1):
        width = place[1].stop - place[1].start
        if width < LINE_SHARE * columns:
            continue
        own = names[place] == number
        level = np.where(own, even[place], 0).max(axis=0)
        middle = np.where(own, even[place], 0).argmax(axis=0) + place[0].start
        sides = [np.clip(middle + step, 0, rows - 1) for step in (-size // 2 - 1, size // 2 + 2)]
        beyond = [even[side, np.arange(place[1].start, place[1].stop)] for side in sides]
        thin = max(float(np.median(one / np.maximum(level, 1))) for one in beyond) < LINE_FALL
        if thin and own.sum() <= size * width and level.std() <= LINE_EVEN * level.mean():
            lines[place] |= own
    return (
        np.asarray(ndimage.binary_dilation(lines, np.ones((5, 3), bool))) if lines.any() else lines
    )


def _upright_lines(grey: Floats) -> Flags:
    """Lines of time, dotted or whole, from the top of the strip to its bottom."""
    from scipy import ndimage

    width = 5
    lower = ndimage.maximum_filter1d(ndimage.minimum_filter1d(grey, width, axis=1), width, axis=1)
    parts = np.array_split(np.minimum(grey - lower, 80), UPRIGHT_PARTS)
    means = np.array([part.mean(axis=0) for part in parts])
    # Grain stands out as well, but no more than that of the columns around it.
    around = ndimage.uniform_filter1d(means, UPRIGHT_COLUMNS, axis=1)
    over = means > UPRIGHT * around + UPRIGHT_GREY
    # Up to an end of the strip: the flank of a narrow wave does not go so far.
    lines = (over[0] | over[-1]) & (over.sum(axis=0) >= UPRIGHT_PARTS // 2)
    flags = np.zeros(grey.shape, bool)
    flags[:, ndimage.binary_dilation(lines)] = True
    return flags


def _filled(grey: Floats, hidden: Flags) -> Floats:
    """With what is hidden as the mean of what is seen around it."""
    from scipy import ndimage

    seen = (~hidden).astype(np.float32)
    filled = grey.copy()
    left = hidden
    for size in (9, 31):
        weight = ndimage.uniform_filter(seen, size)
        mean = ndimage.uniform_filter(grey * seen, size)
        known = left & (weight > 0.1)
        filled[known] = mean[known] / weight[known]
        left = left & ~known
        if not left.any():
            break
    filled[left] = 0
    return np.asarray(filled, np.float32)


def _written(grey: Floats) -> Flags:
    """Columns from the first to the last with something in them beside the baseline."""
    from scipy import ndimage

    high = np.percentile(grey[::2], 95, axis=0)
    # The marks of time go on where nothing is written yet; each is a few columns wide.
    tick = np.ones(max(3, grey.shape[1] // 60))
    some = np.flatnonzero(ndimage.binary_opening(high > float(grey.min()) + BLANK, tick))
    written = np.zeros(grey.shape[1], bool)
    if len(some):
        written[some[0] : some[-1] + 1] = True
    return written
