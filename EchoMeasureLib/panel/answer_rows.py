"""The rows of the answers: one per value, its beats below it, all that is missing in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.desk.answer_words import (
    beat_words,
    missing_words,
    normal_words,
    number_words,
    tip_words,
)
from EchoMeasureLib.measuring.sheet_values import OUTPUT_OF
from EchoMeasureLib.panel.state_icons import colour_of, icon_of, is_dark
from EchoMeasureLib.review.answers import Answer, Before, State

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.measuring.measured import BeatValue

VALUE, MEAN, N, NORMAL, PREVIOUS, STATE = range(6)
MISSING = "missing"
"""Key of the line of all that was not measured."""

LEAST_HEIGHT, MOST_ROWS = 14, 22


class AnswerRows:
    """Fills the tree; which row is selected is not its business."""

    def __init__(self, tree: Any, desk: Desk) -> None:
        import qt

        self._tree = tree
        self._desk = desk
        self._drawn: object = None
        self._open: set[str] = set()
        self.before: dict[str, Before] = {}
        """What stands in the column of the other layer, by the id of the row."""
        header = tree.header()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.stretchLastSection = True
        header.minimumSectionSize = 18

    def fill(self) -> None:
        """Show the answers as they are; written anew only when they say something else."""
        answers = self._desk.answering.answers
        dark = is_dark(self._tree)
        state = answers, self._desk.lengths, dark, dict(self.before)
        if state == self._drawn:
            return
        self._drawn = state
        tree = self._tree
        blocked = tree.blockSignals(True)
        self._note_open()
        tree.clear()
        tree.setColumnHidden(PREVIOUS, not self.before)
        for answer in answers:
            if answer.entries or answer.state is not State.MISSING:
                self._add(answer, dark)
        self._add_missing([a for a in answers if not a.entries and a.state is State.MISSING], dark)
        self.fit()
        tree.blockSignals(blocked)

    def select(self, answer: Answer | None, beat: BeatValue | None) -> None:
        """Mark the row of an answer, or that of its beat where the answer is unfolded."""
        tree = self._tree
        blocked = tree.blockSignals(True)
        item = self._item(answer.id) if answer is not None else None
        if item is None:
            tree.clearSelection()
            tree.setCurrentItem(None)
        else:
            if beat is not None and item.isExpanded():
                below = [item.child(row) for row in range(item.childCount())]
                ids = {key_of(one)[1] for one in below}
                mine = next((id for id in beat.entries if id in ids), None)
                item = next((one for one in below if key_of(one)[1] == mine), item)
            tree.setCurrentItem(item)
            tree.scrollToItem(item)
        tree.blockSignals(blocked)

    def toggle(self, answer: Answer) -> None:
        """Unfold the beats of an answer, or fold them."""
        item = self._item(answer.id)
        if item is not None:
            item.setExpanded(not item.isExpanded())
            self.fit()

    def fit(self) -> None:
        """As high as its rows, within reason: the sections below stay in sight."""
        rows = sum(1 for _ in self._visible())
        row = max(LEAST_HEIGHT, self._tree.sizeHintForRow(0))
        height = self._tree.header().height + row * min(max(rows, 2), MOST_ROWS) + 4
        self._tree.setFixedHeight(height)

    def _add(self, answer: Answer, dark: bool) -> None:
        import qt

        lengths = self._desk.lengths
        item = qt.QTreeWidgetItem()
        self._tree.addTopLevelItem(item)
        item.setIcon(VALUE, icon_of(answer.state, dark))
        item.setData(VALUE, qt.Qt.UserRole, f"{answer.id} ")
        tip = tip_words(answer, lengths)
        if answer.state is State.MISSING:
            item.setText(VALUE, f"{answer.row.name}: {answer.why}")
            item.setToolTip(VALUE, tip)
            item.setFirstColumnSpanned(True)
            return
        texts = (
            answer.row.name,
            number_words(answer, lengths),
            str(answer.row.n or ""),
            normal_words(answer.row, answer.normal, lengths),
            self._other(answer),
            answer.state.value,
        )
        plain, font = qt.QFont(self._tree.font), qt.QFont(self._tree.font)
        font.setStrikeOut(answer.state is State.REJECTED)
        for column, text in enumerate(texts):
            item.setText(column, text)
            item.setToolTip(column, tip)
            item.setFont(column, font if column in (VALUE, MEAN) else plain)
        bold = qt.QFont(plain)
        bold.setBold(True)
        if answer.id in self.before and self.before[answer.id].apart:
            item.setFont(PREVIOUS, bold)
        item.setFont(STATE, bold if answer.state is State.NEED_EYES else plain)
        brush = qt.QBrush(colour_of(answer.state, dark))
        item.setForeground(STATE, brush)
        for beat in answer.row.beats:
            self._add_beat(item, answer, beat, lengths)
        item.setExpanded(answer.id in self._open)

    def _other(self, answer: Answer) -> str:
        """What another layer has."""
        before = self.before.get(answer.id)
        if before is None:
            return ""
        return OUTPUT_OF[answer.id].answer_number(before.value, self._desk.lengths)

    def _add_beat(self, item: Any, answer: Answer, beat: BeatValue, lengths: Lengths) -> None:
        import qt

        below = qt.QTreeWidgetItem()
        item.addChild(below)
        name, number, when, state = beat_words(answer, beat, lengths)
        first = beat.entries[0] if beat.entries else ""
        below.setData(VALUE, qt.Qt.UserRole, f"{answer.id} {first}")
        below.setText(VALUE, name)
        below.setText(MEAN, number)
        below.setText(NORMAL, when)
        below.setText(STATE, state)
        for column in range(STATE + 1):
            below.setToolTip(column, beat.why_not)

    def _add_missing(self, answers: list[Answer], dark: bool) -> None:
        import qt

        if not answers:
            return
        item = qt.QTreeWidgetItem()
        self._tree.addTopLevelItem(item)
        item.setIcon(VALUE, icon_of(State.MISSING, dark))
        item.setText(VALUE, missing_words(answers))
        item.setData(VALUE, qt.Qt.UserRole, f"{MISSING} ")
        item.setFirstColumnSpanned(True)
        for answer in answers:
            below = qt.QTreeWidgetItem()
            item.addChild(below)
            row = CATALOG[answer.measurement]
            below.setText(VALUE, f"{answer.row.name}: {row.view}, {row.mode}")
            below.setToolTip(VALUE, row.convention)
            below.setData(VALUE, qt.Qt.UserRole, f"{answer.id} ")
            below.setFirstColumnSpanned(True)
        item.setExpanded(MISSING in self._open)

    def _note_open(self) -> None:
        tops = list(self._tops())
        self._open -= {key_of(item)[0] for item in tops}
        self._open |= {key_of(item)[0] for item in tops if item.isExpanded()}

    def _tops(self) -> Iterator[Any]:
        for row in range(self._tree.topLevelItemCount):
            yield self._tree.topLevelItem(row)

    def _visible(self) -> Iterator[Any]:
        for item in self._tops():
            yield item
            if item.isExpanded():
                for row in range(item.childCount()):
                    yield item.child(row)

    def _item(self, id: str) -> Any:
        for item in self._tops():
            if key_of(item)[0] == id:
                return item
            for row in range(item.childCount()):
                if key_of(item)[0] == MISSING and key_of(item.child(row))[0] == id:
                    return item.child(row)
        return None


def key_of(item: Any) -> tuple[str, str]:
    """Ids of the answer and of the caliper that a row stands for; the second may be empty."""
    import qt

    answer, _, entry = str(item.data(VALUE, qt.Qt.UserRole)).partition(" ")
    return answer, entry
