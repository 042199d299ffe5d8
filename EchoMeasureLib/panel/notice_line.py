"""The line over everything: research use, and networks whose numbers are not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.desk.network_sets import kinds_in_use
from EchoMeasureLib.desk.words import notice_words
from EchoMeasureLib.inference.settings import set_warnings
from EchoMeasureLib.panel.section import Section, banner

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs
    from EchoMeasureLib.panel.weights_section import WeightsSection


class NoticeLine(Section):
    """One line of the chosen networks and of those whose calipers are in the review."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs, weights: WeightsSection) -> None:
        super().__init__(ui, desk, dialogs)
        self._weights = weights

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review", "weights"):
            return
        kinds = kinds_in_use(self._weights.kinds, self.study.review)
        warnings = set_warnings(kinds)
        line = self.ui.researchBanner
        line.text = notice_words(kinds)
        line.toolTip = "\n".join((RESEARCH_USE_ONLY, *warnings))
        line.wordWrap = len(warnings) > 1
        line.styleSheet = banner(urgent=bool(warnings))
