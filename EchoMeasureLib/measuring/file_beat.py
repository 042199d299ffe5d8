"""How long a beat lasts by what the file says: its R waves, else its heart rate."""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import NamedTuple

from EchoMeasureLib.imaging.cine import Cine


class FileBeat(NamedTuple):
    """A beat's length, and what says so."""

    seconds: float
    source: str
    """For people, such as "the R waves of the file"."""


def find_file_beat(cine: Cine) -> FileBeat | None:
    """The mean time between R waves (0018,6060), else by the heart rate (0018,1088).

    None where the file says neither.
    """
    gaps = [b - a for a, b in pairwise(sorted(cine.r_waves)) if b > a]
    if gaps:
        return FileBeat(statistics.fmean(gaps), "the R waves of the file")
    if cine.subject.heart_rate:
        return FileBeat(60 / cine.subject.heart_rate, "the heart rate of the file")
    return None
