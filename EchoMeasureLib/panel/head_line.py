"""Who was examined, how the heart beats, and who reviews: one line, and the question for a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.words import before_words, head_words
from EchoMeasureLib.panel.section import Section

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs

SETTING = "EchoMeasure/reviewer"

QUESTION = "Your initials? Every decision is signed with them."


class HeadLine(Section):
    """The line, the fold behind its button, and the reviewer, who is the same for every scene."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        import qt

        super().__init__(ui, desk, dialogs)
        self.name = str(qt.QSettings().value(SETTING, "") or "")
        self._asked = False
        desk.set_reviewer(self.name)
        ui.subjectFrame.visible = False
        self.on(ui.editButton.clicked, self.fold)
        self.on(ui.reviewerEdit.editingFinished, self._named)

    def fold(self) -> None:
        """Show what can be edited, or no longer."""
        self.ui.subjectFrame.visible = self.ui.editButton.checked

    def ask(self) -> None:
        """Ask whoever has not typed a name for one, once: before the first work, not after."""
        if self.name or self._asked or self.study.cine is None:
            return
        self._asked = True
        name = self.dialogs.text(QUESTION)
        if name:
            self._sign(name)

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review"):
            return
        ui, review = self.ui, self.study.review
        if not ui.reviewerEdit.focus:
            ui.reviewerEdit.text = self.name
        ui.reviewerEdit.placeholderText = self.study.reviewer
        begun = review is not None and review.layer().has_work
        others = () if begun else self.desk.others.names
        ui.reviewerHint.text = before_words(others)
        ui.reviewerHint.visible = bool(others)
        ui.headFrame.visible = review is not None
        if review is not None:
            who = self.study.reviewer
            ui.headLabel.text = head_words(review.subject, review.sheet(), who)

    def _named(self) -> None:
        name = self.ui.reviewerEdit.text.strip()
        if name != self.name:
            self._sign(name)

    def _sign(self, name: str) -> None:
        import qt

        self.name = name
        qt.QSettings().setValue(SETTING, name)
        self.desk.set_reviewer(name)
        self.refresh()
