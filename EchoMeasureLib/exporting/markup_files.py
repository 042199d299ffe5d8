"""Calipers as `.mrk.json`, which Slicer's Markups module reads; written without a scene.

It keeps points (LPS, mm) and drops names, attributes and unknown keys. What it drops stands in
a sidecar beside it, `NAME.echomeasure.json` (`markup_sidecar`).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition, Phase
from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.exporting.labels import label_texts
from EchoMeasureLib.exporting.markup_sidecar import sidecar_path, sidecar_record
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.node_colours import rgb
from EchoMeasureLib.exporting.results import caliper_file
from EchoMeasureLib.exporting.slicer_places import IjkToRas, lps_of
from EchoMeasureLib.files import folder_written_whole, make_folder, write_text
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.texts import json_text

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/"
    "Schema/markups-schema-v1.0.3.json#"
)

GLYPH, GLYPH_SCALE = "CrossDot2D", 1.5
"""Percent of the view; small enough not to hide the border under the cross."""

MARKUP_NAMES = ("*.mrk.json", "*.echomeasure.json", "*.seq.mrb")
"""What files of markups are called."""

_UPRIGHT = [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0]
"""Of every point, in LPS."""

_LENGTH = {"name": "length", "enabled": False, "units": "mm", "printFormat": "%-#4.4g%s"}
"""Slicer's own, off: on an image that is not calibrated it is pixels that are called mm."""


def write_markups(
    folder: Path,
    review: Review,
    entries: Sequence[Entry],
    places: Mapping[str, IjkToRas],
    monitor: Monitor = silent,
) -> list[Path]:
    """One `.mrk.json` with its sidecar per caliper, named after the entry; returns all paths.

    `places` has the matrix of each image by its key. Each file is written whole or not at all.
    Raises `OutputProblem`.
    """
    make_folder(folder)
    written: list[Path] = []
    for number, entry in enumerate(entries):
        monitor(Progress(number, len(entries), "Writing markups"))
        path, place = folder / caliper_file(entry, ".mrk.json"), places[entry.image]
        write_text(path, json_text(markup_record(entry, review.phase_of(entry), place)))
        write_text(sidecar_path(path), json_text(sidecar_record(review, entry, place)))
        written += [path, sidecar_path(path)]
    return written


@contextmanager
def markups_folder(folder: Path) -> Iterator[Path]:
    """A folder to write markups into; it takes the place of `folder`, which holds nothing else.

    Raises `OutputProblem` for one that does.
    """
    with folder_written_whole(folder, _check_folder) as new:
        yield new


def _check_folder(folder: Path) -> None:
    for item in sorted(folder.iterdir()):
        if not any(fnmatch.fnmatchcase(item.name, name) for name in MARKUP_NAMES):
            raise OutputProblem(
                f"{folder} is no folder for markups: it holds {item.name}.", "Name a new folder."
            )


def markup_record(entry: Entry, phase: Phase | None, place: IjkToRas) -> Record:
    """The contents of a `.mrk.json`; `phase` is that of the frame."""
    row, caliper = CATALOG[entry.measurement], entry.caliper
    texts = label_texts(caliper, phase)
    points = [
        {
            "id": str(number),
            "label": text,
            "description": "",
            "associatedNodeID": "",
            "position": list(lps_of(point.point, place)),
            "orientation": _UPRIGHT,
            "selected": True,
            "locked": False,
            "visibility": True,
            "positionStatus": "defined",
        }
        for number, (point, text) in enumerate(zip(caliper.points, texts, strict=True), 1)
    ]
    own = [_LENGTH] if row.caliper.is_line or row.traced else []
    markup = {
        "type": markup_type(row),
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": entry.locked,
        "fixedNumberOfControlPoints": not row.traced,
        "labelFormat": "%N-%d",
        "lastUsedControlPointNumber": len(points),
        "controlPoints": points,
        "measurements": [*own, *map(_measurement, markup_values(caliper, phase))],
        "display": _display(row),
    }
    return {"@schema": SCHEMA, "markups": [markup]}


def markup_type(row: Definition) -> str:
    """What Slicer calls a markup of this measurement."""
    if row.traced:
        return "ClosedCurve"
    return "Line" if row.caliper.is_line else "Fiducial"


@dataclass(frozen=True, slots=True)
class MarkupValue:
    """A value as Slicer's Markups module lists it."""

    name: str
    number: float | None
    """Magnitude in `unit`; None where there is no number."""
    unit: str
    """For people, which is UCUM too; "1" for a ratio."""
    format: str
    """As `printf` takes it."""


def markup_values(caliper: Caliper, phase: Phase | None = None) -> Iterator[MarkupValue]:
    """The values of a caliper; `phase` is that of its frame."""
    row = CATALOG[caliper.measurement]
    for value in caliper.values:
        output = row.output(value.id, phase)
        # Where people only spell a unit otherwise, as mmHg, UCUM's is written.
        unit = output.unit if output.shown_factor == 1 else output.shown_unit
        shown = None if value.value is None else abs(value.value) * output.shown_factor
        words = f"%.{output.decimals}f %s" if unit != "1" else "%.2f"
        yield MarkupValue(value.id, shown, unit, words)


def _measurement(value: MarkupValue) -> Record:
    if value.number is None:
        return {"name": value.name, "enabled": False}
    return {
        "name": value.name,
        "enabled": True,
        "value": value.number,
        "units": [value.unit, "UCUM", value.unit],
        "printFormat": value.format,
    }


def _display(row: Definition) -> Record:
    """What is not Slicer's own default."""
    colour = list(rgb(row.colour))
    return {
        "visibility": True,
        "color": colour,
        "selectedColor": colour,
        "propertiesLabelVisibility": False,
        "pointLabelsVisibility": False,
        "glyphType": GLYPH,
        "glyphScale": GLYPH_SCALE,
        "useGlyphScale": True,
        "handlesInteractive": False,
        "snapMode": "unconstrained",
    }
