"""AVI and MP4 files as cines, through PyAV. They carry no calibration."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.imaging.byte_source import ByteSource
from EchoMeasureLib.imaging.cine import DEFAULT_CACHE_BYTES, Cine, Identity, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.timing import PTS, STILL, UNKNOWN, unlikely_step
from EchoMeasureLib.imaging.video_index import VideoIndex, index_video, stamp_of
from EchoMeasureLib.imaging.video_opening import load_av, open_video

PLAYBACK = "These are the times at which the video plays; the scanner's own may have been others."


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
        identity=Identity(file_sha256=file_sha256(path)),
        path=path,
        kind=f"{index.container} video, {index.codec}",
        cache_bytes=cache_bytes,
        notes=(*index.look.notes, *index.notes),
        pixel_aspect=index.look.pixel_aspect,
    )


def _timing(index: VideoIndex) -> Timing:
    if len(index.pts) == 1:
        return Timing((0.0,), STILL)
    notes = index.time_notes
    if index.time_base <= 0:
        return Timing(None, UNKNOWN, notes=notes)
    stamps = index.places or index.pts
    times = tuple(float((stamp - stamps[0]) * index.time_base) for stamp in stamps)
    unlikely = unlikely_step(times)
    if unlikely:
        return Timing(None, UNKNOWN, notes=(*notes, f"Its times are passed over: {unlikely}."))
    return Timing(times, PTS, notes=(*notes, PLAYBACK))


class VideoSource:
    """Frames of a video. Walking forwards decodes each frame once; a jump seeks a key frame."""

    def __init__(self, path: ByteSource, index: VideoIndex) -> None:
        self._path = path
        self._index = index
        self._keys = index.keys
        """Presentation times of the frames to which a jump may lead."""
        self._container: Any = None
        self._sought = False
        self._broken = False
        """Whether the picture that was decoded last is damaged."""
        self._frames: Iterator[tuple[int | None, Any]] = iter(())
        self._next = 0
        """Index of the frame that `_frames` gives next."""
        self._lock = threading.Lock()

    @property
    def frame_count(self) -> int:
        return len(self._index.pts)

    @property
    def size(self) -> tuple[int, int]:
        return self._index.look.size

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
        place = bisect.bisect_right(self._keys, self._index.pts[index]) - 1
        return self._keys[place] if place > 0 else self._index.pts[0]

    def _start(self, seek_to: int | None) -> None:
        self._close()
        self._container, stream = open_video(self._path, self._index.ignore_edits)
        self._sought = seek_to is not None and seek_to > self._index.pts[0]
        self._broken = False
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
        fresh = self._sought and not self._next
        try:
            for stamp, picture in self._frames:
                if fresh and not picture.key_frame:
                    # The container calls a frame key that cannot stand alone, or the decoder
                    # never says which can: no jump is safe.
                    self._keys = self._keys[:1]
                    return None
                fresh = False
                # What is drawn upon a damaged frame is damaged until a whole one comes.
                self._broken = picture.is_corrupt or (self._broken and not picture.key_frame)
                if stamp is not None and stamp >= wanted:
                    break
            else:
                return None
        except (load_av().error.FFmpegError, OSError, ValueError) as error:
            self._close()
            raise _lost(self._path, index) from error
        self._next = index + 1
        return self._shown(picture, index) if stamp == wanted else None

    def _shown(self, picture: Any, index: int) -> Frame:
        if self._broken:
            raise _lost(self._path, index)
        if (picture.width, picture.height) != self._index.look.stored_size:
            raise UnreadableFile(
                f"Frame {index} of {self._path.name} is {picture.width} x {picture.height} pixels, "
                "unlike the first one: no scale would hold for both.",
                "Use other frames.",
            )
        return self._index.look(picture)

    def _close(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container, self._frames, self._next = None, iter(()), 0


def _lost(path: ByteSource, index: int) -> UnreadableFile:
    return UnreadableFile(
        f"Frame {index} of {path.name} cannot be decoded: the video is damaged there.",
        "Copy it again, or use other frames.",
    )
