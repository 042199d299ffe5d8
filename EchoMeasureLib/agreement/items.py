"""One reading in the unit of its quantity, and several that make up one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.agreement.quantities import Quantity
from EchoMeasureLib.agreement.readings import Place, Reading

SMALLEST, LARGEST = 1e-6, 1e9
"""Sizes that are computed with, in whatever unit; nothing of a heart is smaller or larger."""

OPPOSITE = "the two are on opposite sides of the baseline"


@dataclass(frozen=True, slots=True)
class Item:
    """A reading in the unit of its quantity, with where it belongs."""

    reading: Reading
    quantity: Quantity
    value: float
    place: Place


def out_of_proportion(value: float, what: Quantity) -> str:
    """Why nobody can have measured a number; empty where somebody can."""
    if value and not SMALLEST <= abs(value) <= LARGEST:
        return "the number is out of all proportion"
    if what.unit == "cm" and value < 0:
        return "a length is never negative"
    if what.plausible.contains(abs(value)):
        return ""
    ends = (what.number(end) for end in (what.plausible.low, what.plausible.high) if end)
    within = f"{' to '.join(ends)} {what.shown_unit}".rstrip()
    return f"it is not within {within}, which is plausible: is its unit right?"


def opposite(one: Item, other: Item) -> bool:
    """Whether two velocities go different ways, as far as their sources tell."""
    return one.reading.direction * other.reading.direction < 0


def mean_of_parts(items: Sequence[Item]) -> Item | None:
    """The one value of several readings; None where they are no parts of one."""
    first, *others = items
    if not others:
        return first
    marks = [(i.place.image, i.place.frame, i.place.beat, i.place.time_s) for i in items]
    if not all(item.reading.part for item in items) or len(set(marks)) < len(marks):
        return None
    ways = {item.reading.direction for item in items}
    if {-1, 1} <= ways:
        return None
    mean = sum(item.value for item in items) / len(items)
    reading = replace(first.reading, direction=sum(ways), beats=len(items))
    place = replace(first.place, frame=None, beat=None, time_s=None, column=None)
    return Item(reading, first.quantity, mean, place)
