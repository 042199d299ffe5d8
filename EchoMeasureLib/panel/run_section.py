"""Measure and Cancel, with progress and the time that is left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.words import outcome_words, progress_words, time_left
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.inference.events import LAST, Failed, Finished, Found, Working
from EchoMeasureLib.inference.settings import Reader
from EchoMeasureLib.panel.heartbeat import Heartbeat
from EchoMeasureLib.panel.packages import ensure_torch, offer, offer_openvino
from EchoMeasureLib.panel.section import Section, enable

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.inference.events import Event
    from EchoMeasureLib.panel.dialogs import Dialogs
    from EchoMeasureLib.panel.frame_choice import FrameChoice
    from EchoMeasureLib.panel.head_line import HeadLine
    from EchoMeasureLib.panel.input_section import InputSection
    from EchoMeasureLib.panel.measurement_list import MeasurementList
    from EchoMeasureLib.panel.weights_section import WeightsSection

POLL_MS = 50


class RunSection(Section):
    """Starts the worker and shows how far it is."""

    def __init__(
        self,
        ui: Any,
        desk: Desk,
        dialogs: Dialogs,
        what: MeasurementList,
        where: FrameChoice,
        weights: WeightsSection,
        before: InputSection,
        head: HeadLine,
    ) -> None:
        super().__init__(ui, desk, dialogs)
        self._what, self._where, self._weights = what, where, weights
        self._before, self._head = before, head
        self._started = 0.0
        self._found = 0
        self._well = True
        self._heartbeat = Heartbeat(self, POLL_MS, self.poll, self._lost)
        self.on(ui.cancelButton.clicked, self.cancel)

    def obstacle(self) -> str:
        """Why Measure is not possible now; empty when it is."""
        ticked = self._what.ticked
        return self.desk.measuring.obstacle(ticked) or self._weights.obstacle(ticked)

    def measure(self) -> None:
        """Let the chosen networks, or the envelope reader, look for what is ticked."""
        import qt

        obstacle = self.obstacle()
        if obstacle:
            raise InvalidState(obstacle)
        self._head.ask()
        frames = self._where.frames()
        reader = self._weights.reader
        if reader is Reader.NETWORKS:
            if not ensure_torch(self.dialogs):
                return
            offer_openvino(self.dialogs, qt.QSettings())
        ticked, folder, every = self._what.ticked, self._weights.folder(), self._where.every
        self.desk.measuring.start(ticked, frames, folder, reader=reader, every_frame=every)
        self._started, self._found = time.monotonic(), 0
        self._bar(0, 0)
        starting = "Starting the networks" if reader is Reader.NETWORKS else "Reading the strip"
        self.ui.progressLabel.text = starting
        self._heartbeat.start()

    def cancel(self) -> None:
        """Stop; what was found until now stays."""
        self.desk.measuring.cancel()
        self.ui.progressLabel.text = "Cancelling"
        self.ui.cancelButton.enabled = False

    def poll(self) -> None:
        """Take over what the worker has found since the last time."""
        last = None
        for event in self.desk.measuring.poll():
            self._show(event)
            last = event
        if not self.desk.measuring.busy:
            self._heartbeat.stop()
            self.refresh()
        if isinstance(last, Failed):
            self._failed(last)

    def _failed(self, failed: Failed) -> None:
        if offer(failed, self.dialogs):
            # A new process sees what has been installed.
            self.desk.measuring.close()
            self.measure()
        else:
            self.dialogs.warn(f"{failed.problem} {failed.hint}".strip())

    def _lost(self) -> None:
        """What came back could not be taken in: nobody listens to the worker any longer."""
        self.desk.measuring.close()
        self.ui.progressLabel.text = "Stopped by an error. What was found until then is kept."
        self.refresh()

    def close(self) -> None:
        """Stop looking."""
        self._heartbeat.stop()

    def refresh(self, topic: Topic | None = None) -> None:
        ui, run = self.ui, self.desk.measuring
        if topic == "image" and self.study.image != run.image and not run.busy:
            ui.progressLabel.text = ""
        enable(ui.measureButton, self.obstacle(), "Let the networks measure what is ticked.")
        idle = "" if run.busy else "Nothing is running."
        enable(ui.cancelButton, idle, "Stop now. What was found until now stays.")
        ui.progressBar.visible = ui.cancelButton.visible = run.busy
        # That all went well is seen by the answers, and needs no line.
        ui.runFrame.visible = run.busy or (bool(ui.progressLabel.text) and not self._well)

    def _show(self, event: Event) -> None:
        if isinstance(event, Found):
            self._found += event.calipers
        elif isinstance(event, Working):
            progress = event.progress
            self._bar(progress.done, progress.total)
            left = time_left(time.monotonic() - self._started, progress.done, progress.total)
            self.ui.progressLabel.text = progress_words(progress, left)
        elif isinstance(event, LAST):
            # What became of an image of another study says nothing of this one.
            review = self.study.review
            ours = review is not None and self.desk.measuring.image in review.images
            self.ui.progressLabel.text = outcome_words(event, self._found) if ours else ""
            self._well = isinstance(event, Finished) and self._found > 0 and not event.note
            if self._well and ours:
                self._before.fold()

    def _bar(self, done: int, total: int) -> None:
        self.ui.progressBar.maximum = total
        self.ui.progressBar.value = done
