"""What a `.mrk.json` cannot hold, written beside it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.catalog import definition
from EchoMeasureLib.exporting.measurement_records import (
    software_record,
    source_record,
    value_record,
)
from EchoMeasureLib.mrml.mapping import ijk_to_ras
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.session import Review

MARKUP_SCHEMA = "echomeasure-markup-1"


def sidecar_path(path: Path) -> Path:
    """`lvid-f3.echomeasure.json` for `lvid-f3.mrk.json`."""
    return path.with_name(path.name.removesuffix(".mrk.json") + ".echomeasure.json")


def sidecar_text(review: Review, entry: Entry, volume: Any) -> str:
    """The sidecar of a caliper on this volume node, as JSON."""
    caliper, cine = entry.caliper, review.cine(entry.image)
    record = {
        "schema": MARKUP_SCHEMA,
        "notice": RESEARCH_USE_ONLY,
        "software": software_record(),
        "source": source_record(review.images[entry.image]),
        "image": entry.image,
        "entry": entry.id,
        "measurement": caliper.measurement,
        "name": definition(caliper.measurement).name,
        "frame": caliper.frame,
        "time_s": None if cine.times is None else cine.times[caliper.frame],
        "status": entry.status.value,
        "reviewer": entry.reviewer,
        "time": entry.time,
        "phase": None if entry.phase is None else entry.phase.value,
        "notes": entry.notes,
        "origin": caliper.origin.value,
        "model": None if caliper.model is None else asdict(caliper.model),
        "points": [asdict(point) for point in caliper.points],
        "values": [value_record(caliper, value) for value in caliper.values],
        "ijk_to_ras": ijk_to_ras(volume),
    }
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
