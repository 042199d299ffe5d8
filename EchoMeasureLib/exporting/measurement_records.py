"""Calipers as plain records, as the command line prints them and `measurements.json` holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from EchoMeasureLib import RESEARCH_USE_ONLY, __version__
from EchoMeasureLib.catalog import CATALOG_VERSION
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.calipers import Caliper, Value
from EchoMeasureLib.review.images import image_key

if TYPE_CHECKING:
    from EchoMeasureLib.review.entries import Entry

MEASUREMENTS_SCHEMA = "echomeasure-measurements-1"

Record = dict[str, Any]


def point_record(landmark: Landmark) -> Record:
    """`{label, x, y}` in source pixels, with a confidence where a network found the point."""
    record: Record = {"label": landmark.label, "x": landmark.x, "y": landmark.y}
    if landmark.confidence is not None:
        record["confidence"] = landmark.confidence
    return record


def value_record(caliper: Caliper, value: Value) -> Record:
    """One number of a caliper, with the points it depends on."""
    record: Record = {
        "measurement": value.id,
        "frame": caliper.frame,
        "points": [point_record(point) for point in value.points],
        "value": value.value,
        "unit": value.unit,
        "calibrated": value.value is not None,
        "region": caliper.region,
        "flags": [flag.value for flag in value.flags],
        "reason": value.reason,
    }
    if value.doubt:
        record["doubt"] = value.doubt
    if value.pixels is not None:
        record["pixels"] = value.pixels
    if value.interval_s is not None:
        record["interval_s"] = value.interval_s
    return record


def caliper_record(caliper: Caliper) -> Record:
    """A whole caliper as one record.

    A caliper with several values shows its last one, the ratio, and lists all in `results`.
    """
    records = [value_record(caliper, value) for value in caliper.values]
    if len(records) == 1:
        return records[0]
    return {**records[-1], "measurement": caliper.measurement, "results": records}


def result_records(cine: Cine, calipers: Iterable[Caliper]) -> list[Record]:
    """One record per number: three for a mitral inflow, one for every other caliper."""
    return [record for caliper in calipers for record in _results_of(cine, caliper)]


def reviewed_records(cine: Cine, entries: Iterable[Entry]) -> list[Record]:
    """The same for calipers of a review, each with what its reviewer said about it."""
    return [
        {**record, "status": entry.status.value, "reviewer": entry.reviewer, "note": entry.notes}
        for entry in entries
        for record in _results_of(cine, entry.caliper)
    ]


def _results_of(cine: Cine, caliper: Caliper) -> list[Record]:
    return [
        {
            **value_record(caliper, value),
            "caliper": caliper.measurement,
            "origin": caliper.origin.value,
            "time_s": cine.times[caliper.frame] if cine.times is not None else None,
            "decoder": caliper.model.decoder if caliper.model else None,
            "model": _model_record(caliper),
            "beats": [
                _beat_record(beat_value)
                for beat in caliper.beats
                for beat_value in beat
                if beat_value.id == value.id
            ],
        }
        for value in caliper.values
    ]


def _beat_record(value: Value) -> Record:
    return {
        "points": [point_record(point) for point in value.points],
        "value": value.value,
        "flags": [flag.value for flag in value.flags],
    }


def _model_record(caliper: Caliper) -> Record | None:
    model = caliper.model
    if model is None:
        return None
    return {
        "file": model.file,
        "sha256": model.sha256,
        "set": model.set,
        "engine": model.engine,
        "precision": model.precision,
    }


def source_record(cine: Cine) -> Record:
    """Which image the numbers belong to: UIDs, never a name."""
    identity = cine.identity
    return {
        "image": image_key(cine),
        "sop_instance_uid": identity.sop_instance_uid,
        "sop_class_uid": identity.sop_class_uid,
        "series_instance_uid": identity.series_instance_uid,
        "study_instance_uid": identity.study_instance_uid,
        "file_sha256": identity.file_sha256,
        "rows": cine.rows,
        "columns": cine.columns,
        "frames": cine.frame_count,
        "time_source": cine.timing.source,
    }


def software_record() -> Record:
    """Name and versions of what made the numbers."""
    return {"name": "EchoMeasure", "version": __version__, "catalog": CATALOG_VERSION}


def document(
    cine: Cine, calipers: Sequence[Caliper], not_measured: Mapping[str, str] | None = None
) -> Record:
    """The contents of `measurements.json`; `not_measured` gives a reason per measurement id."""
    return _document(cine, result_records(cine, calipers), not_measured or {})


def reviewed_document(cine: Cine, entries: Sequence[Entry]) -> Record:
    """The same of calipers of a review, all on `cine`."""
    return _document(cine, reviewed_records(cine, entries), {})


def _document(cine: Cine, results: list[Record], not_measured: Mapping[str, str]) -> Record:
    return {
        "schema": MEASUREMENTS_SCHEMA,
        "notice": RESEARCH_USE_ONLY,
        "software": software_record(),
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "source": source_record(cine),
        "results": results,
        "not_measured": dict(not_measured),
    }
