"""The chunks of a PNG file (ISO/IEC 15948): which of them make the picture."""

from __future__ import annotations

from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_ESSENTIAL = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"pHYs", b"eXIf"))
"""What is needed to show it: text, profiles and dates are not."""


def is_png(data: bytes) -> bool:
    """Whether these bytes begin like a PNG file."""
    return data.startswith(SIGNATURE)


def is_animated(data: bytes) -> bool:
    """Whether it holds further frames (APNG)."""
    return any(kind == b"acTL" for kind, _, _ in _chunks(data))


def essential(data: bytes) -> bytes:
    """The same picture without text and other chunks that do not change it."""
    kept = [SIGNATURE]
    end = len(SIGNATURE)
    for kind, start, end in _chunks(data):
        if kind in _ESSENTIAL:
            kept.append(data[start:end])
    return b"".join((*kept, data[end:]))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind and extent of each whole chunk, up to the end of the picture or of the data."""
    place = len(SIGNATURE)
    while place + 12 <= len(data):
        kind = data[place + 4 : place + 8]
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        if end > len(data):
            return
        yield kind, place, end
        if kind == b"IEND":
            return
        place = end
