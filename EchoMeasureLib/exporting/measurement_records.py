"""Calipers as plain records, as the command line prints them and `measurements.json` holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from EchoMeasureLib import __version__
from EchoMeasureLib.catalog import CATALOG, CATALOG_VERSION
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.session import Review

MEASUREMENTS_SCHEMA = "echomeasure-measurements-2"

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
    for key in ("doubt", "beside"):
        if getattr(value, key):
            record[key] = getattr(value, key)
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


def result_records(review: Review, entries: Iterable[Entry]) -> list[Record]:
    """One record per number of these calipers: three for a mitral inflow, one for every other.

    Their images need not be open.
    """
    beats = beat_numbers(review)
    return [record for entry in entries for record in _results_of(review, entry, beats)]


@dataclass(frozen=True, slots=True)
class ValueMeaning:
    """What a number is called and coded as on its frame."""

    phase: Phase | None
    """None where it is not known."""
    label: str
    code: str
    """LOINC; empty where the phase of its code is not known to be that of the frame."""

    def record(self) -> Record:
        phase = self.phase.value if self.phase else None
        return {"phase": phase, "label": self.label, "code": self.code}


def meaning_of(caliper: Caliper, value: Value, phase: Phase | None) -> ValueMeaning:
    """What a number is on a frame of this phase; None for an unknown one."""
    output = CATALOG[caliper.measurement].output(value.id, phase)
    known = output.phase if output.phase in _SHOWN_BY_ITSELF else phase
    return ValueMeaning(known, output.name_at(known), output.loinc_at(known))


def beat_numbers(review: Review) -> dict[str, int]:
    """Which beat of its image a caliper is of, by the id of the entry."""
    return {
        id: beat.number
        for measured in review.measured().values()
        for beat in measured.beats
        for id in beat.entries
    }


def _results_of(review: Review, entry: Entry, beats: Mapping[str, int]) -> list[Record]:
    caliper, times = entry.caliper, review.images[entry.image].times
    phase = review.phase_of(entry)
    own: Record = {
        "entry": entry.id,
        "caliper": caliper.measurement,
        "beat": beats.get(entry.id),
        "origin": caliper.origin.value,
        "time_s": times[caliper.frame] if times is not None else None,
        "decoder": (caliper.model.decoder or None) if caliper.model else None,
        "model": _model_record(caliper),
        "status": entry.status.value,
        "reviewer": entry.reviewer,
        "note": entry.notes,
        "chosen_phase": entry.phase.value if entry.phase else None,
        "left_out": entry.left_out,
    }
    if caliper.strip_s is not None:
        own["strip_s"] = caliper.strip_s
    return [
        {
            **value_record(caliper, value),
            **meaning_of(caliper, value, phase).record(),
            **own,
            "beats": [_beat_record(beat.value(value.id)) for beat in _beside(review, entry)],
        }
        for value in caliper.values
    ]


def _beside(review: Review, entry: Entry) -> list[Caliper]:
    """On a strip, the calipers of this measurement, left to right; a 2-D image has none."""
    if not CATALOG[entry.measurement].on_strip:
        return []
    here = review.on_frame(entry.frame, entry.image)
    beats = [other.caliper for other in here if other.measurement == entry.measurement]
    return sorted(beats, key=lambda caliper: caliper.points[0].x)


def _beat_record(value: Value) -> Record:
    return {
        "points": [point_record(point) for point in value.points],
        "value": value.value,
        "flags": [flag.value for flag in value.flags],
    }


_SHOWN_BY_ITSELF = (Phase.SYSTOLE, Phase.DIASTOLE)
"""Phases that a strip shows: a jet is systolic whichever frame it is on."""


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


def source_record(facts: ImageFacts) -> Record:
    """Which image the numbers belong to: UIDs, never a name."""
    identity = facts.identity
    return {
        "image": facts.key,
        "sop_instance_uid": identity.sop_instance_uid,
        "sop_class_uid": identity.sop_class_uid,
        "series_instance_uid": identity.series_instance_uid,
        "study_instance_uid": identity.study_instance_uid,
        "file_sha256": identity.file_sha256,
        "rows": facts.rows,
        "columns": facts.columns,
        "frames": facts.frame_count,
        "time_source": facts.time_source,
    }


def software_record() -> Record:
    """Name and versions of what made the numbers."""
    return {"name": "EchoMeasure", "version": __version__, "catalog": CATALOG_VERSION}
