"""One press of Measure, from the open image to the worker and back. No Qt."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.inference.messages import Job
from EchoMeasureLib.inference.worker_client import LAST, Found, WorkerClient

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.inference.worker_client import Event


class MeasuringJob:
    """Keeps the worker, and the file through which pixels without a file of their own reach it."""

    def __init__(self, desk: Desk, client: WorkerClient | None = None) -> None:
        self._desk = desk
        self._client = client or WorkerClient()
        self._image = ""
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def busy(self) -> bool:
        """Whether the worker is measuring."""
        return self._client.busy

    @property
    def image(self) -> str:
        """Key of the image that is measured, or was last."""
        return self._image

    @property
    def worker_pid(self) -> int | None:
        """Process id of the running worker."""
        return self._client.pid

    def start(
        self,
        measurements: tuple[str, ...],
        frames: tuple[int, ...],
        weights: Path | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Let the networks measure on the open image; see `poll`.

        Raises `InvalidArgument` while they do, or when no image is open.
        """
        cine = self._desk.cine
        if cine is None:
            raise InvalidArgument("No image is open.")
        if self.busy:
            raise InvalidArgument("A measurement is already running.", "Cancel it first.")
        self._image = self._desk.image
        path = cine.path
        self._client.measure(
            Job(
                measurements=measurements,
                frames=frames,
                path=path,
                pixels=None if path is not None else self._shared(cine, frames),
                regions=cine.regions,
                weights=weights,
                settings=settings,
            )
        )
        self._desk.tell("run")

    def cancel(self) -> None:
        """Stop measuring; what was found until now stays."""
        self._client.cancel()

    def poll(self) -> list[Event]:
        """Take what the worker has found into the review. Called by a timer."""
        events = self._client.poll()
        review = self._desk.review
        if review is not None and review.is_open(self._image):
            for event in events:
                if isinstance(event, Found):
                    review.add_prediction(event.prediction, self._image)
        if not self._client.busy:
            self._drop_pixels()
        if any(isinstance(event, LAST) for event in events):
            self._desk.tell("review")
            self._desk.tell("run")
        return events

    def close(self) -> None:
        self._client.close()
        self._drop_pixels()

    def _shared(self, cine: Cine, frames: tuple[int, ...]) -> Path:
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
