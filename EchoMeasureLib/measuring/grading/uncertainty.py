"""How far two readers of one recording differ, as published: the uncertainty of one reading.

d is the mean absolute difference between two observers in per cent; the standard deviation
of one reading is then 0.886 d (for normal errors the mean absolute difference is 2 SD/sqrt(pi)).
The width of a network's heat map is no uncertainty and does not come in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

VERSION = "2026.2"

SD_OF_ONE_READING = math.sqrt(math.pi) / 2
"""0.886: standard deviation of one reading over the mean absolute difference of two."""

EIGHT = "PMC8026622"
STRESS = "19 readers, stress study"
TWENTY_FIVE = "25 readers"
ELSA = "ELSA-Brasil, from the intraclass correlation"


@dataclass(frozen=True, slots=True)
class Band:
    """What was published for one value."""

    source: str
    difference_percent: float | None = None
    """Mean absolute difference of two observers."""
    deviation_percent: float | None = None
    """Coefficient of variation of one reading."""
    deviation: float | None = None
    """Standard deviation of one reading in the value's own unit."""

    def of(self, number: float) -> float:
        """Standard deviation of one reading of this size, in its unit."""
        if self.deviation is not None:
            return self.deviation
        if self.deviation_percent is not None:
            return abs(number) * (self.deviation_percent / 100)
        assert self.difference_percent is not None  # a row has one of the three
        return abs(number) * (self.difference_percent / 100 * SD_OF_ONE_READING)


BANDS: Mapping[str, Band] = MappingProxyType(
    {
        "ivsd": Band(EIGHT, 11),
        "lvpwd": Band(EIGHT, 15),
        "lvidd": Band(EIGHT, 4),
        "lvids": Band(EIGHT, 8),
        "e": Band(EIGHT, 8),
        "a": Band(EIGHT, 14),
        "e_a_ratio": Band(f"E and A, {EIGHT}", math.hypot(8, 14)),
        "latevel": Band(EIGHT, 10),
        "medevel": Band(EIGHT, 6),
        "trvmax": Band(STRESS, 3.8),
        "tapse": Band(STRESS, 5.3),
        "avvmax": Band(TWENTY_FIVE, deviation_percent=4.0),
        "lvotvmax": Band(TWENTY_FIVE, deviation_percent=9.6),
        "ivc_max": Band("point of care", deviation_percent=10),
        "ivc_min": Band("point of care", deviation_percent=10),
        "la": Band(ELSA, deviation=0.30),
        "aortic_root": Band(ELSA, deviation=0.21),
    }
)
"""By value. Pulmonary artery, RV base, ascending aorta and MR: none is published, so unknown."""


def deviation_of(value: str, number: float) -> float | None:
    """Standard deviation of one reading in the value's unit; None where none is published."""
    band = BANDS.get(value)
    return None if band is None else band.of(number)


def propagated(
    numbers: Mapping[str, float],
    rests_on: Mapping[str, Collection[str]],
    compute: Callable[[Mapping[str, float]], Mapping[str, float | None]],
) -> dict[str, float | None]:
    """Standard deviations of what is computed from measured values that err independently.

    `rests_on`: for every result by id the ids of the `numbers` it is computed from. `compute`
    gives the results where some of the numbers are others. First order: each number is moved by
    its own deviation to both sides. None for a result that rests on no number or on one without a
    published band, or where moving one leaves no result.
    """
    ends: dict[str, tuple[Mapping[str, float | None], Mapping[str, float | None]]] = {}
    for id in sorted(set().union(*rests_on.values())):
        deviation = deviation_of(id, numbers[id])
        if deviation is not None:
            up, down = (compute({id: numbers[id] + sign * deviation}) for sign in (1, -1))
            ends[id] = up, down

    def total(result: str, ids: Collection[str]) -> float | None:
        moved = []
        for id in ids:
            up, down = (side.get(result) for side in ends.get(id, ({}, {})))
            if up is None or down is None:
                return None
            moved.append((up - down) / 2)
        deviation = math.hypot(*moved)
        return deviation if moved and math.isfinite(deviation) else None

    return {result: total(result, ids) for result, ids in rests_on.items()}
