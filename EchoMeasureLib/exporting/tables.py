"""`measurements.json` and `measurements.csv`: the numbers of one file; tables of comparisons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.files import write_text
from EchoMeasureLib.measuring.sheet import OUTPUTS, SHOWN_AS
from EchoMeasureLib.texts import cell, json_text

if TYPE_CHECKING:
    from EchoMeasureLib.review.compare import Comparison, Line

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
    "doubt",
    "interval_s",
    "pixels",
    "region",
    "origin",
    "decoder",
    "model_set",
    "model_file",
    "model_sha256",
    "sop_instance_uid",
    *("status", "reviewer", "note"),
    *("kind", "label", "phase", "code", "beat", "entry", "left_out"),
    *("n", "sd", "rule", "range", "mark", "strip_s"),
)
"""What is added goes to the end. `kind` is caliper; derived, for a beat of a derived value; or
summary, for a value with its mean over the beats that count."""

COMPARISON_COLUMNS = (
    "measurement",
    "caliper",
    "image",
    "frame",
    "reviewer1",
    "reviewer2",
    "value1",
    "value2",
    "unit",
    "difference",
    "percent",
    "distance_px",
    "distance_mm",
    "status1",
    "status2",
    "phase1",
    "phase2",
    "left_out1",
    "left_out2",
)


def write_json(path: Path, document: Record) -> None:
    """Write a document as JSON, whole or not at all."""
    write_text(path, json_text(document))


def write_csv(path: Path, document: Record) -> None:
    """Write a measurements document as a table.

    One line per number of a caliper, then one per beat of each derived value, then one per value.
    """
    measured = {*OUTPUTS, *SHOWN_AS.values()}
    lines = [_line(result) for result in document["results"]]
    for value in document["summary"]:
        if value["id"] not in measured:
            lines += [_beat_line(value, beat) for beat in value["beats"]]
    lines += map(_summary_line, document["summary"])
    uid = document["source"]["sop_instance_uid"]
    _write_table(path, CSV_COLUMNS, ({**line, "sop_instance_uid": uid} for line in lines))


def write_comparison(path: Path, comparison: Comparison) -> None:
    """Write where two reviewers differ as a table, one line per number, in stored units.

    `difference` is second minus first; `percent` its size by the mean size of the two.
    """
    lines = (_comparison_line(line, comparison.reviewers) for line in comparison.lines())
    _write_table(path, COMPARISON_COLUMNS, lines)


def _write_table(path: Path, columns: Sequence[str], lines: Iterable[Record]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(
        {key: cell(value) if isinstance(value, str) else value for key, value in line.items()}
        for line in lines
    )
    write_text(path, text.getvalue())


def _comparison_line(line: Line, reviewers: tuple[str, str]) -> Record:
    caliper, value = line.caliper, line.value
    record: Record = {
        "measurement": value.id,
        "caliper": caliper.measurement,
        "image": caliper.image,
        "frame": caliper.frame,
        "unit": value.unit,
        "difference": value.difference,
        "percent": value.percent,
        "distance_px": line.distance_px,
        "distance_mm": line.distance_mm,
    }
    numbers = (value.first, value.second)
    for number in (0, 1):
        status, phase = caliper.statuses[number], caliper.phases[number]
        record[f"reviewer{number + 1}"] = reviewers[number]
        record[f"value{number + 1}"] = numbers[number]
        record[f"status{number + 1}"] = status.value if status else None
        record[f"phase{number + 1}"] = phase.value if phase else None
        record[f"left_out{number + 1}"] = "yes" if caliper.left_out[number] else None
    return record


def _line(result: Record) -> Record:
    line = {column: result.get(column) for column in CSV_COLUMNS}
    for number, point in enumerate(result["points"], start=1):
        line[f"x{number}_px"], line[f"y{number}_px"] = point["x"], point["y"]
        line[f"confidence{number}"] = point.get("confidence")
    line["flags"] = _words(result["flags"])
    for key in ("set", "file", "sha256"):
        line[f"model_{key}"] = (result["model"] or {}).get(key)
    return {**line, "kind": "caliper"}


def _beat_line(value: Record, beat: Record) -> Record:
    """One beat of a derived value; that of a measured one is the line of its caliper."""
    return {
        "kind": "derived",
        "measurement": value["id"],
        "label": value["name"],
        "unit": value["unit"],
        "code": value["code"],
        "value": beat["value"],
        "reason": beat["why_not"],
        "beat": beat["number"],
        "frame": beat["frame"],
        "time_s": beat["time_s"],
    }


def _summary_line(value: Record) -> Record:
    same = ("unit", "code", "n", "sd", "rule", "range", "mark", "reason")
    return {
        "kind": "summary",
        "measurement": value["id"],
        "label": value["name"],
        "value": value["mean"],
        "flags": _words(value["flags"]),
        **{key: value[key] for key in same},
    }


def _words(flags: Iterable[str]) -> str:
    return " ".join(flags)
