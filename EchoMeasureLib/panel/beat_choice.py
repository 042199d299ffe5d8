"""Which beat of a strip the selected caliper lies on, and the mean over all beats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.words import beat_words, means_words
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.panel.section import Section, chosen, enable, fill

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk, Topic
    from EchoMeasureLib.panel.dialogs import Dialogs
    from EchoMeasureLib.review.entries import Entry

ELSEWHERE = "on none of the beats found"


class BeatChoice(Section):
    """The beats that the network found for the selected caliper."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self.on(ui.beatCombo.activated, self.choose)
        self.on(ui.nextBeatButton.clicked, self.next)

    def choose(self) -> None:
        """Lay the caliper on the chosen beat; one step back undoes it."""
        key = chosen(self.ui.beatCombo)
        if key:
            self._take(int(key))

    def next(self) -> None:
        """On to the next beat to the right, after the last one to the first."""
        entry = self.desk.selection.entry
        nearest = entry.nearest_beat if entry is not None else None
        if entry is None or nearest is None:
            raise InvalidArgument(_obstacle(entry))
        self._take((nearest + 1) % len(entry.beats))

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review", "selection"):
            return
        ui, entry = self.ui, self.desk.selection.entry
        beats = entry.beats if entry is not None else ()
        rows = [(str(n), beat_words(entry, n)) for n in range(len(beats))] if entry else []
        at = entry.beat if entry is not None else None
        if beats and at is None:
            rows.insert(0, ("", ELSEWHERE))
        fill(ui.beatCombo, rows, "" if at is None else str(at))
        obstacle = _obstacle(entry)
        enable(ui.beatCombo, obstacle, "Lay the caliper on another beat that the network found.")
        enable(ui.nextBeatButton, obstacle, "On to the next beat; after the last, the first.")
        ui.beatLabel.text = means_words(beats)
        ui.beatLabel.visible = bool(beats)

    def _take(self, beat: int) -> None:
        entry = self.desk.selection.entry
        obstacle = _obstacle(entry)
        if entry is None or obstacle:
            raise InvalidArgument(obstacle)
        self.desk.need_review().take_beat(entry.id, beat)


def _obstacle(entry: Entry | None) -> str:
    """Why no other beat can be chosen; empty when one can."""
    if entry is None:
        return "Choose a caliper in the table first."
    if not entry.beats:
        return "There is no other beat to choose: it is by hand, 2-D, or the only one found."
    if entry.locked:
        return "It is accepted. Reopen it to choose another beat."
    return ""
