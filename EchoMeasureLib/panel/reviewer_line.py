"""Who decides: a name kept in Slicer's settings, never taken from a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.words import reviewer_words
from EchoMeasureLib.panel.section import Section

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs

SETTING = "EchoMeasure/reviewer"


class ReviewerLine(Section):
    """The name of the reviewer, the same for every scene until it is typed anew."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        import qt

        super().__init__(ui, desk, dialogs)
        self.name = str(qt.QSettings().value(SETTING, "") or "")
        desk.set_reviewer(self.name)
        self.on(ui.reviewerEdit.editingFinished, self._named)

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review"):
            return
        ui, review = self.ui, self.study.review
        if not ui.reviewerEdit.focus:
            ui.reviewerEdit.text = self.name
        ui.reviewerEdit.placeholderText = self.study.reviewer
        begun = review is not None and review.layer().has_work
        others = () if begun else self.desk.others.names
        ui.reviewerHint.text = reviewer_words(self.name, self.study.reviewer, others)
        ui.reviewerHint.visible = bool(ui.reviewerHint.text)

    def _named(self) -> None:
        import qt

        name = self.ui.reviewerEdit.text.strip()
        if name == self.name:
            return
        self.name = name
        qt.QSettings().setValue(SETTING, name)
        self.desk.set_reviewer(name)
        self.refresh()
