"""The diameter of a vena cava over an M-mode as rows: one every 0.04 s, empty where not read."""

from __future__ import annotations

from collections.abc import Mapping

from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.table_rows import Column, ColumnType
from EchoMeasureLib.measuring.by_envelope import READER
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.texts import cell

CURVE_COLUMNS = (
    Column("frame", ColumnType.WHOLE, "", "frame of the image, counted from 0"),
    Column("time_s", ColumnType.NUMBER, "", "from the left edge of the strip", "s"),
    Column(
        "diameter_cm", ColumnType.NUMBER, "", "border to border of the blood; empty in a gap", "cm"
    ),
    Column("image", ColumnType.TEXT, "", "key of the image: its UID, else the hash of its file"),
    Column("model_file", ColumnType.TEXT, "", "which version of the envelope reader read it"),
)
"""Those of other tables mean the same there."""


def curve_rows(image: str, curves: Mapping[int, CavaCurve]) -> list[Record]:
    """The rows of the curves of an image, by frame; `image` is its key."""
    return [
        {
            "frame": frame,
            "time_s": seconds,
            "diameter_cm": cm,
            "image": cell(image),
            "model_file": READER.file,
        }
        for frame, curve in sorted(curves.items())
        for seconds, cm in zip(curve.seconds, curve.cm, strict=True)
    ]


def breath_records(curves: Mapping[int, CavaCurve]) -> list[Record]:
    """How far the breaths of each lie apart, for `measurements.json`."""
    return [
        {
            "frame": frame,
            "breath_s": curve.breath_s,
            "per_minute": None if curve.breath_s is None else 60 / curve.breath_s,
        }
        for frame, curve in sorted(curves.items())
    ]
