"""White crosses on the tips of waves, which a search over a whole strip does not tell from grain.

A sonographer puts them on tips, and there a look may be less strict: the arms that reach out of
the flow are told by the dark beside them, and what lies within it is no darker than they are.
Only upright ones: the flanks of a narrow tip look like the arms of a slanted one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.behind_overlays import without
from EchoMeasureLib.measuring.envelope.crosses import ROWS, SMALLEST, UPRIGHT, Step
from EchoMeasureLib.measuring.envelope.edges import Edges, find_turns
from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats, grown
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.waves import LOWEST_SHARE

WITHIN, BEYOND, ASIDE = 8, 17, 9
"""Pixels from a tip, towards the baseline, away from it and to either side, within which the middle
of its cross is looked for: it is what is seen of the tip that counts, and a cross makes it higher.
"""

ARMS, BESIDE, LONGEST = ((2.5, 3.5), (4.0, 5.0)), 3.0, 11.0
"""Pixels from the middle between which an arm is looked at, so that it shows a small cross or one
that is open in its middle; to both sides of it, where it is darker; and that it is long at most."""

STANDS, STANDS_SHARE = 32, 0.33
"""Levels by which arms are brighter than what is beside them, and that as a share of the brightest
one."""

OVER_NOISE = 12
"""The same, in deviations of the noise of the softened strip: its grains may form a cross."""

INWARDS = 2
"""Which arm points into the wave, where nothing need be dark beside it."""

EVEN = 0.6
"""Share of the brightest arm's light that any of them has."""

Levels = npt.NDArray[np.int16]
Light = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]


def about_tips(
    side: Side, smooth: Floats, summits: Places, reach: tuple[int, int], aside: int
) -> tuple[Places, Places, tuple[Places, Places]]:
    """Rows and columns about each tip, (tips, rows) and (tips, columns), and where a picture of the
    side has them, held within it. `reach`: rows towards the baseline and away from it."""
    within, beyond = reach
    rows: Places = np.round(smooth[summits]).astype(np.intp)[:, None] + np.arange(
        -within, beyond + 1
    )
    columns: Places = summits[:, None] + np.arange(-aside, aside + 1)
    at = (
        np.clip(rows, 0, len(side.grey) - 1)[:, :, None],
        np.clip(columns, 0, side.grey.shape[1] - 1)[:, None, :],
    )
    return rows, columns, at


def without_tip_crosses(side: Side, edges: Edges) -> Side:
    """The same side where no cross lies on a tip; else with what these hide."""
    found = _find(side, edges)
    if found is None:
        return side
    hidden = side.hidden | found
    return replace(
        side, grey=without(side.grey, hidden), hidden=hidden, crosses=side.crosses | found
    )


def _find(side: Side, edges: Edges) -> Flags | None:
    smooth = edges.smooth
    low = LOWEST_SHARE * side.strip_height
    summits = [summit for _, summit, _ in find_turns(smooth) if smooth[summit] >= low]
    if not summits:
        return None
    size = max(side.strip_height / ROWS, SMALLEST)
    margin = round(LONGEST * size) + 4
    within, beyond, aside = (round(far * size) for far in (WITHIN, BEYOND, ASIDE))
    places = np.array(summits)
    rows, columns, at = about_tips(
        side, smooth, places, (within + margin, beyond + margin), aside + margin
    )
    levels, hidden = side.grey[at].astype(np.int16), side.hidden[at]
    # Rows count away from the baseline: which way is out is the same on both sides.
    stands = max(STANDS, round(OVER_NOISE * edges.spread))
    flags = _flags(levels, hidden, stands, size, margin)
    if not flags.any():
        return None
    found = np.zeros_like(side.hidden)
    height, width = side.hidden.shape
    tips, outwards, along = np.nonzero(flags)
    down, right = rows[tips, outwards], columns[tips, along]
    inside = (down >= 0) & (down < height) & (right >= 0) & (right < width)
    found[down[inside], right[inside]] = True
    return grown(found, 1, 1)


