"""Every caliper of the review as a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.caliper_words import history_words, place_words, status_words
from EchoMeasureLib.desk.selection import FILTERS
from EchoMeasureLib.desk.words import (
    confidence_words,
    flag_words,
    reason_words,
    reviewed_words,
    unused_words,
    value_words,
)
from EchoMeasureLib.rounding import frame_words

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.review.entries import Entry
    from EchoMeasureLib.web.sitting import Sitting

MOST_ROWS = 400
"""A page of more is slow to draw; the filter shows the rest."""


def calipers(sitting: Sitting) -> Any:
    """Those that the filter lists, which is selected, and how far the review is."""
    desk = sitting.desk
    selection = desk.selection
    shown, entry = selection.shown, selection.entry
    words = reviewed_words(len(selection.entries), len(selection.unreviewed), len(shown))
    review = desk.study.review
    several = review is not None and len(review.images) > 1
    return {
        "words": words if len(shown) <= MOST_ROWS else f"{words} The first {MOST_ROWS} are here.",
        "unused": unused_words(entry) if entry is not None else "",
        "filter": selection.filter,
        "filters": list(FILTERS.items()),
        "several": several,
        "rows": [_row(desk, one) for one in shown[:MOST_ROWS]],
    }


def _row(desk: Desk, entry: Entry) -> dict[str, Any]:
    caliper, review = entry.caliper, desk.study.need_review()
    times = review.images[entry.image].times
    row = CATALOG[caliper.measurement]
    why = reason_words(caliper)
    return {
        "id": entry.id,
        "name": row.short_name,
        "place": place_words(entry),
        "when": frame_words(entry.frame, None if times is None else times[entry.frame]),
        "value": value_words(caliper, desk.lengths),
        "confidence": confidence_words(caliper),
        "status": entry.status.value,
        "statusWords": status_words(entry),
        "flags": flag_words(caliper),
        "why": unused_words(entry) or why,
        "history": history_words(entry),
        "image": 1 + list(review.images).index(entry.image),
    }
