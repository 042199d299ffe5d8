"""Which frames a video file has and when they are shown, found without keeping any."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from EchoMeasureLib.errors import UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.avi_header import read_avi_header
from EchoMeasureLib.imaging.byte_source import ByteSource
from EchoMeasureLib.imaging.layout import MAX_FRAMES
from EchoMeasureLib.imaging.mp4_header import read_mp4_header
from EchoMeasureLib.imaging.video_opening import (
    check_size,
    damaged,
    form_of,
    load_av,
    moving_pictures,
    open_video,
    unknown_coding,
)
from EchoMeasureLib.imaging.video_pictures import Look, look_of

ENCRYPTED = (b"encv", b"drmi")

_ROUNDED = 1.5
"""A step that is longer than the others by more holds a frame that was left out."""

_UNTIMED = (
    "Frames share a time, have none, or are left out among others that are out of order, so no "
    "frame's time is known."
)

_B = 3
"""FFmpeg's number of a picture that is made from an earlier and a later one."""


@dataclass(frozen=True, slots=True)
class VideoIndex:
    """The frames of a video."""

    pts: tuple[int, ...]
    """Presentation time of each frame in units of `time_base`, in order."""
    keys: tuple[int, ...]
    """Presentation times of the frames at which decoding can begin, in order."""
    time_base: Fraction
    """In seconds; 0 when the file gives no times."""
    look: Look
    """How its pictures are shown."""
    container: str
    codec: str
    counted: bool = False
    """Whether `pts` only counts frames, because the container's own times are out of order."""
    places: tuple[int, ...] = ()
    """Time of each frame in units of `time_base`, where an AVI counts them otherwise than `pts`."""
    ignore_edits: bool = False
    """Whether an edit list is passed over, because the times it is written in are damaged."""
    time_notes: tuple[str, ...] = ()
    """What was odd about the times."""
    notes: tuple[str, ...] = ()
    """What was odd about the frames."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the container's header says, read without FFmpeg."""

    container: str
    coding: bytes = b""
    timed: bool = True
    """Whether it gives a rate or a time scale; FFmpeg would assume one."""
    frames: int | None = None
    """As many as it lists; None where it may not list all."""
    cut: bool = False
    """Whether the file ends before it should."""
    time_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """One frame: when it is shown (None if the container does not say), and if it is a key."""

    stamp: int | None
    key: bool
    stored: int | None = None
    """Of a packet its place in the file's own count, which goes on where a frame is left out."""
    between: bool = False
    """Of a picture, whether it is made from a later one, which is stored before it."""


def index_video(path: ByteSource) -> VideoIndex:
    """The frames of this video, by reading its packets; some kinds must be decoded for that.

    Raises `UnreadableFile` when it is damaged or holds no frames, and `UnsupportedPixels`
    when its coding is not known.
    """
    load_av()
    facts = _facts(path, form_of(path))
    try:
        return _index(path, facts)
    except UnsupportedPixels as error:
        raise unknown_coding(path, facts.coding) from error


def _facts(path: ByteSource, form: str) -> _Facts:
    if form == "avi":
        return _avi_facts(path)
    if form == "mov":
        return _mp4_facts(path)
    # A bare stream has no times; FFmpeg would assume 25 frames per second.
    return _Facts("MPEG", timed=form in ("mpeg", "mpegts"))


def _avi_facts(path: ByteSource) -> _Facts:
    header = read_avi_header(path)
    if header is None:
        return _Facts("AVI", timed=False, time_notes=("The AVI's header gives no rate.",))
    check_size(path, header.columns, header.rows)
    frames = header.frames if header.cut else None
    if header.gives_rate:
        return _Facts("AVI", header.coding, True, frames, header.cut)
    note = f"The AVI's rate, {header.rate} / {header.scale} frames per second, cannot be."
    return _Facts("AVI", header.coding, False, frames, header.cut, (note,))


def _mp4_facts(path: ByteSource) -> _Facts:
    header = read_mp4_header(path)
    track = header.video
    if track is None:
        if header.cut:
            raise UnreadableFile(
                f"{path.name} is cut short: the list of its frames, which stands at its end, is "
                "missing.",
                "Copy or export it again.",
            )
        return _Facts("MP4")
    if track.coding in ENCRYPTED:
        raise UnsupportedPixels(
            f"{path.name} is encrypted (its coding is '{track.coding.decode()}').",
            "Export it without protection.",
        )
    notes = () if track.timescale else ("The video has no time scale.",)
    frames = None if header.fragments else track.samples
    return _Facts("MP4", track.coding, track.timescale > 0, frames, header.cut, notes)


