"""MPEG-2, H.264 and HEVC in DICOM (PS3.5 8.2.5 to 8.2.8): one stream for all frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.byte_source import FileParts
from EchoMeasureLib.imaging.cine import FrameSource, Timing
from EchoMeasureLib.imaging.fragments import scan_fragments
from EchoMeasureLib.imaging.frame_bytes import count_notes, declared_frames
from EchoMeasureLib.imaging.header import UNDEFINED_LENGTH, Header
from EchoMeasureLib.imaging.layout import PixelLayout
from EchoMeasureLib.imaging.syntaxes import Syntax
from EchoMeasureLib.imaging.turning import UPRIGHT
from EchoMeasureLib.imaging.video import VideoSource
from EchoMeasureLib.imaging.video_index import VideoIndex, index_video

_NOTICED = 0.02
"""Difference of two frame times that is worth a word."""


def video_frames(
    header: Header, layout: PixelLayout, syntax: Syntax, path: Path
) -> tuple[FrameSource, VideoIndex, tuple[str, ...]]:
    """The frames of the video in this file, its index, and what is odd about it.

    Raises `UnreadableFile` when it is damaged or not the picture that the header
    describes, and `MissingPackage` without PyAV.
    """
    pixels = header.pixels
    assert pixels is not None  # dicom checks that
    if pixels.length != UNDEFINED_LENGTH:
        raise UnreadableFile(
            f"{path.name} contradicts itself: its pixels are not compressed, its header says "
            f"{syntax.name}.",
            "Export the file again.",
        )
    fragments = scan_fragments(path, pixels.offset)
    if not fragments.items or not all(item.complete for item in fragments.items):
        raise UnreadableFile(
            f"{path.name} is cut short: its video is not whole.", "Copy or export it again."
        )
    stream = FileParts(path, tuple((item.head + 8, item.length) for item in fragments.items))
    index = index_video(stream)
    look = index.look
    if look.stored_size != (layout.columns, layout.rows) or look.turn != UPRIGHT:
        raise UnreadableFile(
            f"{path.name} contradicts itself ({syntax.name}): its video is "
            f"{look.size[0]} x {look.size[1]} pixels{'' if look.turn == UPRIGHT else ', turned'}, "
            f"not {layout.columns} x {layout.rows} as the header says.",
            "Export the file again.",
        )
    notes = count_notes(len(index.pts), declared_frames(header), cut=False)
    return VideoSource(stream, index), index, (*notes, *look.notes, *index.notes)


def checked_timing(timing: Timing, index: VideoIndex) -> Timing:
    """The header's times, with a note where the video's own are others."""
    if timing.times is None or len(index.pts) < 2 or index.time_base <= 0 or index.counted:
        return timing
    plays = float((index.pts[-1] - index.pts[0]) * index.time_base)
    lasts = timing.times[-1]
    if abs(plays - lasts) <= _NOTICED * lasts:
        return timing
    note = f"The video plays in {plays:.3g} s; by {timing.source} it was taken in {lasts:.3g} s."
    return replace(timing, notes=(*timing.notes, note))
