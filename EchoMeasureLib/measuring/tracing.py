"""The edge of a wave of a Doppler strip: its integrals and its acceleration time.

The points follow the edge from the wave's onset to its end, and straight lines join them; the
baseline closes the curve. Integrals over these lines are exact, in the strip's own seconds and
cm/s. Sources: Quinones et al., J Am Soc Echocardiogr 2002;15:167-184 (velocity-time integral; the
outer edge of the dense band by pulsed wave, of the whole spectrum by continuous wave; the mean
gradient is the mean over ejection of the instantaneous 4 v^2, never 4 times the square of the mean
velocity); Baumgartner et al., J Am Soc Echocardiogr 2017;30:372-392 (acceleration time: onset of
flow to its peak).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from types import MappingProxyType

from EchoMeasureLib.definitions import Definition, Output, Side
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.ground import Ground
from EchoMeasureLib.measuring.one_beat import too_long
from EchoMeasureLib.measuring.tracing_points import in_time, turns_back
from EchoMeasureLib.measuring.values import Value, checked_number, doubly, no_number, without_number
from EchoMeasureLib.measuring.velocity import cut_peak, velocity_at
from EchoMeasureLib.rounding import written

OPEN = 1 / 3
"""Share of its peak from which a tracing begins or ends at most, or it is not of a whole wave."""

LEVEL, LEVEL_S = 0.001, 0.005
"""Share of its peak within which the first points of a tracing are equally high, and for how long
they are at least where the onset of its flow is not known."""

MOST_LEVEL_S = 0.018
"""And for how long at most where a mean over its time is known: 18 ms are 6 % of an ejection."""

OTHER_SIDE = 0.1
"""Share of its peak by which a tracing may reach beyond the baseline: flow crosses it steeply."""


@dataclass(frozen=True, slots=True)
class TracedEdge:
    """A traced edge in seconds and cm/s; the points in the order of time."""

    seconds: tuple[float, ...]
    """From the first point."""
    speeds: tuple[float, ...]
    """Positive on the side of the baseline on which this flow lies."""

    @property
    def stroke_distance_cm(self) -> float:
        """The velocity-time integral: how far blood goes in the time of the wave."""
        return sum((a + b) / 2 * (end - start) for (start, a), (end, b) in pairwise(self._points()))

    @property
    def mean_gradient_mmhg(self) -> float:
        """Mean over the wave's time of 4 v^2, v in m/s."""
        squares = sum(
            (a * a + a * b + b * b) / 3 * (end - start)
            for (start, a), (end, b) in pairwise(self._points())
        )
        return 4e-4 * squares / self.seconds[-1]

    @property
    def acceleration_ms(self) -> float:
        """From the first point to the fastest; the first of several."""
        return 1000 * self.seconds[self.fastest]

    @property
    def onset_known(self) -> bool:
        """Whether it leaves the baseline at its first point, and does not run along it."""
        return self._level_s() <= LEVEL_S

    @property
    def time_known(self) -> bool:
        """Whether it runs along the baseline for no longer than a mean over its time allows."""
        return self._level_s() <= MOST_LEVEL_S

    def _level_s(self) -> float:
        first, most = self.speeds[0], LEVEL * abs(self.speeds[self.fastest])
        level = takewhile(lambda at: abs(at[1] - first) <= most, self._points())
        return max(seconds for seconds, _ in level)

    @property
    def fastest(self) -> int:
        """Which point is fastest; the first of several."""
        sizes = [abs(speed) for speed in self.speeds]
        return sizes.index(max(sizes))

    def _points(self) -> zip[tuple[float, float]]:
        return zip(self.seconds, self.speeds, strict=True)


NO_ONSET = (
    "The tracing is level where it begins, as the envelope reader draws it where onset or peak are "
    "not clear in time, so there is no acceleration time. Put its first point where the flow "
    "begins, delete the second, and put the highest one at the peak."
)

NO_TIME = (
    "The tracing runs along the baseline where it begins, as the envelope reader draws it where "
    "the beginning of a flow is hidden, so there is no mean gradient. Put its first point where "
    "the flow begins, and delete the second."
)

NUMBERS: Mapping[str, Callable[[TracedEdge], float]] = MappingProxyType(
    {
        "cm": lambda edge: edge.stroke_distance_cm,
        "mm[Hg]": lambda edge: edge.mean_gradient_mmhg,
        "ms": lambda edge: edge.acceleration_ms,
    }
)
"""What each unit of the catalog is of a tracing."""


