"""The same wave in several beats of a strip, laid upon each other: grain that makes one of them
look higher or lower is outvoted by the others.

Each beat is compared with the mean of the others (a matched filter: Turin, IRE Trans Inf Theory
1960;6:311-329) on rows in equal steps of the logarithm of height, where a wave that is higher by a
share is the same one, moved. So a beat keeps a height of its own, and only the place at which light
is called the edge is that of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tops import Top

Doubles = npt.NDArray[np.float64]

STEP, ROWS = 0.015, (-46, 32)
"""Step of the logarithm of height, and the steps from a wave's height between which it is seen."""

FARTHEST = 16
"""Steps by which a beat may be moved against the others."""

REACH_MS, SAMPLES, LATER = 60.0, 12, 3
"""Time to either side of the peak that is compared, into how many columns that is taken together,
and by how many of these a beat may come earlier or later."""

ROUNDS = 2
"""How often beats are laid upon the mean of the others."""

GRAINS, MATCHED, WIDER = 6.0, (0.01, 0.3), 3
"""Parts of a top whose grain differs; deviations between which a height is that is found by
comparing one beat with others; and the steps to either side in which it is seen how sharply."""

ODD, ALIKE_WRONG = 0.4, 0.5
"""Shares that are doubt: of the difference between a wave's own height and what it is settled at,
and of the doubt that the beats had by themselves, as what misleads one may mislead all."""

FEWEST, VARY, FREEDOM = 3, 0.06, 3.0
"""Beats from which it is seen how far they vary; the deviation that they are taken to have at
least, as a share; and the freedom of that, so that a beat which is plainly another one stays so."""

SUREST = 0.025
"""Deviation of a height that a beat has by itself, at least."""

BEAT_SHARE = 0.08
"""Share of a beat by which the same wave may come earlier or later in the next one."""

ALIKE_FROM = 0.7
"""Share of a wave's height from which another beat's may be the same one."""


def same_waves(columns: Doubles, heights: Doubles, period: float) -> list[list[int]]:
    """Which of these waves are the same one in several beats: numbers of each, in groups.

    `columns` of their peaks and `period`, of one beat, in the same unit.
    """
    group = np.arange(len(columns))
    for first in range(len(columns)):
        for beats in (1, 2):
            off = np.abs(columns - columns[first] - beats * period)
            unlike = np.abs(np.log(heights / heights[first])) > -np.log(ALIKE_FROM)
            off[unlike] = np.inf
            next_one = int(off.argmin())
            if off[next_one] <= BEAT_SHARE * period * beats**0.5:
                group[group == group[next_one]] = group[first]
                break
    return [np.flatnonzero(group == name).tolist() for name in np.unique(group)]


def settle(side: Side, edges: Edges, tops: Sequence[Top]) -> list[Top]:
    """Tops of the same wave in several beats with the heights and doubts that all of them give."""
    if len(tops) < 2:
        return list(tops)
    beats = [_patch(side, edges, top) for top in tops]
    higher, matched = _higher(beats)
    doubts = np.array([min(top.doubt, 1.0) for top in tops])
    # What each beat says of how high all of them are.
    off = np.abs(higher - np.median(higher))
    sure = 1 / (doubts**2 + matched**2 + off**2)
    common = -float((sure * higher).sum() / sure.sum())
    own, others = doubts**2 + SUREST**2, matched**2 + 1 / float(sure.sum())
    left = 1 / (1 / own + 1 / others)
    moves, left = _among_alike(
        np.log([top.height for top in tops]), left / others * (common + higher), left
    )
    doubt = np.sqrt(left + (ODD * moves) ** 2 + (ALIKE_WRONG * np.median(doubts)) ** 2)
    factors = np.exp(moves)
    return [
        replace(
            top,
            height=top.height * factor,
            rim=(top.rim[0] * factor, top.rim[1] * factor),
            agreed=agreed,
        )
        for top, factor, agreed in zip(tops, factors.tolist(), doubt.tolist(), strict=True)
    ]


def _among_alike(heights: Doubles, moves: Doubles, left: Doubles) -> tuple[Doubles, Doubles]:
    """Moves of logarithms of heights, and the variance that is left of each, given that beats of
    a strip are alike: what is read poorly is drawn to the others, as far as these are alike.

    By Student's distribution (Lange, J Am Stat Assoc 1989;84:881-896), so that a clear beat that
    differs is no part of it.
    """
    if len(heights) < FEWEST:
        return moves, left
    seen = heights + moves
    middle = float(np.median(seen))
    varies = max(VARY**2, (1.48 * float(np.median(np.abs(seen - middle)))) ** 2 - np.median(left))
    for _ in range(2):
        odds = (FREEDOM + 1) / (FREEDOM + (seen - middle) ** 2 / (varies + left))
        weights = odds / (varies + left)
        middle = float((weights * seen).sum() / weights.sum())
    apart = varies / odds
    share = left / (left + apart)
    return moves + share * (middle - seen), left * apart / (left + apart)


