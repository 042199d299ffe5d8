"""The entries of an image against each other: flags that come and go with what lies beside them.

They are conclusions, so no step of the audit trail: a caliper that was put elsewhere can clear its
neighbour. A point put by hand is compared as well, until the reviewer takes it over or accepts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.beside import Compared, find_remarks, with_remarks
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.review.entries import Entry, Status


def against(cine: Cine, entries: Sequence[Entry]) -> list[Entry]:
    """The entries of an image, in their order, each the very same where its flags stay."""
    items = [
        Compared(
            entry.caliper,
            witness=entry.status is not Status.REJECTED and not entry.left_out,
            stands=stands(entry),
        )
        for entry in entries
    ]
    found = []
    for entry, remarks in zip(entries, find_remarks(cine, items), strict=True):
        caliper = with_remarks(entry.caliper, remarks)
        found.append(entry if caliper == entry.caliper else replace(entry, caliper=caliper))
    return found


def stands(entry: Entry) -> bool:
    """Whether the reviewer stands behind a position of their own, whatever lies beside it."""
    return entry.status is Status.ACCEPTED and entry.caliper.origin is not Origin.PREDICTED
