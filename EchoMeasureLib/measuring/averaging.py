"""Means over beats: of values that `measure` gave, never of points."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.inflow import e_to_a


def mean_over_beats(beats: Sequence[Sequence[Caliper]], id: str) -> float:
    """The mean of one output over beats, each with one or more calipers that have a number.

    A beat that was measured twice weighs as much as the others. E/A is the mean E over the
    mean A, as both are reported, not the mean of the ratios, in which the beat with the
    smallest A weighs most.
    """
    if id == "e_a_ratio":
        return e_to_a(mean_over_beats(beats, "e"), mean_over_beats(beats, "a"))
    return _mean([_mean([_number(caliper, id) for caliper in beat]) for beat in beats])


def spread_over_beats(numbers: Sequence[float]) -> float | None:
    """Standard deviation (n - 1) of the numbers of single beats; None for fewer than two."""
    return statistics.stdev(numbers) if len(numbers) > 1 else None


def _number(caliper: Caliper, id: str) -> float:
    number = caliper.value(id).value
    assert number is not None  # a caliper without a number counts for no mean
    return number


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)
