"""White crosses that a sonographer left on a strip, upright or slanted.

Coloured ones are known by their colour. Of a white one all four arms are equally bright, each by
itself from its root to its end, and what lies between any two of them is darker. Grain makes bright
strokes that meet, but none so even, and the tip of a wave is no darker to three of its sides.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, grown

ROWS, SMALLEST = 391, 0.6
"""Rows of a strip on which crosses have the sizes below; on smaller ones they shrink so far."""

BESIDE, BETWEEN = 3.0, (2.6, 3.0)
"""Pixels to both sides of an arm that are darker, and from the middle to where it is darker between
two arms, of upright and of slanted crosses."""

ARMS, LONGEST = ((3.2, 4.2), (4.8, 6.0)), 11.0
"""Pixels from the middle between which all four arms are looked at, so that a small cross shows
them, and so that one does which is open in its middle; and pixels that an arm is long at most."""

LEAST_GREY, STANDS, STANDS_PART = 70, 18, 4
"""Levels that an arm has at least, and levels, and which part of its own, by which it is brighter
than both of its sides."""

EVEN, ROUGH, DARKER = 0.8, 0.07, 0.2
"""Share of the brightest arm's light that the darkest one has; deviation along an arm at most, and
by how much it is darker between any two of them, as shares of their light."""

UNLIKE = 2.6
"""Pixels by which the three shortest arms may differ in length."""

Step = tuple[int, int]
UPRIGHT: tuple[Step, ...] = ((-1, 0), (0, 1), (1, 0), (0, -1))
SLANTED: tuple[Step, ...] = ((-1, -1), (-1, 1), (1, 1), (1, -1))
"""Ways along the arms, rows and columns: two each lie on one line."""

Levels = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]


def find_crosses(grey: Floats) -> Flags:
    """Where (rows, columns) levels of grey the arms of white crosses are."""
    size = max(len(grey) / ROWS, SMALLEST)
    margin = round((LONGEST + BESIDE) * max(size, 1)) + 3
    levels = np.pad(grey.astype(np.uint8), margin)
    darker = np.minimum(levels - np.minimum(levels, STANDS), levels - levels // STANDS_PART)
    darker *= levels >= LEAST_GREY
    flags = np.zeros(levels.shape, bool)
    for ways, others, between in zip((UPRIGHT, SLANTED), (SLANTED, UPRIGHT), BETWEEN, strict=True):
        # A step on a slant is longer.
        scale = size / float(np.hypot(*ways[0]))
        lines = [_strokes(levels, darker, way, max(2, round(BESIDE * scale))) for way in ways[:2]]
        away = max(2, round(between * size / float(np.hypot(*others[0]))))
        for arm in ARMS:
            steps = [max(2, round(step * scale)) for step in arm]
            rows, columns = _meeting(lines, ways, sorted(set(steps)), margin)
            if len(rows):
                _flag(flags, levels, (rows, columns), ways, others, steps, away, scale)
    found = flags[margin:-margin, margin:-margin]
    return grown(found, 1, 1) if found.any() else found


def _flag(
    flags: Flags,
    levels: Levels,
    middles: tuple[Places, Places],
    ways: tuple[Step, ...],
    others: tuple[Step, ...],
    steps: list[int],
    away: int,
    scale: float,
) -> None:
    """Flag the arms of those middles (rows, columns) from which four arms of a cross lead away.

    `steps`: between which of an arm it is looked at; `away`: how far from the middle, on the ways
    between two arms, it is dark.
    """
    rows, columns = middles
    first, last = steps
    far = round(LONGEST * max(scale, 1 / float(np.hypot(*ways[0]))))
    arms = np.stack([_along(levels, rows, columns, way, far) for way in ways])
    at = arms[:, first : last + 1].astype(np.float32)
    light = at.mean(axis=1)
    gaps = np.max(
        [levels[rows + away * down, columns + away * right] for down, right in others], axis=0
    ).astype(np.float32)
    darkest, brightest = light.min(axis=0), light.max(axis=0)
    good = darkest >= EVEN * brightest
    good &= at.std(axis=1).max(axis=0) <= ROUGH * brightest
    good &= gaps <= (1 - DARKER) * darkest
    ended = arms[:, last + 1 :] < 0.5 * (darkest + gaps)
    lengths = np.where(ended.any(axis=1), ended.argmax(axis=1), far - last) + last
    # The fourth may go on as the line to another cross, or as the flow that it stands on.
    one, _, three, _ = np.sort(lengths, axis=0)
    good &= (three < far) & (three - one <= UNLIKE * scale)
    rows, columns, lengths = rows[good], columns[good], lengths[:, good]
    for (down, right), length in zip(ways, lengths, strict=True):
        for step in range(far + 1):
            on = step <= length
            flags[rows[on] + step * down, columns[on] + step * right] = True


def _strokes(levels: Levels, darker: Levels, way: Step, beside: int) -> Flags:
    """Pixels that stand out over both of their sides, across a way, and those beside them."""
    down, right = -way[1] * beside, way[0] * beside
    found = np.zeros(levels.shape, bool)
    here = darker[beside:-beside, beside:-beside]
    rows, columns = here.shape
    dark = [
        levels[beside + sign * down :, beside + sign * right :][:rows, :columns] < here
        for sign in (-1, 1)
    ]
    found[beside:-beside, beside:-beside] = dark[0] & dark[1]
    # A line that is drawn smoothly may lie one pixel off.
    return grown(found, 0, 1) if way[0] and not way[1] else grown(found, 1, 0)


def _meeting(
    lines: list[Flags], ways: tuple[Step, ...], steps: list[int], margin: int
) -> tuple[Places, Places]:
    """Rows and columns of pixels from which strokes lead away on all four ways."""
    looks = [(lines[n % 2], way, step) for n, way in enumerate(ways) for step in steps]
    (line, (down, right), step), *looks = looks
    height, width = line.shape[0] - 2 * margin, line.shape[1] - 2 * margin
    first = line[margin + step * down :, margin + step * right :][:height, :width]
    line, (down, right), step = looks.pop(len(steps) - 1)
    second = line[margin + step * down :, margin + step * right :][:height, :width]
    rows, columns = (ends + margin for ends in np.divmod(np.flatnonzero(first & second), width))
    for line, (down, right), step in looks:
        there = line[rows + step * down, columns + step * right]
        rows, columns = rows[there], columns[there]
    return rows, columns


def _along(levels: Levels, rows: Places, columns: Places, way: Step, far: int) -> Levels:
    """Levels (steps, middles) along an arm, the brightest of three beside each other."""
    off = (0, 1) if way[0] and not way[1] else (1, 0)
    steps = np.arange(far + 1)[:, None]
    down, right = rows + steps * way[0], columns + steps * way[1]
    light = levels[down, right]
    for sign in (-1, 1):
        np.maximum(light, levels[down + sign * off[0], right + sign * off[1]], out=light)
    return np.asarray(light, np.uint8)
