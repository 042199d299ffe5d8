"""Which beat of a strip the selected caliper lies on, and the mean over all beats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.decisions import TIPS
from EchoMeasureLib.desk.words import beat_words, means_words
from EchoMeasureLib.panel.section import Section, chosen, enable, fill

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs

ELSEWHERE = "on none of the beats found"


class BeatChoice(Section):
    """The beats that the network found for the selected caliper."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self.on(ui.beatCombo.activated, self.choose)
        self.on(ui.nextBeatButton.clicked, desk.decisions.next_beat)

    def choose(self) -> None:
        """Lay the caliper on the chosen beat; one step back undoes it."""
        key = chosen(self.ui.beatCombo)
        if key:
            self.desk.decisions.take_beat(int(key))

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
        obstacles = self.desk.decisions.obstacles()
        enable(ui.beatCombo, obstacles["beat"], TIPS["beat"])
        enable(ui.nextBeatButton, obstacles["next_beat"], TIPS["next_beat"])
        ui.beatLabel.text = means_words(beats)
        ui.beatLabel.visible = bool(beats)
