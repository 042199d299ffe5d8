"""Where the beats of a strip begin, and which wave has which place in its beat.

Every way of laying beats over a strip is weighed at once (a hidden semi-Markov model, forward and
backward: Rabiner, Proc IEEE 1989;77:257-286), so that what is found comes with its probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.period import BEAT_S
from EchoMeasureLib.measuring.envelope.timelines import Slot

Doubles = npt.NDArray[np.float64]

STEP_S = 0.02
"""Between two moments at which a beat may begin."""

STEADY, UNSTEADY, LOOSE = 0.07, 0.25, 0.05
"""Deviation of a beat's length from that by which the strip repeats itself, as a share; that of
beats whose R waves are known, and may be irregular; what is left of the odds to any length."""

USUAL_S, USUAL_SPREAD = 0.85, 0.35
"""Length of a beat where nothing is known, and its deviation as a logarithm."""

MULTIPLE, MULTIPLES = 0.2, (1 / 2, 1 / 3, 2)
"""Odds that a beat is each of these shares of what repeats itself, where a beat has one wave: an
overlay or a breath may make every second or third one more alike."""

OTHER_PER_S = 2.0
"""Waves in a second that have no place in the beat: clutter, other flow, noise."""

LOW, TYPICAL, VARIED = 0.25, 0.85, 0.35
"""Height of such ones on average, and of those that have one with its deviation, as shares of the
highest on that side."""

AT_R_S, OFF_R, MISSED_R = 0.03, -8.0, -8.0
"""A known R wave begins a beat within so long; log odds of a beat that begins elsewhere beside it,
and of one that holds one in its middle."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A wave as it takes part in the search."""

    time: float
    """Of its peak, s from the strip's left edge."""
    sign: int
    """1 towards the probe, -1 away from it."""
    height: float
    """As a share of the highest of its side."""


@dataclass(frozen=True, slots=True)
class Beats:
    """What is found."""

    starts: tuple[float, ...]
    """The likeliest times of the R waves, s from the strip's left edge; the first may lie before it
    and the last beyond its end."""
    places: Doubles
    """(waves, slots): probability that a wave fills a slot of some beat."""
    fit: float
    """Log odds of the waves as those of a heart's beats, against waves at random."""
    length_known: bool = False
    """Whether the strip's repetition or R waves say how long a beat is."""


def find_beats_of(
    waves: Sequence[Sighting],
    slots: Sequence[Slot],
    length: float,
    period: float | None,
    r_waves: Sequence[float] = (),
) -> Beats:
    """Lay beats over a strip of `length` seconds.

    `period`: seconds after which the strip repeats itself; None where it does not. `r_waves`:
    times of R waves, s from the left edge, where they are known.
    """
    lengths = np.arange(round(BEAT_S[0] / STEP_S), round(BEAT_S[1] / STEP_S) + 1)
    rr = np.asarray(lengths * STEP_S, np.float64)
    first = -int(lengths[-1])
    count = round(length / STEP_S) - 2 * first
    moments = np.asarray((np.arange(count) + first) * STEP_S, np.float64)
    multiple = MULTIPLE if len(slots) == 1 else 0.0
    log_rr = _log_lengths(rr, period, STEADY, multiple)
    if len(r_waves) > 1:
        log_rr = _log_lengths(rr, float(np.median(np.diff(np.sort(r_waves)))), UNSTEADY, 0)
    score = np.repeat(log_rr[None, :], count, axis=0)
    tables, places = [], []
    for slot in slots:
        table = _Table.of(slot, waves, moments, length)
        place = np.arange(count)[:, None] + np.round(slot.after(rr) / STEP_S).astype(int)
        place = np.minimum(place, count - 1)
        score += table.log[place]
        tables.append(table)
        places.append(place)
    score += _by_r_waves(moments, lengths, r_waves)
    forward, backward, total = _sums(score, lengths)
    starts = _likeliest(score, lengths)
    ends = np.minimum(np.arange(count)[:, None] + lengths, count)
    odds = np.exp(np.clip(forward[:count, None] + score + backward[ends] - total, -700, 0))
    shares = np.zeros((len(waves), len(slots)))
    for number, (table, place) in enumerate(zip(tables, places, strict=True)):
        at = np.bincount(place.ravel(), odds.ravel(), minlength=count)
        shares[:, number] = table.shares @ at
    known = period is not None or len(r_waves) > 1
    return Beats(
        tuple(moments[0] + STEP_S * s for s in starts), np.clip(shares, 0, 1), total, known
    )


