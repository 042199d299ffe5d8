"""What is wrong with the picture of the open image, above its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from EchoMeasureLib.desk.quality_words import checks_words, picture_words
from EchoMeasureLib.panel.section import Section, banner

if TYPE_CHECKING:
    from EchoMeasureLib.desk.topics import Topic


class PictureLine(Section):
    """Follows what the worker says of it before it measures; nothing is looked at here."""

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review", "run"):
            return
        study, line = self.study, self.ui.pictureLabel
        quality = self.desk.measuring.quality_of(study.image)
        entries = study.review.entries.values() if study.review is not None else ()
        said = [entry.predicted for entry in entries if entry.image == study.image]
        line.text = picture_words(quality, [one.quality for one in said if one is not None])
        line.toolTip = checks_words(quality)
        line.visible = bool(line.text)
        line.styleSheet = banner(urgent=False)
