"""One press of Measure, from the open image to the worker and back."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.planned_run import PlannedRun
from EchoMeasureLib.desk.strip_run import StripRun
from EchoMeasureLib.errors import InvalidArgument, InvalidState
from EchoMeasureLib.imaging.view_texts import named_in_file
from EchoMeasureLib.inference.beside_frames import NEAR_S, frames_beside
from EchoMeasureLib.inference.events import LAST, Found, Judged
from EchoMeasureLib.inference.messages import MeasureRequest
from EchoMeasureLib.inference.settings import DEFAULT_SETTINGS, Reader, Settings
from EchoMeasureLib.inference.worker_client import WorkerClient
from EchoMeasureLib.measurable import judge, why_nothing
from EchoMeasureLib.measuring.coarse_to_fine import FramePlan, is_thinned
from EchoMeasureLib.measuring.neighbours import FEWEST
from EchoMeasureLib.measuring.wave_points import is_read

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.topics import Topics
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.inference.events import Event
    from EchoMeasureLib.inference.quality_findings import Quality


NO_NETWORK = "No network finds it. Choose the envelope reader, or place it by hand."
NOT_ON_STRIPS = "The envelope reader reads Doppler strips and TAPSE only."


def unknown_to(reader: Reader, id: str) -> str:
    """Why a reader never makes this measurement, in a sentence; empty where it does."""
    if reader is Reader.ENVELOPE:
        return "" if is_read(id) else NOT_ON_STRIPS
    return "" if CATALOG[id].by_network else NO_NETWORK


class MeasuringRun:
    """Keeps the worker, and the file through which pixels without a file of their own reach it."""

    def __init__(
        self, study: OpenStudy, topics: Topics, client: WorkerClient | None = None
    ) -> None:
        self._study = study
        self._topics = topics
        self._client = client or WorkerClient()
        self._planned = PlannedRun(self._client)
        self._strips = StripRun()
        self._image = ""
        self._qualities: dict[str, Quality] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is being measured."""
        return self._client.busy or self._strips.busy

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

        All of them for networks, which see it themselves, and where nothing is said.
        """
        possible = self.possible_by(reader)
        cine = self._study.cine
        if reader is Reader.NETWORKS or cine is None:
            return possible
        named = named_in_file(cine.path)
        return tuple(id for id in possible if id in named) or possible

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
        path = cine.path
        shown = sorted({*frames, *frames_beside(cine.times, frames)})
        request = MeasureRequest(
            measurements=measurements,
            frames=frames,
            path=path,
            pixels=None if path is not None else self._shared(cine, shown),
            regions=cine.regions,
            weights=weights,
            settings=settings,
            times=None if path is not None else cine.times,
        )
        whole = set(frames) == set(range(cine.frame_count)) and not every_frame
        if whole and any(is_thinned(cine, id) for id in measurements):
            known = dict(zip((Phase.ED, Phase.ES), self._study.phase_frames(), strict=True))
            plan = FramePlan(cine, measurements, known, self._study.frame)
            self._planned.start(plan, request)
        else:
            self._planned.stop()
            compared = path is not None and self._have_neighbours(cine, measurements, frames)
            self._client.measure(replace(request, planned=compared))
        self._topics.tell("run")

    def _have_neighbours(
        self, cine: Cine, measurements: Sequence[str], frames: Sequence[int]
    ) -> bool:
        """Whether frames beside are measured already, so that none are run to compare with."""
        review, times = self._study.review, cine.times
        if review is None or times is None:
            return False
        there: dict[str, set[int]] = {}
        for entry in review.entries.values():
            if entry.image == self._image and entry.predicted is not None:
                there.setdefault(entry.measurement, set()).add(entry.frame)
        return all(
            sum(abs(times[other] - times[frame]) <= NEAR_S for other in found - {frame}) >= FEWEST
            for found in (there.get(id, set()) for id in measurements)
            for frame in frames
        )

    def cancel(self) -> None:
        """Stop measuring; what was found until now stays."""
        self._planned.cancel()
        self._strips.cancel()

    def poll(self) -> list[Event]:
        """Take what the worker has found into the review. Called by a timer."""
        events = [*self._planned.poll(), *self._strips.poll()]
        for event in events:
            if isinstance(event, Judged):
                self._qualities[self._image] = event.quality
                self._topics.tell("run")
        review = self._study.review
        if review is not None and review.is_open(self._image):
            found = [event.prediction for event in events if isinstance(event, Found)]
            review.add_predictions(found, self._image)
        if not self._client.busy:
            self._drop_pixels()
        if any(isinstance(event, LAST) for event in events):
            self._topics.tell("review")
            self._topics.tell("run")
        return events

    def close(self) -> None:
        """End the worker."""
        self._client.close()
        self._planned.stop()
        self._strips.cancel()
        self._drop_pixels()

    def _shared(self, cine: Cine, frames: Sequence[int]) -> Path:
        """The frames that are measured, in their places of an array that is else empty."""
        self._drop_pixels()
        self._folder = tempfile.TemporaryDirectory(prefix="echomeasure-")
        path = Path(self._folder.name) / "frames.npy"
        shape = (cine.frame_count, cine.rows, cine.columns, 3)
        array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        for frame in frames:
            array[frame] = cine.frame(frame)
        array.flush()
        return path

    def _drop_pixels(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