def _patch(side: Side, edges: Edges, top: Top) -> Floats:
    """Light about a top, (steps of height, samples of time)."""
    light = edges.soft
    rows = top.height * np.exp(STEP * np.arange(ROWS[0], ROWS[1] + 1)) - 1
    every = side.columns(REACH_MS) / SAMPLES
    columns = np.round(top.column + every * np.arange(-SAMPLES - LATER, SAMPLES + LATER + 1))
    columns = np.clip(columns, 0, light.shape[1] - 1).astype(np.intp)
    under = np.clip(np.floor(rows), 0, len(light) - 2).astype(np.intp)
    part = np.clip(rows - under, 0, 1).astype(np.float32)[:, None]
    seen = light[under][:, columns] * (1 - part) + light[under + 1][:, columns] * part
    # Roots, as grain is brighter where there is more light.
    seen = np.sqrt(np.maximum(seen - np.float32(edges.noise), 0))
    seen[rows > len(light) - 1] = 0
    return np.asarray(seen, np.float32)


def _higher(beats: Sequence[Floats]) -> tuple[Doubles, Doubles]:
    """By how much the logarithm of each one's height is more than it was taken to be, against all
    of them, and the deviation of that."""
    moves, deviations = np.zeros(len(beats)), np.zeros(len(beats))
    ways = [_ways(beat) for beat in beats]
    for _ in range(ROUNDS):
        laid = [_moved(beat, round(move)) for beat, move in zip(beats, moves, strict=True)]
        total = np.sum(laid, axis=0)
        moves, deviations = np.array([
            _match(*way, total - own) for way, own in zip(ways, laid, strict=True)
        ]).T  # fmt: skip
        moves -= np.median(moves)
    return STEP * moves, np.clip(STEP * deviations, *MATCHED)


def _moved(beat: Floats, steps: int) -> Floats:
    """As it would be if the wave were so many steps lower."""
    rows = np.clip(np.arange(len(beat)) + steps, 0, len(beat) - 1)
    return np.asarray(beat[rows])


def _ways(beat: Floats) -> tuple[Floats, Floats]:
    """All ways in which a beat may be laid upon others, a row each, and the deviation of each."""
    inner = len(beat) - 2 * FARTHEST, beat.shape[1] - 2 * LATER
    ways = np.lib.stride_tricks.sliding_window_view(beat, inner).reshape(-1, inner[0] * inner[1])
    norm = np.square(ways).sum(axis=1) - ways.sum(axis=1) ** 2 / ways.shape[1]
    return ways, np.sqrt(np.maximum(norm, 1))


def _match(ways: Floats, norm: Floats, others: Floats) -> tuple[float, float]:
    """By how many steps a beat is higher than the mean of others, and the deviation of that.

    The less alike they are, and the less it matters how they are laid, the less sure it is: no
    estimate has less variance than (1 - r^2) / (-r r'' n), where r is the correlation of the two
    over the steps and n the number of independent parts (Cramer-Rao, as for a delay: Quazi, IEEE
    Trans ASSP 1981;29:527-533).
    """
    inner = others[FARTHEST:-FARTHEST, LATER:-LATER]
    inner = inner - inner.mean()
    alike = (ways @ inner.ravel() / norm).reshape(-1, 2 * LATER + 1).max(axis=1)
    alike /= max(float(np.linalg.norm(inner)), 1e-6)
    best = int(alike.argmax())
    if not 0 < best < len(alike) - 1:
        return float(best - FARTHEST), np.inf
    before, here, after = (float(alike[best + step]) for step in (-1, 0, 1))
    bend = before - 2 * here + after
    first, last = max(0, best - WIDER), min(len(alike) - 1, best + WIDER)
    apart = ((best - first) ** 2 + (last - best) ** 2) / 2
    sharp = max((2 * here - float(alike[first] + alike[last])) / apart, 0.0)
    deviation = np.sqrt((1 - min(here, 1.0) ** 2) / max(GRAINS * here * sharp, 1e-9))
    return (
        best - FARTHEST + (0.5 * (before - after) / bend if bend < 0 else 0.0),
        float(deviation),
    )
