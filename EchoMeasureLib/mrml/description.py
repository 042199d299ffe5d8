"""What a file says about a cine, as text that a Slicer scene can carry.

A scene moves to other machines without its DICOM files. With the calibration, the
times and the identity of the image beside the pixels, its review stays whole.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from EchoMeasureLib.documents import parse_json
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.fields import as_list
from EchoMeasureLib.imaging.cine import Cine, FrameSource, Identity, Timing
from EchoMeasureLib.imaging.pixel_shape import SQUARE
from EchoMeasureLib.imaging.region_records import read_region, region_record
from EchoMeasureLib.imaging.regions import Region

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
            # Scenes of before these two were kept have neither.
            tuple(str(note) for note in record.get("notes", ())),
            float(record.get("pixel_aspect", SQUARE)),
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InvalidDocument(
            f"The scene's description of the cine cannot be read ({error}).",
            "Choose the original file.",
        ) from error
