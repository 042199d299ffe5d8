"""One press of Measure, from the open image to the worker and back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.filling_in import FillingIn, Gap
from EchoMeasureLib.desk.planned_run import PlannedRun
from EchoMeasureLib.desk.requests import Requests
from EchoMeasureLib.desk.strip_run import StripRun
from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument, InvalidState
from EchoMeasureLib.imaging.view_texts import named_in_file
from EchoMeasureLib.inference.events import LAST, Failed, Found, Judged, Stopped
from EchoMeasureLib.inference.settings import DEFAULT_SETTINGS, Reader, Settings
from EchoMeasureLib.inference.worker_client import WorkerClient
from EchoMeasureLib.measurable import judge, why_nothing
from EchoMeasureLib.measuring.coarse_to_fine import FramePlan, is_thinned
from EchoMeasureLib.measuring.wave_points import is_read

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.topics import Topics
    from EchoMeasureLib.inference.events import Event
    from EchoMeasureLib.inference.quality_findings import Quality


NO_NETWORK = "No network finds it. Choose the envelope reader, or place it by hand."
NOT_ON_STRIPS = "The envelope reader reads Doppler strips, TAPSE and IVC of M-modes only."


def unknown_to(reader: Reader, id: str) -> str:
    """Why a reader never makes this measurement, in a sentence; empty where it does."""
    if reader is Reader.ENVELOPE:
        return "" if is_read(id) else NOT_ON_STRIPS
    return "" if CATALOG[id].by_network else NO_NETWORK


class MeasuringRun:
    """Keeps the worker, and fills in frames that were left out while nobody asks for more."""

    def __init__(
        self,
        study: OpenStudy,
        topics: Topics,
        client: WorkerClient | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._study = study
        self._topics = topics
        self._client = client or WorkerClient()
        self._planned = PlannedRun(self._client)
        self._strips = StripRun()
        self._filling = FillingIn(study, clock)
        self._gap: Gap | None = None
        """What is being run that nobody pressed a button for."""
        self._waiting: Callable[[], None] | None = None
        """What was asked for meanwhile."""
        self._dropped = False
        """Whether that was cancelled before it began."""
        self._networks: tuple[Path | None, Settings] = (None, DEFAULT_SETTINGS)
        self._image = ""
        self._qualities: dict[str, Quality] = {}
        self._requests = Requests(study, self._client)

    @property
    def busy(self) -> bool:
        """Whether anything is being measured that a person asked for."""
        asked = self._client.busy and self._gap is None
        return asked or self._strips.busy or self._waiting is not None or self._dropped

    @property
    def image(self) -> str:
        """Key of the image that is measured, or was last."""
        return self._image

    def quality_of(self, image: str) -> Quality | None:
        """How good the picture of an image is; None where the worker has not looked at it yet.

        It looks before it measures. `quality_words.picture_words` says what it saw.
        """
        return self._qualities.get(image)

    @property
    def worker_pid(self) -> int | None:
        """Process id of the running worker."""
        return self._client.pid

    @property
    def possible(self) -> tuple[str, ...]:
        """Ids of what a network may find on the open image, in clinical order."""
        return self.possible_by(Reader.NETWORKS)

    def possible_by(self, reader: Reader) -> tuple[str, ...]:
        """Ids of what this reader may find on it."""
        return tuple(id for id in CATALOG if not self.reason(id, reader))

    def suggested(self, reader: Reader) -> tuple[str, ...]:
        """Those of `possible_by` that the image is of, as far as its file says in words.

        All of them for networks, which see it themselves; none where nothing is said: one jet
        read as that of three valves would be three answers.
        """
        possible = self.possible_by(reader)
        cine = self._study.cine
        if reader is Reader.NETWORKS or cine is None:
            return possible
        named = named_in_file(cine.path)
        return tuple(id for id in possible if id in named)

    def ticked_at_once(self, reader: Reader) -> tuple[str, ...]:
        """What is ticked where all that is possible is asked for."""
        return self.suggested(reader) or self.possible_by(reader)

    def reason(self, id: str, reader: Reader = Reader.NETWORKS) -> str:
        """Why a reader cannot make a measurement on the open image; empty when it can."""
        cine = self._study.cine
        if cine is None:
            return "No image is open."
        if unknown := unknown_to(reader, id):
            return unknown
        return judge(cine.regions, CATALOG[id]).reason

    def obstacle(self, wanted: tuple[str, ...]) -> str:
        """Why these cannot be measured now; empty when the networks may try."""
        cine = self._study.cine
        if cine is None:
            return "Choose an image first."
        if self.busy:
            return "A measurement is running."
        if nothing := why_nothing(cine.regions):
            return nothing
        return "" if wanted else "Tick at least one measurement."

    def start(
        self,
        measurements: tuple[str, ...],
        frames: tuple[int, ...],
        weights: Path | None = None,
        settings: Settings = DEFAULT_SETTINGS,
        reader: Reader = Reader.NETWORKS,
        every_frame: bool = False,
    ) -> None:
        """Let the networks, or the envelope reader, measure on the open image; see `poll`.

        Of a cine all frames of which are named the networks run those that matter, that on
        display first, unless `every_frame` (`measuring.coarse_to_fine`).
        `weights` and `settings` are those of the networks. Raises `InvalidState` while it is
        measured, or when no image is open, and `InvalidArgument` for both readers at once.
        """
        cine = self._study.need_cine()
        if self.busy:
            raise InvalidState("A measurement is already running.", "Cancel it first.")
        if reader is Reader.BOTH:
            raise InvalidArgument("One reader measures at a time.", "Start the other one after it.")
        self._image = self._study.image
        if reader is Reader.ENVELOPE:
            self._strips.start(cine, measurements, frames)
            self._topics.tell("run")
            return
        self._qualities.pop(self._image, None)
        self._filling.forget(self._image)
        self._networks = weights, settings

        def begin() -> None:
            request = self._requests.make(
                cine, measurements, frames, weights, settings, self._image
            )
            whole = set(frames) == set(range(cine.frame_count)) and not every_frame
            if whole and any(is_thinned(cine, id) for id in measurements):
                known = dict(zip((Phase.ED, Phase.ES), self._study.phase_frames(), strict=True))
                plan = FramePlan(cine, measurements, known, self._study.frame)
                self._planned.start(plan, request)
            else:
                self._planned.stop()
                self._client.measure(request)

        if self._gap is None:
            begin()
        else:
            self._waiting = begin
        self._topics.tell("run")

    def cancel(self) -> None:
        """Stop measuring; what was found until now stays."""
        self._dropped = self._waiting is not None
        self._waiting = None
        self._filling.forget(self._image)
        self._planned.cancel()
        self._strips.cancel()

    def tick(self) -> None:
        """Fill in what was not measured on the frame on display, while nothing else is measured.

        Called several times a second.
        """
        if self._gap is not None:
            self._fill()
        elif not self.busy and (gap := self._filling.next()) is not None:
            cine = self._study.need_cine()
            self._planned.stop()
            networks = gap.weights, gap.settings
            try:
                request = self._requests.make(
                    cine, [gap.measurement], [gap.frame], *networks, self._image
                )
            except EchoMeasureError:
                self._filling.forget(gap.image)  # nobody asked, so nobody is told
                return
            self._client.measure(request)
            self._gap = gap

    def _fill(self) -> None:
        """Take in what was found without being asked for, and begin what was asked meanwhile."""
        gap, events = self._gap, self._client.poll()
        if gap is None:
            return
        self._take(events, gap.image)
        if any(isinstance(event, Failed | Stopped) for event in events):
            self._filling.forget(gap.image)
        if not self._client.busy:
            self._gap = None
            self._requests.drop_pixels()
            waiting, self._waiting = self._waiting, None
            if waiting is not None:
                waiting()
            self._topics.tell("review")

    def _take(self, events: Sequence[Event], image: str) -> None:
        review = self._study.review
        if review is not None and review.is_open(image):
            found = [event.prediction for event in events if isinstance(event, Found)]
            review.add_predictions(found, image)

    def poll(self) -> list[Event]:
        """Take what the worker has found into the review. Called by a timer."""
        if self._gap is not None:
            self._fill()
        if self._dropped:
            self._dropped = False
            self._topics.tell("run")
            return [Stopped()]
        if self._gap is not None:
            return []
        events = [*self._planned.poll(), *self._strips.poll()]
        for event in events:
            if isinstance(event, Judged):
                self._qualities[self._image] = event.quality
                self._topics.tell("run")
        self._take(events, self._image)
        if not self._client.busy:
            self._requests.drop_pixels()
        if any(isinstance(event, LAST) for event in events):
            if self._planned.ended is not None:
                self._filling.remember(self._image, self._planned.ended, *self._networks)
                self._planned.stop()
            self._topics.tell("review")
            self._topics.tell("run")
        return events

    def close(self) -> None:
        """End the worker."""
        self._client.close()
        self._gap = self._waiting = None
        self._planned.stop()
        self._strips.cancel()
        self._requests.drop_pixels()
