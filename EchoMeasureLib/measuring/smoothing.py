"""A diameter by frame as numbers over time: without wild frames, smoothed, and its extremes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Extreme = tuple[int, bool]
"""Position among the samples, and whether it is a largest one."""

FEWEST = 5
"""Frames that make a series."""
BLOCK = 128
"""Samples that are smoothed at once: time and memory rise with the length of a clip only."""
WILD = 0.2
"""Share of the movement by which a frame may lie off the curve through its neighbours."""
MOST_WILD = 0.15
"""Share of the frames that may be left out as wild; more of them are noise."""
BESIDE = (
    *((-1, 1), (-2, 2), (-2, 1), (-1, 2)),
    *((-2, -1), (1, 2), (-3, -1), (1, 3), (-3, -2), (2, 3)),
)
"""The pairs of neighbours, by their distance in frames."""


class Series:
    """Diameters over time, without single wild frames."""

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
        self.spacing = float(np.percentile(np.diff(self.clock), 25))
        """From frame to frame where they lie close together, s: where a cine is measured coarsely
        first, around its turns."""
        self.noise = _noise(self.clock, self.values)
        """Standard deviation of one frame about the curve."""
        variance = float(np.var(self.values))
        self.roughness = float(np.mean(np.diff(self.values) ** 2)) / variance if variance else 2.0
        """Of steps from frame to frame against the whole, squared: 2 for noise, 0 for a line."""

    def smoothed(self, width: float) -> tuple[Numbers, float]:
        """Lines fitted about each sample with a Gaussian of this standard deviation, s.

        Also the share of the noise of a sample that is left. A line, and no mean, so that a
        slope is not pulled at the borders.
        """
        return _smoothed(self.clock, self.values, width)

    def mirrored(self, width: float) -> tuple[Numbers, float]:
        """As `smoothed`, but as much at the borders as elsewhere: the curve turns back there."""
        first, last = self.clock[0], self.clock[-1]
        before = np.flatnonzero((self.clock > first) & (self.clock <= first + 3 * width))[::-1]
        after = np.flatnonzero((self.clock < last) & (self.clock >= last - 3 * width))[::-1]
        clock = [2 * first - self.clock[before], self.clock, 2 * last - self.clock[after]]
        values = [self.values[before], self.values, self.values[after]]
        smooth, share = _smoothed(np.concatenate(clock), np.concatenate(values), width)
        return smooth[len(before) : len(before) + len(self.clock)], share


def usable(
    diameters: Mapping[int, float], clock: Mapping[int, float] | Sequence[float]
) -> list[int]:
    """The frames with a diameter above 0 and a time later than that of the frame before."""
    frames: list[int] = []
    for frame in sorted(diameters):
        later = not frames or clock[frame] > clock[frames[-1]]
        if 0 < diameters[frame] < np.inf and later:
            frames.append(frame)
    return frames


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


def _noise(clock: Numbers, values: Numbers) -> float:
    """Standard deviation of single frames, from what no line or parabola explains.

    Where frames are spaced unevenly, from those that lie close together: over a longer time the
    heart's own curve is neither.
    """
    found: list[float] = []
    for order in (2, 3):
        if len(values) <= order:
            continue
        own = np.arange(len(values) - order)[:, None] + np.arange(order + 1)
        at = clock[own]
        away = at[:, :, None] - at[:, None, :]
        away[:, np.arange(order + 1), np.arange(order + 1)] = 1.0
        # Divided differences, of which evenly spaced ones are the usual ones.
        share = 1 / away.prod(axis=2)
        share /= np.sqrt((share * share).sum(axis=1, keepdims=True))
        lasts = at[:, -1] - at[:, 0]
        close = lasts <= 1.2 * np.percentile(lasts, 25)
        steps = np.abs((share * values[own]).sum(axis=1))[close]
        found.append(1.4826 * float(np.median(steps)))
    return min(found, default=0.0)


def _smoothed(clock: Numbers, values: Numbers, width: float) -> tuple[Numbers, float]:
    result: Numbers = np.empty_like(values)
    left: Numbers = np.empty_like(values)
    reach = 3 * width + 1e-9
    for start in range(0, len(values), BLOCK):
        own = slice(start, min(start + BLOCK, len(values)))
        low, high = np.searchsorted(clock, (clock[own][0] - reach, clock[own][-1] + reach))
        away = (clock[None, low:high] - clock[own, None]) / width
        weights = np.where(np.abs(away) <= 3.0, np.exp(-0.5 * away * away), 0.0)
        s0, s1 = weights.sum(axis=1), (weights * away).sum(axis=1)
        s2 = (weights * away * away).sum(axis=1)
        spread = s0 * s2 - s1 * s1
        line = spread >= 1e-9 * s0 * s0
        tilt = (s2[:, None] - s1[:, None] * away) / np.where(line, spread, 1.0)[:, None]
        share = weights * np.where(line[:, None], tilt, 1 / s0[:, None])
        result[own] = share @ values[low:high]
        left[own] = np.sqrt((share * share).sum(axis=1))
    return result, float(np.median(left))


def zigzag(curve: Numbers, turn: float) -> list[Extreme]:
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
