"""What a `.mrk.json` cannot hold, written beside it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.catalog import definition
from EchoMeasureLib.exporting.measurement_records import (
    Record,
    software_record,
    source_record,
    value_record,
)
from EchoMeasureLib.exporting.slicer_places import IjkToRas
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.session import Review

MARKUP_SCHEMA = "echomeasure-markup-1"


def sidecar_path(path: Path) -> Path:
    """`lvid-f3.echomeasure.json` for `lvid-f3.mrk.json`."""
    return path.with_name(path.name.removesuffix(".mrk.json") + ".echomeasure.json")


def sidecar_record(review: Review, entry: Entry, place: IjkToRas) -> Record:
    """The sidecar of a caliper on an image that lies so."""
    caliper, times = entry.caliper, review.images[entry.image].times
    return {
        "schema": MARKUP_SCHEMA,
        "notice": RESEARCH_USE_ONLY,
        "software": software_record(),
        "source": source_record(review.images[entry.image]),
        "image": entry.image,
        "entry": entry.id,
        "measurement": caliper.measurement,
        "name": definition(caliper.measurement).name,
        "frame": caliper.frame,
        "time_s": None if times is None else times[caliper.frame],
        "status": entry.status.value,
        "reviewer": entry.reviewer,
        "time": entry.time,
        "phase": None if entry.phase is None else entry.phase.value,
        "notes": entry.notes,
        "origin": caliper.origin.value,
        "model": None if caliper.model is None else asdict(caliper.model),
        "points": [asdict(point) for point in caliper.points],
        "values": [value_record(caliper, value) for value in caliper.values],
        "ijk_to_ras": [list(row) for row in place],
    }
