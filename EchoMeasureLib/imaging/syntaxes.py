"""Which transfer syntaxes are read, and by which codecs, in order of preference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from EchoMeasureLib.errors import UnsupportedPixels
from EchoMeasureLib.imaging.codecs import Codec, jpeg, jpeg_2000, jpeg_ls, native, run_length
from EchoMeasureLib.imaging.header import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, uid_name
from EchoMeasureLib.imaging.itk_codec import itk


@dataclass(frozen=True, slots=True)
class Syntax:
    """One way in which DICOM stores pixels."""

    name: str
    codecs: tuple[Codec, ...]
    encapsulated: bool = True


_JPEG = "1.2.840.10008.1.2.4."


def _by_itk(number: int) -> Codec:
    return partial(itk, f"{_JPEG}{number}")


SYNTAXES: Mapping[str, Syntax] = MappingProxyType(
    {
        IMPLICIT: Syntax("uncompressed, implicit VR", (native,), False),
        EXPLICIT: Syntax("uncompressed", (native,), False),
        BIG_ENDIAN: Syntax("uncompressed, big endian", (native,), False),
        DEFLATED: Syntax("uncompressed, deflated", (native,), False),
        "1.2.840.10008.1.2.5": Syntax("RLE Lossless", (run_length,)),
        f"{_JPEG}50": Syntax("JPEG Baseline", (jpeg, _by_itk(50))),
        f"{_JPEG}51": Syntax("JPEG Extended", (jpeg, _by_itk(51))),
        f"{_JPEG}57": Syntax("JPEG Lossless", (_by_itk(57),)),
        f"{_JPEG}70": Syntax("JPEG Lossless", (_by_itk(70),)),
        f"{_JPEG}80": Syntax("JPEG-LS Lossless", (jpeg_ls, _by_itk(80))),
        f"{_JPEG}81": Syntax("JPEG-LS", (jpeg_ls, _by_itk(81))),
        f"{_JPEG}90": Syntax("JPEG 2000 Lossless", (jpeg_2000, _by_itk(90))),
        f"{_JPEG}91": Syntax("JPEG 2000", (jpeg_2000, _by_itk(91))),
        f"{_JPEG}201": Syntax("HTJ2K Lossless", (jpeg_2000,)),
        f"{_JPEG}202": Syntax("HTJ2K Lossless", (jpeg_2000,)),
        f"{_JPEG}203": Syntax("HTJ2K", (jpeg_2000,)),
    }
)

_VIDEO = "Extract the video with a DICOM tool and open the MP4 file, or convert it to JPEG."
_TOOLS = "Convert it to uncompressed pixels or to JPEG, for instance with dcmtk or GDCM."


def syntax_of(uid: str, name: str) -> Syntax:
    """The syntax of this UID. Raises `UnsupportedPixels`, which says what would read it."""
    if uid in SYNTAXES:
        return SYNTAXES[uid]
    if not uid:
        raise UnsupportedPixels(
            f"{name} does not say how its pixels are compressed (no transfer syntax).",
            "Export the file again.",
        )
    known = uid_name(uid)
    words = f"{known} ({uid})" if known != uid else uid
    number = uid.removeprefix(_JPEG)
    video = number.isdigit() and 100 <= int(number) <= 109
    raise UnsupportedPixels(
        f"The pixels of {name} are stored as {words}, which neither Pillow nor SimpleITK reads.",
        _VIDEO if video else _TOOLS,
    )
