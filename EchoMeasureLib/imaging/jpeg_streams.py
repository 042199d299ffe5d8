"""The markers of JPEG and JPEG-LS streams: ITU-T T.81 annex B, T.87 annex C."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from EchoMeasureLib.imaging.stream_facts import CodecError, Coding, StreamHeader

END_OF_IMAGE = b"\xff\xd9"

_START_OF_SCAN, _APP0, _APP14 = 0xDA, 0xE0, 0xEE
_JPEG_LS_FRAME = 0xF7
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {_JPEG_LS_FRAME}
_LOSSLESS_FRAME = 0xC3
_DCT_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
"""Baseline, extended and progressive; the last two with arithmetic coding."""
_PROGRESSIVE_FRAMES = frozenset({0xC2, 0xCA})
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})

_ADOBE = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
"""An Adobe marker up to its last byte, the transform."""

MAX_SCANS = 200
"""Progressive pictures have about ten; a stream of thousands is made to cost time."""


@dataclass(slots=True)
class _Markers:
    """What the segments before the first scan say."""

    frame: bytes = b""
    kind: int = 0
    adobe: int | None = None
    jfif: bool = False
    scan: int = 0
    """Byte at which the first scan begins."""
    in_scan: int = 0
    """How many components it holds."""


def read_jpeg_header(data: bytes) -> StreamHeader:
    """The header of a JPEG or JPEG-LS stream. Raises `CodecError` when there is none."""
    found = _Markers()
    for marker, start, body in _segments(data):
        if marker in _FRAMES:
            if found.frame:
                raise CodecError("its JPEG stream holds more than one picture (hierarchical)")
            found.kind, found.frame = marker, body
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            found.adobe = body[11]
        elif marker == _APP0 and body.startswith(b"JFIF"):
            found.jfif = True
        elif marker == _START_OF_SCAN:
            found.scan, found.in_scan = start, body[0] if body else 0
    return _header(data, found)


def _segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, place and content of each segment up to the first scan."""
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise CodecError("its JPEG stream is damaged before its first scan")
        marker = data[position + 1]
        if marker == 0xFF:  # padding
            position += 1
            continue
        if marker in _WITHOUT_LENGTH:
            position += 2
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        body = data[position + 4 : position + 2 + length]
        if length < 2 or len(body) < length - 2:
            break
        yield marker, position, body
        if marker == _START_OF_SCAN:
            return
        position += 2 + length
    raise CodecError("its JPEG stream ends before its picture")


def _header(data: bytes, found: _Markers) -> StreamHeader:
    body = found.frame
    components = body[5] if len(body) > 5 else 0
    triples = [body[6 + 3 * k : 9 + 3 * k] for k in range(components)]
    if not components or len(body) < 6 + 3 * components:
        raise CodecError("its JPEG stream does not say how large its picture is")
    if found.kind == _JPEG_LS_FRAME:
        coding = Coding.JPEG_LS
    elif found.kind == _LOSSLESS_FRAME:
        coding = Coding.JPEG_LOSSLESS
    elif found.kind in _DCT_FRAMES:
        coding = Coding.JPEG
        several = found.kind in _PROGRESSIVE_FRAMES or found.in_scan < components
        if several and data.count(b"\xff\xda") > MAX_SCANS:
            raise CodecError(f"its JPEG stream has more than {MAX_SCANS} scans")
    else:
        raise CodecError("its JPEG stream is of a rare kind (hierarchical, or arithmetic lossless)")
    precision = body[0]
    ended = _is_ended(data, found.scan)
    if not ended and found.kind in _PROGRESSIVE_FRAMES and not _has_all_scans(data, components):
        raise CodecError("its compressed stream is cut short: it lacks scans")
    return StreamHeader(
        coding,
        columns=int.from_bytes(body[3:5], "big"),
        rows=int.from_bytes(body[1:3], "big"),
        components=components,
        precision=precision,
        ybr=_says_ybr(found, [(t[0], t[1]) for t in triples], coding),
        ended=ended,
        rare=coding is Coding.JPEG and precision > 8,
    )


def _says_ybr(found: _Markers, components: list[tuple[int, int]], coding: Coding) -> bool | None:
    """What the markers say of three components; None when they say nothing."""
    if len(components) != 3 or coding is Coding.JPEG_LS:
        return None
    if found.adobe is not None:
        return found.adobe != 0
    if bytes(name for name, _ in components) == b"RGB":
        return False
    if len({sampling for _, sampling in components}) > 1:
        return True
    # Writers of lossless JPEG put a JFIF marker before RGB as well.
    return True if found.jfif and coding is Coding.JPEG else None


def with_colours(data: bytes, ybr: bool) -> bytes:
    """The stream with an Adobe marker that says whether it is YCbCr, in place of all others.

    libjpeg weighs markers and names of components in an order of its own.
    """
    parts = [data[:2], _ADOBE + bytes((ybr,))]
    for marker, start, body in _segments(data):
        if marker == _START_OF_SCAN:
            parts.append(data[start:])
        elif marker not in (_APP0, _APP14):
            parts.append(data[start : start + 4 + len(body)])
    return b"".join(parts)


def _is_ended(data: bytes, scan: int) -> bool:
    """Whether there is an end of image; in coded data FF is never followed by D9."""
    if data.endswith((END_OF_IMAGE, END_OF_IMAGE + b"\0")):
        return True
    return data.rfind(END_OF_IMAGE, scan) >= 0


def _has_all_scans(data: bytes, components: int) -> bool:
    """Whether the scans of a progressive stream give every bit of all 64 coefficients."""
    given: set[tuple[int, int]] = set()
    place = data.find(b"\xff\xda")
    while 0 <= place <= len(data) - 8:
        count = data[place + 4]
        script = data[place + 5 : place + 8 + 2 * count]
        if len(script) < 3 + 2 * count:
            break
        first, last, bits = script[-3:]
        if not bits & 0x0F:  # down to the lowest bit
            given.update(
                (script[2 * at], coefficient)
                for at in range(count)
                for coefficient in range(first, last + 1)
            )
        place = data.find(b"\xff\xda", place + 2)
    return len(given) >= 64 * components
