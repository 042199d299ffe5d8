"""Answers: one row per measured value of the sheet, with its state, its beats and its doubts.

Derived from a review whenever it is asked for; nothing here is kept.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.measuring.formula_inputs import SMALLEST_IVC
from EchoMeasureLib.measuring.grading.ranges import NormalRange, find, range_words
from EchoMeasureLib.measuring.measured import BeatValue
from EchoMeasureLib.measuring.sheet import Sheet, SheetRow
from EchoMeasureLib.measuring.sheet_values import MEASURED_AS, MEASUREMENT_OF, OUTPUT_OF, cycle_of
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.session import Review


class State(enum.Enum):
    """What is to be done about an answer, as its row says it."""

    NEED_EYES = "need eyes"
    """Nobody has reviewed it, and something speaks against it."""
    UNREVIEWED = "unreviewed"
    CHANGED = "changed"
    """The reviewer has moved or placed what it rests on."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MISSING = "missing"

    @property
    def waits(self) -> bool:
        """Whether the reviewer has not decided yet."""
        return self in (State.NEED_EYES, State.UNREVIEWED)


@dataclass(frozen=True, slots=True)
class Answer:
    """One measured value, or why there is none."""

    row: SheetRow
    normal: NormalRange | None
    """The range that applies to the person; None where none does."""
    measurement: str
    """Id in the catalog of what is measured for it."""
    state: State
    why: str
    """Why it needs eyes or is missing, as one sentence; empty otherwise."""
    entries: tuple[str, ...]
    """Ids of every caliper that it could rest on, beat by beat."""
    counting: tuple[str, ...]
    """Ids of those that it does rest on."""
    image: str
    """Key of the image to look at it on; empty where nothing was measured."""

    @property
    def id(self) -> str:
        """Of the row of the sheet."""
        return self.row.id

    @property
    def first(self) -> str | None:
        """Id of the caliper to look at first: one that counts, else any."""
        return next(iter(self.counting or self.entries), None)

    def beat_of(self, entry: str) -> BeatValue | None:
        """The beat that rests on this caliper."""
        return next((beat for beat in self.row.beats if entry in beat.entries), None)


@dataclass(frozen=True, slots=True)
class Before:
    """What another layer has for a value."""

    value: float
    """In the stored unit."""
    apart: bool
    """Whether it differs by more than two readings of the same value do in 95 of 100 pairs."""


REPEATABILITY = 1.96 * math.sqrt(2)
"""The difference of two readings over the standard deviation of one, in 95 of 100 pairs."""


def beside(mine: Sheet, others: Mapping[str, float]) -> dict[str, Before]:
    """Another one's measured values, by the id of the row, beside those of a sheet.

    `others` in the stored unit. Where no uncertainty of a reading is published nothing is said to
    be apart.
    """
    found: dict[str, Before] = {}
    for id, other in others.items():
        if id not in MEASUREMENT_OF:
            continue
        here = mine.row(id)
        value = here.value if here is not None else None
        deviation = here.deviation if here is not None else None
        known = value is not None and deviation is not None
        apart = known and abs(other - (value or 0)) > REPEATABILITY * (deviation or 0)
        found[id] = Before(other, apart)
    return found


_ORDER = (
    (State.NEED_EYES,),
    (State.UNREVIEWED,),
    (State.CHANGED, State.ACCEPTED, State.REJECTED),
    (State.MISSING,),
)


def answers_of(review: Review, lengths: Lengths = Lengths.CM) -> tuple[Answer, ...]:
    """Every measured value: what needs eyes first, then what waits, what is done, what is missing.

    Among those of one state the order of a report. `lengths`: the unit of lengths in their texts.
    """
    sheet = review.sheet(lengths)
    about: dict[str, list[str]] = {}
    for doubt in sheet.doubts:
        for id in doubt.rows:
            about.setdefault(id, []).append(doubt.text)
    found = [
        _answer(review, row, about.get(row.id, ()), lengths)
        for row in sheet.rows
        if row.id in MEASUREMENT_OF and not (row.id == SMALLEST_IVC and row.value is None)
    ]
    return tuple(sorted(found, key=_rank))


def normal_of(review: Review, row: SheetRow) -> NormalRange | None:
    """The range beside which the sheet puts this row."""
    subject, examination = review.subject, review.examination
    return find(row.id, subject.sex, subject.age, examination.ranges)


