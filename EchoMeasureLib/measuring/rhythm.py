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

    "irregular: rhythm?" where the standard deviation (n - 1) of RR is over a tenth of its mean.
    Times that are the same, or no numbers, are one beat or none.
    """
    at = sorted({float(time) for time in times if math.isfinite(time)})
    rr = tuple(later - earlier for earlier, later in itertools.pairwise(at))
    if len(at) < FEWEST_BEATS:
        return HeartRhythm(rr)
    irregular = statistics.stdev(rr) > IRREGULAR * statistics.fmean(rr)
    return HeartRhythm(rr, "irregular: rhythm?" if irregular else "regular")


def index_beats(times: Sequence[float]) -> tuple[int, ...]:
    """Which beats may stand for all in atrial fibrillation: those after two alike RR.

    `times` (s) of one event of each beat, rising. The two RR before the beat differ by 60 ms or
    less and are over 500 ms (RATE-AF, Heart 2021). Gives positions in `times`.
    """
    found: list[int] = []
    for i in range(2, len(times)):
        earlier, own = times[i - 1] - times[i - 2], times[i] - times[i - 1]
        # Times are kept to microseconds; a sum of them is not exact.
        if abs(own - earlier) <= ALIKE_S + 1e-6 and min(own, earlier) > SHORTEST_S + 1e-6:
            found.append(i)
    return tuple(found)
