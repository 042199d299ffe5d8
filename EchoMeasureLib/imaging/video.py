"""AVI and MP4 files as cines, through PyAV. They carry no calibration."""

from __future__ import annotations

import bisect
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.cine import DEFAULT_CACHE_BYTES, Cine, Frame, Identity, Timing
from EchoMeasureLib.imaging.timing import STILL, UNKNOWN
from EchoMeasureLib.imaging.video_index import (
    VideoIndex,
    index_video,
    load_av,
    open_video,
    stamp_of,
)

PTS = "PTS"
"""Source of times that come from the video container."""


def read_video(path: Path, cache_bytes: int = DEFAULT_CACHE_BYTES) -> Cine:
    """The cine in a video file; frames are decoded when they are asked for.

    Times are the presentation times of the container. Raises `MissingPackage`
    without PyAV and `UnreadableFile` when the file is damaged or holds no video.
    """
    index = index_video(path)
    source = VideoSource(path, index)
    return Cine(
        source,
        _timing(index),
        identity=Identity(file_sha256=_sha256(path)),
        path=path,
        kind=f"{index.container} video, {index.codec}",
        cache_bytes=cache_bytes,
    )


def _timing(index: VideoIndex) -> Timing:
    if len(index.pts) == 1:
        return Timing((0.0,), STILL)
    if index.time_base <= 0:
        return Timing(None, UNKNOWN)
    times = tuple(float((stamp - index.pts[0]) * index.time_base) for stamp in index.pts)
    return Timing(times, PTS)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class VideoSource:
    """Frames of a video. Walking forwards decodes each frame once; a jump seeks a key frame."""

    def __init__(self, path: Path, index: VideoIndex) -> None:
        self._path = path
        self._index = index
        self._container: Any = None
        self._sought = False
        self._frames: Iterator[tuple[int | None, Any]] = iter(())
        self._next = 0
        """Index of the frame that `_frames` gives next."""
        self._lock = threading.Lock()

    @property
    def frame_count(self) -> int:
        return len(self._index.pts)

    @property
    def size(self) -> tuple[int, int]:
        return self._index.size

    def decode(self, index: int) -> Frame:
        """Frame `index` as RGB. Raises `UnreadableFile` when it is damaged."""
        with self._lock:
            if self._container is None or not self._is_ahead(index):
                self._start(seek_to=self._key_before(index))
            found = self._walk_to(index)
            if found is None and self._sought:
                self._start(seek_to=None)  # the container's own index led past the frame
                found = self._walk_to(index)
            if found is None:
                self._close()
                raise _lost(self._path, index)
            return found

    def _is_ahead(self, index: int) -> bool:
        """Whether decoding on is the way to this frame, rather than seeking."""
        if index < self._next:
            return False
        reached = self._index.pts[min(self._next, self.frame_count - 1)]
        return self._key_before(index) <= reached

    def _key_before(self, index: int) -> int:
        keys = self._index.keys
        place = bisect.bisect_right(keys, self._index.pts[index]) - 1
        return keys[place] if place > 0 else self._index.pts[0]

    def _start(self, seek_to: int | None) -> None:
        self._close()
        self._container, stream = open_video(self._path)
        self._sought = seek_to is not None and seek_to > self._index.pts[0]
        if self._sought:
            try:
                self._container.seek(seek_to, stream=stream, backward=True)
            except (load_av().error.FFmpegError, OSError):
                self._start(seek_to=None)
                return
        pictures = self._container.decode(stream)
        if self._index.counted:
            self._frames = enumerate(pictures)
        else:
            self._frames = ((stamp_of(picture), picture) for picture in pictures)

    def _walk_to(self, index: int) -> Frame | None:
        wanted = self._index.pts[index]
        try:
            for stamp, picture in self._frames:
                if stamp is not None and stamp >= wanted:
                    self._next = index + 1
                    return _rgb(picture, self.size) if stamp == wanted else None
        except (load_av().error.FFmpegError, OSError, ValueError) as error:
            self._close()
            raise _lost(self._path, index) from error
        return None

    def _close(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container, self._frames, self._next = None, iter(()), 0


def _lost(path: Path, index: int) -> UnreadableFile:
    return UnreadableFile(
        f"Frame {index} of {path.name} cannot be decoded: the video is damaged there.",
        "Copy it again, or use other frames.",
    )


def _rgb(picture: Any, size: tuple[int, int]) -> Frame:
    frame: Frame = np.array(picture.to_ndarray(format="rgb24"))
    if frame.shape[1::-1] != size:
        frame = np.array(picture.to_ndarray(format="rgb24", width=size[0], height=size[1]))
    return frame
