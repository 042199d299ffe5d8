"""A region as plain numbers and words, for JSON, and back exactly as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem, Trouble


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


def read_region(record: Mapping[str, Any]) -> Region:
    """The region of a record. Raises KeyError, TypeError or ValueError when it is not one."""
    (unit_x, unit_y), (delta_x, delta_y) = record["units"], record["delta"]
    (x, y), (value_x, value_y) = record["reference"], record["reference_value"]
    return Region(
        index=int(record["index"]),
        kind=RegionKind(record["kind"]),
        bounds=Box(*record["bounds"]),
        units=(str(unit_x), str(unit_y)),
        delta=(float(delta_x), float(delta_y)),
        reference=(None if x is None else float(x), None if y is None else float(y)),
        reference_value=(float(value_x), float(value_y)),
        problems=tuple(
            RegionProblem(str(p["code"]), str(p["text"]), Trouble(p["touches"]))
            for p in record["problems"]
        ),
        low_priority=bool(record["low_priority"]),
    )
