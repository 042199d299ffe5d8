"""What a compressed picture says of itself, in the same words for every codec.

The stream knows its size, depth and colours better than the DICOM header around
it. It is read once, before anything is decoded, and by nothing but its markers.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class CodecError(Exception):
    """The bytes of this frame cannot be decoded; the text says what is wrong with them."""


class Contradiction(CodecError):
    """The stream is sound by itself, but it is not the picture that the header describes."""


class Coding(str, enum.Enum):
    """How one frame is compressed; the value is its name in sentences."""

    NATIVE = "uncompressed"
    DEFLATED = "deflated"
    RUN_LENGTH = "RLE Lossless"
    JPEG = "JPEG"
    JPEG_LOSSLESS = "JPEG Lossless"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    JPEG_XL = "JPEG XL"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """The header of one compressed picture."""

    coding: Coding
    columns: int
    rows: int
    components: int
    precision: int
    """Bits per value."""
    signed: bool = False
    ybr: bool | None = None
    """Whether three components come out of the decoder as Y, Cb and Cr; None when the
    stream does not say."""
    ended: bool = True
    """Whether the marker that ends the picture is there."""
    rare: bool = False
    """Whether only SimpleITK decodes it: JPEG of more than 8 bits, and JPEG 2000 whose colours
    have more (Pillow turns their white into black) or whose tiles come in parts that take turns."""


JPEG_START = b"\xff\xd8\xff"
JPEG_2000_START = b"\xff\x4f\xff\x51"
JP2_START = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
JPEG_XL_STARTS = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")
IMAGE_STARTS = (JPEG_START, JPEG_2000_START, JP2_START, *JPEG_XL_STARTS)
"""First bytes of every compressed picture that has some of its own (run lengths have none)."""