def times_rise(row: Definition) -> bool:
    """Whether a tracing gives an acceleration time."""
    return row.traced and any(output.unit == "ms" for output in row.outputs)


def tracing(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    """The values of a traced wave; none where it is not of one whole wave in one beat."""
    region = ground.region
    if region is None or not ground.usable:
        return tuple(no_number(output, points, ground, None) for output in row.outputs)
    if not region.times_known or not region.delta[0]:
        ground = replace(ground, reason="The time axis is not calibrated, so there is no integral.")
        return tuple(no_number(output, points, ground, None) for output in row.outputs)
    flag, reason = _no_wave_of_one_beat(row, points, ground)
    if flag is not None:
        flags = (*ground.flags, flag)
        return tuple(without_number(o, points, ground, flags, reason) for o in row.outputs)
    ordered = in_time(points)
    assert ordered is not None  # _no_wave_of_one_beat has looked
    edge = _edge(region, ordered, row.side)
    cut = cut_peak(ordered[edge.fastest], region, ground.picture, _speed)
    wrong = _reaches_over(edge)
    return tuple(
        _value(output, points, ordered, row.side, ground, cut, wrong) for output in row.outputs
    )


def _value(
    output: Output,
    points: tuple[Landmark, ...],
    ordered: Sequence[Landmark],
    side: Side | None,
    ground: Ground,
    cut: tuple[Flag, str] | None,
    wrong: str,
) -> Value:
    assert ground.region is not None
    take, edge = NUMBERS[output.unit], _edge(ground.region, ordered, side)
    if output.unit == "ms" and not edge.onset_known:
        return without_number(output, points, ground, (), NO_ONSET)
    if output.unit == "mm[Hg]" and not edge.time_known:
        return without_number(output, points, ground, (), NO_TIME)
    number = abs(take(edge))
    drawn = ground.drawn
    other = abs(take(_edge(drawn, ordered, side))) if drawn is not None else None
    value = checked_number(output, number, points, ground, other)
    if wrong:
        value = doubly(value, Flag.WRONG_SIDE, wrong)
    return value if cut is None else doubly(value, *cut)


def _no_wave_of_one_beat(
    row: Definition, points: tuple[Landmark, ...], ground: Ground
) -> tuple[Flag | None, str]:
    """Why a tracing is not of one whole wave, in words."""
    assert ground.region is not None
    assert row.apart_s is not None
    ordered = in_time(points)
    if ordered is None:
        turn = turns_back(points) + 1
        between = f"between its points {turn} and {turn + 1}"
        return (
            Flag.ORDER,
            f"The tracing goes back in time {between}: move one of them, or delete it.",
        )
    seconds = ground.region.interval(ordered[0].point, ordered[-1].point) or 0.0
    least, most = row.apart_s
    if not least <= abs(seconds) <= most:
        takes = f"this flow takes {least:g} to {most:g} s"
        return Flag.NOT_ONE_BEAT, f"The tracing lasts {abs(seconds):.2f} s; {takes}."
    longer = too_long(abs(seconds), most, ground.rr_s)
    if longer:
        return Flag.NOT_ONE_BEAT, f"The tracing is longer than a wave. {longer}"
    edge = _edge(ground.region, ordered, row.side)
    peak = max(map(abs, edge.speeds))
    ends = max(abs(edge.speeds[0]), abs(edge.speeds[-1]))
    if ends > OPEN * peak:
        share = written(100 * ends / peak, 0)
        words = f"The tracing begins or ends at {share} % of its peak: it is not of a whole wave."
        return Flag.OPEN_TRACING, words
    return None, ""


def _edge(region: Region, points: Sequence[Landmark], side: Side | None) -> TracedEdge:
    sign = 1 if side is Side.ABOVE else -1
    seconds = tuple((point.x - points[0].x) * abs(region.delta[0]) for point in points)
    return TracedEdge(seconds, tuple(sign * velocity_at(region, point) for point in points))


def _reaches_over(edge: TracedEdge) -> str:
    """Where a tracing lies on the other side of the baseline, in words; empty where it does not."""
    most, least = max(edge.speeds), min(edge.speeds)
    if most <= 0 or edge.stroke_distance_cm <= 0:
        return "The tracing lies on the other side of the baseline than this flow."
    if -least > OTHER_SIDE * most:
        return f"The tracing reaches {_speed(least)} beyond the baseline."
    return ""


def _speed(velocity: float) -> str:
    return f"{written(abs(velocity), 0)} cm/s"
