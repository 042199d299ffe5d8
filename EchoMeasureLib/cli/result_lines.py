"""Values and calipers in lines for people: the headline first, then what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.exporting.labels import label_lines
from EchoMeasureLib.exporting.measurement_records import beat_numbers
from EchoMeasureLib.geometry import lowest_confidence
from EchoMeasureLib.inference.settings import set_warnings
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.grading.ranges import range_words
from EchoMeasureLib.measuring.sheet import SheetRow
from EchoMeasureLib.measuring.sheet_values import is_measured, shown
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.frames_run import frames_run, frames_run_words
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.texts import each_once


def warning_lines(review: Review) -> list[str]:
    """What to know of the networks that placed the calipers, such as that none is for patients."""
    models = (entry.caliper.model for entry in review.entries.values())
    return list(set_warnings(model.set for model in models if model is not None))


def summary_lines(rows: Iterable[SheetRow], lengths: Lengths = Lengths.CM) -> list[str]:
    """Such as "LVIDd 4.71 cm, mean of 3 beats, sd 0.10 cm, normal 3.8 to 5.2"; else the reason.

    `lengths` as in the texts of the rows.
    """
    return [_summary_line(row, lengths) for row in rows]


def _summary_line(row: SheetRow, lengths: Lengths) -> str:
    if not row.text:
        return f"{row.name}: no number ({row.reason})"
    parts = [f"{row.name} {row.text}", _basis(row)]
    if row.sd is not None:
        parts.append(f"sd {shown(row.id, row.sd, lengths)}")
    if row.range:
        mark = f" ({row.mark}, {row.word})" if row.mark else ""
        parts.append(f"{range_words(row.range)}{mark}")
    return ", ".join(part for part in parts if part)


def _basis(row: SheetRow) -> str:
    """The rule of a measured value; what a derived one is computed from."""
    if is_measured(row.id):
        return row.basis
    return f"from {row.basis}" if row.basis != row.name else ""


def caliper_lines(
    review: Review, entries: Sequence[Entry], lengths: Lengths = Lengths.CM
) -> list[str]:
    """A line per caliper: frame, time, beat, its values, and what keeps it from counting."""
    beats = beat_numbers(review)
    cells = [_cells(review, entry, beats.get(entry.id), lengths) for entry in entries]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    filled = (zip(line, widths, strict=True) for line in cells)
    return [
        "  ".join(cell.ljust(width) for cell, width in line if width).rstrip() for line in filled
    ]


def _cells(review: Review, entry: Entry, beat: int | None, lengths: Lengths) -> tuple[str, ...]:
    facts, caliper = review.images[entry.image], entry.caliper
    moving = facts.frame_count > 1
    time = facts.times[entry.frame] if facts.times is not None and moving else caliper.strip_s
    confidence = lowest_confidence(caliper.points)
    return (
        f"frame {entry.frame:4d}" if moving else "",
        "" if time is None else f"{time:7.3f} s",
        "" if beat is None else f"{_cycle(entry)} {beat}",
        "; ".join(label_lines(caliper, review.phase_of(entry), lengths)),
        "" if confidence is None else f"confidence {confidence:.2f}",
        f"({entry.excluded})" if entry.excluded else "",
    )


def _cycle(entry: Entry) -> str:
    return CATALOG[entry.measurement].outputs[0].phase.cycle


def doubt_lines(calipers: Iterable[Caliper]) -> list[str]:
    """What the flags of calipers mean."""
    doubts = (value.doubts for caliper in calipers for value in caliper.values)
    return _said_once(each_once(*doubts))


def reason_lines(calipers: Iterable[Caliper]) -> list[str]:
    """Why calipers have no number."""
    reasons = (value.reason for caliper in calipers for value in caliper.values)
    return [f"No number: {line}" for line in _said_once(filter(None, reasons))]


def _said_once(sentences: Iterable[str]) -> list[str]:
    """Sentences, those that differ in their figures only once."""
    found: dict[str, list[str]] = {}
    for sentence in sentences:
        found.setdefault(re.sub(r"\(.*?\)|\d+", "", sentence), []).append(sentence)
    return [
        same[0] + (f" And {len(same) - 1} more like it." if len(same) > 1 else "")
        for same in found.values()
    ]


def frames_lines(review: Review) -> list[str]:
    """Of each cine on how many frames the networks were run, where that is not all of them."""
    entries = review.entries.values()
    of = {key: frames_run(entries, facts) for key, facts in review.images.items()}
    words = {key: frames_run_words(run, review.images[key].frame_count) for key, run in of.items()}
    return [said for said in words.values() if said]


def decided(entry: Entry) -> str:
    """What was decided of a caliper and by whom, such as "accepted by AB"."""
    if entry.status is Status.UNREVIEWED:
        return "unreviewed"
    return f"{entry.status.value} by {entry.reviewer}"


def image_words(facts: ImageFacts) -> str:
    """Such as "1.2.840.99, 90 frames of 800 x 600 pixels"."""
    frames = "1 frame" if facts.frame_count == 1 else f"{facts.frame_count} frames"
    return f"{facts.key}, {frames} of {facts.size}"
