"""The header of a DICOM file: the few tags that are needed, and where its pixels lie.

Nothing else is read. Names of patients are never loaded, and the pixels stay on disk. Patient
ID and birth date are read to tell two patients apart and to know an age, and go no further: see
`patient` and `subject_reading`.
"""

from __future__ import annotations

import logging
import math
import os
import re
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.config import disable_value_validation
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.uid import UID

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.file_meta import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    check_order,
    inflated_data_set,
    read_meta,
)

WANTED = (
    *("SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "Modality"),
    *("Manufacturer", "ManufacturerModelName", "StudyInstanceUID", "SeriesInstanceUID"),
    *("PatientID", "PatientBirthDate"),
    *("PatientSex", "PatientSize", "PatientWeight", "PatientAge", "StudyDate", "HeartRate"),
    *("AcquisitionContextSequence",),
    *("NumberOfFrames", "FrameIncrementPointer", "FrameTime", "FrameTimeVector", "CineRate"),
    *("RecommendedDisplayFrameRate", "EffectiveDuration", "RWaveTimeVector"),
    "SequenceOfUltrasoundRegions",
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPresentation"),
    *("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"),
    *("ModalityLUTSequence", "VOILUTSequence"),
    *(
        f"{prefix}{colour}PaletteColorLookupTable{part}"
        for prefix in ("", "Segmented")
        for colour in ("Red", "Green", "Blue")
        for part in ("Descriptor", "Data")
        if (prefix, part) != ("Segmented", "Descriptor")
    ),
    *("PixelAspectRatio", "PixelSpacing", "ExtendedOffsetTable"),
)
"""Keywords of the tags that are read; everything else is passed over unread."""

PARSE_ERRORS = (
    InvalidDicomError,
    BytesLengthException,
    EOFError,
    struct.error,
    zlib.error,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    MemoryError,
)
"""What pydicom raises on damaged files, depending on where the damage is."""

MAX_TEXT = 64
"""The longest UID or name that the standard allows in the tags that are read here."""

UNDEFINED_LENGTH = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the value of (7FE0,0010) Pixel Data lies."""

    offset: int
    """Byte of the file at which the value begins (of `inflated`, where that is not None)."""
    length: int
    """In bytes, or `UNDEFINED_LENGTH` when it is encapsulated."""
    words: bool
    """Whether it is written as 16-bit words (VR OW)."""
    inflated: memoryview | None = None
    """The data set of a file that is deflated as a whole."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a DICOM file before a pixel is read."""

    dataset: Dataset
    syntax: str
    """Transfer syntax UID."""
    pixels: PixelElement | None
    """None when there are no pixels."""


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Without pydicom's checks of values, its warnings and its log.

    Odd values are judged here, by what is needed of them; and what pydicom logs are
    the values themselves, among which there may be a name.
    """
    log = logging.getLogger("pydicom")
    was_disabled = log.disabled
    with disable_value_validation(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"pydicom(\..*)?$")
        log.disabled = True
        try:
            yield
        finally:
            log.disabled = was_disabled


def read_header(path: Path) -> Header:
    """The header of this DICOM file. Raises `UnreadableFile` when it is damaged."""
    try:
        with path.open("rb") as file, quiet_pydicom():
            syntax, start = read_meta(file)
            check_order(file, start, syntax, path.name)
            if syntax == DEFLATED:
                inflated = inflated_data_set(file, start, path.name)
                return _read_dataset(inflated, syntax, inflated.getbuffer())
            return _read_dataset(file, syntax, None)
    except EOFError as error:
        raise UnreadableFile(
            f"{path.name} is cut short: it ends within its header.", "Copy or export it again."
        ) from error
    except PARSE_ERRORS as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(
            f"{path.name} begins like DICOM, but its header is damaged or cut short.",
            "Copy or export the file again.",
        ) from error


def _read_dataset(file: BinaryIO, syntax: str, inflated: memoryview | None) -> Header:
    """The wanted tags, and where the pixels lie; a deflated data set stands for itself."""
    file.seek(0)
    bare = file.read(132)[128:] != b"DICM"
    file.seek(0)
    dataset = pydicom.dcmread(file, stop_before_pixels=True, force=bare, specific_tags=list(WANTED))
    meta = getattr(dataset, "file_meta", None) or Dataset()
    syntax = syntax or _printable(str(meta.get("TransferSyntaxUID", "") or ""))
    if "SOPClassUID" not in dataset:
        dataset.SOPClassUID = str(meta.get("MediaStorageSOPClassUID", "") or "")
    return _locate_pixels(file, dataset, syntax, inflated)


def _locate_pixels(
    file: BinaryIO, dataset: Dataset, syntax: str, inflated: memoryview | None
) -> Header:
    """pydicom stopped right before Pixel Data, or at the end of the file."""
    start = file.tell()
    head = file.read(12)
    little = head[:4] == b"\xe0\x7f\x10\x00"
    if not little and head[:4] != b"\x7f\xe0\x00\x10":
        return Header(dataset, syntax, None)
    order = "<" if little else ">"
    size = file.seek(0, os.SEEK_END)
    explicit, where, length = _length_of_pixels(head, order, size - start, syntax)
    if not syntax and length != UNDEFINED_LENGTH:
        syntax = (EXPLICIT if explicit else IMPLICIT) if little else BIG_ENDIAN
    words = not explicit or head[4:6] == b"OW"
    return Header(dataset, syntax, PixelElement(start + where, length, words, inflated))


def _length_of_pixels(head: bytes, order: str, left: int, syntax: str) -> tuple[bool, int, int]:
    """Whether Pixel Data has a VR, where its value begins and how long it is.

    Some writers put a VR there that is none, or none where there should be one: the
    length that the file can hold tells.
    """
    if len(head) < 8:
        raise EOFError
    head = head.ljust(12, b"\0")
    (short,) = struct.unpack(f"{order}L", head[4:8])
    (long,) = struct.unpack(f"{order}L", head[8:12])
    explicit, implicit = (True, 12, long), (False, 8, short)
    if head[4:6] in (b"OB", b"OW", b"UN"):
        return explicit
    if syntax == IMPLICIT or short == UNDEFINED_LENGTH:
        return implicit
    fits = long == UNDEFINED_LENGTH or long <= left - 12
    return explicit if fits and (syntax or short > left - 8) else implicit


def text(dataset: Dataset, keyword: str) -> str:
    """The value of a tag as plain text of at most 64 letters; empty when absent or damaged."""
    try:
        with quiet_pydicom():
            value = dataset.get(keyword)
    except PARSE_ERRORS:
        return ""
    return "" if value is None else _printable(str(value))


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """All values of a tag, each as `text`; none when it is absent or damaged."""
    try:
        with quiet_pydicom():
            value = dataset.get(keyword)
            parts = [value] if isinstance(value, str) else list(value or ())
    except PARSE_ERRORS:
        return ()
    return tuple(_printable(str(part)) for part in parts)


def as_written(value: object) -> str:
    """A value as it stands in the file; a day or time as DICOM writes it since 1993 (PS3.5 6.2).

    >>> as_written("2026.03.01"), as_written("10:15:00")
    ('20260301', '101500')
    """
    words = "\\".join(map(str, value)) if isinstance(value, MultiValue) else str(value)
    old_day, old_time = r"\d{4}\.\d\d\.\d\d", r"\d\d:\d\d(:\d\d(\.\d+)?)?"
    if re.fullmatch(old_day, words):
        return words.replace(".", "")
    return words.replace(":", "") if re.fullmatch(old_time, words) else words


def uid_name(uid: str) -> str:
    """The name of a UID of the standard, or the UID itself."""
    with quiet_pydicom():
        return _printable(str(UID(uid).name))


def _printable(words: str) -> str:
    return "".join(filter(str.isprintable, words[:MAX_TEXT])).strip()


def stored_bytes(dataset: Dataset, keyword: str) -> bytes:
    """The value of a tag as it stands in the file; empty when it is absent or no bytes."""
    tag = tag_for_keyword(keyword)
    if tag is None or tag not in dataset:
        return b""
    value = dataset.get_item(tag).value
    return value if isinstance(value, bytes) else b""


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """The values of a numeric tag; NaN for one that is no number, empty when it is absent."""
    tag = tag_for_keyword(keyword)
    if tag is None or tag not in dataset:
        return ()
    try:
        with quiet_pydicom():
            raw = dataset.get_item(tag)
            # Decimal strings are read here: pydicom refuses some that are in the field,
            # such as a CineRate of 29.97.
            vr = raw.VR or dictionary_VR(tag)
            if isinstance(raw, RawDataElement) and vr in ("IS", "DS") and raw.value:
                return tuple(_number(part) for part in raw.value.decode("latin-1").split("\\"))
            value = dataset[tag].value
    except PARSE_ERRORS:
        return (math.nan,)
    if value is None or value in ("", b""):
        return ()
    several = isinstance(value, Iterable) and not isinstance(value, (str, bytes))
    return tuple(map(_number, value)) if several else (_number(value),)


def items_of(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """The items of a sequence; none when it is absent or damaged."""
    try:
        with quiet_pydicom():
            return tuple(item for item in dataset.get(keyword) or () if isinstance(item, Dataset))
    except PARSE_ERRORS:
        return ()


def _number(value: object) -> float:
    try:
        return float(value.strip("\0 ") if isinstance(value, str) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first value of a numeric tag; None when it is absent or no finite number."""
    values = numbers(dataset, keyword)
    return values[0] if values and math.isfinite(values[0]) else None
