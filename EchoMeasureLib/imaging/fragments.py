"""Encapsulated pixel data (PS3.5 A.4): which bytes of the file belong to which frame.

Only the heads and tails of the fragments are read, so a cine of gigabytes opens at
once. Works the same whatever the version of pydicom.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.codecs import run_length_offsets
from EchoMeasureLib.imaging.layout import MAX_FRAMES
from EchoMeasureLib.imaging.mpeg_forms import HEAD_BYTES, mpeg_form
from EchoMeasureLib.imaging.stream_facts import IMAGE_STARTS, CodecError

_ITEM = b"\xfe\xff\x00\xe0"
_DELIMITER = b"\xfe\xff\xdd\xe0"
_HEAD, _TAIL, _BEGINNING = 8, 4, 64
MAX_FRAGMENTS = 250_000
_END_MARKER = b"\xff\xd9"


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
    closes: bool = False
    """Whether it ends with the marker that JPEG, JPEG-LS and JPEG 2000 end with."""


@dataclass(frozen=True, slots=True)
class Fragments:
    """The items of one Pixel Data element."""

    table: tuple[int, ...]
    """Basic Offset Table: bytes from the first fragment's tag; may be empty."""
    items: tuple[Fragment, ...]
    delimited: bool
    """Whether the sequence ends with its delimiter; else the file was cut short."""


Group = tuple[Fragment, ...]
"""The fragments of one frame; empty for one that the file lacks."""


def begins_like_an_image(data: bytes) -> bool:
    """Whether these are the first bytes of a compressed picture."""
    if data.startswith(IMAGE_STARTS):
        return True
    try:
        return bool(run_length_offsets(data))
    except CodecError:
        return False


def scan_fragments(path: Path, offset: int) -> Fragments:
    """All fragments of the encapsulated pixel data whose value begins at this byte.

    Raises `UnreadableFile` when there are more than any file has.
    """
    size = path.stat().st_size
    items: list[Fragment] = []
    with path.open("rb") as file:
        file.seek(offset)
        beginning = file.read(_HEAD + _BEGINNING)
        position = offset
        while beginning[:4] == _ITEM and len(beginning) >= _HEAD:
            (length,) = struct.unpack("<L", beginning[4:8])
            end = position + _HEAD + length
            opens = begins_like_an_image(beginning[_HEAD : _HEAD + length])
            fragment = Fragment(position, length, end <= size, opens)
            if len(items) > MAX_FRAGMENTS:
                raise UnreadableFile(
                    f"{path.name} holds more than {MAX_FRAGMENTS} pieces of frames: it is damaged."
                )
            if not fragment.complete:
                items.append(fragment)
                beginning = b""
                break
            file.seek(end - _TAIL)
            tail = file.read(_TAIL + _HEAD + _BEGINNING)
            ending = tail[max(0, _TAIL - length) : _TAIL]
            closes = ending.rstrip(b"\0\xff").endswith(_END_MARKER)
            items.append(replace(fragment, closes=closes))
            position, beginning = end, tail[_TAIL:]
        delimited = beginning[:4] == _DELIMITER
        table, items = _split_table(file, items)
    return Fragments(table, tuple(items), delimited)


def _split_table(file: BinaryIO, items: list[Fragment]) -> tuple[tuple[int, ...], list[Fragment]]:
    """The offset table and what follows it; a first item that is a picture is no table."""
    if not items or items[0].opens:
        return (), items
    first = items[0]
    file.seek(first.head + _HEAD)
    data = file.read(min(first.length, 4 * MAX_FRAMES))
    if mpeg_form(data[:HEAD_BYTES]) or data[4:8] == b"ftyp":
        return (), items
    return struct.unpack(f"<{len(data) // 4}L", data[: len(data) // 4 * 4]), items[1:]


def frames_of(
    fragments: Fragments, declared: int | None, name: str, extended: tuple[int, ...] = ()
) -> tuple[Group, ...]:
    """The fragments of each frame; there may be more or fewer than are declared.

    `declared` is None where the header does not say, `extended` is the Extended Offset
    Table (7FE0,0001), where there is one. Raises `UnreadableFile` when the fragments
    cannot be told apart.
    """
    items = fragments.items
    marked = _by_marks(items, declared)
    by_table = _by_table(items, extended) or _by_table(items, fragments.table)
    is_odd = bool(fragments.table) and by_table is None
    if by_table and marked and _firsts(marked) > _firsts(by_table):
        by_table = None  # it leaves pictures out
    single = tuple((item,) for item in items)
    ends_are_marked = any(item.closes for item in items)
    for groups in (by_table, marked, single if not ends_are_marked else None):
        if groups and len(groups) == declared:
            return groups
    if by_table and (declared is None or not marked or _firsts(marked) == _firsts(by_table)):
        return by_table
    if is_odd and len(marked) < (declared or 1):
        marked = ()  # what should be the table may be a frame that was lost
    if marked:
        return marked
    if declared in (None, 1):
        return (items,)
    raise UnreadableFile(
        f"{name} declares {declared} frames, but its compressed pixels come in {len(items)} "
        "fragments with no table that says which belong together.",
        "Convert it with a DICOM tool, for instance to uncompressed pixels.",
    )


def _firsts(groups: tuple[Group, ...]) -> set[int]:
    return {group[0].head for group in groups if group}


def _by_table(items: Group, table: tuple[int, ...]) -> tuple[Group, ...] | None:
    """The fragments of each frame by an offset table; None when the table is wrong."""
    if not items or not table or table[0] != 0 or list(table) != sorted(set(table)):
        return None
    origin = items[0].head
    starts = {item.head - origin: index for index, item in enumerate(items)}
    end = items[-1].head + items[-1].length - origin
    # Offsets past the end belong to frames that were cut off; any other must hit an item.
    if any(offset not in starts and offset <= end for offset in table):
        return None
    firsts = [starts.get(offset, len(items)) for offset in table]
    return tuple(items[a:b] for a, b in zip(firsts, [*firsts[1:], len(items)], strict=True))


def _by_marks(items: Group, declared: int | None) -> tuple[Group, ...]:
    """The fragments of each frame by how pictures begin and, for damaged ones, end.

    Empty when nothing begins like a picture.
    """
    if not any(item.opens for item in items):
        return ()
    by_start = _cut(items, [item.opens for item in items])
    if len(by_start) >= (declared or 1):
        return by_start
    ends = [item.opens or items[at - 1].closes for at, item in enumerate(items)]
    by_both = _cut(items, ends)
    return by_both if len(by_both) <= (declared or 1) else by_start


def _cut(items: Group, begins: list[bool]) -> tuple[Group, ...]:
    """Items in groups; what stands before the first beginning is a group too."""
    groups: list[list[Fragment]] = []
    for item, new in zip(items, begins, strict=True):
        if new or not groups:
            groups.append([item])
        else:
            groups[-1].append(item)
    return tuple(map(tuple, groups))
