"""The table of calipers: which one is selected, and what the reviewer decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG, Phase
from EchoMeasureLib.desk.decisions import TIPS
from EchoMeasureLib.desk.selection import FILTERS
from EchoMeasureLib.desk.words import reviewed_words, unused_words
from EchoMeasureLib.panel.review_rows import ReviewRows
from EchoMeasureLib.panel.section import Section, chosen, enable, fill
from EchoMeasureLib.review.entries import allowed_phases

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs
    from EchoMeasureLib.review.entries import Entry


class ReviewTable(Section):
    """Table, decisions, notes, and calipers placed by hand."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self._written = ("", "")
        """The caliper whose note line is shown, and what stood there before anybody typed."""
        fill(ui.placeCombo, [(row.id, f"{row.name} ({row.view})") for row in CATALOG.values()], "")
        fill(ui.filterCombo, list(FILTERS.items()), "all")
        self.on(ui.filterCombo.activated, self.filter)
        self._rows = ReviewRows(ui.reviewTable, desk)
        self.on(ui.reviewTable.itemSelectionChanged, self._row_chosen)
        for decision, action in self.actions.items():
            self.on(self._button(decision).clicked, action)
        self.on(ui.noteEdit.returnPressed, self.note)
        self.on(ui.phaseCombo.activated, self.choose)

    @property
    def actions(self) -> dict[str, Callable[[], None]]:
        """What each button does, by the name of the decision: "accept" is acceptButton."""
        decisions = self.desk.decisions
        return {
            "accept": self.accept,
            "reject": self.reject,
            "adopt": decisions.adopt,
            "reset": decisions.reset,
            "reopen": decisions.reopen,
            "delete": decisions.delete,
            "next": self.next,
            "undo": decisions.undo,
            "redo": decisions.redo,
            "note": self.note,
            "place": self.place,
        }

    @property
    def entry(self) -> Entry | None:
        """The chosen caliper."""
        return self.desk.selection.entry

    def filter(self) -> None:
        """List these calipers only."""
        self.desk.selection.filter = chosen(self.ui.filterCombo)
        self.refresh()

    def accept(self) -> None:
        """It is right as it lies, with the note just typed, if any; go on to the next."""
        self._decide(self.desk.decisions.accept)

    def reject(self) -> None:
        """It is wrong; what was just typed is the reason, a saved note is not. Go on."""
        self._decide(lambda typed: self.desk.decisions.reject(typed or ""))

    def next(self) -> None:
        """Go to the next caliper that nobody has reviewed."""
        self._keep_typed()
        self.desk.selection.next()

    def note(self) -> None:
        """Keep the note line with the caliper."""
        self.desk.decisions.note(str(self.ui.noteEdit.text).strip())

    def choose(self) -> None:
        """The frame of the caliper counts as this phase."""
        key = chosen(self.ui.phaseCombo)
        phase = next((phase for phase in Phase if phase.value == key), None)
        self.desk.decisions.choose_phase(phase)

    def place(self) -> None:
        """Let the user click the points of a measurement in the slice view."""
        self.desk.clicking.place(chosen(self.ui.placeCombo))

    def refresh(self, topic: Topic | None = None) -> None:
        by_frame = topic == "frame" and self.desk.selection.filter == "frame"
        renamed = topic != "frame" and self._rows.name_images()
        if by_frame or renamed or topic in (None, "image", "review"):
            self._rows.fill()
        if by_frame or topic in (None, "image", "review", "selection", "views"):
            self._select_row()
            self._offer()
            self.ui.summaryLabel.text = self._summary()

    def _button(self, decision: str) -> Any:
        return getattr(self.ui, f"{decision}Button")

    def _decide(self, decide: Callable[[str | None], None]) -> None:
        """Decide with what was typed. The next caliper, if any, is then selected."""
        decide(self._typed())
        self._written = ("", "")
        self._show_note()

    def _typed(self) -> str | None:
        """What was typed into the note line and not saved yet; None when nothing was."""
        id, shown = self._written
        typed = str(self.ui.noteEdit.text).strip()
        here = self.entry is not None and self.entry.id == id
        return typed if here and typed != shown else None

    def _keep_typed(self) -> None:
        """Save what was typed, before another caliper takes its place."""
        typed = self._typed()
        if typed is not None and not self.desk.selection.unseen:
            self.note()

    def _show_note(self) -> None:
        """The note of the chosen caliper, or why it was rejected; never over what is typed."""
        entry = self.entry
        id = entry.id if entry is not None else ""
        typed = self._typed()
        if typed is not None and entry is not None and typed != entry.notes:
            return
        text = (entry.notes or entry.reason) if entry is not None else ""
        self.ui.noteEdit.text = text
        self._written = (id, text.strip())

    def _select_row(self) -> None:
        table = self.ui.reviewTable
        blocked = table.blockSignals(True)
        if self.entry is not None and self.entry.id in self._rows.shown:
            row = self._rows.shown.index(self.entry.id)
            table.selectRow(row)
            table.scrollToItem(table.item(row, 0))
        else:
            table.clearSelection()
        table.blockSignals(blocked)

    def _row_chosen(self) -> None:
        row = self.ui.reviewTable.currentRow()
        if 0 <= row < len(self._rows.shown):
            self._keep_typed()
            self.desk.selection.choose(self._rows.shown[row])

    def _offer(self) -> None:
        """Enable what can be done now; a button that cannot says why."""
        obstacles = self.desk.decisions.obstacles()
        for decision in self.actions:
            if decision in TIPS:
                enable(self._button(decision), obstacles[decision], TIPS[decision])
        self.ui.adoptButton.visible = self.desk.decisions.adoptable
        self.ui.noteEdit.enabled = not obstacles["note"]
        self._offer_phases(self.entry)
        self._show_note()

    def _offer_phases(self, entry: Entry | None) -> None:
        phases = allowed_phases(entry.measurement) if entry is not None else ()
        rows = [("", "any phase"), *((p.value, p.words) for p in phases)]
        phase = entry.phase.value if entry is not None and entry.phase is not None else ""
        fill(self.ui.phaseCombo, rows, phase)
        self.ui.phaseCombo.enabled = bool(phases) and not self.desk.selection.unseen

    def _summary(self) -> str:
        selection = self.desk.selection
        measured, left = len(selection.entries), len(selection.unreviewed)
        unused = unused_words(self.entry) if self.entry is not None else ""
        lines = (reviewed_words(measured, left, len(self._rows.shown)), unused)
        return "\n".join(line for line in lines if line)
