"""The table of calipers: which one is selected, and what the reviewer decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.selection import FILTERS
from EchoMeasureLib.desk.words import PHASE_WORDS, may_be_adopted, unused_words
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.panel.review_rows import ReviewRows
from EchoMeasureLib.panel.section import Section, chosen, enable, fill
from EchoMeasureLib.review.entries import Status, allowed_phases

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk, Topic
    from EchoMeasureLib.panel.dialogs import Dialogs
    from EchoMeasureLib.review.entries import Entry

UNSEEN = "The image of this caliper is not loaded. Load it to see what you decide about."


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
        for button, action in self.actions.items():
            self.on(getattr(ui, button).clicked, action)
        self.on(ui.noteEdit.returnPressed, self.note)
        self.on(ui.phaseCombo.activated, self.choose)

    @property
    def actions(self) -> dict[str, Callable[[], None]]:
        """What each button does."""
        return {
            "acceptButton": self.accept,
            "rejectButton": self.reject,
            "adoptButton": self.adopt,
            "resetButton": self.reset,
            "reopenButton": self.reopen,
            "deleteButton": self.delete,
            "nextButton": self.next,
            "undoButton": self.undo,
            "redoButton": self.redo,
            "noteButton": self.note,
            "placeButton": self.place,
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
        review, id, typed = self.desk.need_review(), self._need(), self._typed()
        if typed is None:
            review.accept(id)
        else:
            with review.step("accept with a note"):
                review.note(id, typed)
                review.accept(id)
        self._decided()

    def reject(self) -> None:
        """It is wrong; what was just typed is the reason, a saved note is not. Go on."""
        self.desk.need_review().reject(self._need(), self._typed() or "")
        self._decided()

    def adopt(self) -> None:
        """The points lie right although the network doubts them: they are the reviewer's now."""
        self.desk.need_review().adopt(self._need())

    def reset(self) -> None:
        """Back to where the network put it."""
        self.desk.need_review().reset(self._need())

    def reopen(self) -> None:
        """Take back the decision; the position stays."""
        self.desk.need_review().reopen(self._need())

    def delete(self) -> None:
        """Take it away; undo brings it back."""
        self.desk.need_review().delete(self._need())

    def next(self) -> None:
        """Go to the next caliper that nobody has reviewed."""
        self._keep_typed()
        self.desk.selection.next()

    def undo(self) -> None:
        """Take back the last step, and go to the caliper that it concerned."""
        if self.desk.need_review().can_undo:
            self.desk.selection.show_changes(lambda review: review.undo())

    def redo(self) -> None:
        """Do again what was undone, and go to the caliper that it concerns."""
        if self.desk.need_review().can_redo:
            self.desk.selection.show_changes(lambda review: review.redo())

    def note(self) -> None:
        """Keep the note line with the caliper."""
        self.desk.need_review().note(self._need(), self.ui.noteEdit.text.strip())

    def choose(self) -> None:
        """The frame of the caliper counts as this phase."""
        key = chosen(self.ui.phaseCombo)
        phase = next((phase for phase in PHASE_WORDS if phase.value == key), None)
        self.desk.need_review().choose(self._need(), phase)

    def place(self) -> None:
        """Let the user click the points of a measurement in the slice view."""
        self.desk.placing.place(chosen(self.ui.placeCombo))

    def refresh(self, topic: Topic | None = None) -> None:
        by_frame = topic == "frame" and self.desk.selection.filter == "frame"
        renamed = topic != "frame" and self._rows.name_images()
        if by_frame or renamed or topic in (None, "image", "review"):
            self._rows.fill()
        if by_frame or topic in (None, "image", "review", "selection"):
            self._select_row()
            self._offer()
            unused = unused_words(self.entry) if self.entry is not None else ""
            lines = (self._summary(len(self._rows.shown)), unused)
            self.ui.summaryLabel.text = "\n".join(line for line in lines if line)

    def _need(self) -> str:
        entry = self.entry
        if entry is None:
            raise InvalidArgument("No caliper is chosen.", "Click one in the table.")
        if self.desk.selection.unseen:
            raise InvalidArgument(UNSEEN)
        return entry.id

    def _decided(self) -> None:
        self._written = ("", "")
        self.desk.selection.next(if_any=True)
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
        ui, review, entry = self.ui, self.desk.review, self.entry
        nothing = "" if entry is not None else "Choose a caliper in the table first."
        nothing = UNSEEN if self.desk.selection.unseen else nothing
        by_hand = "It was placed by hand: there is no prediction to go back to."
        enable(ui.acceptButton, nothing, "Right as it lies. It is then locked.")
        enable(
            ui.rejectButton, nothing, "Wrong: it counts for nothing. Type the reason below before."
        )
        reset = nothing or ("" if entry is not None and entry.predicted is not None else by_hand)
        enable(ui.resetButton, reset, "Back to where the network put it, unlocked.")
        ui.adoptButton.visible = not nothing and entry is not None and may_be_adopted(entry)
        decided = entry is not None and entry.status in (Status.ACCEPTED, Status.REJECTED)
        undecided = nothing or ("" if decided else "It is neither accepted nor rejected.")
        enable(ui.reopenButton, undecided, "Take back the decision: it can be moved again.")
        enable(ui.deleteButton, nothing, "Remove this caliper. Undo brings it back.")
        enable(ui.noteButton, nothing, "Keep this text with the caliper.")
        ui.noteEdit.enabled = not nothing
        no_more = "" if self.desk.selection.unreviewed else "Every caliper has been reviewed."
        enable(ui.nextButton, no_more, "Go to the next caliper that nobody has reviewed.")
        can = (review.can_undo, review.can_redo) if review is not None else (False, False)
        enable(ui.undoButton, "" if can[0] else "Nothing to undo.", "Take back the last step.")
        enable(ui.redoButton, "" if can[1] else "Nothing to redo.", "Do it again.")
        no_image = "" if self.desk.cine is not None else "Choose an image first."
        enable(ui.placeButton, no_image, "Click the points of this measurement in the slice view.")
        self._offer_phases(entry)
        self._show_note()

    def _offer_phases(self, entry: Entry | None) -> None:
        phases = allowed_phases(entry.measurement) if entry is not None else ()
        rows = [("", "any phase"), *((p.value, PHASE_WORDS[p]) for p in phases)]
        phase = entry.phase.value if entry is not None and entry.phase is not None else ""
        fill(self.ui.phaseCombo, rows, phase)
        self.ui.phaseCombo.enabled = bool(phases) and not self.desk.selection.unseen

    def _summary(self, listed: int) -> str:
        entries = self.desk.selection.entries
        if not entries:
            return "Nothing measured yet."
        left = len(self.desk.selection.unreviewed)
        done = f"{len(entries) - left} of {len(entries)} reviewed" + ("." if left else ": done.")
        return done if listed == len(entries) else f"{done} {listed} listed."
