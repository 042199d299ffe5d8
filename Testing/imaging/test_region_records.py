"""A region is written in one way, for reviews, scenes and the worker, and read in one way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.region_records import read_region, region_record
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem, Trouble

ODD = 0.1 + 0.2  # has no short decimal form

STRIP = Region(
    2,
    RegionKind.PW,
    Box(1, 2, 30, 40),
    ("s", "cm/s"),
    (ODD, -0.5),
    (None, 4.0),
    (0.0, ODD),
    (RegionProblem("no_reference", "No baseline.", Trouble.BASELINE),),
    True,
)


def test_what_is_written_is_read_exactly() -> None:
    assert read_region(json.loads(json.dumps(region_record(STRIP))), "region") == STRIP


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "tv"}, r"calibrations\[0\].kind: 'tv' is none of 2d, colour, pw"),
        ({"bounds": [1, 2, 3]}, r"calibrations\[0\].bounds: expected 4 items, found 3"),
        ({"delta": ["0.1", 0.2]}, r"delta\[0\]: expected a number, found text"),
        ({"delta": [float("nan"), 0.2]}, "not finite"),
        ({"units": "cm"}, "units: expected a list, found text"),
        ({"index": 1.5}, "index: expected a whole number"),
        ({"problems": [{"code": "x", "text": "y"}]}, r"problems\[0\].touches: it is missing"),
    ],
)
def test_what_is_no_region_is_refused_with_its_place(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidDocument, match=words):
        read_region({**region_record(STRIP), **change}, "calibrations[0]")
