"""The main header of JPEG 2000 codestreams, and the boxes around them: ITU-T T.800 A and I."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from EchoMeasureLib.imaging.stream_facts import (
    JP2_START,
    JPEG_2000_START,
    CodecError,
    Coding,
    StreamHeader,
)

END_OF_CODESTREAM = b"\xff\xd9"

_SIZE, _STYLE, _TILE_PART = 0xFF51, 0xFF52, 0xFF90
_SYCC = 18
"""Enumerated colour space of a JP2 box whose components are Y, Cb and Cr."""

MIN_TILE_PIXELS = 256
"""A picture of more tiles than one per 16 x 16 pixels is made to cost memory."""


def codestream_of(data: bytes) -> bytes:
    """The codestream in a JP2 file, or the data themselves. Raises `CodecError`."""
    return _unboxed(data)[0] if data.startswith(JP2_START) else data


def _unboxed(data: bytes) -> tuple[bytes, int | None]:
    """The codestream and the enumerated colour space of a JP2 file."""
    colour: int | None = None
    for kind, body in _boxes(data):
        if kind == b"jp2h":
            for inner, content in _boxes(body):
                if inner == b"pclr":
                    raise CodecError("its JPEG 2000 stream has a palette of its own")
                if inner == b"colr" and len(content) >= 7 and content[0] == 1:
                    colour = int.from_bytes(content[3:7], "big")
        elif kind == b"jp2c":
            return body, colour
    raise CodecError("its JPEG 2000 file holds no picture")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(data):
        length, kind = struct.unpack(">L4s", data[position : position + 8])
        start = position + 8
        if length == 1:
            length = int.from_bytes(data[start : start + 8], "big")
            start += 8
        end = position + length if length else len(data)
        if end < start:
            break
        yield kind, data[start:end]
        position = end


def read_jpeg_2000_header(data: bytes) -> StreamHeader:
    """The header of a JPEG 2000 picture. Raises `CodecError` when there is none."""
    stream, colour = _unboxed(data) if data.startswith(JP2_START) else (data, None)
    if not stream.startswith(JPEG_2000_START):
        raise CodecError("its JPEG 2000 stream does not begin with a size")
    size, style, first_tile = b"", b"", 0
    for marker, start, body in _segments(stream):
        if marker == _SIZE:
            size = body
        elif marker == _STYLE:
            style = body
        elif marker == _TILE_PART:
            first_tile = start
    if len(style) < 5 or not first_tile:
        raise CodecError("its JPEG 2000 stream ends before its picture")
    return _header(stream, size, style, colour, first_tile)


def _segments(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, place and content of each segment up to the first tile."""
    position = 2
    while position + 4 <= len(stream):
        marker, length = struct.unpack(">HH", stream[position : position + 4])
        if length < 2 or marker < 0xFF00:
            raise CodecError("its JPEG 2000 stream is damaged before its first tile")
        yield marker, position, stream[position + 4 : position + 2 + length]
        if marker == _TILE_PART:
            return
        position += 2 + length


def _header(
    stream: bytes, size: bytes, style: bytes, colour: int | None, first_tile: int
) -> StreamHeader:
    if len(size) < 36:
        raise CodecError("its JPEG 2000 stream does not say how large its picture is")
    right, bottom, left, top, tile_x, tile_y, tiles_left, tiles_top, count = struct.unpack(
        ">8LH", size[2:36]
    )
    parts = [size[36 + 3 * k : 39 + 3 * k] for k in range(min(count, 5))]
    columns, rows = right - left, bottom - top
    if not parts or len(parts[-1]) < 3 or columns <= 0 or rows <= 0 or not (tile_x and tile_y):
        raise CodecError("its JPEG 2000 stream does not say how large its picture is")
    if len({part[0] for part in parts}) > 1 or any(part[1:] != b"\1\1" for part in parts):
        raise CodecError("the components of its JPEG 2000 stream differ in size or depth")
    tiles = -((tiles_left - right) // tile_x) * -((tiles_top - bottom) // tile_y)
    if tiles > 1 + columns * rows // MIN_TILE_PIXELS:
        raise CodecError(f"its JPEG 2000 stream has {tiles} tiles for {columns} x {rows} pixels")
    transform = style[4] == 1
    ybr = False if transform else (True if colour == _SYCC else None)
    end, takes_turns = _walk_tiles(stream, first_tile, tiles)
    precision = (parts[0][0] & 0x7F) + 1
    return StreamHeader(
        Coding.JPEG_2000,
        columns=columns,
        rows=rows,
        components=count,
        precision=precision,
        signed=bool(parts[0][0] & 0x80),
        ybr=ybr if count == 3 else None,
        ended=stream.rfind(END_OF_CODESTREAM, end) >= 0,
        rare=takes_turns or (count == 3 and precision > 8),
    )


def with_end(data: bytes) -> bytes:
    """The codestream of a picture that lacks the marker of its end, with that marker."""
    stream = codestream_of(data)
    first_tile = next(start for marker, start, _ in _segments(stream) if marker == _TILE_PART)
    end, _ = _walk_tiles(stream, first_tile, 1)
    return stream[:end] + END_OF_CODESTREAM


def _walk_tiles(stream: bytes, position: int, tiles: int) -> tuple[int, bool]:
    """Where the tiles end, and whether their parts take turns.

    Raises `CodecError` when a tile is missing or cut short.
    """
    seen: list[int] = []
    while stream[position : position + 2] == b"\xff\x90" and position + 12 <= len(stream):
        tile, length = struct.unpack(">HL", stream[position + 4 : position + 10])
        if not seen or seen[-1] != tile:
            seen.append(tile)
        if not length:  # up to the end of the codestream
            end = stream.rfind(END_OF_CODESTREAM, position)
            position = end if end >= 0 else len(stream)
            break
        position += max(length, 14)
        if position > len(stream):
            raise CodecError("its JPEG 2000 stream is cut short")
    there = len(set(seen))
    if there < tiles:
        raise CodecError(f"its JPEG 2000 stream is cut short: it has {there} of its {tiles} tiles")
    return position, len(seen) > there
