"""What the header of an AVI file says about its video, read before FFmpeg puts in its own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.byte_source import ByteSource, size_of

_LISTS = (b"hdrl", b"strl")

UNKNOWN_LENGTH = 0xFFFFFFFF
"""What a writer puts there that could not go back; 0 is another such."""


@dataclass(frozen=True, slots=True)
class AviHeader:
    """The first video stream of an AVI file."""

    scale: int
    rate: int
    """Frames per second is rate / scale (dwRate, dwScale)."""
    coding: bytes
    """Four characters (biCompression), zeros for uncompressed pixels."""
    columns: int
    rows: int
    bits: int
    """Per pixel."""
    frames: int
    """As many as it says (dwLength)."""
    cut: bool
    """Whether the file ends before it should."""

    @property
    def gives_rate(self) -> bool:
        return self.scale > 0 and self.rate > 0


def read_avi_header(path: ByteSource) -> AviHeader | None:
    """The header of the first video stream; None when there is none.

    Raises `UnreadableFile` for one that says it is larger than the file.
    """
    size = size_of(path)
    times: tuple[int, int] | None = None
    with path.open("rb") as file:
        (length,) = struct.unpack("<L", file.read(8)[4:].ljust(4, b"\0"))
        cut = size < 8 + length < UNKNOWN_LENGTH
        for kind, start, length in _chunks(file, 12, size):
            if kind in (b"strh", b"strf") and start + length > size:
                raise UnreadableFile(
                    f"{path.name} is cut short: it ends inside its header.",
                    "Copy or export it again.",
                )
            if kind == b"strh":
                file.seek(start)
                head = file.read(36)
                video = head.startswith((b"vids", b"iavs")) and len(head) >= 28
                times = struct.unpack("<2L", head[20:28]) if video else None
                frames = int.from_bytes(head[32:36], "little")
            elif kind == b"strf" and times is not None:
                file.seek(start)
                form = file.read(20).ljust(20, b"\0")
                columns, rows, _, bits = struct.unpack("<2l2H", form[4:16])
                sides = abs(columns), abs(rows)
                return AviHeader(*times, form[16:20], *sides, bits, frames, cut)
    return None


def _chunks(file: BinaryIO, start: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of the chunks of the header, lists of the header opened."""
    place = start
    while place + 8 <= size:
        file.seek(place)
        head = file.read(12)
        kind, length = head[:4], int.from_bytes(head[4:8], "little")
        if kind == b"LIST":
            if head[8:12] in _LISTS:
                place += 12
                continue
            if head[8:12] == b"movi":
                return
        else:
            yield kind, place + 8, length
        place += 8 + length + length % 2
