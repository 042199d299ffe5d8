"""The frame on display: a slider, its number and time, ticks at end-diastole and end-systole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.words import shown_frame_words
from EchoMeasureLib.panel.section import Section
from EchoMeasureLib.panel.state_icons import blank

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs

WIDTH, HEIGHT, TICK = 300, 10, 3
"""Of the picture with the ticks, in pixels."""

HANDLE = 7
"""Half the handle of a slider: so far from its ends the first and the last frame are."""


class FrameLine(Section):
    """Follows the frame in the views, and leads it."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self._drawn: object = None
        ui.frameTicks.setContentsMargins(HANDLE, 0, HANDLE, 0)
        self.on(ui.frameSlider.valueChanged, self._moved)

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "frame", "review"):
            return
        ui, cine = self.ui, self.study.cine
        several = cine is not None and cine.frame_count > 1
        ui.frameFrame.visible = several
        if cine is None or not several:
            return
        blocked = ui.frameSlider.blockSignals(True)
        ui.frameSlider.minimum, ui.frameSlider.maximum = 0, cine.frame_count - 1
        ui.frameSlider.value = max(0, self.study.frame)
        ui.frameSlider.blockSignals(blocked)
        ui.frameLabel.text = shown_frame_words(cine, self.study.frame, *self.study.phase_frames())
        self._draw(cine.frame_count)

    def _draw(self, count: int) -> None:
        """Draw the ticks, unless they are there. The label stretches them to the slider."""
        import qt

        ed, es = self.study.phase_frames()
        if (count, ed, es) == self._drawn:
            return
        self._drawn = count, ed, es
        label, picture = self.ui.frameTicks, blank(WIDTH, HEIGHT)
        palette = label.palette
        ink = palette.color(qt.QPalette.WindowText)
        painter = qt.QPainter(picture)
        for frames, height in ((ed, HEIGHT), (es, HEIGHT // 2)):
            for frame in frames:
                x = round(frame * (WIDTH - TICK) / max(1, count - 1))
                painter.fillRect(x, 0, TICK, height, ink)
        painter.end()
        label.pixmap = picture

    def _moved(self) -> None:
        self.study.show_frame(int(self.ui.frameSlider.value))