def _flags(levels: Levels, hidden: Flags, stands: int, size: float, margin: int) -> Flags:
    flags = np.zeros(levels.shape, bool)
    # The ways out of the wave: away from the baseline and to both sides.
    ways = tuple((-down, right) for down, right in UPRIGHT)
    wide = np.maximum(levels[:, :, 1:-1], np.maximum(levels[:, :, :-2], levels[:, :, 2:]))
    wide = np.pad(wide, ((0, 0), (0, 0), (1, 1)))
    high = np.maximum(levels[:, 1:-1], np.maximum(levels[:, :-2], levels[:, 2:]))
    high = np.pad(high, ((0, 0), (1, 1), (0, 0)))
    beside = max(2, round(BESIDE * size))
    for arm in ARMS:
        steps = sorted({max(2, round(step * size)) for step in arm})
        where = _first((levels, wide), hidden, stands, steps, beside, margin)
        lights: list[Light] = []
        over: list[Light] = []
        for n, way in enumerate(ways):
            if not where.shape[1]:
                break
            along = high if not way[0] else wide
            light, contrast, covered = _arm(levels, along, hidden, where, way, steps, beside)
            lights.append(light)
            if n == INWARDS:
                continue
            over.append(contrast.min(axis=0))
            good = (over[-1] >= stands) & ~covered
            where = where[:, good]
            lights, over = [one[good] for one in lights], [one[good] for one in over]
        if not where.shape[1]:
            continue
        light, least_over = np.array(lights), np.min(over, axis=0)
        most, least = light.max(axis=0), light.min(axis=0)
        good = (least >= EVEN * most) & (least_over >= STANDS_SHARE * most)
        if good.any():
            _draw(flags, levels, where[:, good], least[good], ways, round(LONGEST * size))
    return flags


def _first(
    light: tuple[Levels, Levels],
    hidden: Flags,
    stands: int,
    steps: list[int],
    beside: int,
    margin: int,
) -> Places:
    """Tips, rows and columns (3, places) from which the first arm, away from the baseline, may
    lead: looked at all at once, which leaves few to be looked at each by itself."""
    levels, wide = light
    height, width = levels.shape[1] - 2 * margin, levels.shape[2] - 2 * margin
    step = steps[0]
    arm, sides = (step, 0), ((step, -beside), (step, beside))
    of, one, other, middle = (
        values[:, margin + down :, margin + right :][:, :height, :width]
        for values, (down, right) in (
            (wide, arm), (levels, sides[0]), (levels, sides[1]), (hidden, (0, 0))
        )
    )  # fmt: skip
    # One step may stand out less than the mean of both.
    good = (of - np.maximum(one, other) >= stands // 2) & ~middle
    tip, row, column = np.nonzero(good)
    return np.stack((tip, row + margin, column + margin))


def _arm(
    levels: Levels,
    widened: Levels,
    hidden: Flags,
    where: Places,
    way: Step,
    steps: list[int],
    beside: int,
) -> tuple[Light, Light, Flags]:
    tip, row, column = where
    light = np.zeros(len(tip), np.float32)
    sides = np.zeros((2, len(tip)), np.float32)
    covered = np.zeros(len(tip), np.float32)
    down, right = way
    for step in steps:
        y, x = row + step * down, column + step * right
        light += widened[tip, y, x]
        covered += hidden[tip, y, x]
        off = ((right * beside, down * beside), (-right * beside, -down * beside))
        for n, (dy, dx) in enumerate(off):
            sides[n] += levels[tip, y + dy, x + dx]
    light /= len(steps)
    return light, light - sides / np.float32(len(steps)), covered > 0


def _draw(
    flags: Flags,
    levels: Levels,
    where: Places,
    light: Light,
    ways: tuple[Step, ...],
    far: int,
) -> None:
    tip, row, column = where
    for down, right in ways:
        on = np.ones(len(tip), bool)
        for step in range(far + 1):
            y, x = row + step * down, column + step * right
            if step > 4:
                on = on & (levels[tip, y, x] > 0.5 * light)
            flags[tip[on], y[on], x[on]] = True
