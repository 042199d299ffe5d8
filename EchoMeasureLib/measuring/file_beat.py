"""How long a beat lasts by what the file says: its R waves, else its heart rate."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from EchoMeasureLib.imaging.cine import Cine

R_WAVES, TAG = "the R waves of the file", "the heart rate of the file"


class FileBeat(NamedTuple):
    """A beat's length, and what says so."""

    seconds: float
    source: str
    """For people, such as "the R waves of the file"."""

    @property
    def by_waves(self) -> bool:
        """Whether R waves say it."""
        return self.source == R_WAVES


def find_file_beat(cine: Cine) -> FileBeat | None:
    """The mean time between R waves (0018,6060), else by the heart rate (0018,1088).

    None where the file says neither.
    """
    return file_beat(cine.r_waves, cine.subject.heart_rate)


def file_beat(r_waves: Sequence[float], heart_rate: float | None) -> FileBeat | None:
    """The same from the times of the R waves, s, and the heart rate per minute."""
    gaps = [b - a for a, b in pairwise(sorted(r_waves)) if b > a]
    if gaps:
        return FileBeat(statistics.fmean(gaps), R_WAVES)
    return FileBeat(60 / heart_rate, TAG) if heart_rate else None
