"""The rows of every table of values, whatever the file: one model for CSV, JSON Lines and Parquet.

Text is made harmless here, so that no row is a formula in whatever program opens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.exporting.measurement_records import Record, result_records
from EchoMeasureLib.exporting.summaries import summary_records
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.sheet_values import is_measured
from EchoMeasureLib.review.frames_run import frames_run
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.texts import cell


class RowKind(Choice):
    """What a row is about."""

    CALIPER = "caliper"
    """One number of a caliper."""
    BEAT = "beat"
    """One beat of a value, measured or derived."""
    SUMMARY = "summary"
    """A measured value: its mean over the beats that count, or why there is none."""
    DERIVED = "derived"
    """A value that a formula gives from others."""


class ColumnType(Choice):
    """What a column holds; any cell may be empty."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    YES_NO = "true or false"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table."""

    name: str
    type: ColumnType
    rows: str
    """Which kinds of row fill it: their initials, of caliper, beat, summary and derived."""
    meaning: str
    unit: str = ""
    """UCUM, or px; empty where `unit` of the row says it, or where there is none."""


_TEXT, _WHOLE, _NUMBER, _YES_NO = ColumnType

COLUMNS = (
    Column("measurement", _TEXT, "cbsd", "id of the value, as in measurements.md and sheet.md"),
    Column("caliper", _TEXT, "c", "id of the measurement that gives it"),
    Column("frame", _WHOLE, "cb", "frame of the image, counted from 0"),
    Column("time_s", _NUMBER, "cb", "into the cine; of a beat on a strip from its left edge", "s"),
    Column("value", _NUMBER, "cbsd", "the number; velocities towards the probe are positive"),
    Column("unit", _TEXT, "cbsd", "unit of value and sd, UCUM; empty for a class"),
    Column(
        "x1_px", _NUMBER, "c", "column of the first point, 0 is the centre of the left one", "px"
    ),
    Column("y1_px", _NUMBER, "c", "row of the first point, 0 is the centre of the top one", "px"),
    Column("confidence1", _NUMBER, "c", "peak probability of the first point; empty by hand", "1"),
    Column("x2_px", _NUMBER, "c", "column of the second point, of a tracing the last", "px"),
    Column("y2_px", _NUMBER, "c", "row of the second point, of a tracing the last", "px"),
    Column("confidence2", _NUMBER, "c", "peak probability of the second point", "1"),
    Column("flags", _TEXT, "csd", "reasons to look twice, separated by spaces"),
    Column("reason", _TEXT, "cbsd", "why there is no number; of a beat why it does not count"),
    Column("doubt", _TEXT, "c", "what its flags mean, in sentences"),
    Column("interval_s", _NUMBER, "c", "between the two points of a TAPSE, or of E and A", "s"),
    Column("pixels", _NUMBER, "c", "length where no calibrated one can be given", "px"),
    Column("region", _WHOLE, "c", "number of the calibrated region; below 0 by hand"),
    Column(
        "origin",
        _TEXT,
        "c",
        "predicted (a network), envelope (reader), edited or manual",
    ),
    Column("decoder", _TEXT, "c", "how the network's heat maps were read"),
    Column("model_set", _TEXT, "c", "whose weights: echonet, phantom, custom, demo; else envelope"),
    Column("model_file", _TEXT, "c", "name of the checkpoint"),
    Column("model_sha256", _TEXT, "c", "its hash"),
    Column("sop_instance_uid", _TEXT, "cbsd", "of the image; empty for a value of several"),
    Column("status", _TEXT, "c", "unreviewed, accepted, edited or rejected"),
    Column("reviewer", _TEXT, "c", "who gave the status"),
    Column("note", _TEXT, "csd", "what the reviewer wrote; of a value what it is not"),
    Column("kind", _TEXT, "cbsd", "what the row is: caliper, beat, summary or derived"),
    Column("label", _TEXT, "cbsd", "name for people, by the phase of its frame: LVIDd"),
    Column(
        "phase",
        _TEXT,
        "c",
        "ed, es, systole, diastole, expiration, inspiration; empty if unknown",
    ),
    Column("code", _TEXT, "cbsd", "code of the value; empty where none says just this"),
    Column("beat", _WHOLE, "cb", "beat of its image, counted from 1"),
    Column("entry", _TEXT, "cb", "ids of the calipers it rests on, separated by spaces"),
    Column("left_out", _TEXT, "c", "why the reviewer has it count for nothing"),
    Column("n", _WHOLE, "sd", "beats that went into the mean; 0 where beats do not come in"),
    Column("sd", _NUMBER, "sd", "standard deviation over these beats, n - 1"),
    Column("rule", _TEXT, "sd", "what the value rests on, in words"),
    Column("range", _TEXT, "sd", "its range, in the unit of text"),
    Column("mark", _TEXT, "sd", "H above the range, L below"),
    Column("strip_s", _NUMBER, "c", "on a strip, from its left edge to the first point", "s"),
    Column("image", _TEXT, "cbsd", "key of the image: its UID, else the hash of its file"),
    Column("code_scheme", _TEXT, "cbsd", "of code: LN for LOINC, SCT for SNOMED CT"),
    Column("text", _TEXT, "sd", "the value as it is reported to people: 4.7 cm"),
    Column("word", _TEXT, "sd", "the degree: mildly abnormal"),
    Column("near", _YES_NO, "sd", "whether a limit lies within one SD of a single reading"),
    Column("reviewed", _YES_NO, "sd", "whether the reviewer stands behind all it rests on"),
    Column("frames", _TEXT, "sd", "frames of the beats that count, from 0, separated by spaces"),
    Column("edge", _TEXT, "c", "points of a tracing as column,row in px, separated by spaces"),
    Column("frames_run", _WHOLE, "c", "of a cine, on how many frames networks placed this one"),
    Column("frames_there", _WHOLE, "c", "how many the cine has; those not run are not measured"),
)
"""What is added goes to the end."""


