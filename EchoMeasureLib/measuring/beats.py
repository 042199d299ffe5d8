"""End-diastole and end-systole from the left ventricular diameter of every frame.

End-diastole (ED) is the frame with the largest diameter, near the R wave where
there is one; end-systole (ES) the one with the smallest before the next ED
(ASE/EACVI 2015). Frames are found on a smoothed curve in real time; whoever
wants a number takes the caliper of the frame that was found, unsmoothed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.rhythm import HeartRhythm, heart_rhythm

Curve = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

MIN_FRAMES = 5
GAP_S = 0.06
"""An ED or ES beside a longer time without a diameter does not count; one frame may be missing."""
MAX_SPACING_S = 0.1
"""With fewer measured frames per second a systole of 0.3 s cannot be seen."""
SMOOTHING_S = 0.025
"""Standard deviation of the kernel. Wide enough for the jitter of single frames, narrow
enough that the sharp end of systole at 180 beats per minute stays where it is."""
MIN_EXCURSION = 0.05
"""Share of the mean diameter that the curve must move; less is no heartbeat."""
TURN = 0.4
"""Share of the whole movement by which the curve must turn back at an ED or ES.
Diastasis and the atrial kick are smaller."""
BORDER_TURN = 0.12
"""Share of the whole movement by which an ED or ES at the border of the clip may fall short."""
BORDER_S = 0.025
BORDER_STEEPNESS = 0.5
"""A clip that begins at ED is flat there: over BORDER_S, half as steep as the steepest or less."""
R_WINDOW_S = 0.1
"""ED is the largest diameter within this time of the R wave."""
SYSTOLE_S = (0.08, 0.6)
"""Shortest and longest time from ED to ES."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One end-diastole and the end-systole that follows it, as frame indices.

    Either may lie outside the clip or where nothing is measured; what is there still counts,
    an ED for LVIDd and an ES for LVIDs.
    """

    ed: int | None
    es: int | None
    why_not: str = ""
    """Why its two diameters give no EF and FS although both are there, in words."""

    @property
    def complete(self) -> bool:
        """Whether its whole movement is seen, so that the pair may give EF and FS."""
        return self.ed is not None and self.es is not None and not self.why_not


@dataclass(frozen=True, slots=True)
class Beats:
    """The beats of a cine, in time."""

    beats: tuple[Beat, ...]
    reason: str = ""
    """Why no beat is complete; empty where one is."""
    source: str = ""
    """What ED was found by: "R waves" or "diameter"."""
    rhythm: HeartRhythm = field(default_factory=HeartRhythm)
    """Rate and rhythm of the beats; empty without frame times."""
    warnings: tuple[str, ...] = ()
    """Sentences to be read beside the numbers, such as that there are few frames per beat."""

    @property
    def complete(self) -> tuple[Beat, ...]:
        """The beats that may give EF and FS."""
        return tuple(beat for beat in self.beats if beat.complete)

    @property
    def ed_frames(self) -> tuple[int, ...]:
        """The end-diastoles that are in the clip."""
        return tuple(beat.ed for beat in self.beats if beat.ed is not None)

    @property
    def es_frames(self) -> tuple[int, ...]:
        """The end-systoles that are in the clip."""
        return tuple(beat.es for beat in self.beats if beat.es is not None)


def find_beats(
    diameters: Mapping[int, float],
    times: Sequence[float] | None,
    r_waves: Sequence[float] = (),
) -> Beats:
    """The beats of a cine from its diameters by frame, in any unit.

    `times` gives the seconds of every frame of the cine, `r_waves` the seconds of
    the R waves. Frames without a diameter are simply not there. Without times the
    shape of the curve alone decides, as if the frames were 1/30 s apart.
    """
    frames = np.array(sorted(diameters), dtype=np.intp)
    if len(frames) < MIN_FRAMES:
        return Beats((), f"LVID is measured on {len(frames)} frame(s); {MIN_FRAMES} are needed")
    # Without times only the smoothing and the limits below need a scale; no result carries it.
    clock = frames / 30.0 if times is None else np.array([times[i] for i in frames], np.float64)
    gap = float(np.median(np.diff(clock)))
    if not gap > 0:
        return Beats((), "the frame times do not rise")
    if gap > MAX_SPACING_S:
        return Beats((), f"LVID is measured every {gap:.2f} s only, too seldom to see a beat")
    smooth = _smoothed(clock, np.array([diameters[int(i)] for i in frames], np.float64))
    span = float(np.ptp(smooth))
    if span < MIN_EXCURSION * float(np.mean(smooth)):
        return Beats((), "LVID hardly changes; no heartbeat is seen")
    gaps = _beside_gaps(clock, gap)
    waves = [r for r in r_waves if clock[0] <= r <= clock[-1]] if times is not None else []
    if waves:
        pairs, source = _by_r_waves(clock, smooth, waves), "R waves"
    else:
        pairs, source = _by_shape(clock, smooth, span, gaps), "diameter"
    sound = [(ed, es) for ed, es in pairs if not (gaps[ed] or gaps[es])]
    if not sound:
        missed = "LVID is not measured on the frames around end-diastole or end-systole"
        none = "the clip holds no end-diastole with an end-systole after it"
        return Beats((), missed if pairs or gaps.any() else none)
    rhythm = heart_rhythm([] if times is None else waves or [clock[ed] for ed, _ in sound])
    beats = tuple(Beat(int(frames[ed]), int(frames[es])) for ed, es in sound)
    return Beats(beats, source=source, rhythm=rhythm)


def _beside_gaps(clock: Curve, usual: float) -> Marks:
    """Frames beside a time without measurements, in which the true turn may have been."""
    wide = np.diff(clock) > max(GAP_S, 2.1 * usual)
    result: Marks = np.append(wide, False) | np.append(False, wide)
    return result


def _smoothed(clock: Curve, values: Curve) -> Curve:
    """Median of three against single wild frames, then a Gaussian over time."""
    middle = values.copy()
    middle[1:-1] = np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0)
    result: Curve = np.empty_like(middle)
    reach = 3 * SMOOTHING_S
    for i, now in enumerate(clock):
        low, high = np.searchsorted(clock, (now - reach, now + reach + 1e-9))
        # The same number of frames on both sides, so that a slope is not pulled at the borders.
        side = min(i - low, high - 1 - i)
        near = slice(i - side, i + side + 1)
        weights = np.exp(-0.5 * ((clock[near] - now) / SMOOTHING_S) ** 2)
        result[i] = weights @ middle[near] / weights.sum()
    return result


def _by_r_waves(clock: Curve, smooth: Curve, waves: Sequence[float]) -> list[tuple[int, int]]:
    """The largest diameter around each R wave and the smallest in the systole after it."""
    found: list[int] = []
    for wave in waves:
        around = np.flatnonzero(np.abs(clock - wave) <= R_WINDOW_S)
        if len(around):
            best = int(around[np.argmax(smooth[around])])
            if not found or best > found[-1]:
                found.append(best)
    pairs: list[tuple[int, int]] = []
    for ed, following in zip(found, [*found[1:], len(clock)], strict=True):
        es = _systole_end(clock, smooth, ed, following)
        if es is not None:
            pairs.append((ed, es))
    return pairs


def _systole_end(clock: Curve, smooth: Curve, ed: int, following: int) -> int | None:
    """The smallest diameter between two ED, or None where the clip ends before it is reached."""
    elapsed = clock - clock[ed]
    inside = np.flatnonzero((elapsed >= SYSTOLE_S[0]) & (elapsed <= SYSTOLE_S[1]))
    inside = inside[inside < following]
    if not len(inside):
        return None
    es = int(inside[np.argmin(smooth[inside])])
    span = float(np.ptp(smooth))
    if smooth[ed] - smooth[es] < TURN * span:
        return None
    at_end = es == len(clock) - 1
    return None if at_end and not _flat(clock, smooth, es) else es


def _by_shape(clock: Curve, smooth: Curve, span: float, gaps: Marks) -> list[tuple[int, int]]:
    """Each maximum with the minimum after it."""
    turns = _turning_points(smooth, TURN * span)
    true = [_true_turn(clock, smooth, turns, which, span, gaps) for which in range(len(turns))]
    pairs: list[tuple[int, int]] = []
    for which, (index, is_ed) in enumerate(turns[:-1]):
        after = turns[which + 1][0]
        lasts = clock[after] - clock[index]
        if is_ed and true[which] and true[which + 1] and SYSTOLE_S[0] <= lasts <= SYSTOLE_S[1]:
            pairs.append((index, after))
    return pairs


def _turning_points(curve: Curve, turn: float) -> list[tuple[int, bool]]:
    """(index, is maximum), alternating: between two the curve moves by at least `turn`.

    Only what lies between the first and the last is sure to be a turn.
    """
    found: list[tuple[int, bool]] = []
    low = high = 0
    rising: bool | None = None
    for i, value in enumerate(curve):
        high = i if value > curve[high] else high
        low = i if value < curve[low] else low
        if rising is not False and curve[high] - value >= turn:
            found.append((high, True))
            rising, low = False, i
        elif rising is not True and value - curve[low] >= turn:
            found.append((low, False))
            rising, high = True, i
    if rising is not None:
        found.append((high, True) if rising else (low, False))
    return found


def _true_turn(
    clock: Curve,
    smooth: Curve,
    turns: Sequence[tuple[int, bool]],
    which: int,
    span: float,
    gaps: Marks,
) -> bool:
    """Whether the first or the last turn is an ED or ES, and not only where the clip was cut.

    The curve must leave it on its open side too, or it must be as full as the turns
    between, or without any of these the curve must be flat there.
    """
    if 0 < which < len(turns) - 1:
        return True
    index, is_ed = turns[which]
    sign = 1 if is_ed else -1
    open_side = smooth[: index + 1] if which == 0 else smooth[index:]
    if float(np.max(sign * (smooth[index] - open_side))) >= BORDER_TURN * span:
        return True
    inner = [smooth[i] for i, kind in turns[1:-1] if kind == is_ed and not gaps[i]]
    if inner:
        return sign * float(np.median(inner) - smooth[index]) <= BORDER_TURN * span
    return _flat(clock, smooth, index)


def _flat(clock: Curve, smooth: Curve, index: int) -> bool:
    """Whether the curve is much less steep here than where it is steepest."""
    low = np.maximum(np.searchsorted(clock, clock - BORDER_S), 0)
    high = np.minimum(np.searchsorted(clock, clock + BORDER_S), len(clock) - 1)
    steps = np.arange(len(clock))
    low = np.minimum(low, np.maximum(steps - 1, 0))
    high = np.maximum(high, np.minimum(steps + 1, len(clock) - 1))
    steepness = np.abs(smooth[high] - smooth[low]) / (clock[high] - clock[low])
    return bool(steepness[index] <= BORDER_STEEPNESS * steepness.max())
