"""All calipers one by one: which is selected, and what the reviewer decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.decisions import TIPS
from EchoMeasureLib.desk.selection import FILTERS
from EchoMeasureLib.desk.words import reviewed_words, unused_words
from EchoMeasureLib.panel.caliper_rows import CaliperRows
from EchoMeasureLib.panel.section import Section, chosen, enable, fill

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs
    from EchoMeasureLib.panel.head_line import HeadLine
    from EchoMeasureLib.panel.note_line import NoteLine
    from EchoMeasureLib.review.entries import Entry


class CaliperTable(Section):
    """Table and decisions, for what the answers do not show."""

    def __init__(
        self, ui: Any, desk: Desk, dialogs: Dialogs, head: HeadLine, note: NoteLine
    ) -> None:
        super().__init__(ui, desk, dialogs)
        self._head, self._note = head, note
        fill(ui.filterCombo, list(FILTERS.items()), "all")
        self.on(ui.filterCombo.activated, self.filter)
        self._rows = CaliperRows(ui.calipersTable, desk)
        self.on(ui.calipersTable.itemSelectionChanged, self._row_chosen)
        self._buttons = {
            "accept": ui.acceptCaliperButton,
            "reject": ui.rejectCaliperButton,
            "next": ui.nextCaliperButton,
            "reset": ui.resetButton,
            "reopen": ui.reopenButton,
            "delete": ui.deleteButton,
            "redo": ui.redoButton,
        }
        for decision, button in self._buttons.items():
            self.on(button.clicked, self.actions[decision])

    @property
    def actions(self) -> dict[str, Callable[[], None]]:
        """What each button does, by the name of the decision."""
        decisions = self.desk.decisions
        return {
            "accept": self.accept,
            "reject": self.reject,
            "next": self.next,
            "reset": decisions.reset,
            "reopen": decisions.reopen,
            "delete": decisions.delete,
            "redo": decisions.redo,
        }

    @property
    def entry(self) -> Entry | None:
        """The chosen caliper."""
        return self.desk.selection.entry

    @property
    def in_use(self) -> bool:
        """Whether the keys are meant for this table."""
        return bool(self.ui.calipersTable.focus)

    def filter(self) -> None:
        """List these calipers only."""
        self.desk.selection.filter = chosen(self.ui.filterCombo)
        self.refresh()

    def accept(self) -> None:
        """It is right as it lies, with the note just typed, if any; go on to the next."""
        self._head.ask()
        self.desk.decisions.accept(self._note.typed())
        self._note.used()

    def reject(self) -> None:
        """It is wrong; what was just typed is the reason, a saved note is not. Go on."""
        self._head.ask()
        self.desk.decisions.reject(self._note.typed() or "")
        self._note.used()

    def next(self) -> None:
        """Go to the next caliper that nobody has reviewed."""
        self._note.keep()
        self.desk.selection.next()

    def refresh(self, topic: Topic | None = None) -> None:
        by_frame = topic == "frame" and self.desk.selection.filter == "frame"
        renamed = topic != "frame" and self._rows.name_images()
        if by_frame or renamed or topic in (None, "image", "review"):
            self._rows.fill()
        if by_frame or topic in (None, "image", "review", "selection", "views"):
            self._select_row()
            self._offer()
            self.ui.summaryLabel.text = self._summary()

    def _select_row(self) -> None:
        table = self.ui.calipersTable
        blocked = table.blockSignals(True)
        if self.entry is not None and self.entry.id in self._rows.shown:
            row = self._rows.shown.index(self.entry.id)
            table.selectRow(row)
            table.scrollToItem(table.item(row, 0))
        else:
            table.clearSelection()
        table.blockSignals(blocked)

    def _row_chosen(self) -> None:
        row = self.ui.calipersTable.currentRow()
        if 0 <= row < len(self._rows.shown):
            self._note.keep()
            self.desk.selection.choose(self._rows.shown[row])

    def _offer(self) -> None:
        """Enable what can be done now; a button that cannot says why."""
        obstacles = self.desk.decisions.obstacles()
        for decision, button in self._buttons.items():
            enable(button, obstacles[decision], TIPS[decision])

    def _summary(self) -> str:
        selection = self.desk.selection
        measured, left = len(selection.entries), len(selection.unreviewed)
        unused = unused_words(self.entry) if self.entry is not None else ""
        lines = (reviewed_words(measured, left, len(self._rows.shown)), unused)
        return "\n".join(line for line in lines if line)
