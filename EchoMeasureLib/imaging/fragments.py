"""Encapsulated pixel data (PS3.5 A.4): which bytes of the file belong to which frame.

Only the 8-byte heads of the fragments are read, so a cine of gigabytes opens at
once. Works the same whatever the version of pydicom.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from EchoMeasureLib.errors import UnreadableFile

_ITEM = b"\xfe\xff\x00\xe0"
_STARTS = (b"\xff\xd8", b"\xff\x4f", b"\x00\x00\x00\x0cjP")
"""First bytes of JPEG and JPEG-LS, of JPEG 2000 and of its box form."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One item of encapsulated pixel data."""

    head: int
    """Byte of the file at which the item's tag stands."""
    length: int
    """Bytes of the value, which begins 8 bytes later."""
    complete: bool
    """False when the file ends inside it."""
    opens: bool
    """Whether it begins like a compressed image."""


@dataclass(frozen=True, slots=True)
class Fragments:
    """The items of one Pixel Data element."""

    table: tuple[int, ...]
    """Basic Offset Table: bytes from the first fragment's tag; may be empty."""
    items: tuple[Fragment, ...]


def scan_fragments(path: Path, offset: int) -> Fragments:
    """All fragments of the encapsulated pixel data whose value begins at this byte."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first = _next_item(file, offset, size)
        if first is None:
            return Fragments((), ())
        file.seek(offset + 8)
        data = file.read(min(first.length, size))
        table = struct.unpack(f"<{len(data) // 4}L", data[: len(data) // 4 * 4])
        items: list[Fragment] = []
        position = offset + 8 + first.length
        while (item := _next_item(file, position, size)) is not None:
            items.append(item)
            position = item.head + 8 + item.length
    return Fragments(table, tuple(items))


def _next_item(file: BinaryIO, position: int, size: int) -> Fragment | None:
    """The item whose tag stands here; None at the end of the sequence or of the file."""
    file.seek(position)
    head = file.read(20)
    if len(head) < 8 or head[:4] != _ITEM:
        return None
    (length,) = struct.unpack("<L", head[4:8])
    complete = position + 8 + length <= size
    return Fragment(position, length, complete, head[8:].startswith(_STARTS))


def frames_of(
    fragments: Fragments, frames: int, name: str, extended: tuple[int, ...] = ()
) -> tuple[tuple[Fragment, ...], ...]:
    """The fragments of each frame; an empty tuple for a frame that the file lacks.

    `extended` is the Extended Offset Table (7FE0,0001), where there is one. Raises
    `UnreadableFile` when the fragments cannot be told apart.
    """
    items = fragments.items
    if frames == 1:
        return (items,)
    for table in (extended, fragments.table):
        if len(table) == frames:
            grouped = _by_table(items, table)
            if grouped:
                return grouped
    if len(items) == frames:
        return tuple((item,) for item in items)
    grouped = _by_start(items) or tuple((item,) for item in items)
    if len(grouped) <= frames:
        # Fewer than declared: the file was cut short after its last complete frame.
        return (*grouped, *((),) * (frames - len(grouped)))
    raise UnreadableFile(
        f"{name} declares {frames} frames, but its compressed pixels come in {len(items)} "
        "fragments with no table that says which belong together.",
        "Convert it with a DICOM tool, for instance to uncompressed pixels.",
    )


def _by_table(
    items: tuple[Fragment, ...], table: tuple[int, ...]
) -> tuple[tuple[Fragment, ...], ...] | None:
    """The fragments of each frame by an offset table; None when the table is wrong."""
    if not items or list(table) != sorted(set(table)):
        return None
    origin = items[0].head
    starts = {item.head - origin: index for index, item in enumerate(items)}
    end = items[-1].head + items[-1].length - origin
    # Offsets past the end belong to frames that were cut off; any other must hit an item.
    if any(offset not in starts and offset <= end for offset in table):
        return None
    firsts = [starts.get(offset, len(items)) for offset in table]
    return tuple(items[a:b] for a, b in zip(firsts, [*firsts[1:], len(items)], strict=True))


def _by_start(items: tuple[Fragment, ...]) -> tuple[tuple[Fragment, ...], ...]:
    """The fragments of each frame by the first bytes of compressed images."""
    groups: list[list[Fragment]] = []
    for item in items:
        if item.opens:
            groups.append([item])
        elif groups:
            groups[-1].append(item)
    return tuple(map(tuple, groups))
