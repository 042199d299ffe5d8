"""Which frames a video file has and when they are shown, found without keeping any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from EchoMeasureLib.errors import MissingPackage, UnreadableFile
from EchoMeasureLib.imaging.layout import MAX_FRAMES, MAX_PIXELS


@dataclass(frozen=True, slots=True)
class VideoIndex:
    """The frames of a video."""

    pts: tuple[int, ...]
    """Presentation time of each frame in units of `time_base`, in order."""
    keys: tuple[int, ...]
    """Presentation times of the frames at which decoding can begin, in order."""
    time_base: Fraction
    """In seconds; 0 when the file gives no times."""
    size: tuple[int, int]
    """(columns, rows)."""
    container: str
    codec: str
    counted: bool = False
    """Whether `pts` only counts frames, because the container's own times are out of order."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """One frame: when it is shown (None if the container does not say), and if it is a key."""

    stamp: int | None
    key: bool


def load_av() -> Any:
    """PyAV. Raises `MissingPackage` when it is not installed."""
    try:
        import av
    except ImportError as error:
        raise MissingPackage("av", "Reading or writing a video", "video") from error
    return av


def open_video(path: Path) -> tuple[Any, Any]:
    """The opened container and its video stream. Raises `UnreadableFile`."""
    av = load_av()
    try:
        container = av.open(str(path), metadata_errors="ignore")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise damaged(path) from error
    if not container.streams.video:
        container.close()
        raise UnreadableFile(f"{path.name} holds no video.")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return container, stream


def damaged(path: Path) -> UnreadableFile:
    """The error of a video that cannot be opened."""
    return UnreadableFile(
        f"{path.name} is a video that is damaged or of an unknown coding.",
        "Copy it again, or convert it to MP4 (H.264).",
    )


def index_video(path: Path) -> VideoIndex:
    """The frames of this video, by reading its packets; few kinds of AVI must be decoded."""
    av = load_av()
    container, stream = open_video(path)
    with container:
        codec = stream.codec_context
        size = (int(codec.width), int(codec.height))
        if min(size) <= 0 or size[0] * size[1] > MAX_PIXELS:
            raise damaged(path)
        form = "AVI" if "avi" in container.format.name else "MP4"
        coding = str(codec.name)
        time_base = Fraction(stream.time_base)
        rate = Fraction(stream.average_rate or 0)
        try:
            shown = [
                _Shown(packet.pts, bool(packet.is_keyframe))
                for packet in container.demux(stream)
                if packet.size and not packet.is_discard
            ]
        except av.error.FFmpegError as error:
            raise damaged(path) from error
    counted = False
    if not _trustworthy(shown, form):
        shown = _decoded(path)
        counted = not _in_order(shown)
    if not shown or len(shown) > MAX_FRAMES:
        raise damaged(path)
    if counted:
        shown = [_Shown(place, not place) for place in range(len(shown))]
        time_base = 1 / rate if rate else Fraction(0)
    stamps = sorted({frame.stamp for frame in shown if frame.stamp is not None})
    keys = sorted({frame.stamp for frame in shown if frame.key and frame.stamp is not None})
    return VideoIndex(tuple(stamps), tuple(keys), time_base, size, form, coding, counted)


def _trustworthy(shown: Sequence[_Shown], form: str) -> bool:
    """AVI has no times of its own: where frames are reordered only decoding tells."""
    if any(frame.stamp is None for frame in shown):
        return False
    return form != "AVI" or all(frame.key for frame in shown)


def _in_order(shown: Sequence[_Shown]) -> bool:
    stamps = [frame.stamp for frame in shown if frame.stamp is not None]
    return len(stamps) == len(shown) and stamps == sorted(set(stamps))


def _decoded(path: Path) -> list[_Shown]:
    container, stream = open_video(path)
    with container:
        try:
            return [_Shown(stamp_of(f), bool(f.key_frame)) for f in container.decode(stream)]
        except load_av().error.FFmpegError as error:
            raise damaged(path) from error


def stamp_of(picture: Any) -> int | None:
    """Presentation time of a decoded frame in units of its stream's time base."""
    stamp: int | None = picture.pts if picture.pts is not None else picture.dts
    return stamp
