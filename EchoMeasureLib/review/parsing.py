"""From the JSON records of a review back to its objects. Tolerates nothing that is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition, Phase
from EchoMeasureLib.fields import (
    Fields,
    as_choice,
    as_coordinate,
    as_integer,
    as_list,
    as_maybe_number,
    as_number,
    refuse,
)
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import Identity
from EchoMeasureLib.imaging.region_records import read_region
from EchoMeasureLib.inference.prediction import Near, Provenance
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.review.entries import (
    Action,
    AuditEvent,
    Entry,
    EntryState,
    Status,
    allowed_phases,
)
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.marks import Mark
from EchoMeasureLib.review.person_records import parse_examination, parse_subject


def parse_image(fields: Fields) -> ImageFacts:
    """The facts of an image. Raises `InvalidDocument` naming the place of what is wrong."""
    frames = fields.integer("frames", 1)
    times = fields.list("times_s", as_number) if fields.any("times_s") is not None else None
    if times is not None and len(times) != frames:
        refuse(fields.at("times_s"), f"{len(times)} times for {frames} frames")
    identity = Identity(
        **{
            key: fields.text(key)
            for key in (
                "sop_instance_uid",
                "sop_class_uid",
                "series_instance_uid",
                "study_instance_uid",
                "transfer_syntax_uid",
                "modality",
                "manufacturer",
                "model",
                "file_sha256",
            )
        },
        patient=fields.text("patient") if fields.has("patient") else "",
    )
    return ImageFacts(
        fields.text("key"),
        identity,
        fields.integer("columns", 1),
        fields.integer("rows", 1),
        frames,
        times,
        fields.text("time_source"),
        fields.list("r_waves_s", as_number),
    )


def parse_layer(fields: Fields, images: Mapping[str, ImageFacts]) -> Layer:
    """What one reviewer did to these images, by their keys.

    Raises `InvalidDocument` naming the place of what is wrong.
    """
    reviewer = fields.text("reviewer").strip()
    if not reviewer:
        refuse(fields.at("reviewer"), "it is empty")
    models = tuple(_model(item) for item in fields.objects("models"))
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


def as_frame(value: Any, where: str, frames: int) -> int:
    """One of so many frames. Raises `InvalidDocument` naming the place of what is wrong."""
    frame = as_integer(value, where, 0)
    if frame >= frames:
        refuse(where, f"there is no frame {frame}; the image has {frames}")
    return frame


def parse_marks(fields: Fields, frames: int) -> frozenset[Mark]:
    """The frames under `ed` and `es` that the reviewer marked, of an image of so many frames.

    Raises `InvalidDocument` naming the place of what is wrong.
    """

    def frame(value: Any, where: str) -> int:
        return as_frame(value, where, frames)

    phases = (Phase.ED, Phase.ES)
    return frozenset(Mark(f, phase) for phase in phases for f in fields.list(phase.value, frame))


def _model(fields: Fields) -> Provenance:
    keys = ("file", "sha256", "set", "decoder", "engine", "precision")
    return Provenance(**{key: fields.text(key) for key in keys})


def _known_image(fields: Fields, images: Mapping[str, ImageFacts]) -> str:
    image = fields.text("image")
    if image not in images:
        refuse(fields.at("image"), f"the document has no image {image}")
    return image


def _entry(fields: Fields, models: Sequence[Provenance], images: Mapping[str, ImageFacts]) -> Entry:
    image = _known_image(fields, images)
    frames = images[image].frame_count
    caliper = _caliper(fields.object("caliper"), models, frames)
    said: dict[str, Caliper | None] = {"predicted": None, "second": None}
    for key in said:
        if not fields.has(key) or fields.any(key) is None:
            continue
        said[key] = one = _caliper(fields.object(key), models, frames)
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


def _caliper(fields: Fields, models: Sequence[Provenance], frames: int) -> Caliper:
    row = CATALOG.get(fields.text("measurement"))
    if row is None:
        refuse(fields.at("measurement"), "no measurement of that name is known")
    frame = as_frame(fields.any("frame"), fields.at("frame"), frames)
    points = tuple(parse_landmark(item) for item in fields.objects("points"))
    if not row.takes(len(points)):
        refuse(fields.at("points"), f"{row.id} takes {row.count_words}, not {len(points)}")
    model = fields.integer("model", 0) if fields.any("model") is not None else None
    if model is not None and model >= len(models):
        refuse(fields.at("model"), f"the layer has no model {model}")
    return Caliper(
        row.id,
        frame,
        points,
        _values(fields, row, points),
        fields.integer("region", -1) if fields.any("region") is not None else None,
        fields.choice("origin", Origin),
        None if model is None else models[model],
        fields.maybe_number("strip_s"),
        fields.text("quality") if fields.has("quality") else "",
        fields.text("view") if fields.has("view") else "",
        _near(fields, row, frames),
    )


def _near(fields: Fields, row: Definition, frames: int) -> tuple[Near, ...]:
    if not fields.has("near"):
        return ()
    found = []
    for item in fields.objects("near"):
        points = tuple(parse_landmark(point) for point in item.objects("points"))
        if not row.takes(len(points)):
            refuse(item.at("points"), f"{row.id} takes {row.count_words}, not {len(points)}")
        found.append(Near(as_frame(item.any("frame"), item.at("frame"), frames), points))
    return tuple(found)


def _values(fields: Fields, row: Definition, points: Sequence[Landmark]) -> tuple[Value, ...]:
    values = tuple(_value(item, points) for item in fields.objects("values"))
    wanted = list(dict.fromkeys(output.id for output in row.outputs))
    if [value.id for value in values] != wanted:
        refuse(fields.at("values"), f"{row.id} gives {', '.join(wanted)}")
    return values


def parse_landmark(fields: Fields) -> Landmark:
    """A point in source pixels. Raises `InvalidDocument` naming the place of what is wrong."""
    return Landmark(
        as_coordinate(fields.any("x"), fields.at("x")),
        as_coordinate(fields.any("y"), fields.at("y")),
        fields.text("label"),
        fields.maybe_number("confidence"),
        fields.maybe_number("spread"),
        fields.maybe_number("disagreement"),
    )


def _value(fields: Fields, points: Sequence[Landmark]) -> Value:
    def point(value: Any, where: str) -> Landmark:
        number = as_integer(value, where, 0)
        if number >= len(points):
            refuse(where, "there is no such point")
        return points[number]

    def flag(value: Any, where: str) -> Flag:
        return as_choice(value, where, Flag)

    return Value(
        fields.text("id"),
        fields.maybe_number("value"),
        fields.text("unit"),
        fields.list("points", point),
        fields.list("flags", flag),
        fields.text("reason"),
        fields.maybe_number("pixels"),
        fields.maybe_number("interval_s"),
        *(fields.text(key) if fields.has(key) else "" for key in ("doubt", "beside")),
    )


def _audit(fields: Fields) -> tuple[AuditEvent, ...]:
    events = tuple(_event(item) for item in fields.objects("audit"))
    for number, event in enumerate(events, 1):
        if event.number != number:
            refuse(fields.at(f"audit[{number - 1}]"), f"expected event {number}")
    return events


def _event(fields: Fields) -> AuditEvent:
    return AuditEvent(
        fields.integer("number", 1),
        fields.text("time"),
        fields.text("who"),
        fields.choice("action", Action),
        fields.text("entry"),
        _state(fields, "before"),
        _state(fields, "after"),
        fields.text("why") if fields.has("why") else "",
        fields.text("detail") if fields.has("detail") else "",
    )


def _state(event: Fields, key: str) -> EntryState | None:
    if event.any(key) is None:
        return None
    fields = event.object(key)

    def point(value: Any, where: str) -> PixelPoint:
        return PixelPoint(*as_list(value, where, as_coordinate, 2))

    return EntryState(
        fields.list("points", point),
        fields.list("values", as_maybe_number),
        fields.choice("status", Status),
        fields.text("reason") if fields.has("reason") else "",
        fields.text("notes") if fields.has("notes") else "",
        fields.choice("phase", Phase) if fields.has("phase") else None,
        fields.text("left_out") if fields.has("left_out") else "",
    )
