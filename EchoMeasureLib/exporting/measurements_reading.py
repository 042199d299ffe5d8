"""`measurements.json` read back: the calipers of one image, without the image.

Anybody may have written the file, so every part is checked as those of a review are. Numbers
are taken as they stand: only the pixels could tell whether they are right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NoReturn

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition, Phase
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.exporting.measurement_records import MEASUREMENTS_SCHEMA
from EchoMeasureLib.fields import Fields, as_choice, cleaned, refuse
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.review.caliper_records import parse_landmark
from EchoMeasureLib.review.entries import Entry, Status, allowed_phases
from EchoMeasureLib.review.image_records import as_frame, parse_image
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layer_records import parse_marks
from EchoMeasureLib.review.marks import Mark
from EchoMeasureLib.review.person_records import parse_examination, parse_subject

NOBODY = "EchoMeasure"
"""Reviewer of calipers about which no person has decided."""

SCHEMA_STEM = MEASUREMENTS_SCHEMA.rpartition("-")[0]


@dataclass(frozen=True, slots=True)
class Measurements:
    """What one `measurements.json` holds."""

    image: ImageFacts
    entries: tuple[Entry, ...]
    subject: Subject
    examination: Examination
    marks: frozenset[Mark]
    """Frames that the reviewer marked as ED or ES."""

    @property
    def reviewer(self) -> str:
        """Who decided about the calipers; the program where nobody did."""
        names = dict.fromkeys(entry.reviewer for entry in self.entries if entry.reviewer)
        return ", ".join(names) or NOBODY


def parse_measurements(value: Any, name: str) -> Measurements:
    """The calipers in the JSON of a file that is called `name`.

    Raises `InvalidDocument` naming what is wrong and where, and for one of another version.
    """
    fields = Fields(cleaned(value), "")
    schema = fields.text("schema")
    if schema != MEASUREMENTS_SCHEMA:
        _refuse_version(schema, name)
    image = _image(fields)
    records = fields.objects("results")
    groups = groupby(records, lambda record: record.text("entry"))
    entries = tuple(_entry(id, list(parts), image) for id, parts in groups)
    ids = [entry.id for entry in entries]
    if len(set(ids)) < len(ids):
        twice = next(id for id in ids if ids.count(id) > 1)
        refuse("results", f"the caliper {twice!a} is there twice")
    return Measurements(
        image,
        entries,
        parse_subject(fields.object("subject")),
        parse_examination(fields.object("examination")),
        parse_marks(fields.object("heart").object("marked"), image.frame_count),
    )


def _refuse_version(schema: str, name: str) -> NoReturn:
    stem, _, version = schema.rpartition("-")
    if stem != SCHEMA_STEM or not version.isdecimal():
        raise InvalidDocument(f"{name} holds no measurements of EchoMeasure.")
    newer = int(version) > int(MEASUREMENTS_SCHEMA.rpartition("-")[2])
    if newer:
        raise InvalidDocument(
            f"{name} was written by a newer EchoMeasure (form {version}).", "Update EchoMeasure."
        )
    raise InvalidDocument(
        f"{name} was written by an earlier EchoMeasure (form {version}), which did not keep the "
        "times of the frames.",
        "Measure the image again.",
    )


def _image(fields: Fields) -> ImageFacts:
    source = fields.object("source")
    return parse_image(Fields({**fields.any("source"), "key": source.text("image")}, "source"))


def _entry(id: str, records: Sequence[Fields], image: ImageFacts) -> Entry:
    """One caliper, from a record for each of its numbers."""
    first = records[0]
    row = CATALOG.get(first.text("caliper"))
    if row is None:
        refuse(first.at("caliper"), "no measurement of that name is known")
    caliper = _caliper(row, records, image)
    chosen = first.any("chosen_phase")
    phase = None if chosen is None else as_choice(chosen, first.at("chosen_phase"), Phase)
    if phase is not None and phase not in allowed_phases(row.id):
        refuse(first.at("chosen_phase"), f"{row.id} has no phase {phase.value}")
    return Entry(
        id,
        image.key,
        None if caliper.origin.by_hand else caliper,
        caliper,
        first.choice("status", Status),
        first.text("reviewer"),
        notes=first.text("note"),
        phase=phase,
        left_out=first.text("left_out"),
    )


def _caliper(row: Definition, records: Sequence[Fields], image: ImageFacts) -> Caliper:
    first = records[0]
    frame = as_frame(first.any("frame"), first.at("frame"), image.frame_count)
    for record in records:
        for key in ("caliper", "frame", "region", "origin", "status", "chosen_phase", "left_out"):
            if record.any(key) != first.any(key):
                refuse(record.at(key), "it differs from the other numbers of the caliper")
    values = tuple(map(_value, records))
    wanted = list(dict.fromkeys(output.id for output in row.outputs))
    if [value.id for value in values] != wanted:
        refuse(first.at("measurement"), f"{row.id} gives {', '.join(wanted)}")
    for record, value in zip(records, values, strict=True):
        if value.unit != row.output(value.id).unit:
            refuse(record.at("unit"), f"{value.id} is in {row.output(value.id).unit}")
    points = tuple(dict.fromkeys(point for value in values for point in value.points))
    if not row.takes(len(points)):
        refuse(first.at("points"), f"{row.id} takes {row.count_words}, not {len(points)}")
    region = first.integer("region", -1) if first.has("region") else None
    origin = first.choice("origin", Origin)
    strip_s = first.maybe_number("strip_s")
    return Caliper(row.id, frame, points, values, region, origin, _model(first), strip_s=strip_s)


def _value(record: Fields) -> Value:
    def flag(value: Any, where: str) -> Flag:
        return as_choice(value, where, Flag)

    def point(value: Any, where: str) -> Landmark:
        return parse_landmark(Fields(value, where))

    number, reason = record.maybe_number("value"), record.text("reason")
    if (number is None) != bool(reason):
        refuse(record.at("reason"), "there is a number or a reason why not, and not both")
    return Value(
        record.text("measurement"),
        number,
        record.text("unit"),
        record.list("points", point),
        record.list("flags", flag),
        reason,
        record.maybe_number("pixels"),
        record.maybe_number("interval_s"),
        *(record.text(key) if record.has(key) else "" for key in ("doubt", "beside")),
    )


def _model(record: Fields) -> Provenance | None:
    if record.any("model") is None:
        return None
    model = record.object("model")
    words = {key: model.text(key) for key in ("file", "sha256", "set", "engine", "precision")}
    decoder = "" if record.any("decoder") is None else record.text("decoder")
    return Provenance(**words, decoder=decoder)
