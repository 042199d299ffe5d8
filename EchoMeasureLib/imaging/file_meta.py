"""The file header of a DICOM file (PS3.10 7.1), and the data set behind deflate (PS3.5 A.5).

Read by hand, as pydicom would inflate a file of any size before it gives either.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO

from EchoMeasureLib.errors import UnreadableFile

DEFLATED = "1.2.840.10008.1.2.1.99"
IMPLICIT, EXPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"

MAX_INFLATED_BYTES = 512 << 20
_BLOCK_BYTES = 1 << 20
_META_BYTES = 1 << 16
_LOW_GROUP = 0x20


def read_meta(file: BinaryIO) -> tuple[str, int]:
    """The transfer syntax of an explicit file header, and where the data set begins."""
    head = file.read(_META_BYTES)
    position = 132 if head[128:132] == b"DICM" else 0
    syntax = ""
    while head[position : position + 2] == b"\x02\x00":
        (element,) = struct.unpack_from("<H", head, position + 2)
        long = head[position + 4 : position + 6] in (b"OB", b"UN", b"OW", b"UT", b"SQ")
        form, skip = ("<L", 8) if long else ("<H", 6)
        if position + skip + 4 > len(head):
            break
        (length,) = struct.unpack_from(form, head, position + skip)
        value = position + skip + struct.calcsize(form)
        if element == 0x0010:
            syntax = head[value : value + length].decode("latin-1").strip("\0 ")
        position = value + length
    return syntax, position


def inflated_data_set(file: BinaryIO, start: int, name: str) -> io.BytesIO:
    """The data set behind deflate. Raises `UnreadableFile` when it is larger than any file."""
    try:
        return _inflated(file, start, name, -zlib.MAX_WBITS)
    except zlib.error:  # some writers put a zlib header before it
        return _inflated(file, start, name, zlib.MAX_WBITS)


def _inflated(file: BinaryIO, start: int, name: str, form: int) -> io.BytesIO:
    out, inflater = io.BytesIO(), zlib.decompressobj(form)
    file.seek(start)
    while not inflater.eof and (block := inflater.unconsumed_tail or file.read(_BLOCK_BYTES)):
        out.write(inflater.decompress(block, _BLOCK_BYTES))
        if out.tell() > MAX_INFLATED_BYTES:
            raise UnreadableFile(
                f"{name} is deflated, and larger than {MAX_INFLATED_BYTES >> 20} MB when it is "
                "not.",
                "Convert it with a DICOM tool, for instance to JPEG.",
            )
    return out


def check_order(file: BinaryIO, start: int, syntax: str, name: str) -> None:
    """Raises `UnreadableFile` when the first tag, of a low group, has its bytes the other way."""
    file.seek(start)
    group = file.read(2)
    little, big = int.from_bytes(group, "little"), int.from_bytes(group, "big")
    known = syntax in (IMPLICIT, EXPLICIT, BIG_ENDIAN)
    swapped = little < big if syntax == BIG_ENDIAN else big < little
    if known and swapped and min(little, big) < _LOW_GROUP:
        said = "big" if syntax == BIG_ENDIAN else "little"
        raise UnreadableFile(
            f"{name} contradicts itself: it says that it is {said} endian, which it is not.",
            "Export the file again.",
        )
