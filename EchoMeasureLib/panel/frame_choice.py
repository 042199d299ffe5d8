"""On which frames to measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.frames import CHOICES, frames_of
from EchoMeasureLib.desk.words import chosen_frames_words
from EchoMeasureLib.errors import InvalidArgument, InvalidState
from EchoMeasureLib.inference.beside_frames import frames_beside
from EchoMeasureLib.measuring.coarse_to_fine import is_thinned
from EchoMeasureLib.panel.section import Section, chosen, fill

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs


class FrameChoice(Section):
    """The frame shown, all, a range, or end-diastole and end-systole."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        fill(ui.framesCombo, list(CHOICES.items()), "all")
        self.on(ui.framesCombo.currentIndexChanged, self._chosen)

    def frames(self) -> tuple[int, ...]:
        """The chosen frames. Raises `InvalidArgument` for none, `InvalidState` without an image."""
        cine, kept = self.study.cine, self.parameters
        if cine is None or kept is None:
            raise InvalidState("No image is open.")
        # What is kept counts from 1, as people do.
        between = (kept.first_frame - 1, kept.last_frame - 1, kept.frame_step)
        ed_es = self.study.ed_es_frames() if kept.frames == "ed_es" else ()
        return frames_of(kept.frames, cine.frame_count, self.study.frame, between, ed_es)

    @property
    def every(self) -> bool:
        """Whether every single frame is asked for."""
        return self.parameters is not None and self.parameters.frames == "every"

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "frame", "review"):
            return
        cine, kept = self.study.cine, self.parameters
        choice = kept.frames if kept is not None else "all"
        fill(self.ui.framesCombo, list(CHOICES.items()), choice)
        self.ui.framesCombo.enabled = cine is not None and cine.frame_count > 1
        self.ui.rangeWidget.visible = choice == "range" and self.ui.framesCombo.enabled
        if cine is None or kept is None:
            self.ui.framesLabel.text = ""
            return
        if topic not in ("frame", "review"):
            self._limit(cine.frame_count)
        try:
            frames = self.frames()
            beside = len(frames_beside(cine.times, frames))
            thinned = choice == "all" and is_thinned(cine)
            words = chosen_frames_words(frames, cine.frame_count, beside, thinned)
            self.ui.framesLabel.text = f"{words}. {self.study.frames_run_words()}".rstrip(". ")
        except InvalidArgument as error:
            self.ui.framesLabel.text = str(error)

    def _limit(self, count: int) -> None:
        if self.parameters is not None and self.parameters.last_frame < 1:
            self.store("last_frame", count)
        # Slicer sets the limits of a spin box anew when it ties it to a parameter.
        self.ui.stepFrameSpin.minimum = 1
        for spin in (self.ui.firstFrameSpin, self.ui.lastFrameSpin):
            spin.minimum, spin.maximum = 1, count

    def _chosen(self) -> None:
        self.store("frames", chosen(self.ui.framesCombo))
        self.refresh()
