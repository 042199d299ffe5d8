"""What is drawn over a spectral strip and is no flow: traces, lines of time, writing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

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

MARGIN = 0.16
"""Share of the strip's width beside either end in which writing is looked for."""

STROKE, STROKE_GREY = 0.018, (45, 25)
"""A stroke of a letter is thinner than this share of the strip's height, and so many levels
brighter than what is beside it: sharp ones, and those that compression has blurred."""

LETTER, WORD = (0.018, 0.085), 0.35
"""Height of a letter, and width of a word of blurred ones, as shares of the strip's height."""

DARK = 0.5
"""Share of a letter's grey at most that is around it."""


def find_overlays(grey: Floats) -> Flags:
    """Where (rows, columns) levels of grey are drawn over and no flow: what is coloured as well is
    known by its colour, and not looked for here."""
    return _long_lines(grey) | _upright_lines(grey) | _writing(grey)


def without(grey: Floats, hidden: Flags) -> Floats:
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


def _writing(grey: Floats) -> Flags:
    """Letters and digits at the left and the right end."""
    flags = np.zeros(grey.shape, bool)
    width = round(MARGIN * grey.shape[1])
    for part in (slice(0, width), slice(-width, None)):
        for step in STROKE_GREY:
            flags[:, part] |= _letters(grey[:, part], step)
    return flags


def _letters(grey: Floats, step: float) -> Flags:
    from scipy import ndimage

    rows, columns = grey.shape
    size = max(5, 2 * round(STROKE * rows / 2) + 1)
    strokes = grey - ndimage.grey_opening(grey, (size, size)) > step
    names, _ = ndimage.label(strokes, np.ones((3, 3), bool))
    found: list[tuple[int, tuple[slice, slice]]] = []
    for number, (down, across) in enumerate(ndimage.find_objects(names), start=1):
        high, wide = down.stop - down.start, across.stop - across.start
        if not LETTER[0] * rows <= high <= LETTER[1] * rows or wide > WORD * rows:
            continue
        about = (
            slice(max(0, down.start - 2), down.stop + 2),
            slice(max(0, across.start - 2), across.stop + 2),
        )
        own = float(np.percentile(grey[about][names[about] == number], 75))
        beside = grey[about][~strokes[about]]
        if len(beside) and float(np.median(beside)) <= DARK * own:
            found.append((number, (down, across)))
    kept = [number for number, place in found if _in_a_word(place, found, columns)]
    lines = np.isin(names, kept) if kept else np.zeros(grey.shape, bool)
    return np.asarray(ndimage.binary_dilation(lines, np.ones((5, 5), bool))) if kept else lines


def _in_a_word(
    place: tuple[slice, slice], letters: list[tuple[int, tuple[slice, slice]]], columns: int
) -> bool:
    """Whether another letter stands beside it on its line, or the strip's end cuts its word."""
    down, across = place
    high = down.stop - down.start
    if across.stop - across.start > 2 * high or across.start == 0 or across.stop == columns:
        return True
    return any(
        other != place
        and abs(other[0].stop - down.stop) <= 0.25 * high
        and abs(other[0].start - down.start) <= 0.25 * high
        and max(other[1].start - across.stop, across.start - other[1].stop) <= 1.3 * high
        for _, other in letters
    )
