"""What a file says about a cine, as text that a Slicer scene can carry.

A scene moves to other machines without its DICOM files. With the calibration, the
times and the identity of the image beside the pixels, its review stays whole.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from EchoMeasureLib.documents import parse_json
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.fields import Fields, as_list, as_text
from EchoMeasureLib.imaging.cine import Cine, FrameSource, Identity, Timing
from EchoMeasureLib.imaging.pixel_shape import SQUARE
from EchoMeasureLib.imaging.region_records import read_region, region_record
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.subject_facts import SubjectFacts

CINE_SCHEMA = "echomeasure-cine-1"


@dataclass(frozen=True, slots=True)
class Description:
    """Everything about a cine but its pixels and its path."""

    identity: Identity
    timing: Timing
    regions: tuple[Region, ...]
    kind: str
    size: tuple[int, int]
    """(columns, rows)."""
    frame_count: int
    notes: tuple[str, ...] = ()
    pixel_aspect: float = SQUARE
    subject: SubjectFacts = field(default_factory=SubjectFacts)

    def cine(self, source: FrameSource) -> Cine:
        """The cine whose pixels these are. Raises `InvalidDocument` when they do not fit."""
        if (source.size, source.frame_count) != (self.size, self.frame_count):
            raise InvalidDocument(
                f"The scene describes {self.frame_count} frame(s) of {self.size[0]} x "
                f"{self.size[1]} pixels but holds {source.frame_count} of {source.size[0]} x "
                f"{source.size[1]}.",
                "Choose the original file.",
            )
        return Cine(
            source,
            self.timing,
            self.regions,
            self.identity,
            kind=self.kind,
            notes=self.notes,
            pixel_aspect=self.pixel_aspect,
            subject=self.subject,
        )


def describe(cine: Cine) -> str:
    """The description of a cine, as JSON on one line."""
    return json.dumps(
        {
            "schema": CINE_SCHEMA,
            "identity": asdict(cine.identity),
            "timing": asdict(cine.timing),
            "regions": [region_record(region) for region in cine.regions],
            "kind": cine.kind,
            "size": [cine.columns, cine.rows],
            "frame_count": cine.frame_count,
            "notes": list(cine.notes),
            "pixel_aspect": cine.pixel_aspect,
            "subject": asdict(cine.subject),
        }
    )


def read_description(text: str) -> Description:
    """The description in this text. Raises `InvalidDocument` when it is none."""
    try:
        record = parse_json(text, "it")
        if record["schema"] != CINE_SCHEMA:
            raise ValueError(f"its schema is {record['schema']}")
        timing = record["timing"]
        times = timing["times"]
        return Description(
            Identity(**record["identity"]),
            Timing(
                None if times is None else tuple(float(t) for t in times),
                str(timing["source"]),
                tuple(float(t) for t in timing["r_waves"]),
                tuple(str(note) for note in timing["notes"]),
            ),
            as_list(record["regions"], "regions", read_region),
            str(record["kind"]),
            (int(record["size"][0]), int(record["size"][1])),
            int(record["frame_count"]),
            # Scenes of before these three were kept have none of them.
            tuple(str(note) for note in record.get("notes", ())),
            float(record.get("pixel_aspect", SQUARE)),
            _subject(record["subject"]) if "subject" in record else SubjectFacts(),
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InvalidDocument(
            f"The scene's description of the cine cannot be read ({error}).",
            "Choose the original file.",
        ) from error


def _subject(value: Any) -> SubjectFacts:
    record = Fields(value, "subject")
    return SubjectFacts(
        record.text("sex"),
        record.maybe_number("height_cm"),
        record.maybe_number("weight_kg"),
        record.maybe_number("age"),
        record.maybe_number("heart_rate"),
        record.maybe_number("systolic"),
        record.maybe_number("diastolic"),
        record.list("notes", as_text),
    )
