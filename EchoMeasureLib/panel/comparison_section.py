"""Two reviewers side by side, to be looked at only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.comparison_words import comparison_words, line_words
from EchoMeasureLib.panel.answer_rows import AnswerRows
from EchoMeasureLib.panel.dialogs import TABLES
from EchoMeasureLib.panel.section import Section, chosen, enable, fill, lay_out, show_texts
from EchoMeasureLib.review.answers import beside
from EchoMeasureLib.review.document import suggested_name

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs
    from EchoMeasureLib.review.compare import Comparison, Line

THEIR_REPORT = "\n"
"""Key of the scanner's report in the choice of whose values stand beside; nobody is called so."""

NOBODY = "Nobody else has reviewed this image, in its document or in the scene."


class ComparisonSection(Section):
    """The button "Compare reviewers…" and the dialog behind it."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs, rows: AnswerRows) -> None:
        """`rows`: the answers, which get a column for another one's values."""
        super().__init__(ui, desk, dialogs)
        self.dialog: ComparisonDialog | None = None
        self._rows = rows
        self.on(ui.previousCombo.activated, self.refresh)
        self.on(ui.compareButton.clicked, self.open_dialog)

    def open_dialog(self) -> None:
        """Show where the present reviewer and another one differ."""
        self.desk.others.look()
        if self.dialog is None:
            self.dialog = ComparisonDialog(self)
        self.dialog.refresh()
        self.dialog.widget.show()

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review"):
            return
        others = self.desk.others
        no_image = "" if self.study.cine is not None else "Choose an image first."
        nobody = no_image or ("" if others.names else others.trouble or NOBODY)
        names = ", ".join(others.names)
        enable(self.ui.compareButton, nobody, f"Where you and {names} differ. Changes nothing.")
        self._fill_column(others.names)
        if self.dialog is not None and self.dialog.widget.visible:
            self.dialog.refresh()

    def _fill_column(self, names: tuple[str, ...]) -> None:
        """Another one's values beside one's own, or a scanner's; by default those of nobody."""
        combo, theirs = self.ui.previousCombo, self.desk.their_reports
        rows = [("", "nobody beside"), *((name, f"{name} beside") for name in names)]
        if theirs.title:
            rows.append((THEIR_REPORT, f"{theirs.title} beside"))
        kept = chosen(combo)
        fill(combo, rows, kept if kept in dict(rows) else "")
        combo.enabled = len(rows) > 1
        name, review = chosen(combo), self.study.review
        if name and review is not None:
            reader = self.desk.others
            numbers = theirs.numbers() if name == THEIR_REPORT else reader.sheet(name).numbers()
            self._rows.before = beside(review.sheet(), numbers)
        else:
            self._rows.before = {}
        self._rows.fill()

    def close(self) -> None:
        """The dialog lives on the main window, and would outlive the panel."""
        if self.dialog is not None:
            self.dialog.widget.close()
            self.dialog.widget.deleteLater()
            self.dialog = None


class ComparisonDialog:
    """A table of every number on which two reviewers differ, the largest difference first."""

    def __init__(self, section: ComparisonSection) -> None:
        import qt

        self._section = section
        self._lines: tuple[Line, ...] = ()
        self.widget = qt.QDialog(section.ui.compareButton.window())
        self.widget.windowTitle = "EchoMeasure: two reviewers"
        self.summary = qt.QLabel()
        self.summary.wordWrap = True
        self.question = qt.QLabel("Compare with:")
        self.other = qt.QComboBox()
        self.other.toolTip = "With whom your review is compared."
        self.table = qt.QTableWidget()
        self.table.columnCount = len(_headers(("", "")))
        self.table.verticalHeader().visible = False
        self.table.wordWrap = False
        self.table.alternatingRowColors = True
        self.table.editTriggers = qt.QAbstractItemView.NoEditTriggers
        self.table.selectionBehavior = qt.QAbstractItemView.SelectRows
        self.table.selectionMode = qt.QAbstractItemView.SingleSelection
        lay_out(self.table)
        self.export = qt.QPushButton("Export table...")
        self.close = qt.QPushButton("Close")
        self._lay_out()
        self.widget.resize(860, 420)
        section.on(self.other.activated, self.refresh)
        section.on(self.table.itemSelectionChanged, self._go)
        section.on(self.export.clicked, self._export)
        section.on(self.close.clicked, self.widget.hide)

    def refresh(self) -> None:
        """Compare as things stand."""
        others = self._section.desk.others
        kept = chosen(self.other)
        names = others.names
        name = kept if kept in names else (names[0] if names else "")
        fill(self.other, [(name, name) for name in names], name)
        self.question.visible = self.other.visible = len(names) > 1
        enable(self.export, "" if names else NOBODY, "These lines as a CSV file.")
        if not names:
            self._lines = ()
            self.table.rowCount = 0
            self.summary.text = NOBODY
            return
        self._show(others.compare(name))

    def _lay_out(self) -> None:
        import qt

        layout = qt.QVBoxLayout(self.widget)
        top, bottom = qt.QHBoxLayout(), qt.QHBoxLayout()
        top.addWidget(self.question)
        top.addWidget(self.other, 1)
        bottom.addWidget(self.export)
        bottom.addStretch(1)
        bottom.addWidget(self.close)
        layout.addWidget(self.summary)
        layout.addLayout(top)
        layout.addWidget(self.table)
        layout.addLayout(bottom)

    def _show(self, comparison: Comparison) -> None:
        table = self.table
        self.summary.text = comparison_words(comparison)
        table.setHorizontalHeaderLabels(_headers(comparison.reviewers))
        for column, tip in HEADER_TIPS.items():
            table.horizontalHeaderItem(column).setToolTip(tip)
        lines = comparison.lines()
        if lines != self._lines:
            blocked = table.blockSignals(True)
            table.clearSelection()
            table.blockSignals(blocked)
        self._lines = lines
        show_texts(table, [line_words(line) for line in lines])

    def _go(self) -> None:
        """To the frame of the chosen line, and to one's own caliper on it."""
        row = self.table.currentRow()
        if not 0 <= row < len(self._lines):
            return
        caliper, desk = self._lines[row].caliper, self._section.desk
        desk.selection.choose(caliper.first)
        if caliper.first is None and caliper.image == desk.study.image:
            desk.study.show_frame(caliper.frame)

    def _export(self) -> None:
        """Write the lines where the user wants them."""
        section = self._section
        proposed = suggested_name(section.desk.study.need_cine(), "comparison", ".csv")
        path = section.dialogs.save_file("Export the comparison", TABLES, proposed)
        if path is not None:
            section.desk.others.export(chosen(self.other), path)


HEADER_TIPS = {
    1: "Counted from 1",
    4: "Size of the difference, and in per cent of the mean of the two",
    5: "How far apart the points of this number lie, the farthest pair",
}


def _headers(reviewers: tuple[str, str]) -> list[str]:
    first, second = reviewers
    return [
        "Measurement",
        "Frame",
        first,
        second,
        "Difference",
        "Points apart",
        f"{first}: status",
        f"{second}: status",
    ]
