"""What the boxes of an MP4 or QuickTime file say (ISO/IEC 14496-12), read before FFmpeg does.

FFmpeg makes room for every sample that a table names, so a file of a few kilobytes can
ask for gigabytes; and it puts assumptions in the place of numbers that are missing.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.byte_source import ByteSource, size_of
from EchoMeasureLib.imaging.layout import MAX_FRAMES
from EchoMeasureLib.imaging.sniffing import FIRST_BOXES

MAX_BOXES = 1_000_000
MAX_OTHER_SAMPLES = 4_000_000
"""Samples of a track that is no video, such as sound; ten hours of AAC are 1.7 million."""

_CONTAINERS = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"))

_OUTER = FIRST_BOXES | {
    b"moof",
    b"meta",
    b"udta",
    b"sidx",
    b"ssix",
    b"mfra",
    b"emsg",
    b"prft",
    b"pdin",
}
"""Boxes of a file that lie in no other one; what has another name is none, and may be anything."""

_ENTRY_BYTES = {b"stts": 8, b"ctts": 8, b"stsc": 12, b"stco": 4, b"co64": 8, b"stss": 4}
"""Tables that begin with version, flags and a count, and the size of their entries."""

_RUN_FIELDS = (0x100, 0x200, 0x400, 0x800)
"""Flags of a fragment's run, each for 4 bytes per sample."""


@dataclass(slots=True)
class Track:
    """One track, as its boxes describe it."""

    handler: bytes = b""
    timescale: int = 0
    """Ticks per second; 0 where the file does not say."""
    coding: bytes = b""
    """Four characters of the first sample description, such as b"avc1"."""
    samples: int = 0
    even_samples: bool = False
    """Whether all samples have one size, so that no table lists them."""
    time_runs: list[tuple[int, int]] = field(default_factory=list)
    """The first runs of samples with the same duration: count, ticks."""

    @property
    def is_video(self) -> bool:
        return self.handler == b"vide"


@dataclass(frozen=True, slots=True)
class Mp4Header:
    """The tracks of a file."""

    tracks: tuple[Track, ...]
    fragments: int
    """Samples that are listed in fragments, of all tracks."""
    cut: bool
    """Whether the file ends before its last box does."""

    @property
    def video(self) -> Track | None:
        """The first track of pictures."""
        return next((track for track in self.tracks if track.is_video), None)


def read_mp4_header(path: ByteSource) -> Mp4Header:
    """The tracks of this file.

    Raises `UnreadableFile` for tables that name more than the file can hold, or more
    frames than any recording has.
    """
    size = size_of(path)
    tracks: list[Track] = []
    fragments = boxes = 0
    with path.open("rb") as file:
        cut = _is_cut(file, size)
        for kind, start, end in _boxes(file, 0, size):
            boxes += 1
            if boxes > MAX_BOXES:
                raise _impossible(path.name)
            if kind == b"trak":
                tracks.append(Track())
            elif kind == b"trun":
                fragments += _run(file, start, end, path.name)
            elif tracks:
                _read_box(file, kind, start, end, tracks[-1], path.name)
    header = Mp4Header(tuple(tracks), fragments, cut)
    for track in header.tracks:
        _check_track(track, size, path.name)
    if fragments > max(size, MAX_FRAMES):
        raise _impossible(path.name)
    return header


def _is_cut(file: BinaryIO, size: int) -> bool:
    """Whether the box that the file ends with should be longer."""
    place = 0
    for _ in range(MAX_BOXES):
        file.seek(place)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if len(head) < 8 or length < 8:  # a length of 0 goes to the end
            break
        if place == 0 and head[4:8] not in FIRST_BOXES:
            return False
        place += length
        if place > size:
            return head[4:8] in _OUTER
    return False


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind and extent of the content of every box that matters, in the order of the file."""
    pending = [(start, end)]
    while pending:
        place, stop = pending.pop()
        if place + 8 > stop:
            continue
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            return
        length, begin = int.from_bytes(head[:4], "big"), 8
        kind = head[4:8]
        if length == 1:
            length, begin = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:
            length = stop - place
        if length < begin:
            continue
        finish = min(place + length, stop)
        pending.append((place + length, stop))
        yield kind, place + begin, finish
        if kind in _CONTAINERS:
            pending.append((place + begin, finish))


def _read_box(file: BinaryIO, kind: bytes, start: int, end: int, track: Track, name: str) -> None:
    if kind in _ENTRY_BYTES:
        _, count = _words(file, start, 2)
        if count * _ENTRY_BYTES[kind] > end - start - 8:
            raise _impossible(name)
        if kind == b"stts":
            runs = _words(file, start + 8, 2 * min(count, 64))
            track.time_runs = list(zip(runs[::2], runs[1::2], strict=True))
    elif kind in (b"stsz", b"stz2"):
        _, size, count = _words(file, start, 3)
        track.samples, track.even_samples = count, kind == b"stsz" and size != 0
        bits = 32 if kind == b"stsz" else size & 0xFF
        if not track.even_samples and count * bits > 8 * (end - start - 12):
            raise _impossible(name)
    elif kind == b"hdlr" and not track.handler:
        file.seek(start + 8)
        track.handler = file.read(4)
    elif kind == b"mdhd":
        version = _words(file, start, 1)[0] >> 24
        (track.timescale,) = _words(file, start + (20 if version == 1 else 12), 1)
    elif kind == b"stsd" and not track.coding:
        file.seek(start + 12)
        track.coding = file.read(4)


def _words(file: BinaryIO, place: int, count: int) -> tuple[int, ...]:
    """Big-endian 32-bit numbers; zeros where the file ends before them."""
    file.seek(place, os.SEEK_SET)
    data = file.read(4 * count)
    return struct.unpack(f">{count}L", data.ljust(4 * count, b"\0"))


def _run(file: BinaryIO, start: int, end: int, name: str) -> int:
    """Number of samples of a fragment's run, which may list nothing about them."""
    flags, count = _words(file, start, 2)
    listed = 4 * sum(bool(flags & bit) for bit in _RUN_FIELDS)
    if count * listed > end - start or count > MAX_FRAMES:
        raise _impossible(name)
    return count


def _check_track(track: Track, size: int, name: str) -> None:
    if track.is_video:
        most = min(MAX_FRAMES, size)
    elif track.even_samples and len(track.time_runs) == 1:
        return  # uncompressed sound, which FFmpeg takes chunk by chunk
    else:
        most = min(MAX_OTHER_SAMPLES, size)
    if track.samples > most:
        raise _impossible(name)


def _impossible(name: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} is a damaged video: its tables name more frames or more data than it can hold.",
        "Copy or export it again.",
    )