def _log_lengths(rr: Doubles, period: float | None, spread: float, multiple: float) -> Doubles:
    usual = np.exp(-0.5 * (np.log(rr / USUAL_S) / USUAL_SPREAD) ** 2)
    flat = usual / usual.sum()
    if period is None:
        return np.asarray(np.log(flat))
    odds = LOOSE * flat
    own = 1 - LOOSE - len(MULTIPLES) * multiple
    for share, times in ((own, 1.0), *((multiple, times) for times in MULTIPLES)):
        near = np.exp(-0.5 * ((rr / times - period) / (spread * period)) ** 2)
        odds += share * near / near.sum() if near.sum() > 1e-9 else 0.0
    return np.asarray(np.log(odds))


@dataclass(frozen=True, slots=True)
class _Table:
    """A slot at every moment: its log odds there, and which wave fills it."""

    log: Doubles
    shares: Doubles
    """(waves, moments)."""

    @classmethod
    def of(cls, slot: Slot, waves: Sequence[Sighting], moments: Doubles, length: float) -> _Table:
        fills = np.zeros((len(waves), len(moments)))
        for number, wave in enumerate(waves):
            if wave.sign == slot.sign:
                off = (moments - wave.time) / slot.spread
                time = np.exp(-0.5 * off**2) / (slot.spread * np.sqrt(2 * np.pi))
                fills[number] = (1 - slot.absent) * time * _by_height(wave.height) / OTHER_PER_S
        # Of what would lie beyond the strip nothing is known.
        seen = (moments >= 0) & (moments <= length)
        total = np.where(seen, slot.absent, 1.0) + fills.sum(axis=0)
        return cls(np.log(total), fills / total)


def _by_height(height: float) -> float:
    """How much more often a wave of a beat is so high than one that is none of it."""
    own = np.exp(-0.5 * ((height - TYPICAL) / VARIED) ** 2) / (VARIED * np.sqrt(2 * np.pi))
    other = np.exp(-min(height, 1.2) / LOW) / LOW
    return float(own / other)


def _by_r_waves(
    moments: Doubles, lengths: npt.NDArray[np.int_], r_waves: Sequence[float]
) -> Doubles:
    if not r_waves:
        return np.zeros((len(moments), 1))
    known = np.sort(np.asarray(r_waves, np.float64))
    near = np.abs(moments[:, None] - known).min(axis=1) <= AT_R_S
    between = (moments > known[0] - 0.3) & (moments < known[-1] + 0.3)
    off = np.where(between & ~near, OFF_R, 0.0)
    ends = moments[:, None] + lengths * STEP_S
    inside = np.searchsorted(known, ends - AT_R_S - 1e-9) - np.searchsorted(
        known, moments + AT_R_S + 1e-9
    )[:, None]  # fmt: skip
    return np.asarray(off[:, None] + MISSED_R * np.maximum(inside, 0))


def _sums(score: Doubles, lengths: npt.NDArray[np.int_]) -> tuple[Doubles, Doubles, float]:
    """Log odds of all ways to a moment and on from it. A way may begin in the first beat's time
    and is over where a beat ends beyond the last moment."""
    count, most = len(score), int(lengths[-1])
    forward = np.full(count + 1, -np.inf)
    backward = np.full(count + 1, -np.inf)
    backward[count] = 0.0
    for moment in range(count - 1, -1, -1):
        backward[moment] = _log_sum(score[moment] + backward[np.minimum(moment + lengths, count)])
    for moment in range(count):
        arrived = -np.inf
        if moment >= lengths[0]:
            fits = lengths[lengths <= moment]
            before = moment - fits
            arrived = _log_sum(forward[before] + score[before, np.arange(len(fits))])
        forward[moment] = np.logaddexp(arrived, -np.log(most)) if moment < most else arrived
    return forward, backward, _log_sum(backward[:most] - np.log(most))


def _log_sum(values: Doubles) -> float:
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).sum())) if np.isfinite(top) else -np.inf


def _likeliest(score: Doubles, lengths: npt.NDArray[np.int_]) -> list[int]:
    count, most = len(score), int(lengths[-1])
    best = np.zeros(count + 1)
    step = np.zeros(count, int)
    for moment in range(count - 1, -1, -1):
        ways = score[moment] + best[np.minimum(moment + lengths, count)]
        step[moment] = int(ways.argmax())
        best[moment] = ways[step[moment]]
    found = [int(best[:most].argmax())]
    while found[-1] < count:
        found.append(found[-1] + int(lengths[step[found[-1]]]))
    return found
