"""DICOM files of any pixel form for tests: the caller gives the very bytes of the pixels.

Works the same under pydicom 2.4 and 3, and pads, checks and corrects nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID

EXPLICIT = "1.2.840.10008.1.2.1"
RLE = "1.2.840.10008.1.2.5"
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
US_MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.3.1"


def save(dataset: Dataset, path: Path) -> Path:
    """Write a data set with its file header, by either generation of pydicom."""
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    known = UID(syntax).is_transfer_syntax
    if not known:
        dataset.file_meta.TransferSyntaxUID = UID(EXPLICIT)
    if int(pydicom.__version__.split(".")[0]) < 3:
        dataset.is_little_endian, dataset.is_implicit_VR = True, False
        dataset.save_as(path, write_like_original=False)
    else:
        dataset.save_as(path, enforce_file_format=True)
    if not known:
        path.write_bytes(with_syntax(path.read_bytes(), syntax))
    return path


def with_syntax(data: bytes, syntax: str) -> bytes:
    """An uncompressed explicit file under another transfer syntax, whether pydicom knows it."""

    def element(uid: str) -> bytes:
        value = uid.encode("ascii") + b"\0" * (len(uid) % 2)
        return struct.pack("<HH2sH", 2, 0x10, b"UI", len(value)) + value

    old, new = element(EXPLICIT), element(syntax)
    assert data.count(old) == 1
    assert data[132:140] == struct.pack("<HH2sH", 2, 0, b"UL", 4)
    (length,) = struct.unpack("<L", data[140:144])
    length += len(new) - len(old)
    return data[:140] + struct.pack("<L", length) + data[144:].replace(old, new)


def header(rows: int, columns: int, syntax: str = EXPLICIT, **tags: Any) -> FileDataset:
    """An ultrasound header for RGB pixels of 8 bits, changed by `tags`; None leaves a tag out."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = tags.get("SOPClassUID", US_MULTI_FRAME)
    meta.MediaStorageSOPInstanceUID = UID("2.25.7")
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    facts: dict[str, Any] = {
        "SOPClassUID": US_MULTI_FRAME,
        "SOPInstanceUID": "2.25.7",
        "Modality": "US",
        "PatientName": "Phantom^Test",
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        **tags,
    }
    for keyword, value in facts.items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


def grey_tags(bits: int = 8, photometric: str = "MONOCHROME2") -> dict[str, Any]:
    """The tags of one sample per pixel."""
    allocated = 8 if bits <= 8 else 16
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": photometric,
        "PlanarConfiguration": None,
        "BitsAllocated": allocated,
        "BitsStored": bits,
        "HighBit": bits - 1,
    }


def write_native(path: Path, dataset: FileDataset, pixels: bytes) -> Path:
    """Uncompressed pixels, exactly these bytes (and a pad byte where there is an odd number)."""
    save(dataset, path)
    data = pixels + b"\0" * (len(pixels) % 2)
    with path.open("ab") as file:
        file.write(struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OW", 0, len(data)) + data)
    return path


def item(data: bytes) -> bytes:
    """One item of encapsulated pixels."""
    data += b"\0" * (len(data) % 2)
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(data)) + data


def write_encapsulated(
    path: Path, dataset: FileDataset, fragments: Sequence[bytes], table: Sequence[int] = ()
) -> Path:
    """Compressed pixels: these fragments after a Basic Offset Table of these offsets."""
    save(dataset, path)
    with path.open("ab") as file:
        file.write(struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF))
        file.write(item(struct.pack(f"<{len(table)}L", *table)))
        for fragment in fragments:
            file.write(item(fragment))
        file.write(struct.pack("<HHL", 0xFFFE, 0xE0DD, 0))
    return path
