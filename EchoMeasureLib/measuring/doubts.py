"""Values that cannot well stand beside each other: sentences for the reader, who looks again.

A doubt changes no number and no grade. The limits are EchoMeasure's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from EchoMeasureLib.measuring.measured import BeatValue
from EchoMeasureLib.measuring.sheet_values import cycle_of
from EchoMeasureLib.rounding import rounded, written

Numbers = Mapping[str, float]
MOST_APART = 0.20
"""Of the mean, between the largest and the smallest beat."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to look at again."""

    text: str
    rows: tuple[str, ...]
    """Ids of the rows of the sheet that it is about."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Values that are out of proportion when `when` is true of their sizes."""

    rows: tuple[str, ...]
    when: Callable[..., bool]
    words: str
    """With a place for the text of each value, in order."""


LIMITS: Mapping[str, tuple[float, float, int]] = {
    "rwt": (0.15, 1.2, 2),
    "lv_mass": (30, 700, 0),
    "fs": (5, 60, 0),
    "e_e_septal": (2, 40, 1),
    "e_e_lateral": (2, 40, 1),
    "e_e_average": (2, 40, 1),
    "rvsp": (10, 150, 0),
    "heart_rate": (30, 220, 0),
    "sv": (10, 250, 0),
    "co": (1, 20, 1),
    "av_area": (0.2, 6, 2),
}
"""Lowest and highest that is likely, and the decimals to round to."""

COMPARISONS = (
    Comparison(
        ("lvids", "lvidd"), lambda s, d: s >= d, "{} is not smaller than {}: frames mixed up?"
    ),
    Comparison(
        ("ivsd", "lvidd"), lambda wall, d: wall >= d / 2, "{} is half of {} or more: wrong edges?"
    ),
    Comparison(
        ("lvpwd", "lvidd"), lambda wall, d: wall >= d / 2, "{} is half of {} or more: wrong edges?"
    ),
    Comparison(
        ("dvi",), lambda dvi: rounded(dvi, 2) > 1, "{} is above 1: LVOT and valve mixed up?"
    ),
    Comparison(
        ("dvi_vti",), lambda dvi: rounded(dvi, 2) > 1, "{} is above 1: LVOT and valve mixed up?"
    ),
    Comparison(
        ("dvi", "dvi_vti"),
        lambda peaks, integrals: abs(peaks - integrals) > 0.25 * max(peaks, integrals),
        "{} and {} differ by more than a quarter: one of the four tracings and peaks is wrong?",
    ),
    Comparison(
        ("medevel", "latevel"),
        lambda septal, lateral: rounded(septal - 1.2 * lateral, 6) > 0,
        "{} is more than 1.2 times {}: swapped?",
    ),
    Comparison(
        ("mr_gradient", "systolic"),
        lambda gradient, pressure: rounded(gradient, 0) > pressure + 10,
        "{} is more than 10 mmHg above {}: obstructed outflow, or one of the two is wrong",
    ),
    Comparison(
        ("diastolic", "systolic"), lambda low, high: low >= high, "{} is not below {}: swapped?"
    ),
)


def doubts(
    numbers: Numbers, texts: Mapping[str, str], beats: Mapping[str, Sequence[BeatValue]]
) -> tuple[Doubt, ...]:
    """What is out of proportion among the values of a sheet.

    By id: `numbers` in stored units, with or without their sign, `texts` such as "LVIDs 5.10 cm"
    and the beats of what has several.
    """
    found: list[Doubt] = []
    for id, (low, high, decimals) in LIMITS.items():
        if id in numbers and not low <= rounded(abs(numbers[id]), decimals) <= high:
            found.append(Doubt(f"{texts[id]} is outside {low:g} to {high:g}", (id,)))
    for row in COMPARISONS:
        if all(id in numbers for id in row.rows) and row.when(*(abs(numbers[i]) for i in row.rows)):
            found.append(Doubt(row.words.format(*(texts[id] for id in row.rows)), row.rows))
    for id, several in beats.items():
        apart = _apart([beat.value for beat in several if beat.counts and beat.value is not None])
        if apart is not None and apart > MOST_APART:
            found.append(
                Doubt(
                    f"the {cycle_of(id)}s of {texts[id]} lie {written(100 * apart, 0)} % apart",
                    (id,),
                )
            )
    return tuple(found)


def _apart(values: Sequence[float]) -> float | None:
    """From the smallest to the largest, as a share of the mean."""
    mean = abs(sum(values)) / len(values) if values else 0.0
    return (max(values) - min(values)) / mean if mean else None
