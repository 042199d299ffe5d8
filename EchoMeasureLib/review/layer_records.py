"""A review as JSON records, as `review.schema.json` describes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY, __version__
from EchoMeasureLib.catalog import CATALOG_VERSION
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.region_records import region_record
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.formulae import FORMULAE_VERSION
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.review.entries import AuditEvent, Entry, EntryState
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.marks import Mark
from EchoMeasureLib.review.migrations import SCHEMA, SCHEMA_VERSION
from EchoMeasureLib.review.person_records import examination_record, subject_record

Record = dict[str, Any]


def image_record(facts: ImageFacts) -> Record:
    """Which image, by UIDs and hashes, never by a name."""
    identity = facts.identity
    return {
        "key": facts.key,
        "sop_instance_uid": identity.sop_instance_uid,
        "sop_class_uid": identity.sop_class_uid,
        "series_instance_uid": identity.series_instance_uid,
        "study_instance_uid": identity.study_instance_uid,
        "transfer_syntax_uid": identity.transfer_syntax_uid,
        "modality": identity.modality,
        "manufacturer": identity.manufacturer,
        "model": identity.model,
        "file_sha256": identity.file_sha256,
        "patient": identity.patient,
        "columns": facts.columns,
        "rows": facts.rows,
        "frames": facts.frame_count,
        "times_s": None if facts.times is None else [float(time) for time in facts.times],
        "time_source": facts.time_source,
        "r_waves_s": [float(time) for time in facts.r_waves],
    }


def document_record(present: Record | None, images: list[Record], layer: Record) -> Record:
    """A whole document: the layer in place of the same reviewer's in what is `present` now."""
    ours = {image["key"]: image for image in images}
    old_images = present["images"] if present else []
    known = {image["key"] for image in old_images}
    old_layers = present["layers"] if present else []
    owners = [old["reviewer"] for old in old_layers]
    layers = [layer if old["reviewer"] == layer["reviewer"] else old for old in old_layers]
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "notice": RESEARCH_USE_ONLY,
        "revision": present["revision"] + 1 if present else 1,
        "images": [
            *(_completed(old, ours) for old in old_images),
            *(image for image in images if image["key"] not in known),
        ],
        "layers": layers if layer["reviewer"] in owners else [*layers, layer],
    }


def _completed(old: Record, ours: Mapping[str, Record]) -> Record:
    """An image as it was written, with what documents of earlier versions do not say."""
    patient = ours[old["key"]]["patient"] if old["key"] in ours else ""
    return {**old, "patient": patient} if patient else old


def layer_record(layer: Layer, saved: str) -> Record:
    """Everything one reviewer did.

    `saved`: ISO 8601 in UTC. Points are source pixels, values as they are stored (cm, cm/s),
    unrounded.
    """
    models: dict[Provenance, int] = {}
    return {
        "reviewer": layer.reviewer,
        "saved": saved,
        "software": {
            "name": "EchoMeasure",
            "version": __version__,
            "catalog": CATALOG_VERSION,
            "formulae": FORMULAE_VERSION,
        },
        "subject": subject_record(layer.subject),
        "examination": examination_record(layer.examination),
        "calibrations": _calibration_records(layer.calibrations),
        "marks": _mark_records(layer.marks),
        "entries": [entry_record(entry, models) for entry in layer.entries],
        "models": [model_record(model) for model in models],
        "audit": [event_record(event) for event in layer.audit],
    }


def _calibration_records(calibrations: Mapping[str, Sequence[Region]]) -> list[Record]:
    return [
        {"image": image, "regions": [region_record(region) for region in regions]}
        for image, regions in calibrations.items()
    ]


def _mark_records(marks: Mapping[str, Iterable[Mark]]) -> list[Record]:
    return [{"image": image, **mark_record(found)} for image, found in marks.items()]


def mark_record(marks: Iterable[Mark]) -> Record:
    """The frames of one image that were marked, under `ed` and `es`."""
    return {
        phase.value: sorted(mark.frame for mark in marks if mark.phase is phase)
        for phase in (Phase.ED, Phase.ES)
    }


def model_record(model: Provenance) -> Record:
    """Which network it was."""
    return {
        "file": model.file,
        "sha256": model.sha256,
        "set": model.set,
        "decoder": model.decoder,
        "engine": model.engine,
        "precision": model.precision,
    }


def entry_record(entry: Entry, models: dict[Provenance, int]) -> Record:
    """A caliper with what was decided of it.

    `models` gathers the networks; a caliper names its own by position in it.
    """
    record: Record = {
        "id": entry.id,
        "image": entry.image,
        "status": entry.status.value,
        "reviewer": entry.reviewer,
        "time": entry.time,
        "reason": entry.reason,
        "notes": entry.notes,
        "phase": entry.phase.value if entry.phase else None,
        "caliper": _caliper_record(entry.caliper, models),
        "predicted": _caliper_record(entry.predicted, models) if entry.predicted else None,
        "left_out": entry.left_out,
    }
    if entry.second is not None:
        record["second"] = _caliper_record(entry.second, models)
    return record


def _caliper_record(caliper: Caliper, models: dict[Provenance, int]) -> Record:
    model = caliper.model
    record: Record = {
        "measurement": caliper.measurement,
        "frame": caliper.frame,
        "points": [_landmark_record(point) for point in caliper.points],
        "values": [_value_record(value, caliper.points) for value in caliper.values],
        "region": caliper.region,
        "origin": caliper.origin.value,
        "model": None if model is None else models.setdefault(model, len(models)),
    }
    if caliper.strip_s is not None:
        record["strip_s"] = float(caliper.strip_s)
    if caliper.quality:
        record["quality"] = caliper.quality
    if caliper.view:
        record["view"] = caliper.view
    if caliper.near:
        record["near"] = [
            {"frame": near.frame, "points": [_landmark_record(point) for point in near.points]}
            for near in caliper.near
        ]
    return record


def _landmark_record(point: Landmark) -> Record:
    record: Record = {"label": point.label, "x": float(point.x), "y": float(point.y)}
    for key in ("confidence", "spread", "disagreement"):
        number = getattr(point, key)
        if number is not None:
            record[key] = float(number)
    return record


def _value_record(value: Value, points: Sequence[Landmark]) -> Record:
    record: Record = {
        "id": value.id,
        "value": _number(value.value),
        "unit": value.unit,
        "points": [points.index(point) for point in value.points],
        "flags": [flag.value for flag in value.flags],
        "reason": value.reason,
    }
    for key in ("pixels", "interval_s"):
        number = getattr(value, key)
        if number is not None:
            record[key] = float(number)
    for key in ("doubt", "beside"):
        if getattr(value, key):
            record[key] = getattr(value, key)
    return record


def event_record(event: AuditEvent) -> Record:
    """One step of the audit trail."""
    record: Record = {
        "number": event.number,
        "time": event.time,
        "who": event.who,
        "action": event.action.value,
        "entry": event.entry,
        "before": _state_record(event.before),
        "after": _state_record(event.after),
    }
    for key, text in (("why", event.why), ("detail", event.detail)):
        if text:
            record[key] = text
    return record


def _state_record(state: EntryState | None) -> Record | None:
    if state is None:
        return None
    record: Record = {
        "points": [[float(x), float(y)] for x, y in state.points],
        "values": [_number(value) for value in state.values],
        "status": state.status.value,
    }
    told = (("reason", state.reason), ("notes", state.notes), ("left_out", state.left_out))
    for key, text in told:
        if text:
            record[key] = text
    if state.phase:
        record["phase"] = state.phase.value
    return record


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
