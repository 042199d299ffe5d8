"""What a network says of one frame, taken into the entries that are there: one for each beat."""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.history import EntryChange
from EchoMeasureLib.review.same_beats import paired
from EchoMeasureLib.review.transitions import predicted_anew


def taken_in(
    board: Board, image: str, clearest: Caliper, beats: Sequence[Caliper]
) -> tuple[list[EntryChange], str]:
    """The changes that a prediction makes, and the id of the entry of its clearest beat.

    `beats` from left to right, `clearest` among them.
    """
    olds = board.predicted_on(image, clearest.frame, clearest.measurement)
    said = [old.predicted for old in olds if old.predicted is not None]
    partners = {new: olds[old] for old, new in paired(said, beats)}
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
    gone = (old for old in olds if old.id not in kept and not old.handled)
    return changes + [EntryChange(old.id, old, None) for old in gone], found
