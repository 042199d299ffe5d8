"""`measurements.json` and `measurements.csv`: the numbers of one file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from EchoMeasureLib.exporting.records import Record
from EchoMeasureLib.files import write_text

CSV_COLUMNS = (
    "measurement",
    "caliper",
    "frame",
    "time_s",
    "value",
    "unit",
    "x1_px",
    "y1_px",
    "confidence1",
    "x2_px",
    "y2_px",
    "confidence2",
    "flags",
    "reason",
    "interval_s",
    "pixels",
    "region",
    "origin",
    "decoder",
    "model_set",
    "model_file",
    "model_sha256",
    "sop_instance_uid",
)


def write_json(path: Path, document: Record) -> None:
    """Write a document as JSON, whole or not at all."""
    write_text(path, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_csv(path: Path, document: Record) -> None:
    """Write the results of a measurements document as a table, one line per number."""
    text = io.StringIO()
    table = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
    table.writeheader()
    uid = document["source"]["sop_instance_uid"]
    table.writerows(_line(result, uid) for result in document["results"])
    write_text(path, text.getvalue())


def _line(result: Record, uid: str) -> dict[str, Any]:
    line = {column: result.get(column) for column in CSV_COLUMNS}
    for number, point in enumerate(result["points"], start=1):
        line[f"x{number}_px"], line[f"y{number}_px"] = point["x"], point["y"]
        line[f"confidence{number}"] = point.get("confidence")
    line["flags"] = _words(result["flags"])
    for key in ("set", "file", "sha256"):
        line[f"model_{key}"] = (result["model"] or {}).get(key)
    line["sop_instance_uid"] = uid
    return line


def _words(flags: Iterable[str]) -> str:
    return " ".join(flags)
