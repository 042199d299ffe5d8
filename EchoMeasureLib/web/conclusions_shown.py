"""What follows from the calipers: grades, derived values, other readers, values against time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.answer_words import needs_words, normal_words
from EchoMeasureLib.desk.comparison_words import comparison_words, line_words
from EchoMeasureLib.desk.words import grade_tip, grade_words, look_again_words
from EchoMeasureLib.exporting.value_traces import Trace, cava_trace, trace_of
from EchoMeasureLib.measuring.by_envelope import CAVA_IDS, read_cava_curve
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.measuring.sheet_values import MEASUREMENT_OF
from EchoMeasureLib.review.answers import normal_of
from EchoMeasureLib.review.entries import Entry, Status

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.web.sitting import Sitting


def derived(sitting: Sitting) -> Any:
    """Grades and derived values, live, with the rule that fired and what is missing."""
    desk = sitting.desk
    review = desk.study.review
    if review is None or not review.entries:
        return None
    sheet = review.sheet(desk.lengths)
    rows = [row for row in sheet.rows if row.id not in MEASUREMENT_OF]
    return {
        "grades": [{"words": grade_words(one), "tip": grade_tip(one)} for one in sheet.grades],
        "again": look_again_words(sheet, MEASUREMENT_OF),
        "rows": [
            {
                "name": row.name,
                "value": f"{row.text}{' ~' if row.near else ''}",
                "normal": normal_words(row, normal_of(review, row)),
                "basis": "; ".join(filter(None, (row.word if row.mark else "", row.basis))),
                "tip": "\n".join(filter(None, (row.source, row.note))),
                "reviewed": row.reviewed,
            }
            for row in rows
            if row.text
        ],
        "needs": needs_words(review.derived()),
        "absent": [[row.name, row.reason] for row in rows if not row.text],
    }


def comparison(sitting: Sitting) -> Any:
    """Another reviewer beside the present one; only looked at."""
    others = sitting.desk.others
    name = sitting.beside if sitting.beside in others.names else ""
    found = others.compare(name) if name else None
    return {
        "names": list(others.names),
        "trouble": others.trouble,
        "beside": name,
        "words": comparison_words(found) if found is not None else "",
        "reviewers": list(found.reviewers) if found is not None else [],
        "rows": [
            {
                "entry": line.caliper.first or "",
                "frame": line.caliper.frame,
                "here": line.caliper.image == sitting.desk.study.image,
                "words": list(line_words(line)),
            }
            for line in (found.lines() if found is not None else ())
        ],
    }


def trace(sitting: Sitting) -> Any:
    """The lengths of the open cine over its frames, or a vena cava over its M-mode; None for other
    strips and stills."""
    study = sitting.desk.study
    review = study.review
    if review is None or study.cine is None:
        return None
    entries = [
        entry
        for entry in review.entries.values()
        if entry.image == study.image and entry.status is not Status.REJECTED
    ]
    found = trace_of(review, study.image, entries) if entries else None
    found = found or _of_cava(study.cine, entries)
    if found is None:
        return None
    times = found.times
    return {
        "unit": "s" if times is not None else "frame",
        "at": list(times) if times is not None else list(range(1, found.frame_count + 1)),
        "lines": [
            {
                "name": line.name,
                "colour": line.colour,
                "unit": line.unit,
                "points": [[one.frame, one.value, one.doubtful] for one in line.points],
                "means": list(line.means),
            }
            for line in found.lines
        ],
        "marks": [[mark.frame, mark.phase.brief] for mark in found.marks],
        "still": found.still,
        "words": found.words,
    }


def _of_cava(cine: Cine, entries: Sequence[Entry]) -> Trace | None:
    """A strip is read once; only where somebody or a reader has seen a vena cava on it."""
    here = [e for e in entries if e.measurement in CAVA_IDS]
    frames = {entry.frame for entry in here}
    curve = read_cava_curve(cine, *frames) if len(frames) == 1 else None
    return cava_trace(curve, here) if isinstance(curve, CavaCurve) else None
