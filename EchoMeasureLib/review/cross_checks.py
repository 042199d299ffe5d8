"""The entries of an image against each other: flags that come and go with what lies beside them.

They are conclusions, so no step of the audit trail: a caliper that was put elsewhere can clear its
neighbour. A point put by hand is compared as well, until the reviewer takes it over or accepts it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.beside import frame_remarks, speaks_against, with_remarks
from EchoMeasureLib.measuring.compared import Compared, Remark
from EchoMeasureLib.measuring.over_time import BESIDE_VENTRICLE, VENTRICLE, time_remarks
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.same_beats import is_on_one_of
from EchoMeasureLib.review.transitions import is_found

EntriesOf = Callable[[str], Sequence[Entry]]
"""Measurement -> its entries on an image."""
EntriesOn = Callable[[int], Sequence[Entry]]
"""Frame -> the entries on it."""
Spot = tuple[str, int]
"""A measurement on a frame."""


class CrossChecks:
    """What is said against the entries of one image; asked again only where something changed."""

    def __init__(self) -> None:
        self._on_frame: dict[str, tuple[Remark, ...]] = {}
        self._over_time: dict[str, tuple[Remark, ...]] = {}

    def against(
        self, cine: Cine, changed: Collection[Spot], on_frame: EntriesOn, of: EntriesOf
    ) -> list[Entry]:
        """The entries whose flags are others now, after entries of these spots have changed."""
        found: dict[str, Entry] = {}
        series = dict.fromkeys(measurement for measurement, _ in changed)
        for frame in dict.fromkeys(frame for _, frame in changed):
            here = on_frame(frame)
            for entry, said in zip(here, frame_remarks(cine, compared(here)), strict=True):
                found[entry.id] = entry
                if self._on_frame.get(entry.id, ()) != said:
                    self._on_frame[entry.id] = said
                    series[entry.measurement] = None
        if VENTRICLE in series:
            series |= dict.fromkeys(BESIDE_VENTRICLE)
        for measurement in series:
            here = of(measurement)
            if not here:
                continue
            others = of(VENTRICLE) if measurement in BESIDE_VENTRICLE else ()
            told = [speaks_against(self._on_frame.get(e.id, ())) for e in (*here, *others)]
            remarks = time_remarks(cine, compared((*here, *others)), told, measurement)[: len(here)]
            for entry, said in zip(here, remarks, strict=True):
                found[entry.id] = entry
                self._over_time[entry.id] = said
        return [new for old in found.values() if (new := self._flagged(old)) is not old]

    def _flagged(self, entry: Entry) -> Entry:
        said = (*self._on_frame.get(entry.id, ()), *self._over_time.get(entry.id, ()))
        caliper = with_remarks(entry.caliper, said)
        return entry if caliper == entry.caliper else replace(entry, caliper=caliper)


def compared(entries: Sequence[Entry]) -> list[Compared]:
    """The calipers of entries, with what the reviewer thinks of each.

    All those of a frame are needed to know which beats one reader alone sees.
    """
    spots: dict[Spot, list[Entry]] = {}
    for entry in entries:
        spots.setdefault((entry.measurement, entry.frame), []).append(entry)
    return [
        Compared(
            entry.caliper,
            witness=entry.status is not Status.REJECTED and not entry.left_out,
            stands=stands(entry),
            alone=_is_alone(entry, spots[entry.measurement, entry.frame]),
        )
        for entry in entries
    ]


def _is_alone(entry: Entry, beats: Sequence[Entry]) -> bool:
    """Whether one reader, or the person who put it, alone sees a beat of a strip where others were
    asked as well; `beats` are the calipers of its measurement on its frame."""
    if not CATALOG[entry.measurement].on_strip:
        return False
    found = [said for other in beats for said in other.said if is_found(said)]
    if entry.caliper.origin.by_hand:
        return bool(found) and not is_on_one_of(entry.caliper, found)
    asked = {said.origin for other in beats for said in other.said}
    if len(asked) < 2 or sum(is_found(said) for said in entry.said) != 1:
        return False
    by_hand = [e.caliper for e in beats if e.caliper.origin.by_hand and not e.excluded]
    return not any(is_on_one_of(entry.caliper, [caliper]) for caliper in by_hand)


def stands(entry: Entry) -> bool:
    """Whether the reviewer stands behind a position of their own, whatever lies beside it."""
    return entry.status is Status.ACCEPTED and entry.caliper.origin.by_hand
