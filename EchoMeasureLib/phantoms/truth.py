"""What is true in a phantom, as the JSON document that lies beside its DICOM file.

`truth.schema.json` is the contract. PointList are [x, y] in source pixels in the order
of `Definition.points`; velocities carry the sign that the region's DeltaY gives them
(away from the probe negative); lengths are in cm.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.phantoms.body import body_of

GENERATOR = "EchoMeasure phantom 1"
"""Raised whenever the same seed gives other pixels or another truth."""

PointList = Sequence[tuple[float, float]]


def frame_truth(points: PointList, value: float, unit: str, beats: Sequence[PointList] = ()) -> Any:
    """One frame's truth of a measurement with one value.

    `beats` lists the points of every beat that is seen whole on a strip; `points` is one of them.
    """
    entry: dict[str, Any] = {"points": _rounded(points), "value": _number(value), "unit": unit}
    if beats:
        entry["beats_points"] = [_rounded(beat) for beat in beats]
    return entry


def inflow_truth(points: PointList, e: float, a: float, beats: Sequence[PointList]) -> Any:
    """The truth of mvpeak: E and A in cm/s and their ratio, points E then A."""
    return {
        "points": _rounded(points),
        "values": {"e": _number(e), "a": _number(a), "e_a_ratio": _number(e / a)},
        "unit": "cm/s",
        "beats_points": [_rounded(beat) for beat in beats],
    }


def truth_document(
    name: str,
    view: str,
    layout: str,
    seed: int,
    measurements: Mapping[str, Mapping[int, Any]],
    beats: Sequence[Mapping[str, Any]],
    anatomy: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole document. `measurements`: id -> frame -> `frame_truth` or `inflow_truth`.

    `beats`: `{"ed": frame, "es": frame, "r_wave_s": seconds}`; ed and es are None on a still.
    Raises `UnknownMeasurement` for an id that the catalog does not know.
    """
    for id in measurements:
        definition(id)
    return {
        "file": f"{name}.dcm",
        "view": view,
        "layout": layout,
        "seed": seed,
        "generator": GENERATOR,
        "subject": asdict(body_of(seed)),
        "measurements": {
            id: {"frames": {str(frame): entry for frame, entry in sorted(frames.items())}}
            for id, frames in measurements.items()
        },
        "beats": [dict(beat) for beat in beats],
        "anatomy": dict(anatomy),
    }


def truth_bytes(document: Mapping[str, Any]) -> bytes:
    """The document as stable UTF-8 JSON."""
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _rounded(points: PointList) -> list[list[float]]:
    return [[round(float(x), 3), round(float(y), 3)] for x, y in points]


def _number(value: float) -> float:
    return round(float(value), 6)
