"""The image of a measuring job: a file, or the pixels that the application handed over."""

from __future__ import annotations

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.inference.messages import MeasureRequest


class JobImages:
    """Keeps the last image, so that a second job does not decode it again."""

    def __init__(self) -> None:
        self._last: tuple[tuple[str, float], Cine] | None = None

    def open(self, request: MeasureRequest) -> Cine:
        """The job's image. Raises `UnreadableFile`, and as `read`."""
        file = request.path or request.pixels
        assert file is not None  # a MeasureRequest has one of the two
        try:
            key = (str(file), file.stat().st_mtime)
        except OSError as error:
            raise UnreadableFile(
                f"The file is no longer there ({error.strerror}).", "Open it again."
            ) from error
        if self._last is None or self._last[0] != key:
            self._last = (key, _read(request))
        cine = self._last[1]
        return cine if request.regions is None else cine.with_regions(request.regions)


def frames_there(request: MeasureRequest) -> tuple[int, ...] | None:
    """The frames that may be looked at, None for all: without a file or plan those asked for."""
    return None if request.path is not None or request.planned else request.frames


def _read(request: MeasureRequest) -> Cine:
    if request.path is not None:
        from EchoMeasureLib.imaging.reading import read

        return read(request.path)
    import numpy as np

    assert request.pixels is not None
    try:
        frames = np.load(request.pixels, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise UnreadableFile("The frames handed to the worker are damaged.") from error
    timing = Timing(request.times, "unknown")
    return Cine(ArraySource(frames), timing, kind="pixels of a Slicer node")
