"""A scanner's structured report beside the review, to be looked at only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.panel.dialogs import REPORTS
from EchoMeasureLib.panel.section import Section, chosen, dispose, enable, fill, lay_out, show_texts

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.their_reports import TheirReport, TheirReports
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs

NONE_YET = (
    "Slicer's DICOM database has no structured report of this study. Choose the file of one; "
    "it changes nothing in your review."
)
CHOOSE = "Choose a report of this study, or the file of one. It changes nothing in your review."

HEADERS = ("Value", "Yours", "Theirs", "Difference", "What is said of it")
UNMATCHED = ("Only in the report", "Why it is none of these values")


class TheirReportSection(Section):
    """The button "Scanner's report…" and the dialog behind it."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self.dialog: TheirReportDialog | None = None
        self.on(ui.theirReportButton.clicked, self.open_dialog)

    def open_dialog(self) -> None:
        """Show the reports of the study that there are, and the one that is open."""
        if self.dialog is None:
            self.dialog = TheirReportDialog(self)
        self.dialog.look()
        self.dialog.widget.show()

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review"):
            return
        no_image = "" if self.study.cine is not None else "Choose an image first."
        tip = "The values of a structured report of this study beside yours. Changes nothing."
        enable(self.ui.theirReportButton, no_image, tip)
        if self.dialog is not None and self.dialog.widget.visible:
            self.dialog.refresh()

    def close(self) -> None:
        """The dialog goes with the panel."""
        if self.dialog is not None:
            dispose(self.dialog.widget)
            self.dialog = None


class TheirReportDialog:
    """Which report, a table of their values beside ours, and what has no counterpart."""

    def __init__(self, section: TheirReportSection) -> None:
        import qt

        self._section = section
        self._shown: TheirReport | None = None
        self.widget = qt.QDialog(section.ui.theirReportButton.window())
        self.widget.windowTitle = "EchoMeasure: a scanner's report"
        self.report = qt.QComboBox()
        self.report.toolTip = "Reports of this study in Slicer's DICOM database."
        self.file = qt.QPushButton("Choose file…")
        self.file.toolTip = "A structured report (DICOM, TID 5200, 5300 or 1500) of this study."
        self.summary = qt.QLabel()
        self.summary.wordWrap = True
        # A file may say anything: none of it is taken for markup.
        self.summary.textFormat = qt.Qt.PlainText
        self.table, self.unmatched = _table(HEADERS), _table(UNMATCHED)
        self.close = qt.QPushButton("Close")
        self._lay_out()
        self.widget.resize(760, 520)
        section.on(self.report.activated, self._chosen)
        section.on(self.file.clicked, self._choose_file)
        section.on(self.table.itemSelectionChanged, self._go)
        section.on(self.close.clicked, self.widget.hide)

    def look(self) -> None:
        """Find the reports there are, and show the one that is open."""
        try:
            self._theirs.look()
        finally:
            self._tell()

    def refresh(self) -> None:
        """Show the report as the review stands now."""
        theirs = self._theirs
        found, choices = theirs.beside(), theirs.choices
        fill(self.report, [("", "no report"), *choices], theirs.file)
        self.report.enabled = bool(choices)
        nothing = CHOOSE if choices else NONE_YET
        self.summary.text = found.words if found is not None else nothing
        lines = found.lines if found is not None else ()
        if self._shown is None or lines != self._shown.lines:
            blocked = self.table.blockSignals(True)
            self.table.clearSelection()
            self.table.blockSignals(blocked)
        self._shown = found
        show_texts(self.table, lines)
        for row, words in enumerate(found.details if found is not None else ()):
            if words:
                for column in (2, 4):
                    self.table.item(row, column).setToolTip(words)
        show_texts(self.unmatched, found.unmatched if found is not None else ())
        self.table.visible = bool(lines)
        self.unmatched.visible = found is not None and bool(found.unmatched)

    def _lay_out(self) -> None:
        import qt

        layout = qt.QVBoxLayout(self.widget)
        top, bottom = qt.QHBoxLayout(), qt.QHBoxLayout()
        top.addWidget(self.report, 1)
        top.addWidget(self.file)
        bottom.addStretch(1)
        bottom.addWidget(self.close)
        layout.addLayout(top)
        layout.addWidget(self.summary)
        layout.addWidget(self.table, 3)
        layout.addWidget(self.unmatched, 1)
        layout.addLayout(bottom)

    @property
    def _theirs(self) -> TheirReports:
        return self._section.desk.their_reports

    def _tell(self) -> None:
        """The column beside the answers offers the report that is open."""
        self._section.desk.topics.tell("review")
        self.refresh()

    def _chosen(self) -> None:
        file = chosen(self.report)
        if file:
            self._open(Path(file))
        else:
            self._theirs.close()
            self._tell()

    def _choose_file(self) -> None:
        path = self._section.dialogs.open_file("Open a structured report", REPORTS)
        if path is not None:
            self._open(path)

    def _open(self, path: Path) -> None:
        """Open a report; where that is refused what was shown stays."""
        try:
            self._theirs.open(path)
        finally:
            self._tell()

    def _go(self) -> None:
        """To the answer of the chosen line."""
        row, shown = self.table.currentRow(), self._shown
        if shown is not None and 0 <= row < len(shown.rows):
            answering = self._section.desk.answering
            id = shown.rows[row].id
            if any(answer.id == id and answer.entries for answer in answering.answers):
                answering.choose(id)


def _table(headers: tuple[str, ...]) -> Any:
    import qt

    table = qt.QTableWidget()
    table.columnCount = len(headers)
    table.setHorizontalHeaderLabels(list(headers))
    table.verticalHeader().visible = False
    table.wordWrap = False
    table.alternatingRowColors = True
    table.editTriggers = qt.QAbstractItemView.NoEditTriggers
    table.selectionBehavior = qt.QAbstractItemView.SelectRows
    table.selectionMode = qt.QAbstractItemView.SingleSelection
    lay_out(table)
    return table
