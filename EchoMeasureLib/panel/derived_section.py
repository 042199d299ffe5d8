"""Grades and derived values, always up to date, with the rule that fired and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.answer_words import needs_words, normal_words
from EchoMeasureLib.desk.words import grade_tip, grade_words, look_again_words
from EchoMeasureLib.measuring.sheet_values import MEASUREMENT_OF
from EchoMeasureLib.panel.section import Section, fit, lay_out
from EchoMeasureLib.review.answers import normal_of

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.measuring.sheet import SheetRow
    from EchoMeasureLib.panel.dialogs import Dialogs


MOST_ROWS, SCROLL_BAR = 14, 18
"""The table is as high as its rows, within reason."""


class DerivedSection(Section):
    """A table of results only; what is missing for the others is one line."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        lay_out(ui.derivedTable)

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review"):
            return
        review = self.study.review
        measured = review is not None and bool(review.entries)
        for part in (self.ui.derivedSection, self.ui.gradesLabel, self.ui.compareSection):
            part.visible = measured
        if review is None or not measured:
            self.ui.derivedTable.rowCount = 0
            return
        sheet = review.sheet(self.desk.lengths)
        again = look_again_words(sheet, MEASUREMENT_OF)
        lines = [*(grade_words(grade) for grade in sheet.grades), *again]
        self.ui.gradesLabel.text = "\n".join(lines)
        self.ui.gradesLabel.toolTip = "\n\n".join(grade_tip(grade) for grade in sheet.grades)
        self.ui.gradesLabel.visible = bool(lines)
        rows = [row for row in sheet.rows if row.id not in MEASUREMENT_OF]
        self._fill([row for row in rows if row.text])
        absent = [(row.name, row.reason) for row in rows if not row.text]
        self.ui.derivedLabel.text = needs_words(review.derived())
        self.ui.derivedLabel.toolTip = "\n".join(f"{name}: {why}" for name, why in absent)
        self.ui.derivedLabel.visible = bool(absent)

    def _fill(self, rows: list[SheetRow]) -> None:
        import qt

        table, review = self.ui.derivedTable, self.study.need_review()
        table.rowCount = len(rows)
        for number, row in enumerate(rows):
            texts = (
                row.name,
                f"{row.text}{' ~' if row.near else ''}",
                normal_words(row, normal_of(review, row)),
                "; ".join(part for part in (row.word if row.mark else "", row.basis) if part),
            )
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(_tip(row))
                table.setItem(number, column, item)
        fit(table)
        rows_high = table.verticalHeader().defaultSectionSize * min(len(rows), MOST_ROWS)
        table.setFixedHeight(table.horizontalHeader().height + rows_high + SCROLL_BAR)


def _tip(row: SheetRow) -> str:
    unreviewed = "" if row.reviewed else "Not reviewed yet."
    return "\n".join(line for line in (row.source, row.note, unreviewed) if line)
