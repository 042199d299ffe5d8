"""Means over beats: of values that `measure` gave, never of points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.measuring.calipers import Caliper, e_to_a


@dataclass(frozen=True, slots=True)
class Mean:
    """One output of a measurement over several beats."""

    id: str
    """Output id of the catalog."""
    values: tuple[float | None, ...]
    """Of each beat, in the output's stored unit; None where there is no number."""
    used: tuple[bool, ...]
    """Whether a beat goes into the mean: flagged ones and those without a number do not."""
    value: float | None
    """The mean, in the same unit; None when no beat can be used."""


def average(calipers: Sequence[Caliper], id: str) -> float:
    """The mean of one output over calipers of one measurement that all have a number.

    E/A is the mean E over the mean A, as both are reported, not the mean of the
    ratios, in which the beat with the smallest A weighs most.
    """
    if id == "e_a_ratio":
        return e_to_a(average(calipers, "e"), average(calipers, "a"))
    numbers = [caliper.value(id).value for caliper in calipers]
    return math.fsum(number for number in numbers if number is not None) / len(numbers)


def means(beats: Sequence[Caliper]) -> tuple[Mean, ...]:
    """The mean of every output over the beats of one measurement, in the catalog's order.

    A beat with a flag or without a number is left out of all of them: where A is
    doubtful so is their ratio. No beats give no means.
    """
    if not beats:
        return ()
    used = tuple(not beat.excluded for beat in beats)
    usable = [beat for beat in beats if not beat.excluded]
    outputs = dict.fromkeys(output.id for output in CATALOG[beats[0].measurement].outputs)
    return tuple(
        Mean(
            id,
            tuple(beat.value(id).value for beat in beats),
            used,
            average(usable, id) if usable else None,
        )
        for id in outputs
    )
