"""Frames that only SimpleITK (GDCM) decodes: lossless JPEG, 12-bit JPEG, and JPEG-LS.

SimpleITK reads files, so each frame is wrapped as a small file of its own that
carries nothing but the pixels.
"""

from __future__ import annotations

import struct
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from EchoMeasureLib.imaging.codecs import CodecError, Decoded
from EchoMeasureLib.imaging.layout import YBR_422, PixelLayout

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_INSTANCE = "2.25.1"


def itk(syntax: str, data: bytes, layout: PixelLayout) -> Decoded:
    """Decode one frame of this transfer syntax with SimpleITK."""
    # SimpleITK says it is typed, but leaves most of it out.
    itk_module: Any = import_module("SimpleITK")

    with tempfile.TemporaryDirectory(prefix="echomeasure-") as folder:
        file = Path(folder) / "frame.dcm"
        file.write_bytes(wrap(syntax, data, layout))
        reader = itk_module.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(file))
        try:
            values = itk_module.GetArrayFromImage(reader.Execute())
        except RuntimeError as error:
            raise CodecError("its compressed stream is damaged or of a rare kind") from error
    wanted = (layout.rows, layout.columns, layout.samples)
    if values.size != np.prod(wanted):
        raise CodecError(f"it does not hold {layout.columns} x {layout.rows} pixels")
    return Decoded(values.reshape(wanted), layout.photometric in ("YBR_FULL", YBR_422))


def wrap(syntax: str, data: bytes, layout: PixelLayout) -> bytes:
    """A DICOM file of one frame, without any fact but those that the pixels need.

    It always claims RGB or MONOCHROME2, so that values come back as they are stored.
    """
    meta = b"".join(
        (
            _element(0x0002, 0x0001, "OB", b"\0\1"),
            _element(0x0002, 0x0002, "UI", SECONDARY_CAPTURE),
            _element(0x0002, 0x0003, "UI", _INSTANCE),
            _element(0x0002, 0x0010, "UI", syntax),
        )
    )
    colour = layout.samples == 3
    facts = [
        _element(0x0008, 0x0016, "UI", SECONDARY_CAPTURE),
        _element(0x0008, 0x0018, "UI", _INSTANCE),
        _element(0x0028, 0x0002, "US", layout.samples),
        _element(0x0028, 0x0004, "CS", "RGB" if colour else "MONOCHROME2"),
        *([_element(0x0028, 0x0006, "US", 0)] if colour else ()),
        _element(0x0028, 0x0010, "US", layout.rows),
        _element(0x0028, 0x0011, "US", layout.columns),
        _element(0x0028, 0x0100, "US", layout.bits_allocated),
        _element(0x0028, 0x0101, "US", layout.bits_stored),
        _element(0x0028, 0x0102, "US", layout.bits_stored - 1),
        _element(0x0028, 0x0103, "US", int(layout.signed)),
    ]
    item = data + b"\0" * (len(data) % 2)
    pixels = (
        struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
        + struct.pack("<HHL", 0xFFFE, 0xE000, 0)
        + struct.pack("<HHL", 0xFFFE, 0xE000, len(item))
        + item
        + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    )
    length = _element(0x0002, 0x0000, "UL", struct.pack("<L", len(meta)))
    return b"\0" * 128 + b"DICM" + length + meta + b"".join(facts) + pixels


def _element(group: int, element: int, vr: str, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        value = struct.pack("<H", value)
    elif isinstance(value, str):
        padding = "\0" if vr == "UI" else " "
        value = (value + padding * (len(value) % 2)).encode("ascii")
    if vr == "OB":
        return struct.pack("<HH2sHL", group, element, b"OB", 0, len(value)) + value
    return struct.pack("<HH2sH", group, element, vr.encode("ascii"), len(value)) + value
