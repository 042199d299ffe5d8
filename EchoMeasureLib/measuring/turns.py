"""Where a diameter over time turns: its largest and smallest, and which of them are sure.

Times are real, frames may be missing and the curve may be noisy. A turn is placed on a
smoothed curve; whoever wants a number takes the caliper of that frame, unsmoothed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.measuring.smoothing import (
    FEWEST,
    Extreme,
    Marks,
    Numbers,
    Places,
    Series,
    usable,
    zigzag,
)

GAP_S = 0.06
"""A turn beside a longer time without a diameter is not sure; one frame may be missing."""
SMOOTHING_S = 0.025
"""Standard deviation of the kernel. Wide enough for the jitter of single frames, narrow
enough that the sharp end of systole at 180 beats per minute stays where it is."""
TURN = 0.4
"""Share of the whole movement by which the curve must turn back at an ED or ES.
Diastasis and the atrial kick are smaller."""
TOP = 0.05
"""Share of the whole movement that still belongs to the top (or bottom) of the curve."""
TOP_S = 0.1
"""As much of a flat top counts where no systole beside it shows how fast this heart is."""
BESIDE_S, CLEAR = 0.021, 0.02
"""A frame so far from the middle, s, counts as one off the curve by this share of the whole
movement; none farther away counts."""
FIT_S = 0.03
"""Standard deviation of the weights of the frames that say together what a top is."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A place where the curve turns."""

    at: int
    """Position among the samples of the curve."""
    largest: bool
    time: float
    """Middle of the top or bottom, s; between two samples as a rule."""
    gap: bool
    """Whether it may lie in a time without diameters."""


class Curve(Series):
    """A diameter that moves with the heart, smoothed."""

    def __init__(
        self, frames: Sequence[int], clock: Numbers, values: Numbers, trusted: Collection[int] = ()
    ) -> None:
        """As `Series`."""
        super().__init__(frames, clock, values, trusted)
        self.smooth, share = self.smoothed(max(SMOOTHING_S, self.spacing / 2))
        self.left_noise = share * self.noise
        """Standard deviation that is left in the smoothed curve."""
        self.span = float(np.ptp(self.smooth))
        self.wide: Marks = np.diff(self.clock) > max(GAP_S, 2.1 * self.spacing)
        """Whether the step from a sample to the next is too long to know what was there."""

    def extremes(self) -> list[Extreme]:
        """Largest and smallest in turn; only what lies between the first and last is sure."""
        return zigzag(self.smooth, TURN * self.span)

    def placed(self, extremes: Sequence[Extreme]) -> list[Turn]:
        """Where the curve turns at each of these, which come in time."""
        ats = [0, *(at for at, _ in extremes), len(self.clock) - 1]
        return [
            self._turn(at, largest, ats[k], ats[k + 2]) for k, (at, largest) in enumerate(extremes)
        ]

    def _turn(self, at: int, largest: bool, before: int, after: int) -> Turn:
        """The turn about an extreme between two others: the sample in the middle of its top.

        Of a long flat top the part before the fall counts, which is end-diastole and no
        diastasis; of a long flat bottom the part after it: that is, the same in reverse.
        """
        up, clock, wide = self.smooth, self.clock, self.wide
        if not largest:
            up, clock, wide = -up[::-1], -clock[::-1], wide[::-1]
            at, before, after = (len(up) - 1 - i for i in (at, after, before))
        drop = max(TOP * self.span, 2 * self.left_noise)
        cut = up[at] - drop
        first, last = at, at + int(np.flatnonzero(up[at : after + 1] >= cut)[-1])
        while first > before and up[first - 1] >= cut:
            first -= 1
        start, end = _crossing(clock, up, first, -1, cut), _crossing(clock, up, last, 1, cut)
        width = TOP_S
        if last < after < len(up) - 1 and up[at] - up[after] > 3 * drop:
            # A systole falls like half a cosine.
            share = math.acos(1 - 2 * drop / (up[at] - up[after])) / math.pi
            width = 2 * share / (1 - share) * (clock[after] - end)
        start = max(start, end - width)
        middle = (start + end) / 2
        # Of a top that the clip cuts one half is missing.
        if first == 0:
            middle = max(start, end - width / 2)
        elif last == len(up) - 1:
            middle = min(end, start + width / 2)
        inside = np.flatnonzero((clock >= start - 1e-9) & (clock <= end + 1e-9))
        inside = inside if len(inside) else np.array([last])
        gap = bool(wide[max(0, int(inside.min()) - 1) : last + 1].any())
        inside = inside[np.argsort(np.abs(clock[inside] - middle), kind="stable")]
        if not largest:
            inside, middle = len(up) - 1 - inside, -middle
        return Turn(self._usual(inside), largest, float(middle), gap)

    def _usual(self, nearest: Places) -> int:
        """Of these samples, the first nearest to the middle, the one that shows the top.

        The first whose own diameter does not stand out of the curve, or one beside it that lies
        nearer to what the frames about it say together: a single frame's error is not averaged out
        by anything later.
        """
        off = np.abs(self.values[nearest] - self.smooth[nearest])
        off[self.trusted[nearest]] = 0.0
        usual = nearest[off <= max(3 * self.noise, TOP * self.span)]
        first = int(usual[0] if len(usual) else nearest[0])
        away = (self.clock - self.clock[first]) / BESIDE_S
        beside = usual[np.abs(away[usual]) <= 1 + 1e-9]
        around = np.flatnonzero(np.abs(away) <= 3 * FIT_S / BESIDE_S)
        if self.trusted[first] or len(beside) < 2 or len(around) < FEWEST or not self.span:
            return first
        # A parabola: a top is one, and a line through it would lie too low.
        weights = np.exp(-0.25 * (away[around] * BESIDE_S / FIT_S) ** 2)
        parabola = np.polyfit(away[around], self.values[around], 2, w=weights)
        errors = (self.values[beside] - np.polyval(parabola, away[beside])) / (CLEAR * self.span)
        return int(beside[np.argmin(errors**2 + away[beside] ** 2)])


def _crossing(clock: Numbers, up: Numbers, inside: int, step: int, cut: float) -> float:
    """The time between a sample and the next at which the curve falls below `cut`."""
    outside = inside + step
    if not 0 <= outside < len(up) or up[outside] >= cut:
        return float(clock[inside])
    part = (up[inside] - cut) / (up[inside] - up[outside])
    return float(clock[inside] + part * (clock[outside] - clock[inside]))


def measured_curve(
    diameters: Mapping[int, float],
    clock: Mapping[int, float] | Sequence[float],
    trusted: Collection[int] = (),
) -> Curve | None:
    """The curve of the frames with a usable diameter and a time that rises; None for too few."""
    frames = usable(diameters, clock)
    if len(frames) < FEWEST:
        return None
    values = np.array([diameters[i] for i in frames], np.float64)
    at = np.array([clock[i] for i in frames], np.float64)
    return Curve(frames, at, values / values.max(), trusted)
