"""Whether a DICOM file is an ultrasound image at all, and what it is where it is none."""

from __future__ import annotations

from pathlib import Path

from pydicom.filereader import data_element_generator

from EchoMeasureLib.errors import ForeignFile, UnreadableFile
from EchoMeasureLib.imaging.file_meta import BIG_ENDIAN, IMPLICIT, read_meta
from EchoMeasureLib.imaging.header import (
    PARSE_ERRORS,
    Header,
    items_of,
    quiet_pydicom,
    text,
    uid_name,
)

_STANDARD = "1.2.840.10008."
_US = f"{_STANDARD}5.1.4.1.1."
ULTRASOUND_CLASSES = (f"{_US}6.1", f"{_US}3.1", f"{_US}6", f"{_US}3")
"""Ultrasound and multi-frame ultrasound images, and both in their retired form."""

SCREEN_CLASSES = (
    *(f"{_US}7", f"{_US}7.1", f"{_US}7.2", f"{_US}7.3", f"{_US}7.4"),
    *(f"{_US}77.1.4", f"{_US}77.1.4.1"),
)
"""Secondary captures and photographs: read when they are of ultrasound."""

VOLUME_CLASSES = (f"{_US}6.2", f"{_US}6.3")
"""Enhanced ultrasound and photoacoustic volumes."""

DICOM_DIRECTORY = f"{_STANDARD}1.3.10"

ULTRASOUND_MODALITIES = ("US", "IVUS")

_FLOATS = frozenset({0x7FE00008, 0x7FE00009})
"""Float Pixel Data and Double Float Pixel Data."""

_LARGE = 10_000
"""Bytes of a private element that is more than a setting."""


def check_content(header: Header, path: Path) -> None:
    """Raises `ForeignFile`, which says what it is, when this is no ultrasound image.

    Raises `UnreadableFile` where it was to be one, and is cut short.
    """
    name = path.name
    sop_class = text(header.dataset, "SOPClassUID")
    modality = text(header.dataset, "Modality")
    what = uid_name(sop_class) if sop_class else f"a {modality or 'nameless'} object"
    if sop_class == DICOM_DIRECTORY:
        raise ForeignFile(
            f"{name} is a DICOMDIR, an index of other files.", "Open one of the images it names."
        )
    if sop_class in VOLUME_CLASSES:
        raise ForeignFile(
            f"{name} is a 3-D volume ({what}), which is not read.",
            "Open the two-dimensional images of the study.",
        )
    if header.pixels is None:
        raise _without_pixels(header, path, what)
    if sop_class in ULTRASOUND_CLASSES or (
        (not sop_class or sop_class in SCREEN_CLASSES) and _is_of_ultrasound(header, modality)
    ):
        return
    raise ForeignFile(
        f"{name} is no ultrasound image: it is {what} of modality {modality or 'unknown'}.",
        "EchoMeasure opens ultrasound images, and screen captures whose modality is US.",
    )


def _is_of_ultrasound(header: Header, modality: str) -> bool:
    """By modality, or by regions, which nothing but ultrasound has."""
    return modality in ULTRASOUND_MODALITIES or bool(
        items_of(header.dataset, "SequenceOfUltrasoundRegions")
    )


def _without_pixels(header: Header, path: Path, what: str) -> UnreadableFile:
    name = path.name
    describes_image = "Rows" in header.dataset and "BitsAllocated" in header.dataset
    large = _large_elements(path)
    # What stands after the place of pixels shows that they were not cut off.
    private = {
        f"{tag >> 16:04X}" for tag in large - _FLOATS if tag >> 16 > 0x7FE0 * describes_image
    }
    if private and _may_be_ultrasound(header):
        return ForeignFile(
            f"{name} holds its images in private data of its maker (group "
            f"{', '.join(sorted(private))}), which are not read.",
            "Export it again as a standard DICOM image.",
        )
    if large & _FLOATS:
        return ForeignFile(f"{name} has pixels of floating-point numbers, which are not read.")
    if describes_image:
        return UnreadableFile(
            f"{name} is cut short: it ends before its pixels.", "Copy or export it again."
        )
    if text(header.dataset, "SOPClassUID") in ULTRASOUND_CLASSES:
        return UnreadableFile(
            f"{name} is a DICOM file without pixels ({what}): it is cut short in its header, or "
            "they were taken out.",
            "Copy or export it again.",
        )
    return ForeignFile(
        f"{name} is a DICOM file without pixels ({what}).", "Open the image it belongs to."
    )


def _may_be_ultrasound(header: Header) -> bool:
    """By modality or class; classes of makers are no standard UIDs."""
    sop_class = text(header.dataset, "SOPClassUID")
    modality = text(header.dataset, "Modality")
    return (
        modality in ULTRASOUND_MODALITIES
        or sop_class in ULTRASOUND_CLASSES
        or (not modality and not sop_class.startswith(_STANDARD))
    )


def _large_elements(path: Path) -> set[int]:
    """Tags of private elements that are more than settings, and of floating-point pixels."""
    large: set[int] = set()
    try:
        with path.open("rb") as file, quiet_pydicom():
            syntax, start = read_meta(file)
            file.seek(start)
            for element in data_element_generator(
                file, syntax in ("", IMPLICIT), syntax != BIG_ENDIAN, defer_size=_LARGE
            ):
                is_large = element.VR == "SQ" or getattr(element, "length", 0) >= _LARGE
                if int(element.tag) in _FLOATS or (element.tag.is_private and is_large):
                    large.add(int(element.tag))
    except PARSE_ERRORS:
        pass
    return large