def _index(path: ByteSource, facts: _Facts) -> VideoIndex:
    ignore_edits = not facts.timed
    container, stream = open_video(path, ignore_edits)
    with container:
        codec = stream.codec_context
        name, time_base = str(codec.name), Fraction(stream.time_base)
        whole, coloured_once = bool(codec.codec.intra_only), _has_palette(codec)
        check_size(path, codec.width, codec.height)
        videos = len(moving_pictures(container))
        shown = packets = _packets(path, container, stream)
    counted = False
    places: tuple[int, ...] = ()
    if not _trustworthy(shown, facts.container == "AVI" and not whole):
        shown = _decoded(path, ignore_edits)
        counted = not _in_order(shown)
    if len(shown) > MAX_FRAMES:
        raise UnreadableFile(f"{path.name} has more than {MAX_FRAMES} frames.", "Cut it shorter.")
    if not shown:
        raise UnreadableFile(f"{path.name} is a video without a frame.", "Copy or export it again.")
    notes = facts.time_notes
    # Only an AVI has a count of its own that holds for frames out of order; the times that
    # FFmpeg makes of it are guesses.
    if shown is not packets and facts.container == "AVI":
        places = _places(packets, shown)
    if (counted and not places) or _is_doubtful(places, shown):
        time_base, notes = Fraction(0), (*notes, _UNTIMED)
    if counted:
        shown = [_Shown(place, not place) for place in range(len(shown))]
    if not facts.timed:
        time_base = Fraction(0)
    stamps = [frame.stamp for frame in shown if frame.stamp is not None]
    keys = [frame.stamp for frame in shown if frame.key and frame.stamp is not None]
    return VideoIndex(
        tuple(sorted(stamps)),
        tuple(sorted(keys)[: 1 if coloured_once else None]),
        time_base,
        look_of(path, ignore_edits),
        facts.container,
        name,
        counted,
        places,
        ignore_edits,
        notes,
        (*_cut_notes(len(stamps), facts.frames, facts.cut), *_several_notes(videos)),
    )


def _packets(path: ByteSource, container: Any, stream: Any) -> list[_Shown]:
    packets = (p for p in container.demux(stream) if p.size and not p.is_discard)
    try:
        return [
            _Shown(packet.pts, bool(packet.is_keyframe), packet.dts)
            for packet in itertools.islice(packets, MAX_FRAMES + 1)
        ]
    except load_av().error.FFmpegError as error:
        raise damaged(path) from error


def _has_palette(codec: Any) -> bool:
    """Whether colours come from a table that the container hands over once, at the beginning."""
    return codec.format is not None and bool(codec.format.has_palette)


def _trustworthy(shown: Sequence[_Shown], reordered: bool) -> bool:
    """Whether the packets tell each frame's time; an AVI may store frames in another order."""
    return not reordered and _in_order(sorted(shown, key=lambda frame: frame.stamp or 0))


def _in_order(shown: Sequence[_Shown]) -> bool:
    stamps = [frame.stamp for frame in shown if frame.stamp is not None]
    return len(stamps) == len(shown) and stamps == sorted(set(stamps))


def _places(packets: Sequence[_Shown], shown: Sequence[_Shown]) -> tuple[int, ...]:
    """The places of frames in an AVI's count, which it goes on with where one is left out.

    Empty where a packet holds no picture or has no place.
    """
    places = sorted(packet.stored for packet in packets if packet.stored is not None)
    return tuple(places) if len(set(places)) == len(shown) == len(packets) else ()


def _is_doubtful(places: Sequence[int], shown: Sequence[_Shown]) -> bool:
    """Whether frames are left out among others that stand in another order than they are shown."""
    steps = {after - before for before, after in itertools.pairwise(places)}
    left_out = bool(steps) and max(steps) > _ROUNDED * min(steps)
    return left_out and any(picture.between for picture in shown)


def _decoded(path: ByteSource, ignore_edits: bool) -> list[_Shown]:
    container, stream = open_video(path, ignore_edits)
    with container:
        try:
            pictures = itertools.islice(container.decode(stream), MAX_FRAMES + 1)
            return [
                _Shown(
                    stamp_of(picture), bool(picture.key_frame), None, int(picture.pict_type) == _B
                )
                for picture in pictures
            ]
        except load_av().error.FFmpegError as error:
            raise damaged(path) from error


def _cut_notes(shown: int, stored: int | None, cut: bool) -> tuple[str, ...]:
    """How many frames are not there, or left out by an edit list, which players obey."""
    if stored is None or stored <= shown:
        return ("The file is cut short: its last frames may be missing.",) if cut else ()
    if cut:
        return (f"The file is cut short: it holds {shown} of its {stored} frames.",)
    return (f"{stored - shown} of its {stored} frames are cut away by the video's edit list.",)


def _several_notes(videos: int) -> tuple[str, ...]:
    return (f"The file holds {videos} videos; the first is shown.",) if videos > 1 else ()


def stamp_of(picture: Any) -> int | None:
    """Presentation time of a decoded frame in units of its stream's time base."""
    stamp: int | None = picture.pts if picture.pts is not None else picture.dts
    return stamp
