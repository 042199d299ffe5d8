"""What a reader says of one frame, taken into the entries that are there: one for each beat.

Readers are the networks and the envelope reader. A beat that both see is one entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.history import EntryChange
from EchoMeasureLib.review.same_beats import is_one_beat, paired
from EchoMeasureLib.review.transitions import predicted_anew, predicted_no_longer


def taken_in(
    board: Board, image: str, clearest: Caliper, beats: Sequence[Caliper]
) -> tuple[list[EntryChange], str]:
    """The changes that a prediction makes, and the id of the entry of its clearest beat.

    `beats` from left to right, `clearest` among them.
    """
    olds = board.predicted_on(image, clearest.frame, clearest.measurement)
    partners = _partners(olds, beats)
    changes: list[EntryChange] = []
    found = ""
    for number, caliper in enumerate(beats):
        old = partners.get(number)
        if old is not None:
            new = predicted_anew(old, caliper)
        else:
            first = caliper is clearest and not olds
            beat = None if first or len(beats) == 1 else number + 1
            id = board.new_id(caliper.measurement, image, caliper.frame, beat)
            new = Entry(id, image, caliper, caliper)
        changes.append(EntryChange(new.id, old, new))
        found = new.id if caliper is clearest else found
    kept = {old.id for old in partners.values()}
    gone = [old for old in olds if old.id not in kept and _told_by(old, clearest)]
    return changes + [change for old in gone for change in _without(old, clearest)], found


def as_before(board: Board, image: str, said: Prediction) -> Entry | None:
    """The entry of which a network says what it said last; None where that is anything new.

    On strips, where beats may have gone since, it is always taken for new.
    """
    if said.beats:
        return None
    olds = board.predicted_on(image, said.frame, said.measurement)
    network = (
        caliper for old in olds for caliper in old.said if caliper.origin is Origin.PREDICTED
    )
    doubts = said.model, said.quality, said.view, said.near
    same = (
        (caliper.model, caliper.quality, caliper.view, caliper.near) == doubts
        and [replace(point, label="") for point in caliper.points]
        == [replace(point, label="") for point in said.points]
        for caliper in network
    )
    return olds[0] if len(olds) == 1 and any(same) else None


def _partners(olds: Sequence[Entry], beats: Sequence[Caliper]) -> dict[int, Entry]:
    """The entries of the same beats, by position in `beats`."""
    said = [old.said[0] for old in olds]
    return {
        new: olds[old]
        for old, new in paired(said, beats)
        # One network's only beat is the one that it had seen before; two readers may see two.
        if _told_by(olds[old], beats[new]) or is_one_beat(said[old], beats[new])
    }


def _told_by(entry: Entry, caliper: Caliper) -> bool:
    """Whether who says this has said something of the entry before."""
    return any(said.origin is caliper.origin for said in entry.said)


def _without(old: Entry, reader: Caliper) -> list[EntryChange]:
    """What becomes of a beat that this reader sees no longer; what was handled stays."""
    new = predicted_no_longer(old, reader.origin)
    return [] if new is None and old.handled else [EntryChange(old.id, old, new)]