def _rank(answer: Answer) -> tuple[int, bool]:
    place = next(place for place, states in enumerate(_ORDER) if answer.state in states)
    return place, not answer.entries


def _answer(review: Review, row: SheetRow, doubts: Sequence[str], lengths: Lengths) -> Answer:
    measurement, entries = MEASUREMENT_OF[row.id], review.entries
    measured = review.measured()[MEASURED_AS.get(row.id, row.id)]
    counting = measured.entries
    known = _unique((*(id for beat in row.beats for id in beat.entries), *counting))
    if not known:
        # What lies beside the beats is still there to be looked at.
        others = (e for e in entries.values() if e.measurement == measurement)
        known = tuple(e.id for e in others if e.status is not Status.REJECTED)
    normal = normal_of(review, row)
    state, why = _judged(row, normal, entries, known, counting, doubts, lengths)
    first = next(iter(counting or known), None)
    image = entries[first].image if first is not None else ""
    return Answer(row, normal, measurement, state, why, known, counting, image)


def _judged(
    row: SheetRow,
    normal: NormalRange | None,
    entries: Mapping[str, Entry],
    known: Sequence[str],
    counting: Sequence[str],
    doubts: Sequence[str],
    lengths: Lengths,
) -> tuple[State, str]:
    if row.value is None:
        used = [entries[id] for beat in row.beats for id in beat.entries]
        if used and all(entry.status is Status.REJECTED for entry in used):
            return State.REJECTED, used[0].reason
        flagged = _flagged(row, entries, lengths)
        asked = flagged or _several(known, entries)
        return (State.NEED_EYES if asked else State.MISSING), "; ".join(flagged) or row.reason
    statuses = [entries[id].status for id in counting]
    if statuses and all(status in (Status.ACCEPTED, Status.EDITED) for status in statuses):
        return (State.CHANGED if Status.EDITED in statuses else State.ACCEPTED), ""
    against = [*_flagged(row, entries, lengths), *doubts, *_beyond(row, normal)]
    return (State.NEED_EYES if against else State.UNREVIEWED), "; ".join(against)


def _flagged(row: SheetRow, entries: Mapping[str, Entry], lengths: Lengths) -> list[str]:
    """What flags say of the beats about which nobody has decided, such as "beat 2: low
    confidence, 1.0 cm from the others"."""
    found = []
    for beat in row.beats:
        open_ones = [entries[id] for id in beat.entries]
        open_ones = [e for e in open_ones if e.status is Status.UNREVIEWED and not e.left_out]
        flags = dict.fromkeys(flag for entry in open_ones for flag in entry.caliper.flags)
        if flags:
            name = f"{beat_name(row.id, beat)}: " if len(row.beats) > 1 else ""
            found.append(f"{name}{_words(flags)}{_from_the_others(row, beat, lengths)}")
    return found


def _several(known: Sequence[str], entries: Mapping[str, Entry]) -> bool:
    """Whether several images have a number, so that the reviewer is asked which one counts."""
    there = [entries[id] for id in known]
    return len({entry.image for entry in there if not entry.excluded}) > 1


def beat_name(id: str, beat: BeatValue) -> str:
    """What people call a beat of this row: "beat 2"; the vena cava has breaths."""
    return f"{cycle_of(id)} {beat.number}"


def _words(flags: Mapping[Flag, None]) -> str:
    return ", ".join(flag.words for flag in flags)


def _from_the_others(row: SheetRow, beat: BeatValue, lengths: Lengths) -> str:
    """How far a beat lies from those that count, where that is more than one reading errs."""
    others = [b.value for b in row.beats if b.counts and b is not beat and b.value is not None]
    if beat.value is None or not others:
        return ""
    away = abs(abs(beat.value) - abs(math.fsum(others) / len(others)))
    if row.deviation is not None and away <= row.deviation:
        return ""
    output = OUTPUT_OF[row.id]
    words = output.answer(away, lengths)
    return f", {words} from the others" if words != output.answer(0, lengths) else ""


def _beyond(row: SheetRow, normal: NormalRange | None) -> list[str]:
    """What lies outside its range, such as "severely abnormal (normal 3.8 to 5.2)"."""
    if not row.mark or normal is None:
        return []
    return [f"{row.word} ({range_words(row.range)})"]


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
