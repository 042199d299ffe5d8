"""Values derived from the calipers, always up to date, and who was examined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.panel.section import Section, chosen, fill, fit, lay_out

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.measuring.derived import Derived
    from EchoMeasureLib.panel.dialogs import Dialogs

SEXES = [("", "sex: ?"), ("F", "female"), ("M", "male")]


class DerivedSection(Section):
    """A table of values with their origin, or with what is missing for them."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        fill(ui.sexCombo, SEXES, "")
        lay_out(ui.derivedTable)
        self.on(ui.sexCombo.activated, self._described)
        for spin in (ui.heightSpin, ui.weightSpin, ui.rapSpin):
            self.on(spin.editingFinished, self._described)

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review"):
            return
        self._show_subject()
        self._fill()

    def _fill(self) -> None:
        import qt

        table = self.ui.derivedTable
        review = self.study.review
        rows = sorted(review.derived(), key=lambda row: bool(row.reason)) if review else []
        table.rowCount = len(rows)
        names = self._names()
        plain, missing = qt.QFont(table.font), qt.QFont(table.font)
        missing.setItalic(True)
        for number, row in enumerate(rows):
            for column, text in enumerate(_texts(row, names)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(_tip(row))
                item.setFont(missing if row.reason else plain)
                table.setItem(number, column, item)
        fit(table)

    def _names(self) -> dict[str, str]:
        """What people call the inputs."""
        review = self.study.review
        if review is None:
            return {}
        names = {item.id: item.name for item in review.measured().values()}
        return names | {item.id: item.name for item in review.derived()}

    def _described(self) -> None:
        ui, review = self.ui, self.study.need_review()
        known = replace(
            review.subject,
            sex=chosen(ui.sexCombo),
            height_cm=ui.heightSpin.value or None,
            weight_kg=ui.weightSpin.value or None,
        )
        self.desk.describe(known)
        self.desk.examine(replace(review.examination, rap=ui.rapSpin.value or None))

    def _show_subject(self) -> None:
        review = self.study.review
        if review is None:
            return
        subject, examination = review.subject, review.examination
        fill(self.ui.sexCombo, SEXES, subject.sex)
        for spin, number in (
            (self.ui.heightSpin, subject.height_cm),
            (self.ui.weightSpin, subject.weight_kg),
            (self.ui.rapSpin, examination.rap),
        ):
            blocked = spin.blockSignals(True)
            spin.value = number or 0.0
            spin.blockSignals(blocked)


def _texts(row: Derived, names: dict[str, str]) -> tuple[str, str, str, str]:
    return (
        row.name,
        row.text,
        row.normal.text if row.normal else "",
        row.reason or _origin(row, names),
    )


def _origin(row: Derived, names: dict[str, str]) -> str:
    words = [names.get(input, input) for input in row.inputs]
    return "; ".join(word for word in (", ".join(words), row.basis, row.note) if word)


def _tip(row: Derived) -> str:
    return "\n".join(line for line in (row.guideline, row.note, row.reason) if line)
