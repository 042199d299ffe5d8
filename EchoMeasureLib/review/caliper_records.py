"""Calipers as JSON records and back, with their points, values and networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.fields import Fields, as_choice, as_coordinate, as_integer, refuse
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Near, Provenance
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.review.image_records import as_frame


def caliper_record(caliper: Caliper, models: dict[Provenance, int]) -> dict[str, Any]:
    """Its points in source pixels and its values as they are stored, unrounded.

    `models` gathers the networks; a caliper names its own by position in it.
    """
    model = caliper.model
    record: dict[str, Any] = {
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


def parse_caliper(fields: Fields, models: Sequence[Provenance], frames: int) -> Caliper:
    """A caliper on one of so many frames. Raises `InvalidDocument` naming what is wrong."""
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


def model_record(model: Provenance) -> dict[str, Any]:
    """Which network it was."""
    return {
        "file": model.file,
        "sha256": model.sha256,
        "set": model.set,
        "decoder": model.decoder,
        "engine": model.engine,
        "precision": model.precision,
    }


def parse_model(fields: Fields) -> Provenance:
    """Raises `InvalidDocument` naming the place of what is wrong."""
    keys = ("file", "sha256", "set", "decoder", "engine", "precision")
    return Provenance(**{key: fields.text(key) for key in keys})


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


def _landmark_record(point: Landmark) -> dict[str, Any]:
    record: dict[str, Any] = {"label": point.label, "x": float(point.x), "y": float(point.y)}
    for key in ("confidence", "spread", "disagreement"):
        number = getattr(point, key)
        if number is not None:
            record[key] = float(number)
    return record


def _value_record(value: Value, points: Sequence[Landmark]) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": value.id,
        "value": None if value.value is None else float(value.value),
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
