"""What breathing does to the inferior vena cava, and how the person was asked to breathe.

The diameter is that at end-expiration, the collapse that of an inspiration (ASE/EACVI 2015).
Both are means over the frames about a turn of the curve: a single frame that is 1 mm off
changes the class of the right atrial pressure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.measuring.smoothing import Extreme, Numbers, Places, Series, usable, zigzag


class Manoeuvre(Choice):
    """How the person breathed while the inferior vena cava was seen.

    The limits of its collapse differ (ASE/EACVI 2015, ASE 2025): 50 % for a sniff, 20 % for
    quiet breathing. Where nobody said which it was there is none; it is asked, never assumed.
    """

    SNIFF = "sniff"
    QUIET = "quiet"


MIN_FRAMES = 12
"""With fewer measured frames there is no curve."""
MAX_SPACING_S = 0.2
"""With fewer measured frames per second a sniff of half a second cannot be seen."""
BREATH_SMOOTHING_S = 0.3
"""Standard deviation of the kernel that shows the breaths: the heartbeat is gone in it."""
FINEST_S, DIP_SHARE = 0.08, 6.0
"""The kernel that shows how long a turn lasts: that share of its length, not finer than this."""
TURN = 0.5
"""Share of the movement by which the curve must turn back between two breaths."""
BREATH_S = (1.2, 12.0)
"""Shortest and longest breath; 3 to 5 s are usual at rest."""
MOVES = 0.05
"""Share of the largest diameter that breathing must move the curve by to be told from rest."""
SIGNAL = 4.0
"""The same in standard deviations of what is left of the noise."""
ALIKE = 0.25
"""Share of the movement by which breaths may differ to be averaged."""
SHALLOW, EVEN = 0.15, 1.5
"""Share of the movement from which a breath is one, however shallow, and longest time from breath
to breath over the shortest: beyond that one may be missing."""
LEAVES = 0.15
"""Share of the movement by which the curve leaves a turn that is seen."""
TOP = 0.05
"""Share of the movement that still belongs to the top or bottom of the curve."""
ROUNDING = 1e-9
"""Of the largest diameter: less is of the arithmetic of this processor, and no movement."""
LONGEST_TOP_S = 0.5
"""Farther away from the turn than this a frame is not of it, long as the rest may be."""
FLAT_S, FLAT_SHARE = 0.4, 0.35
"""A border of the clip lies flat where the curve is less steep than this share of the steepest."""
USUAL_BREATH_S = 5.0
"""A clip of a vein that does not move must last as long as a slow breath, 12 a minute."""


@dataclass(frozen=True, slots=True)
class IvcMotion:
    """The inferior vena cava over a clip. Sizes in the unit of the diameters, cm as a rule."""

    max_cm: float | None = None
    """Mean over `max_frames`; None where nothing is measured."""
    max_turns: tuple[tuple[int, ...], ...] = ()
    """Frames at end-expiration, of every breath alike, where one is seen; else the widest. Those of
    each breath together."""
    min_cm: float | None = None
    """Mean over `min_frames`; None where no breath is seen."""
    min_turns: tuple[tuple[int, ...], ...] = ()
    breath_s: float | None = None
    """Seconds from one inspiration to the next, mean, shallow ones too; None where fewer than two
    are seen, or one may be missing."""
    reason: str = ""
    """Why there is no collapse; empty where there is one."""
    warnings: tuple[str, ...] = ()
    """Sentences that travel with the numbers: what was seen, and what was taken for granted."""
    over_time: bool = False
    """Whether the frames make a curve; else `max_frames` is the largest single one."""

    @property
    def max_frames(self) -> tuple[int, ...]:
        """All frames of `max_turns`."""
        return _all(self.max_turns)

    @property
    def min_frames(self) -> tuple[int, ...]:
        """All frames of `min_turns`."""
        return _all(self.min_turns)

    @property
    def collapse(self) -> float | None:
        """Per cent of the largest diameter; None where no breath is seen."""
        if self.max_cm is None or self.min_cm is None:
            return None
        return 100 * ((self.max_cm - self.min_cm) / self.max_cm)  # never over 100


def read_ivc(
    diameters: Mapping[int, float],
    times: Sequence[float] | None,
    manoeuvre: Manoeuvre | None = None,
    trusted: Sequence[int] = (),
) -> IvcMotion:
    """Largest and smallest diameter over a breath, from the diameters by frame in cm.

    `times` gives the seconds of every frame of the cine; without them nobody knows how long a
    breath is, and there is no collapse. Single frames that stand out are left aside, but for
    the `trusted` ones, which a person placed. A vein that does not move has no breath to be
    seen; only where somebody says how the person breathed is that a collapse of next to nothing.
    """
    if times is None:
        return _widest(diameters, "without frame times nobody knows how long a breath is")
    frames = usable(diameters, times)
    if len(frames) < MIN_FRAMES:
        few = f"the IVC is measured on {len(frames)} frame(s); a breath needs {MIN_FRAMES}"
        return _widest({i: diameters[i] for i in frames}, few)
    scale = max(diameters[i] for i in frames)
    clock = np.array([times[i] for i in frames], np.float64)
    series = Series(frames, clock, np.array([diameters[i] / scale for i in frames]), trusted)
    if series.spacing > MAX_SPACING_S:
        rare = f"the IVC is measured every {series.spacing:.2f} s only, too seldom to see a sniff"
        return _widest({i: diameters[i] for i in series.frames.tolist()}, rare)
    return _Breathing(series, diameters, manoeuvre).read()


def _widest(diameters: Mapping[int, float], reason: str) -> IvcMotion:
    """The largest single frame, for want of a curve."""
    sound = {i: size for i, size in diameters.items() if 0 < size < np.inf}
    if not sound:
        return IvcMotion(reason=reason)
    widest = max(sound, key=lambda i: sound[i])
    return IvcMotion(sound[widest], ((widest,),), reason=reason)


def _all(turns: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(sorted({frame for turn in turns for frame in turn}))


class _Breathing:
    """The breaths in a series of diameters."""

    def __init__(
        self, series: Series, diameters: Mapping[int, float], manoeuvre: Manoeuvre | None
    ) -> None:
        self.series, self.diameters, self.manoeuvre = series, diameters, manoeuvre
        width = max(BREATH_SMOOTHING_S, series.spacing)
        self.slow, share = series.mirrored(width)
        self.tilted = series.smoothed(width)[0]
        """With the slope that the curve has at the borders of the clip."""
        self.span = float(np.ptp(self.slow))
        self.left = SIGNAL * share * series.noise
        self.moves = self.span >= max(MOVES * float(np.max(self.slow)), self.left)
        self.lasts = float(series.clock[-1] - series.clock[0])

    def read(self) -> IvcMotion:
        """Largest and smallest diameter, or why there is no smallest."""
        if not self.moves:
            return self._at_rest()
        turns = zigzag(self.slow, TURN * self.span)
        seen = [turn for k, turn in enumerate(turns) if self._seen(turns, k)]
        widest = self._best([turn for turn in seen if turn[1]])
        narrowest = self._best([turn for turn in seen if not turn[1]])
        found = self._about(widest or [int(np.argmax(self.slow))], True)
        if not (widest and narrowest):
            missing = "an inspiration" if widest else "end-expiration"
            why = f"the clip of {self.lasts:.1f} s does not show {missing} from both sides"
            wider = "The IVC may be wider at end-expiration, which the clip does not show."
            return replace(found, reason=why, warnings=() if widest else (wider,))
        period = self._period(turns)
        if period is not None and period < BREATH_S[0]:
            why = f"the IVC moves every {period:.1f} s, with the heart and not with the breath"
            return replace(found, reason=why)
        least = self._about(narrowest, False)
        breath = self._breath()
        return replace(found, min_cm=least.max_cm, min_turns=least.max_turns, breath_s=breath)

    def _at_rest(self) -> IvcMotion:
        """A vein that hardly moves: full, or nobody breathed."""
        found = self._about([int(np.argmax(self.slow))], True)
        moved = f"the IVC moves by less than {100 * MOVES:.0f} %"
        if self.manoeuvre is None:
            return replace(found, reason=f"{moved}: was there a breath?")
        if self.lasts < USUAL_BREATH_S:
            return replace(found, reason=f"{moved}, and {self.lasts:.1f} s may hold no breath")
        least = self._about([int(np.argmin(self.slow))], False)
        taken = f"{moved[0].upper()}{moved[1:]}; the {self.lasts:.1f} s are taken to hold a breath."
        return replace(found, min_cm=least.max_cm, min_turns=least.max_turns, warnings=(taken,))

    def _seen(self, turns: Sequence[Extreme], k: int) -> bool:
        """Whether the vein turns here, and was not only cut by the clip."""
        if 0 < k < len(turns) - 1:
            return True
        clock, (at, largest) = self.series.clock, turns[k]
        up = self.slow if largest else -self.slow
        beyond = slice(0, at + 1) if k == 0 else slice(at, len(up))
        if up[at] - float(np.min(up[beyond])) >= max(LEAVES * self.span, self.left):
            return True
        # Between two breaths the vein rests at its widest, never at its narrowest.
        if not largest:
            return False
        border = clock[0] if k == 0 else clock[-1]
        if abs(clock[at] - border) >= FLAT_S:
            return True
        near = np.flatnonzero(np.abs(clock - border) <= FLAT_S)
        if len(near) < MIN_FRAMES // 4:
            return False
        steepest = float(np.max(np.abs(np.diff(self.slow)) / np.diff(clock)))
        rise = abs(self.tilted[near[-1]] - self.tilted[near[0]])
        slope = rise / (clock[near[-1]] - clock[near[0]])
        return bool(slope <= FLAT_SHARE * steepest)

    def _best(self, turns: Sequence[Extreme]) -> list[int]:
        """Of turns of one kind those that go farthest: breaths alike, or one deep one."""
        if not turns:
            return []
        up = self.slow if turns[0][1] else -self.slow
        farthest = max(float(up[at]) for at, _ in turns)
        return [at for at, _ in turns if up[at] >= farthest - ALIKE * self.span]

    def _period(self, turns: Sequence[Extreme]) -> float | None:
        """Median time between turns of one kind; None where no two are seen from both sides."""
        inner = turns[1:-1]
        gaps = [
            float(self.series.clock[later] - self.series.clock[at])
            for (at, _), (later, _) in zip(inner, inner[2:], strict=False)
        ]
        return float(np.median(gaps)) if gaps else None

    def _breath(self) -> float | None:
        """Mean time from inspiration to inspiration, also between those of unlike depth."""
        turns = zigzag(self.slow, max(SHALLOW * self.span, self.left))
        at = [
            self.series.clock[place]
            for k, (place, largest) in enumerate(turns)
            if not largest and self._seen(turns, k)
        ]
        gaps = np.diff(at)
        if not len(gaps) or gaps.max() > EVEN * gaps.min():
            return None
        return float(gaps.mean())

    def _about(self, ats: Sequence[int], largest: bool) -> IvcMotion:
        """The mean over the frames about turns of one kind, as the largest diameter."""
        turns = tuple(
            tuple(int(frame) for frame in self.series.frames[self._near(at, largest)]) for at in ats
        )
        frames = _all(turns)
        mean = sum(self.diameters[frame] for frame in frames) / len(frames)
        return IvcMotion(mean, turns, over_time=True)

    def _near(self, at: int, largest: bool) -> Places:
        """The samples about a turn, found on a curve as fine as the turn is short."""
        series, sign = self.series, 1.0 if largest else -1.0
        up = sign * self.slow
        run = _run(up, at, float(up[at]) - self.span / 2)
        length = float(series.clock[run[-1]] - series.clock[run[0]])
        width = min(max(length / DIP_SHARE, FINEST_S), BREATH_SMOOTHING_S)
        fine = sign * series.mirrored(width)[0]
        top = int(run[np.argmax(fine[run])])
        run = _run(fine, top, float(fine[top]) - max(TOP * float(np.ptp(fine)), ROUNDING))
        near: Places = run[np.abs(series.clock[run] - series.clock[top]) <= LONGEST_TOP_S]
        return near


def _run(curve: Numbers, at: int, level: float) -> Places:
    """The positions about `at` over which the curve stays at this level or above."""
    below = np.flatnonzero(curve < level)
    before, after = below[below < at], below[below > at]
    first = int(before[-1]) + 1 if len(before) else 0
    last = int(after[0]) if len(after) else len(curve)
    return np.arange(first, last)
