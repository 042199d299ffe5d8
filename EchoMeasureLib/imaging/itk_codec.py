"""Frames that SimpleITK (GDCM) decodes: lossless JPEG, and rare kinds of other codings.

SimpleITK reads files, so each frame is wrapped as a small file of its own that
carries nothing but the pixels.
"""

from __future__ import annotations

import os
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from EchoMeasureLib.imaging.codecs import Decoded
from EchoMeasureLib.imaging.stream_facts import Coding, StreamHeader

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_INSTANCE = "2.25.1"

_SYNTAXES = {
    Coding.JPEG: "1.2.840.10008.1.2.4.51",
    Coding.JPEG_LOSSLESS: "1.2.840.10008.1.2.4.57",
    Coding.JPEG_LS: "1.2.840.10008.1.2.4.81",
    Coding.JPEG_2000: "1.2.840.10008.1.2.4.91",
}

_one_at_a_time = threading.Lock()


def itk(data: bytes, header: StreamHeader) -> Decoded:
    """Decode one frame with SimpleITK. Raises RuntimeError when it cannot."""
    # SimpleITK says it is typed, but leaves most of it out.
    itk_module: Any = import_module("SimpleITK")

    with tempfile.TemporaryDirectory(prefix="echomeasure-") as folder:
        file = Path(folder) / "frame.dcm"
        file.write_bytes(wrap(data, header))
        reader = itk_module.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(file))
        with _without_its_lines():
            values = itk_module.GetArrayFromImage(reader.Execute())
    shape = (header.rows, header.columns, header.components)
    return Decoded(values.reshape(shape), header.precision)


@contextmanager
def _without_its_lines() -> Iterator[None]:
    """GDCM writes what it tries to the terminal, past Python; there it says nothing to anyone."""
    with _one_at_a_time:
        try:
            kept = os.dup(2)
        except OSError:  # a program without a terminal
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


def wrap(data: bytes, header: StreamHeader) -> bytes:
    """A DICOM file of one frame, without any fact but those that the pixels need.

    It always claims RGB or MONOCHROME2, so that values come back as they are stored.
    """
    meta = b"".join(
        (
            _element(0x0002, 0x0001, "OB", b"\0\1"),
            _element(0x0002, 0x0002, "UI", SECONDARY_CAPTURE),
            _element(0x0002, 0x0003, "UI", _INSTANCE),
            _element(0x0002, 0x0010, "UI", _SYNTAXES[header.coding]),
        )
    )
    colour = header.components == 3
    facts = [
        _element(0x0008, 0x0016, "UI", SECONDARY_CAPTURE),
        _element(0x0008, 0x0018, "UI", _INSTANCE),
        _element(0x0028, 0x0002, "US", header.components),
        _element(0x0028, 0x0004, "CS", "RGB" if colour else "MONOCHROME2"),
        *([_element(0x0028, 0x0006, "US", 0)] if colour else ()),
        _element(0x0028, 0x0010, "US", header.rows),
        _element(0x0028, 0x0011, "US", header.columns),
        _element(0x0028, 0x0100, "US", 8 if header.precision <= 8 else 16),
        _element(0x0028, 0x0101, "US", header.precision),
        _element(0x0028, 0x0102, "US", header.precision - 1),
        _element(0x0028, 0x0103, "US", 0),
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
