"""From a decoded picture of a video to RGB: colours, turning, and the shape of its pixels."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.byte_source import ByteSource
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.pixel_shape import SQUARE, pixel_aspect
from EchoMeasureLib.imaging.turning import MATRIX_BYTES, UPRIGHT, Turn, turn_of
from EchoMeasureLib.imaging.video_opening import load_av, open_video

MAX_DAMAGED = 100
"""Packets among which one has to show how the video is shown."""

_MATRICES = {1: "ITU709", 4: "FCC", 5: "ITU601", 6: "ITU601", 7: "SMPTE240M"}
"""FFmpeg's converter for the matrix of a file (ISO/IEC 23091-2, MatrixCoefficients)."""

_BT2020 = 9
"""Number of the matrix of BT.2020 in FFmpeg's converter; PyAV has a name for it since 17."""

_OTHER_COLOURS = {
    8: "YCgCo",
    11: "SMPTE 2085",
    12: "chromaticity-derived",
    13: "chromaticity-derived",
    14: "ICtCp",
    15: "IPT-C2",
    16: "YCgCo-Re",
    17: "YCgCo-Ro",
}
"""Matrices that FFmpeg's converter does not know."""

_PALETTE_BYTES = 1024

_HIGH_RANGE = {16: "PQ (HDR)", 18: "HLG (HDR)"}
"""Transfer characteristics (ISO/IEC 23091-2) of telephones, which are not undone."""

_QUARTERS = {
    0: UPRIGHT,
    -90: Turn(swapped=True, left_right=True),
    90: Turn(swapped=True, up_down=True),
    180: Turn(left_right=True, up_down=True),
    -180: Turn(left_right=True, up_down=True),
}
"""By PyAV's angle, degrees anticlockwise; it does not tell mirroring."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the pictures of a video are shown."""

    stored_size: tuple[int, int]
    """(columns, rows) before turning."""
    turn: Turn = UPRIGHT
    pixel_aspect: float = SQUARE
    """Width of a pixel of the turned picture over its height."""
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(columns, rows) of the turned picture."""
        return self.turn.size(*self.stored_size)

    def __call__(self, picture: Any) -> Frame:
        """The picture, of `stored_size`, as RGB and turned."""
        # All said, as each generation of PyAV assumes something else where a word is missing.
        shown: Frame = picture.to_ndarray(
            format="rgb24",
            src_colorspace=_matrix(picture),
            dst_colorspace="DEFAULT",
            src_color_range=int(picture.color_range),
            dst_color_range="JPEG",
        )
        return self.turn(shown)


def look_of(path: ByteSource, ignore_edits: bool = False) -> Look:
    """How this video's pictures are shown, by the container and its first frame.

    Raises `UnreadableFile` when it cannot be opened, or has no palette where it needs one.
    """
    container, stream = open_video(path, ignore_edits)
    with container:
        codec = stream.codec_context
        size = (int(codec.width), int(codec.height))
        aspect = float(stream.sample_aspect_ratio or 0)
        picture = _first_picture(container, stream)
        if picture is None:
            return Look(size)  # each frame says of itself that it is damaged
        if _lacks_palette(picture):
            raise UnreadableFile(
                f"{path.name} has palette colours, but no palette.",
                "Export it again as MP4, or with a colour for every pixel.",
            )
        turn, notes = _turn(picture)
        notes += _picture_notes(picture, int(codec.color_trc))
        size = (int(picture.width), int(picture.height))
    return _with_aspect(Look(size, turn, SQUARE, notes), aspect)


def _first_picture(container: Any, stream: Any) -> Any:
    """The first frame that can be decoded, of those near the beginning; None without one."""
    errors = (load_av().error.FFmpegError, OSError, ValueError)
    try:
        for packet in itertools.islice(container.demux(stream), MAX_DAMAGED):
            with suppress(*errors):
                for picture in packet.decode():
                    return picture
    except errors:
        return None
    return None


def _lacks_palette(picture: Any) -> bool:
    """Whether every entry of the palette is black, as FFmpeg has it where there is none."""
    if not picture.format.has_palette:
        return False
    entries = np.frombuffer(bytes(picture.planes[1])[:_PALETTE_BYTES], np.uint32)
    return not (entries & 0xFFFFFF).any()


def _with_aspect(look: Look, ratio: float) -> Look:
    if not ratio:
        return look
    stored = (1.0, ratio) if look.turn.swapped else (ratio, 1.0)
    aspect, notes = pixel_aspect(*stored, "the video's sample aspect ratio")
    return replace(look, pixel_aspect=aspect, notes=(*look.notes, *notes))


def _turn(picture: Any) -> tuple[Turn, tuple[str, ...]]:
    try:
        found = {data.type.name: bytes(data) for data in picture.side_data}
    except ValueError:  # PyAV 18 stumbles over facts that it does not know, such as Exif
        turn: Turn | None = _QUARTERS.get(picture.rotation)
    else:
        matrix = found.get("DISPLAYMATRIX", b"")
        turn = turn_of(matrix) if len(matrix) == MATRIX_BYTES else UPRIGHT
    if turn is None:
        return UPRIGHT, ("The video asks to be turned or stretched obliquely; it is not.",)
    return turn, ((f"The picture is {turn.words}, as the video asks.",) if turn else ())


def _matrix(picture: Any) -> str | int:
    """The converter's matrix for this picture; BT.601 where the file does not say."""
    number = int(picture.colorspace)
    if number in (9, 10):
        return _BT2020
    return _MATRICES.get(number, "ITU601")


def _picture_notes(picture: Any, transfer: int) -> tuple[str, ...]:
    """What is not undone: rare matrices, light for bright screens, two fields in one picture."""
    notes = []
    if other := _OTHER_COLOURS.get(int(picture.colorspace)):
        notes.append(
            f"Its colours are coded as {other} and shown as if by BT.601: only grey is right."
        )
    if light := _HIGH_RANGE.get(transfer):
        notes.append(f"Its light is coded as {light} and shown as if it were not: grey is paler.")
    if picture.interlaced_frame:
        notes.append(
            "The video is interlaced: every other row of a picture was taken a moment later, so "
            "that what moves has combed edges."
        )
    return tuple(notes)
