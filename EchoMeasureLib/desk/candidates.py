"""Where several images have a number for one answer: which calipers each would count with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.measuring.sheet_values import OUTPUT_OF

if TYPE_CHECKING:
    from EchoMeasureLib.review.answers import Answer
    from EchoMeasureLib.review.entries import Entry
    from EchoMeasureLib.review.session import Review


def candidates(review: Review, answer: Answer) -> list[tuple[str, ...]]:
    """Ids of the calipers of each image, or strip, that could count; none where one does.

    Accepting those of one of them says which it is (see `review.counting`).
    """
    if answer.row.value is not None or answer.row.beats:
        return []
    row, output = CATALOG[answer.measurement], OUTPUT_OF[answer.id]
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in (review.entry(id) for id in answer.entries):
        at_phase = output.phase not in (Phase.ED, Phase.ES) or entry.frame in review.phase_frames(
            output.phase, entry.image
        )
        if not entry.excluded and (row.on_strip or at_phase):
            place = entry.image, entry.frame if row.on_strip else 0
            groups.setdefault(place, []).append(entry)
    if output.phase is Phase.EXPIRATION:
        # Of a breath the largest counts, and leads to its image.
        groups = {
            place: [max(here, key=lambda e: e.caliper.values[0].value or 0.0)]
            for place, here in groups.items()
        }
    found = [tuple(entry.id for entry in here) for here in groups.values()]
    return found if len(found) > 1 else []
