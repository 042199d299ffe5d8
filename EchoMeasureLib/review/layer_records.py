"""A review as JSON records, as `review.schema.json` describes them, and back to its objects.

What is read tolerates nothing that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY, __version__
from EchoMeasureLib.catalog import CATALOG_VERSION
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.fields import Fields, refuse
from EchoMeasureLib.imaging.region_records import read_region, region_record
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.formulae import FORMULAE_VERSION
from EchoMeasureLib.review.audit_records import event_record, parse_event
from EchoMeasureLib.review.caliper_records import (
    caliper_record,
    model_record,
    parse_caliper,
    parse_model,
)
from EchoMeasureLib.review.entries import AuditEvent, Entry, Status, allowed_phases
from EchoMeasureLib.review.image_records import as_frame
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.marks import Mark
from EchoMeasureLib.review.migrations import SCHEMA, SCHEMA_VERSION
from EchoMeasureLib.review.person_records import (
    examination_record,
    parse_examination,
    parse_subject,
    subject_record,
)

Record = dict[str, Any]


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


def parse_layer(fields: Fields, images: Mapping[str, ImageFacts]) -> Layer:
    """What one reviewer did to these images, by their keys.

    Raises `InvalidDocument` naming the place of what is wrong.
    """
    reviewer = fields.text("reviewer").strip()
    if not reviewer:
        refuse(fields.at("reviewer"), "it is empty")
    models = tuple(parse_model(item) for item in fields.objects("models"))
    entries = tuple(_entry(item, models, images) for item in fields.objects("entries"))
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            refuse(fields.at("entries"), f"the id {entry.id} is there twice")
        seen.add(entry.id)
    calibrations = {}
    for item in fields.objects("calibrations"):
        image = _known_image(item, images)
        calibrations[image] = item.list("regions", read_region)
    marks = {}
    for item in fields.objects("marks"):
        image = _known_image(item, images)
        marks[image] = parse_marks(item, images[image].frame_count)
    return Layer(
        reviewer,
        entries,
        _audit(fields),
        parse_subject(fields.object("subject")),
        parse_examination(fields.object("examination")),
        calibrations,
        marks,
        fields.text("saved"),
        fields.object("software").text("version"),
    )


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
        "caliper": caliper_record(entry.caliper, models),
        "predicted": caliper_record(entry.predicted, models) if entry.predicted else None,
        "left_out": entry.left_out,
    }
    if entry.second is not None:
        record["second"] = caliper_record(entry.second, models)
    return record


def mark_record(marks: Iterable[Mark]) -> Record:
    """The frames of one image that were marked, under `ed` and `es`."""
    return {
        phase.value: sorted(mark.frame for mark in marks if mark.phase is phase)
        for phase in (Phase.ED, Phase.ES)
    }


def parse_marks(fields: Fields, frames: int) -> frozenset[Mark]:
    """The frames under `ed` and `es` that the reviewer marked, of an image of so many frames.

    Raises `InvalidDocument` naming the place of what is wrong.
    """

    def frame(value: Any, where: str) -> int:
        return as_frame(value, where, frames)

    phases = (Phase.ED, Phase.ES)
    return frozenset(Mark(f, phase) for phase in phases for f in fields.list(phase.value, frame))


def _completed(old: Record, ours: Mapping[str, Record]) -> Record:
    """An image as it was written, with what documents of earlier versions do not say."""
    patient = ours[old["key"]]["patient"] if old["key"] in ours else ""
    return {**old, "patient": patient} if patient else old


def _calibration_records(calibrations: Mapping[str, Sequence[Region]]) -> list[Record]:
    return [
        {"image": image, "regions": [region_record(region) for region in regions]}
        for image, regions in calibrations.items()
    ]


def _mark_records(marks: Mapping[str, Iterable[Mark]]) -> list[Record]:
    return [{"image": image, **mark_record(found)} for image, found in marks.items()]


def _entry(fields: Fields, models: Sequence[Provenance], images: Mapping[str, ImageFacts]) -> Entry:
    image = _known_image(fields, images)
    frames = images[image].frame_count
    caliper = parse_caliper(fields.object("caliper"), models, frames)
    said: dict[str, Caliper | None] = {"predicted": None, "second": None}
    for key in said:
        if not fields.has(key) or fields.any(key) is None:
            continue
        said[key] = one = parse_caliper(fields.object(key), models, frames)
        if (one.measurement, one.frame) != (caliper.measurement, caliper.frame):
            refuse(fields.at(key), "it is of another measurement or frame")
    _check_readers(fields, **said)
    phase = fields.choice("phase", Phase) if fields.any("phase") is not None else None
    if phase is not None and phase not in allowed_phases(caliper.measurement):
        refuse(fields.at("phase"), f"{caliper.measurement} has no phase {phase.value}")
    return Entry(
        fields.text("id"),
        image,
        said["predicted"],
        caliper,
        fields.choice("status", Status),
        fields.text("reviewer"),
        fields.text("time"),
        fields.text("reason"),
        fields.text("notes"),
        phase,
        fields.text("left_out"),
        said["second"],
    )


def _check_readers(fields: Fields, predicted: Caliper | None, second: Caliper | None) -> None:
    """Two readers, and none of them a person."""
    if second is None:
        return
    origins = {one.origin for one in (predicted, second) if one is not None}
    if origins != {Origin.PREDICTED, Origin.ENVELOPE}:
        refuse(fields.at("second"), "it is not of the other reader")


def _audit(fields: Fields) -> tuple[AuditEvent, ...]:
    events = tuple(parse_event(item) for item in fields.objects("audit"))
    for number, event in enumerate(events, 1):
        if event.number != number:
            refuse(fields.at(f"audit[{number - 1}]"), f"expected event {number}")
    return events


def _known_image(fields: Fields, images: Mapping[str, ImageFacts]) -> str:
    image = fields.text("image")
    if image not in images:
        refuse(fields.at("image"), f"the document has no image {image}")
    return image
