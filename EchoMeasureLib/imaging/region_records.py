"""A region as plain numbers and words, for JSON, and back exactly as it was."""

from __future__ import annotations

from typing import Any

from EchoMeasureLib.fields import (
    Fields,
    as_coordinate,
    as_integer,
    as_maybe_number,
    as_number,
    as_text,
    refuse,
)
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import (
    REQUIRED_UNITS,
    Region,
    RegionKind,
    RegionProblem,
    Trouble,
)

LARGEST = 1e6
"""Of the numbers of a region that can be measured in: no overflow comes of them."""


def region_record(region: Region) -> dict[str, Any]:
    """The record of a region; `bounds` are x0, y0, x1, y1 in source pixels."""
    box = region.bounds
    return {
        "index": region.index,
        "kind": region.kind.value,
        "bounds": [box.x0, box.y0, box.x1, box.y1],
        "units": list(region.units),
        "delta": list(region.delta),
        "reference": list(region.reference),
        "reference_value": list(region.reference_value),
        "problems": [
            {"code": problem.code, "text": problem.text, "touches": problem.touches.value}
            for problem in region.problems
        ],
        "low_priority": region.low_priority,
    }


def as_edge(value: Any, where: str) -> int:
    """An edge of a region: a whole column or row."""
    as_coordinate(value, where)
    return as_integer(value, where)


def read_region(record: Any, where: str) -> Region:
    """The region of a record that stands at `where` in a document.

    Raises `InvalidDocument` naming the place of what is wrong.
    """
    fields = Fields(record, where)
    bounds = fields.exactly(4, "bounds", as_edge)
    unit_x, unit_y = fields.exactly(2, "units", as_text)
    delta_x, delta_y = fields.exactly(2, "delta", as_number)
    x, y = fields.exactly(2, "reference", as_maybe_number)
    value_x, value_y = fields.exactly(2, "reference_value", as_number)
    region = Region(
        fields.integer("index", -1),
        fields.choice("kind", RegionKind),
        Box(*bounds),
        (unit_x, unit_y),
        (delta_x, delta_y),
        (x, y),
        (value_x, value_y),
        tuple(
            RegionProblem(item.text("code"), item.text("text"), item.choice("touches", Trouble))
            for item in fields.objects("problems")
        ),
        fields.boolean("low_priority"),
    )
    if region.usable:
        _check_scale(region, fields)
    return region


def _check_scale(region: Region, fields: Fields) -> None:
    """A region that says of itself that lengths can be measured in it has what that takes."""
    wanted = REQUIRED_UNITS[region.kind]
    if region.units != wanted:
        refuse(fields.at("units"), f"a {region.kind.value} region is in {wanted[0]} x {wanted[1]}")
    if not all(0 < abs(step) <= LARGEST for step in region.delta):
        refuse(fields.at("delta"), "the size of a pixel is zero, or larger than any")
    if not all(abs(n or 0) <= LARGEST for n in (*region.reference, *region.reference_value)):
        refuse(fields.at("reference"), "the reference lies farther away than any")
