"""Heart rate and rhythm from the times of R waves, of end-diastoles or of peaks on a strip."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

IRREGULAR = 0.10
"""Standard deviation of RR over its mean above which the rhythm is to be looked at."""
FEWEST_BEATS = 3
"""Beats from which a rhythm can be judged."""
ALIKE_S = 0.060
SHORTEST_S = 0.500
"""After two RR that differ by `ALIKE_S` or less, both above `SHORTEST_S`, comes an index beat."""


@dataclass(frozen=True, slots=True)
class HeartRhythm:
    """How fast and how evenly the heart beats."""

    rr_s: tuple[float, ...] = ()
    """Seconds from each beat to the next."""
    words: str = ""
    """"regular" or "irregular: rhythm?"; empty for fewer than three beats."""

    @property
    def rate(self) -> float | None:
        """Beats per minute, 60 over the mean RR; None without one."""
        return 60 / statistics.fmean(self.rr_s) if self.rr_s else None


def heart_rhythm(times: Sequence[float]) -> HeartRhythm:
    """Rate and rhythm from the times (s) of one event of each beat, in any order.

    Times that are the same are one beat; what is no number is none.
    """
    at = sorted({float(time) for time in times if math.isfinite(time)})
    return rhythm_of([later - earlier for earlier, later in itertools.pairwise(at)])


def rhythm_of(rr: Sequence[float]) -> HeartRhythm:
    """Rate and rhythm from RR intervals, s, all above 0.

    "irregular: rhythm?" where their standard deviation (n - 1) is over a tenth of their mean.
    """
    if len(rr) < FEWEST_BEATS - 1:
        return HeartRhythm(tuple(rr))
    irregular = statistics.stdev(rr) > IRREGULAR * statistics.fmean(rr)
    return HeartRhythm(tuple(rr), "irregular: rhythm?" if irregular else "regular")


def alike(earlier: float, later: float) -> bool:
    """Whether a beat after these two RR (s) may stand for all in atrial fibrillation.

    They differ by 60 ms or less and are over 500 ms (RATE-AF, Heart 2021).
    """
    # Times are kept to microseconds; a difference of them is not exact.
    near = abs(later - earlier) <= ALIKE_S + 1e-6
    return near and min(earlier, later) > SHORTEST_S + 1e-6


def index_beats(times: Sequence[float]) -> tuple[int, ...]:
    """Which beats follow two alike RR, as positions in `times`.

    `times` (s) of one event of each beat, rising.
    """
    rr = [later - earlier for earlier, later in itertools.pairwise(times)]
    return tuple(i + 2 for i, pair in enumerate(itertools.pairwise(rr)) if alike(*pair))
