"""The headline of each value: its mean over the beats that count, and every beat."""

from __future__ import annotations

from dataclasses import asdict, replace

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS, SMALLEST_IVC
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.sheet import SheetRow
from EchoMeasureLib.review.session import Review


def summary_rows(review: Review, lengths: Lengths = Lengths.CM) -> list[SheetRow]:
    """The rows of the sheet that the calipers of a review give, or should have given.

    A measured value without a number is there with its reason; a derived one is there when it
    has a number, and rests on a caliper. `lengths`: the unit of lengths in their texts.
    """
    asked = {entry.measurement for entry in review.entries.values()}
    ids = {output.formula_id for id in asked for output in CATALOG[id].outputs}
    ids |= {row.id for row in review.derived() if row.entries and not row.reason}
    if review.measured()[SMALLEST_IVC].value is not None:
        ids.add(SMALLEST_IVC)
    return [row for row in review.sheet(lengths).rows if row.id in ids]


def summary_records(review: Review) -> list[Record]:
    """The same as records of `measurements.json`."""
    return [_summary_record(review, row) for row in summary_rows(review)]


def _summary_record(review: Review, row: SheetRow) -> Record:
    ids = dict.fromkeys(id for beat in row.beats for id in beat.entries)
    flags = dict.fromkeys(flag for id in ids for flag in review.entry(id).caliper.flags)
    return {
        "id": row.id,
        "name": row.name,
        "mean": row.value,
        "n": row.n,
        "sd": row.sd,
        "unit": row.unit,
        "text": row.text,
        "code": _code(row.id),
        "rule": row.basis,
        "range": row.range,
        "mark": row.mark,
        "word": row.word,
        "near": row.near,
        "flags": [flag.value for flag in flags],
        "reason": row.reason,
        "note": row.note,
        "reviewed": row.reviewed,
        "beats": [{**asdict(beat), "entries": list(beat.entries)} for beat in row.beats],
    }


def _code(id: str) -> str:
    """Of a row; the code of the vena cava is that of its largest diameter."""
    if id == SMALLEST_IVC:
        return ""
    return OUTPUTS[id].loinc if id in OUTPUTS else FORMULAE[id].code


def alone(review: Review, image: str) -> Review:
    """The review of this image as if it had no other, so that no number of another one comes in."""
    if len(review.images) == 1:
        return review
    layer = review.layer()
    entries = tuple(entry for entry in layer.entries if entry.image == image)
    calibrations = {key: regions for key, regions in layer.calibrations.items() if key == image}
    marks = {key: found for key, found in layer.marks.items() if key == image}
    only = replace(layer, entries=entries, audit=(), calibrations=calibrations, marks=marks)
    return Review.resume([review.images[image]], only)
