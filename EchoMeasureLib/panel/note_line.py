"""A note on the selected caliper, or the reason of a rejection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.decisions import TIPS
from EchoMeasureLib.panel.section import Section, enable

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs


class NoteLine(Section):
    """What is typed here is never lost, and never disturbed by news of the review."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self._written = ("", "")
        """The caliper whose note is shown, and what stood there before anybody typed."""
        self.on(ui.noteEdit.returnPressed, self.save)

    def save(self) -> None:
        """Keep the line with the caliper."""
        self.desk.decisions.note(str(self.ui.noteEdit.text).strip())

    def typed(self) -> str | None:
        """What was typed and not saved yet; None when nothing was."""
        id, shown = self._written
        typed = str(self.ui.noteEdit.text).strip()
        entry = self.desk.selection.entry
        here = entry is not None and entry.id == id
        return typed if here and typed != shown else None

    def keep(self) -> None:
        """Save what was typed, before another caliper takes its place."""
        if self.typed() is not None and not self.desk.selection.unseen:
            self.save()

    def used(self) -> None:
        """What was typed went into a decision."""
        self._written = ("", "")
        self._show()

    def refresh(self, topic: Topic | None = None) -> None:
        if topic in (None, "image", "review", "selection", "views"):
            obstacle = self.desk.decisions.obstacles()["note"]
            enable(self.ui.noteEdit, obstacle, TIPS["note"])
            self._show()

    def _show(self) -> None:
        """The note of the chosen caliper, or why it was rejected; never over what is typed."""
        entry = self.desk.selection.entry
        id = entry.id if entry is not None else ""
        typed = self.typed()
        if typed is not None and entry is not None and typed != entry.notes:
            return
        text = (entry.notes or entry.reason) if entry is not None else ""
        self.ui.noteEdit.text = text
        self._written = (id, text.strip())
