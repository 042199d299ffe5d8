"""What a `.mrk.json` cannot hold, and reading a caliper back from both. Needs no Slicer."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.catalog import Phase, definition
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.exporting.records import software_record, source_record, value_record
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.session import SAME_POINT_PX, Review

SCHEMA_ID = "echomeasure-markup-1"


@dataclass(frozen=True, slots=True)
class SavedMarkup:
    """A caliper read back from its `.mrk.json` and sidecar."""

    entry: str
    """Id it had in its review."""
    caliper: Caliper
    """Measured anew on the cine it is read for."""
    status: Status
    reviewer: str
    phase: Phase | None
    notes: str
    moved: bool
    """Whether its points were moved in the `.mrk.json` after it was written."""


def sidecar_path(path: Path) -> Path:
    """`lvid-f3.echomeasure.json` for `lvid-f3.mrk.json`."""
    return path.with_name(path.name.removesuffix(".mrk.json") + ".echomeasure.json")


def sidecar_text(review: Review, entry: Entry, volume: Any) -> str:
    """The sidecar of a caliper on this volume node, as JSON."""
    from EchoMeasureLib.mrml.mapping import ijk_to_ras

    caliper, cine = entry.caliper, review.cine(entry.image)
    record = {
        "schema": SCHEMA_ID,
        "notice": RESEARCH_USE_ONLY,
        "software": software_record(),
        "source": source_record(cine),
        "image": entry.image,
        "entry": entry.id,
        "measurement": caliper.measurement,
        "name": definition(caliper.measurement).name,
        "frame": caliper.frame,
        "time_s": None if cine.times is None else cine.times[caliper.frame],
        "status": entry.status.value,
        "reviewer": entry.reviewer,
        "time": entry.time,
        "phase": None if entry.phase is None else entry.phase.value,
        "notes": entry.notes,
        "origin": caliper.origin.value,
        "model": None if caliper.model is None else asdict(caliper.model),
        "points": [asdict(point) for point in caliper.points],
        "values": [value_record(caliper, value) for value in caliper.values],
        "ijk_to_ras": ijk_to_ras(volume),
    }
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_markup(path: Path, cine: Cine) -> SavedMarkup:
    """The caliper of a `.mrk.json` and its sidecar, measured on `cine`.

    Points that were not touched since are exactly those written; moved ones count as
    edited. Raises `InvalidDocument` for a damaged or missing file, or another image.
    """
    record, markup = _json(sidecar_path(path)), _json(path)
    try:
        if record["schema"] != SCHEMA_ID:
            raise ValueError(f"its schema is {record['schema']}")
        _check_image(path, str(record["image"]), cine)
        written = [Landmark(**point) for point in record["points"]]
        points = _merged(written, _pixels(markup["markups"][0], record["ijk_to_ras"]))
        moved = points != written
        caliper = measure(
            cine,
            str(record["measurement"]),
            points,
            int(record["frame"]),
            Origin.EDITED if moved and record["model"] else Origin(record["origin"]),
            None if record["model"] is None else Provenance(**record["model"]),
        )
        return SavedMarkup(
            entry=str(record["entry"]),
            caliper=caliper,
            status=Status.EDITED if moved else Status(record["status"]),
            reviewer=str(record["reviewer"]),
            phase=None if record["phase"] is None else Phase(record["phase"]),
            notes=str(record["notes"]),
            moved=moved,
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, InvalidDocument):
            raise
        raise InvalidDocument(
            f"{path.name} or its sidecar cannot be read ({error!r}).", "Write the markup again."
        ) from error


def _check_image(path: Path, image: str, cine: Cine) -> None:
    if image != image_key(cine):
        raise InvalidDocument(
            f"{path.name} is a markup of image {image}; the open image is {image_key(cine)}.",
            "Open the image it belongs to.",
        )


def _pixels(markup: dict[str, Any], matrix: list[list[float]]) -> list[tuple[float, float]]:
    """Source pixels of the control points; LPS is RAS with the first two axes turned round."""
    sign = {"LPS": -1.0, "RAS": 1.0}[markup["coordinateSystem"]]
    to_source = np.linalg.inv(np.array(matrix, np.float64))
    found = []
    for point in markup["controlPoints"]:
        x, y, z = point["position"]
        column, row, *_ = to_source @ (sign * float(x), sign * float(y), float(z), 1.0)
        found.append((float(column), float(row)))
    return found


def _merged(written: list[Landmark], found: list[tuple[float, float]]) -> list[Landmark]:
    if len(written) != len(found):
        raise ValueError(f"it has {len(found)} points, not {len(written)}")
    return [
        old if math.dist(old.point, new) <= 10 * SAME_POINT_PX else Landmark(*new, old.label)
        for old, new in zip(written, found, strict=True)
    ]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidDocument(
            f"{path.name} is missing.", "A markup of EchoMeasure is two files; keep both together."
        ) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidDocument(f"{path.name} cannot be read ({error}).") from error
