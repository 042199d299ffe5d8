"""Where a diameter over time turns: its largest and smallest, and which of them are sure.

Times are real, frames may be missing and the curve may be noisy. A turn is placed on a
smoothed curve; whoever wants a number takes the caliper of that frame, unsmoothed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

GAP_S = 0.06
"""A turn beside a longer time without a diameter is not sure; one frame may be missing."""
SMOOTHING_S = 0.025
"""Standard deviation of the kernel. Wide enough for the jitter of single frames, narrow
enough that the sharp end of systole at 180 beats per minute stays where it is."""
WILD = 0.2
"""Share of the movement by which a frame may lie off the curve through its neighbours."""
MOST_WILD = 0.15
"""Share of the frames that may be left out as wild; more of them are noise."""
BESIDE = (
    *((-1, 1), (-2, 2), (-2, 1), (-1, 2)),
    *((-2, -1), (1, 2), (-3, -1), (1, 3), (-3, -2), (2, 3)),
)
"""The pairs of neighbours, by their distance in frames."""
FEWEST = 5
"""Frames that make a curve."""
TURN = 0.4
"""Share of the whole movement by which the curve must turn back at an ED or ES.
Diastasis and the atrial kick are smaller."""
TOP = 0.05
"""Share of the whole movement that still belongs to the top (or bottom) of the curve."""
TOP_S = 0.1
"""As much of a flat top counts where no systole beside it shows how fast this heart is."""

Extreme = tuple[int, bool]
"""Position among the samples, and whether it is a largest one."""


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


class Curve:
    """A diameter over time, without single wild frames, and smoothed."""

    def __init__(
        self, frames: Sequence[int], clock: Numbers, values: Numbers, trusted: Collection[int] = ()
    ) -> None:
        """`clock` rises, s; `values` are shares of the largest; as many as `frames`, 5 or more.

        `trusted` are frames whose diameter is never taken for wild.
        """
        sure = np.isin(frames, list(trusted))
        kept = _without_wild(clock, values, sure)
        self.trusted: Marks = sure[kept]
        self.steady = len(frames) - len(kept) <= MOST_WILD * len(frames)
        """Whether few enough frames stood out to be single wild ones."""
        self.frames = np.asarray(frames, np.intp)[kept]
        self.clock, self.values = clock[kept], values[kept]
        self.spacing = float(np.median(np.diff(self.clock)))
        self.smooth, share = _smoothed(self.clock, self.values, max(SMOOTHING_S, self.spacing / 2))
        self.noise = _noise(self.values)
        """Standard deviation of one frame about the curve."""
        self.left_noise = share * self.noise
        """The same of the smoothed curve."""
        self.span = float(np.ptp(self.smooth))
        variance = float(np.var(self.values))
        self.roughness = float(np.mean(np.diff(self.values) ** 2)) / variance if variance else 2.0
        """Of steps from frame to frame against the whole, squared: 2 for noise, 0 for a line."""
        self.wide: Marks = np.diff(self.clock) > max(GAP_S, 2.1 * self.spacing)
        """Whether the step from a sample to the next is too long to know what was there."""

    def extremes(self) -> list[Extreme]:
        """Largest and smallest in turn; only what lies between the first and last is sure."""
        return _zigzag(self.smooth, TURN * self.span)

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
        """The first of these samples whose own diameter does not stand out of the curve."""
        off = np.abs(self.values[nearest] - self.smooth[nearest])
        off[self.trusted[nearest]] = 0.0
        usual = np.flatnonzero(off <= max(3 * self.noise, TOP * self.span))
        return int(nearest[usual[0] if len(usual) else 0])


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
    frames: list[int] = []
    for frame in sorted(diameters):
        if not 0 < diameters[frame] < np.inf:
            continue
        if not frames or clock[frame] > clock[frames[-1]]:
            frames.append(frame)
    if len(frames) < FEWEST:
        return None
    values = np.array([diameters[i] for i in frames], np.float64)
    at = np.array([clock[i] for i in frames], np.float64)
    return Curve(frames, at, values / values.max(), trusted)


def _without_wild(clock: Numbers, values: Numbers, trusted: Marks) -> Places:
    """Positions of the frames that go with their neighbours; one by one the worst is left out."""
    kept = np.arange(len(values))
    for _ in range(int(MOST_WILD * len(values)) + 1):
        off = np.where(trusted[kept], 0.0, _off(clock[kept], values[kept]))
        low, high = np.percentile(values[kept], (5, 95))
        span = float(high - low)
        limit = max(WILD * span, min(8 * float(np.median(off)), span / 2))
        worst = int(np.argmax(off))
        if off[worst] <= limit or len(kept) <= FEWEST:
            return kept
        kept = np.delete(kept, worst)
    return kept


def _off(clock: Numbers, values: Numbers) -> Numbers:
    """How far each value lies from where lines through two of its neighbours put it.

    The median of ten such lines, so that a second wild value nearby does not decide.
    """
    count = len(values)
    lines = np.full((len(BESIDE), count), np.nan)
    for line, (a, b) in zip(lines, BESIDE, strict=True):
        own = np.arange(max(0, -a), count - max(0, b))
        first, second = own + a, own + b
        part = (clock[own] - clock[first]) / (clock[second] - clock[first])
        line[own] = values[first] + part * (values[second] - values[first])
    off: Numbers = np.abs(values - np.nanmedian(lines, axis=0))
    return off


def _noise(values: Numbers) -> float:
    """Standard deviation of single frames, from what no smooth curve explains."""
    found: list[float] = []
    for order, norm in ((2, 6.0), (3, 20.0)):
        steps = np.diff(values, order)
        if len(steps):
            found.append(1.4826 * float(np.median(np.abs(steps))) / norm**0.5)
    return min(found, default=0.0)


def _smoothed(clock: Numbers, values: Numbers, width: float) -> tuple[Numbers, float]:
    """Straight lines fitted about each sample with a Gaussian weight.

    Also the share of the noise of a sample that is left. A line, and no mean, so that a slope
    is not pulled at the borders.
    """
    result: Numbers = np.empty_like(values)
    left: list[float] = []
    reach = 3 * width + 1e-9
    lows = np.searchsorted(clock, clock - reach)
    highs = np.searchsorted(clock, clock + reach)
    for i, (low, high) in enumerate(zip(lows, highs, strict=True)):
        away = (clock[low:high] - clock[i]) / width
        weights = np.exp(-0.5 * away * away)
        s0, s1, s2 = weights.sum(), weights @ away, weights @ (away * away)
        spread = s0 * s2 - s1 * s1
        own = weights / s0 if spread < 1e-9 * s0 * s0 else weights * (s2 - s1 * away) / spread
        result[i] = own @ values[low:high]
        left.append(float(np.sqrt(own @ own)))
    return result, float(np.median(left))


def _zigzag(curve: Numbers, turn: float) -> list[Extreme]:
    """(index, is largest), alternating: between two the curve moves by at least `turn`."""
    found: list[Extreme] = []
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
