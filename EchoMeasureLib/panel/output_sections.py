"""What leaves the panel: the plot, the saved review, and files in a folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.panel.dialogs import REVIEWS
from EchoMeasureLib.panel.export_dialog import ExportDialog
from EchoMeasureLib.panel.section import Section, chosen, dispose, enable, fill

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs


class PlotSection(Section):
    """The results in the scene: a table, and one value against time in the plot view."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self.on(ui.plotButton.clicked, self.show_plot)
        self.on(ui.tableButton.clicked, self.show_table)

    def show_plot(self) -> None:
        """Draw the chosen value."""
        chart = self.desk.results.draw(chosen(self.ui.plotCombo))
        self.ui.plotLabel.text = f"{chart.GetName()} follows the review from now on."

    def show_table(self) -> None:
        """Put all values into a table node."""
        table = self.desk.results.table()
        rows = table.GetNumberOfRows()
        self.ui.plotLabel.text = f"{table.GetName()}: {rows} rows, which follow the review."

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review"):
            return
        rows = list(self.desk.results.values().items())
        kept = chosen(self.ui.plotCombo)
        keys = [key for key, _ in rows]
        fill(self.ui.plotCombo, rows, kept if kept in keys else (keys[0] if keys else ""))
        none = "" if rows else "Nothing has been measured yet."
        enable(self.ui.plotButton, none, "Draw this value against time, ED and ES marked.")
        enable(self.ui.tableButton, none, "A table node with every value, for Slicer's tools.")


class ExportSection(Section):
    """The review as a file, and everything that leaves it for others."""

    def __init__(
        self,
        ui: Any,
        desk: Desk,
        dialogs: Dialogs,
        quiet: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """`quiet`: keeps the keys of the panel from being heard."""
        super().__init__(ui, desk, dialogs)
        self._quiet = quiet
        self.dialog: ExportDialog | None = None
        self.on(ui.saveReviewButton.clicked, self.save)
        self.on(ui.openReviewButton.clicked, self.open)
        self.on(ui.exportButton.clicked, self.open_dialog)

    def open_dialog(self) -> None:
        """Show all that can be exported."""
        if self.dialog is None:
            self.dialog = ExportDialog(self, self._quiet, self._tell)
        self.dialog.refresh()
        self.dialog.widget.show()

    def save(self) -> None:
        """Write the review, as it is now, where the user wants it."""
        path = self.dialogs.save_file("Save the review", REVIEWS, self.desk.saving.proposed_name())
        if path is not None:
            self.desk.save_review(path)
            self.ui.exportLabel.text = (
                f"Saved as {path}, as it is now. Later changes are saved by themselves "
                f"in {self.desk.saving.path}, not in this file."
            )

    def open(self) -> None:
        """Go on with a saved review of this image."""
        path = self.dialogs.open_file("Open a review", REVIEWS)
        if path is None:
            return
        question = self.desk.saving.question(path)
        if question and not self.dialogs.ask(question):
            return
        self.desk.open_review(path, asked=True)
        self.ui.exportLabel.text = f"Opened {path}. Changes are saved by themselves elsewhere."

    def refresh(self, topic: Topic | None = None) -> None:
        ui = self.ui
        no_image = "" if self.study.cine is not None else "Choose an image first."
        measured = bool(self.desk.selection.entries)
        nothing = no_image or ("" if measured else "Nothing has been measured yet.")
        enable(ui.saveReviewButton, nothing, "The review as it is now, as one JSON file.")
        enable(ui.openReviewButton, no_image, "Go on with a saved review of this same image.")
        tip = "Report, table, pictures, video, DICOM, FHIR, markups, training pack."
        enable(ui.exportButton, nothing, tip)
        if self.dialog is not None and self.dialog.widget.visible:
            self.dialog.refresh()

    def close(self) -> None:
        """The dialog goes with the panel."""
        if self.dialog is not None:
            dispose(self.dialog.widget)
            self.dialog = None

    def _tell(self, said: str) -> None:
        self.ui.exportLabel.text = said


class SavingSection(Section):
    """The red line at the top of the panel, for as long as something is amiss with saving."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        ui.savingBanner.visible = False

    def refresh(self, topic: Topic | None = None) -> None:
        if topic in (None, "image", "review", "saving"):
            trouble = self.desk.saving.trouble
            self.ui.savingBanner.text = trouble
            self.ui.savingBanner.toolTip = f"The review is kept in {self.desk.saving.path}."
            self.ui.savingBanner.visible = bool(trouble)
