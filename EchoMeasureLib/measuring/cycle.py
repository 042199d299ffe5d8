"""The cardiac cycle in a curve of diameters: which turns are ED and ES, by R waves or by shape.

A turn counts where the curve is seen to leave it on both sides. At the border of a clip it may
count all the same: where an R wave tells, or where the curve lies flat as it does at the end
of a movement only.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from EchoMeasureLib.measuring.smoothing import Extreme, Numbers
from EchoMeasureLib.measuring.turns import Curve, Turn

R_WINDOW_S = 0.1
"""ED is the largest diameter within this time of the R wave."""
SYSTOLE_S = (0.08, 0.6)
"""Shortest and longest time from ED to ES."""
LEAVES = 0.12
"""Share of the whole movement by which the curve leaves a turn that is seen."""
ALIKE = 0.06
"""Share of the whole movement by which an ED at the end may fall short of the sure ones."""
FLAT_S = 0.06
"""A curve that lies flat for this long before it falls was at ED, after it fell at ES."""
SAME = 0.02
"""The same for an ED where the curve still rises."""
BORDER_S = 0.07
"""Over this time the steepness at a border of the clip is looked at."""
BORDER_STEEPNESS = 0.35
"""Share of the steepness of the movement that is left at its ends."""
MISSED = 1.6
"""An RR longer than this many usual ones has missed an R wave."""


@dataclass(frozen=True, slots=True)
class Event:
    """An ED or ES of the curve."""

    turn: Turn
    sure: bool
    wave: float | None = None
    """The R wave of an ED, s."""

    @property
    def time(self) -> float:
        """Of its R wave, else of the turn itself, s."""
        return self.turn.time if self.wave is None else self.wave


def find_events(curve: Curve, waves: Sequence[float]) -> tuple[list[Event], bool]:
    """ED and ES in turn, and whether the R waves (s, rising) were of use."""
    by_shape = _judged(curve, [Event(turn, False) for turn in curve.placed(curve.extremes())])
    eds: dict[int, float | None] = {}
    for wave in waves:
        if (at := _at_wave(curve, wave)) is not None:
            eds[at] = wave
    eds = _apart(curve, {**eds, **dict.fromkeys(_missed(eds, by_shape))})
    events = [
        Event(turn, False, eds.get(at) if largest else None)
        for (at, largest), turn in _with_es(curve, eds)
    ]
    events = _judged(curve, events)
    matched = sum(event.wave is not None and event.sure for event in events)
    near = sum(bool(np.any(np.abs(curve.clock - wave) <= R_WINDOW_S)) for wave in waves)
    if not matched or 2 * matched < near:
        return by_shape, False
    return events, True


def _at_wave(curve: Curve, wave: float) -> int | None:
    """The largest diameter near an R wave, where the curve is not larger a little farther away."""
    away = np.abs(curve.clock - wave)
    near = np.flatnonzero(away <= R_WINDOW_S)
    if not len(near):
        return None
    best = int(near[np.argmax(curve.smooth[near])])
    around = curve.smooth[away <= 2 * R_WINDOW_S]
    return best if float(np.max(around)) - curve.smooth[best] <= LEAVES * curve.span else None


def _missed(eds: Mapping[int, float | None], shape: Sequence[Event]) -> list[int]:
    """The ED that the curve shows where an R wave is missing."""
    waves = sorted(wave for wave in eds.values() if wave is not None)
    if not waves:
        return []
    usual = float(np.median(np.diff(waves))) if len(waves) > 1 else 0.0
    found: list[int] = []
    for event in shape:
        if not (event.sure and event.turn.largest):
            continue
        later = bisect.bisect(waves, event.time)
        inside = 0 < later < len(waves)
        missing = not inside or waves[later] - waves[later - 1] > MISSED * usual
        nearest = min(abs(event.time - wave) for wave in waves)
        if missing and nearest > max(2 * R_WINDOW_S, 0.6 * usual):
            found.append(event.turn.at)
    return found


def _apart(curve: Curve, eds: Mapping[int, float | None]) -> dict[int, float | None]:
    """In time, without a second ED within a systole of the one before."""
    kept: dict[int, float | None] = {}
    last = -math.inf
    for at in sorted(eds):
        if curve.clock[at] - last > SYSTOLE_S[0] + R_WINDOW_S:
            kept[at], last = eds[at], float(curve.clock[at])
    return kept


def _with_es(curve: Curve, eds: Iterable[int]) -> list[tuple[Extreme, Turn]]:
    """ED with the smallest diameter between two of them, before the first and after the last."""
    found: list[Extreme] = []
    before: int | None = None
    for after in [*eds, None]:
        inside = np.arange(
            0 if before is None else before + 1, len(curve.clock) if after is None else after
        )
        if before is not None:
            inside = inside[curve.clock[inside] - curve.clock[before] <= SYSTOLE_S[1]]
        if len(inside):
            least = int(inside[np.argmin(curve.smooth[inside])])
            # Before the first ED and after the last there may be no ES at all.
            beside = [curve.smooth[ed] for ed in (before, after) if ed is not None]
            if len(beside) == 2 or (beside and beside[0] - curve.smooth[least] >= _need(curve)):
                found.append((least, False))
        if after is not None:
            found.append((after, True))
        before = after
    return list(zip(found, curve.placed(found), strict=True))


def _need(curve: Curve) -> float:
    """By how much the curve leaves a turn that is seen."""
    return max(LEAVES * curve.span, 4 * curve.left_noise)


def _judged(curve: Curve, events: Sequence[Event]) -> list[Event]:
    """The same, each with whether it is sure."""
    judged = [replace(event, sure=_seen(curve, events, k)) for k, event in enumerate(events)]
    if judged and not judged[-1].sure and _full_at_end(curve, judged):
        judged[-1] = replace(judged[-1], sure=True)
    return judged


def _seen(curve: Curve, events: Sequence[Event], k: int) -> bool:
    """Whether the curve turns here, and was not only cut."""
    event, at = events[k], events[k].turn.at
    if event.turn.gap:
        return False
    low = min(at, events[k - 1].turn.at) if k else 0
    high = max(at, events[k + 1].turn.at) if k + 1 < len(events) else len(curve.clock) - 1
    up = curve.smooth if event.turn.largest else -curve.smooth
    need = _need(curve)
    left = up[at] - float(np.min(up[low : at + 1])) >= need
    right = up[at] - float(np.min(up[at : high + 1])) >= need
    if left and right:
        return True
    at_start, at_end = right and k == 0, left and k == len(events) - 1
    if not (at_start or at_end) or float(np.max(up)) - up[at] > LEAVES * curve.span:
        return False
    if event.wave is not None:
        return True
    if at_end and event.turn.largest:
        # A clip that ends as filling slows down may end in diastasis.
        return False
    beyond = curve.clock[at] - curve.clock[0] if at_start else curve.clock[-1] - curve.clock[at]
    return bool(beyond >= FLAT_S) or _flat(curve, at_start)


def _full_at_end(curve: Curve, events: Sequence[Event]) -> bool:
    """Whether a clip ends at ED: as large as at those that are sure, or nearly and flat."""
    last = events[-1].turn
    sure = [curve.smooth[e.turn.at] for e in events if e.sure and e.turn.largest]
    if not last.largest or last.gap or not sure:
        return False
    short = float(np.median(sure)) - curve.smooth[last.at]
    near = bool(short <= ALIKE * curve.span) and _flat(curve, at_start=False)
    return near or bool(short <= SAME * curve.span)


def _flat(curve: Curve, at_start: bool) -> bool:
    """Whether the curve lies flat at this border of the clip, beside how steep it is beyond."""
    clock, smooth = curve.clock, curve.smooth
    from_border = clock - clock[0] if at_start else clock[-1] - clock
    order = np.argsort(from_border, kind="stable")
    near = order[: max(3, int(np.count_nonzero(from_border <= BORDER_S)))]
    slope = abs(_slope(clock[near], curve.values[near]))
    doubt = curve.noise / float(np.sqrt(np.sum((clock[near] - clock[near].mean()) ** 2)))
    steps = np.abs(np.diff(smooth)) / np.diff(clock)
    reach = max(2, int(np.count_nonzero(from_border <= SYSTOLE_S[1])))
    steepest = float(np.max(steps[:reach] if at_start else steps[-reach:]))
    return slope + doubt <= BORDER_STEEPNESS * steepest


def _slope(clock: Numbers, values: Numbers) -> float:
    away = clock - clock.mean()
    return float(away @ values / (away @ away))
