"""Which transfer syntaxes are read, and how their frames are compressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from EchoMeasureLib.errors import UnsupportedPixels
from EchoMeasureLib.imaging.file_meta import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT
from EchoMeasureLib.imaging.header import uid_name
from EchoMeasureLib.imaging.stream_facts import Coding


@dataclass(frozen=True, slots=True)
class Syntax:
    """One way in which DICOM stores pixels."""

    name: str
    codings: tuple[Coding, ...]
    """What its frames may be; a stream that is another one is read, and a note says so."""
    encapsulated: bool = True

    @property
    def is_video(self) -> bool:
        """Whether all frames are one stream."""
        return self.codings == (Coding.VIDEO,)


_DICOM = "1.2.840.10008.1.2."
_JPEG = f"{_DICOM}4."
_NATIVE, _DCT, _LOSSLESS = (Coding.NATIVE,), (Coding.JPEG,), (Coding.JPEG_LOSSLESS,)
_VIDEO = (Coding.VIDEO,)
_LS, _2000, _XL = (Coding.JPEG_LS,), (Coding.JPEG_2000,), (Coding.JPEG_XL,)

SYNTAXES: Mapping[str, Syntax] = MappingProxyType(
    {
        IMPLICIT: Syntax("uncompressed, implicit VR", _NATIVE, False),
        EXPLICIT: Syntax("uncompressed", _NATIVE, False),
        BIG_ENDIAN: Syntax("uncompressed, big endian", _NATIVE, False),
        DEFLATED: Syntax("uncompressed, deflated", _NATIVE, False),
        f"{_DICOM}1.98": Syntax("uncompressed, encapsulated", _NATIVE),
        f"{_DICOM}8.1": Syntax("deflated frames", (Coding.DEFLATED,)),
        f"{_DICOM}5": Syntax("RLE Lossless", (Coding.RUN_LENGTH,)),
        f"{_JPEG}50": Syntax("JPEG Baseline", _DCT),
        f"{_JPEG}51": Syntax("JPEG Extended", _DCT),
        f"{_JPEG}53": Syntax("JPEG Spectral Selection", _DCT),
        f"{_JPEG}55": Syntax("JPEG Progressive", _DCT),
        f"{_JPEG}57": Syntax("JPEG Lossless", _LOSSLESS),
        f"{_JPEG}70": Syntax("JPEG Lossless", _LOSSLESS),
        f"{_JPEG}80": Syntax("JPEG-LS Lossless", _LS),
        f"{_JPEG}81": Syntax("JPEG-LS", _LS),
        f"{_JPEG}90": Syntax("JPEG 2000 Lossless", _2000),
        f"{_JPEG}91": Syntax("JPEG 2000", _2000),
        f"{_JPEG}100": Syntax("MPEG-2 video", _VIDEO),
        f"{_JPEG}101": Syntax("MPEG-2 video", _VIDEO),
        f"{_JPEG}102": Syntax("H.264 video", _VIDEO),
        f"{_JPEG}103": Syntax("H.264 video", _VIDEO),
        f"{_JPEG}104": Syntax("H.264 video", _VIDEO),
        f"{_JPEG}107": Syntax("HEVC video", _VIDEO),
        f"{_JPEG}108": Syntax("HEVC video", _VIDEO),
        f"{_JPEG}110": Syntax("JPEG XL Lossless", _XL),
        f"{_JPEG}111": Syntax("JPEG XL, recompressed JPEG", (Coding.JPEG_XL, Coding.JPEG)),
        f"{_JPEG}112": Syntax("JPEG XL", _XL),
        f"{_JPEG}201": Syntax("HTJ2K Lossless", _2000),
        f"{_JPEG}202": Syntax("HTJ2K Lossless", _2000),
        f"{_JPEG}203": Syntax("HTJ2K", _2000),
    }
)

_FRAGMENTABLE = ".1"
"""Ends the UIDs of videos that may come in more than one fragment."""


def syntax_of(uid: str, name: str) -> Syntax:
    """The syntax of this UID. Raises `UnsupportedPixels`, which says what would read it."""
    plain = uid.removesuffix(_FRAGMENTABLE)
    if uid in SYNTAXES:
        return SYNTAXES[uid]
    if plain in SYNTAXES and SYNTAXES[plain].is_video:
        return SYNTAXES[plain]
    if not uid:
        raise UnsupportedPixels(
            f"{name} does not say how its pixels are compressed (no transfer syntax).",
            "Export the file again.",
        )
    known = uid_name(uid)
    words = f"{known} ({uid})" if known != uid else uid
    raise UnsupportedPixels(
        f"The pixels of {name} are stored as {words}, which is not read.",
        "Export it again as JPEG, MPEG-4 or uncompressed with the program that made it.",
    )
