"""When each frame of a written video begins, in the ticks of its file."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from EchoMeasureLib.errors import InvalidArgument

UNTIMED_RATE = 25
"""Frames per second of a video whose frame times are not known."""

_FINE = 90_000
"""Ticks per second: the usual ones of MPEG, which all common rates divide."""

_EVEN_S = 0.001
"""Frames nearer than this to even times are shown at one rate."""

_COARSE = 1000
"""Ticks per second of a file with one rate whose frames have uneven times."""

_LARGEST = 1_000_000
"""Largest numerator and denominator of a rate: what headers have room for."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The ticks of one video."""

    base: Fraction
    """Seconds per tick."""
    rate: Fraction
    """Frames per second as the file's header gives it."""
    starts: tuple[int, ...] | None
    """Ticks at which the frames begin; None for one every `step`, without end."""
    step: int
    """Ticks for which the last frame lasts, or all of them where no times are known."""

    def ticks(self) -> Iterator[tuple[int, int]]:
        """Start and duration of each frame."""
        if self.starts is None:
            return ((place * self.step, self.step) for place in itertools.count())
        steps = [later - earlier for earlier, later in itertools.pairwise(self.starts)]
        return iter(zip(self.starts, [*steps, self.step], strict=True))


def fine_clock(times: tuple[float, ...] | None) -> Clock:
    """The clock of a file in which every frame has a time of its own.

    The last frame lasts as long as the one before it. Raises `InvalidArgument` for times
    (seconds) that do not increase.
    """
    starts, last = None if times is None else _starts(times, _FINE), _FINE // UNTIMED_RATE
    if starts is not None and len(starts) > 1:
        last = starts[-1] - starts[-2]
    return Clock(Fraction(1, _FINE), Fraction(UNTIMED_RATE), starts, last)


def one_rate(times: tuple[float, ...] | None) -> Clock:
    """The clock of a file with one frame rate: that of even times, else a fast one with gaps.

    Raises `InvalidArgument` for times (seconds) that do not increase, and for uneven ones nearer
    than a millisecond, which such a file cannot tell apart.
    """
    _check(times or ())
    if times is None or len(times) < 2:
        return _each_tick(Fraction(1, UNTIMED_RATE), times)
    step = (times[-1] - times[0]) / (len(times) - 1)
    late = [abs(time - times[0] - place * step) for place, time in enumerate(times)]
    if max(late) <= min(_EVEN_S, step / 2):
        return _each_tick(_simple(step), times)
    shortest = min(later - earlier for earlier, later in itertools.pairwise(times))
    starts = _starts(times, _COARSE)
    if shortest < 1 / _COARSE or any(b <= a for a, b in itertools.pairwise(starts)):
        raise InvalidArgument(
            "Frames of uneven times lie nearer than a millisecond, which an AVI cannot say.",
            "Write an MP4.",
        )
    return Clock(Fraction(1, _COARSE), Fraction(_COARSE), starts, 1)


def _each_tick(base: Fraction, times: tuple[float, ...] | None) -> Clock:
    return Clock(base, 1 / base, None if times is None else tuple(range(len(times))), 1)


def _simple(step: float) -> Fraction:
    """Seconds per frame as a fraction that a header has room for: 1/30 rather than 0.033333."""
    whole = round(1 / step)
    if whole and abs(whole * step - 1) < 2e-5:
        return Fraction(1, whole)
    return Fraction(step).limit_denominator(_LARGEST)


def _starts(times: tuple[float, ...], rate: int) -> tuple[int, ...]:
    _check(times)
    return tuple(round((time - times[0]) * rate) for time in times)


def _check(times: tuple[float, ...]) -> None:
    if not all(map(math.isfinite, times)) or any(
        later <= earlier for earlier, later in itertools.pairwise(times)
    ):
        raise InvalidArgument("The times of a video's frames must increase.")