def document_rows(document: Record) -> list[Record]:
    """The rows of a `measurements.json`, one image."""
    source = document["source"]
    image = source["image"]
    uids = {image: source["sop_instance_uid"]}
    run = {image: (document.get("frames_run", {}), source["frames"])}
    results = ((image, result) for result in document["results"])
    return list(_rows(results, document["summary"], uids, run, image))


def study_rows(review: Review) -> list[Record]:
    """The rows of a whole study; its values are those of the sheet over all images."""
    uids = {key: facts.identity.sop_instance_uid for key, facts in review.images.items()}
    results = (
        (key, record)
        for key in review.images
        for record in result_records(
            review, [entry for entry in review.entries.values() if entry.image == key]
        )
    )
    entries = list(review.entries.values())
    run = {
        key: (frames_run(entries, facts), facts.frame_count) for key, facts in review.images.items()
    }
    return list(_rows(results, summary_records(review), uids, run))


def _rows(
    results: Iterable[tuple[str, Record]],
    values: Iterable[Record],
    uids: Mapping[str, str],
    run: Mapping[str, tuple[Mapping[str, int], int]],
    image: str = "",
) -> Iterator[Record]:
    """Calipers first, then each value with its beats. `image`: of values that name no other.

    `run`: on how many frames each measurement was made, and of how many, by image.
    """
    for key, result in results:
        frames, there = run[key]
        made = frames.get(result["caliper"])
        more = {} if made is None else {"frames_run": made, "frames_there": there}
        yield _row({**_caliper(result), **more}, key, uids)
    for value in values:
        images = {beat["image"] for beat in value["beats"]}
        yield _row(_value(value), images.pop() if len(images) == 1 else image, uids)
        for beat in value["beats"]:
            yield _row(_beat(value, beat), beat["image"], uids)


def _row(filled: Record, image: str, uids: Mapping[str, str]) -> Record:
    """Every column in its order, None where the row does not fill it."""
    filled = {**filled, "image": image, "sop_instance_uid": uids.get(image, "")}
    row = {column.name: filled.get(column.name) for column in COLUMNS}
    return {name: cell(v) or None if isinstance(v, str) else v for name, v in row.items()}


def _caliper(result: Record) -> Record:
    said = (result.get(key, "") for key in ("doubt", "beside"))
    line = {**result, "flags": " ".join(result["flags"]), "doubt": " ".join(filter(None, said))}
    points = result["points"]
    if len(points) > 2:
        line["edge"] = " ".join(f"{point['x']:g},{point['y']:g}" for point in points)
        points = points[:: len(points) - 1]
    for number, point in enumerate(points, start=1):
        line[f"x{number}_px"], line[f"y{number}_px"] = point["x"], point["y"]
        line[f"confidence{number}"] = point.get("confidence")
    for key in ("set", "file", "sha256"):
        line[f"model_{key}"] = (result["model"] or {}).get(key)
    scheme = "LN" if result["code"] else ""
    return {**line, "kind": RowKind.CALIPER.value, "code_scheme": scheme}


def _value(value: Record) -> Record:
    measured = is_measured(value["id"])
    kind = RowKind.SUMMARY if measured else RowKind.DERIVED
    frames = dict.fromkeys(beat["frame"] for beat in value["beats"] if not beat["why_not"])
    return {
        **value,
        **_named(value),
        "kind": kind.value,
        "value": value["mean"],
        "flags": " ".join(value["flags"]),
        "frames": " ".join(map(str, frames)),
    }


def _beat(value: Record, beat: Record) -> Record:
    return {
        **_named(value),
        "kind": RowKind.BEAT.value,
        "unit": value["unit"],
        "code": value["code"],
        "value": beat["value"],
        "reason": beat["why_not"],
        "beat": beat["number"],
        "frame": beat["frame"],
        "time_s": beat["time_s"],
        "entry": " ".join(beat["entries"]),
    }


def _named(value: Record) -> Record:
    formula = FORMULAE.get(value["id"])
    scheme = formula.scheme if formula is not None else "LN"
    return {
        "measurement": value["id"],
        "label": value["name"],
        "code_scheme": scheme if value["code"] else "",
    }
