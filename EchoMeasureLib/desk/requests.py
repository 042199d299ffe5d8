"""What a worker is asked, with the pixels that it needs for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.desk.shared_pixels import SharedPixels
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.inference.beside_frames import NEAR_S, frames_beside
from EchoMeasureLib.inference.messages import MeasureRequest
from EchoMeasureLib.measuring.neighbours import FEWEST

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.inference.settings import Settings
    from EchoMeasureLib.inference.worker_client import WorkerClient


class Requests:
    """Makes one at a time: the next takes the place of the pixels of the one before."""

    def __init__(self, study: OpenStudy, client: WorkerClient) -> None:
        self._study, self._client = study, client
        self._pixels = SharedPixels()

    def make(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int],
        weights: Path | None,
        settings: Settings,
        image: str,
    ) -> MeasureRequest:
        """The request for these frames of a cine, `image` in the review.

        Raises as `SharedPixels.share`.
        """
        path, networks = cine.path, (weights, settings)
        shown = sorted({*frames, *frames_beside(cine.times, frames)})
        return MeasureRequest(
            measurements=tuple(measurements),
            frames=tuple(frames),
            path=path,
            pixels=None if path is not None else self._share(cine, shown, measurements, networks),
            regions=cine.regions,
            weights=weights,
            settings=settings,
            times=None if path is not None else cine.times,
            planned=path is not None and self._have_neighbours(image, cine, measurements, frames),
        )

    def _share(
        self,
        cine: Cine,
        frames: Sequence[int],
        measurements: Sequence[str],
        networks: tuple[Path | None, Settings],
    ) -> Path:
        """Write the pixels of these frames, while the worker begins to load its networks."""
        self._client.expect(*networks, measurements, len(frames) > 1)
        try:
            return self._pixels.share(cine, frames)
        except EchoMeasureError:
            self._client.expect(*networks, (), False)
            raise

    def _have_neighbours(
        self, image: str, cine: Cine, measurements: Sequence[str], frames: Sequence[int]
    ) -> bool:
        """Whether frames beside are measured already, so that none are run to compare with."""
        review, times = self._study.review, cine.times
        if review is None or times is None:
            return False
        there: dict[str, set[int]] = {}
        for entry in review.entries.values():
            if entry.image == image and entry.predicted is not None:
                there.setdefault(entry.measurement, set()).add(entry.frame)
        return all(
            sum(abs(times[other] - times[frame]) <= NEAR_S for other in found - {frame}) >= FEWEST
            for found in (there.get(id, set()) for id in measurements)
            for frame in frames
        )

    def drop_pixels(self) -> None:
        """The last one is answered."""
        self._pixels.drop()
