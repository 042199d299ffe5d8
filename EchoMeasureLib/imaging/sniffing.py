"""What a file is, by its first bytes. Names and endings are never looked at."""

from __future__ import annotations

import enum

from EchoMeasureLib.imaging.mpeg_forms import mpeg_form

HEAD_BYTES = 4096
"""How much of a file `recognise` and `seems_to_be` want to see."""


class FileKind(enum.Enum):
    """The kinds of file that EchoMeasure opens."""

    DICOM = "DICOM"
    VIDEO = "video"
    PICTURE = "picture"


_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV "
    b"TM UC UI UL UN UR US UT UV".split()
)

_FIRST_ELEMENTS = frozenset({0x0000, 0x0001, 0x0005, 0x0006, 0x0008, *range(0x0012, 0x0019)})
"""Elements of group 0008 that a data set without a file header begins with."""


_SMALL_BOXES = frozenset((b"styp", b"free", b"skip", b"wide", b"pnot", b"uuid"))

FIRST_BOXES = _SMALL_BOXES | {b"ftyp", b"moov", b"mdat"}
"""Boxes that an MP4 or QuickTime file begins with; the latter may be older than `ftyp`."""

_PICTURE_BRANDS = (
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"mif2", b"msf1", b"avif", b"avis", b"avci", b"avcs", b"miaf"),
)
"""Brands of HEIF files (ISO/IEC 23008-12). FFmpeg takes them for videos, of which it shows one tile
of a picture that is made of many, and one frame of a picture that moves."""


def recognise(head: bytes) -> FileKind | None:
    """The kind of file that begins with these bytes; None when it is none that is read."""
    if head[128:132] == b"DICM" or _is_bare_dicom(head):
        return FileKind.DICOM
    if _is_video(head):
        return FileKind.VIDEO
    if head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return FileKind.PICTURE
    return None


def _is_video(head: bytes) -> bool:
    if head[:4] == b"RIFF":
        return head[8:12] == b"AVI "
    if mpeg_form(head) in ("mpeg", "mpegts"):
        return True
    kind = head[4:8]
    if kind in _SMALL_BOXES and head[:1] != b"\0":
        return False  # text, such as "the free wall"
    return kind in FIRST_BOXES and not (kind == b"ftyp" and head[8:12] in _PICTURE_BRANDS)


def _is_bare_dicom(head: bytes) -> bool:
    """Whether this is a data set without the 128-byte preamble (PS3.10 asks for one)."""
    if len(head) < 8:
        return False
    for order in ("little", "big"):
        group = int.from_bytes(head[0:2], order)
        element = int.from_bytes(head[2:4], order)
        if group == 2 and element <= 0x0102 and order == "little":
            implicit = 0 < int.from_bytes(head[4:8], "little") <= 64
            return head[4:6] in _VRS or implicit
        if group == 8 and element in _FIRST_ELEMENTS:
            if head[4:6] in _VRS:
                return True
            length = int.from_bytes(head[4:8], "little")
            return order == "little" and length % 2 == 0 and length <= 1024
    return False


SIGNATURES = (
    (0, b"version https://git-lfs", "a Git LFS pointer: the file itself was not downloaded"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (0, b"II+\x00", "a TIFF picture"),
    (0, b"MM\x00+", "a TIFF picture"),
    (8, b"WEBP", "a WebP picture"),
    *((4, b"ftyp" + brand, "a HEIF or AVIF picture") for brand in _PICTURE_BRANDS),
    (4, b"jP  ", "a JPEG 2000 picture"),
    (0, b"\xffO\xffQ", "a JPEG 2000 picture"),
    (4, b"JXL ", "a JPEG XL picture"),
    (0, b"\xff\n", "a JPEG XL picture"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a Windows Media video"),
    (0, b"NRRD", "an NRRD volume"),
    (0, b"\x89HDF", "an HDF5 file"),
    (344, b"n+1\0", "a NIfTI volume"),
    (0, b"ObjectType", "the header of a MetaImage volume"),
    (0, b"<?xml", "an XML document"),
    (0, b"RIFF", "a RIFF file that holds no video"),
)
"""Where and what bytes are in files that are not read, and what they are."""


def seems_to_be(head: bytes) -> str:
    """What a file that is not read seems to be, in words that follow "it seems to be"."""
    if not head:
        return "empty"
    for place, signature, words in SIGNATURES:
        if head.startswith(signature, place):
            return words
    if head.lstrip().startswith((b"{", b"[")):
        return "a JSON document"
    if not any(head):
        return "nothing but zeros"
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in head)
    return "plain text" if printable >= 0.95 * len(head) else "of an unknown kind"
