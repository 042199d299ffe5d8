"""Compressed pictures for tests, one encoder per coding, with the markers that a test wants."""

from __future__ import annotations

import base64
import io
import struct
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[Any]

END = b"\xff\xd9"


def jpeg(pixels: Pixels, mode: str = "", *, subsampling: int = 0, **options: Any) -> bytes:
    """A JPEG stream; mode YCbCr keeps RGB `pixels` as the components themselves."""
    out = io.BytesIO()
    picture = Image.fromarray(pixels)
    if mode:
        picture = Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    if pixels.ndim == 3:
        options["subsampling"] = subsampling
    picture.save(out, "JPEG", quality=100, **options)
    return out.getvalue()


def without_jfif(stream: bytes) -> bytes:
    """The stream without its first marker segment."""
    assert stream[2:4] == b"\xff\xe0"
    return stream[:2] + stream[4 + int.from_bytes(stream[4:6], "big") :]


def with_jfif(stream: bytes) -> bytes:
    """The stream with a JFIF marker."""
    return stream[:2] + b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0" + stream[2:]


def with_adobe(stream: bytes, transform: int) -> bytes:
    """The stream with an Adobe marker: 0 says RGB, 1 YCbCr."""
    marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])
    return stream[:2] + marker + stream[2:]


def jpeg_2000(pixels: Pixels, *, transform: bool = False, boxes: bool = False) -> bytes:
    """A reversible JPEG 2000 codestream, or a JP2 file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG2000", no_jp2=not boxes, mct=int(transform))
    return out.getvalue()


def jpeg_ls(pixels: Pixels, bits: int = 8) -> bytes:
    """A lossless JPEG-LS stream, colour by pixel."""
    import jpeg_ls as pyjpegls

    rows, columns = pixels.shape[:2]
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    mode = 2 if samples > 1 else 0
    data = np.ascontiguousarray(pixels).tobytes()
    return bytes(pyjpegls.encode_buffer(data, rows, columns, samples, bits, interleave_mode=mode))


def jpeg_xl(pixels: Pixels) -> bytes:
    """A lossless JPEG XL stream."""
    import_module("pillow_jxl")
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JXL", lossless=True)
    return out.getvalue()


def jpeg_lossless(pixels: Pixels, precision: int = 8) -> bytes:
    """Lossless JPEG (T.81 annex H): each value less the one to its left, every category 5 bits."""
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    rows, columns, samples = planes.shape
    values = planes.astype(np.int64)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 1 << (precision - 1)
    bits: list[str] = []
    for difference in (values - predicted).reshape(-1).tolist():
        category = abs(difference).bit_length()
        coded = difference if difference >= 0 else difference + (1 << category) - 1
        bits.append(f"{category:05b}" + (f"{coded:0{category}b}" if category else ""))
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    data = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    names = range(1, samples + 1)
    frame = struct.pack(">BHHB", precision, rows, columns, samples)
    frame += b"".join(bytes((name, 0x11, 0)) for name in names)
    table = bytes((0, 0, 0, 0, 0, 17, *[0] * 11, *range(17)))
    scan = bytes((samples, *(byte for name in names for byte in (name, 0)), 1, 0, 0))
    return (
        b"\xff\xd8"
        + _segment(0xC3, frame)
        + _segment(0xC4, table)
        + _segment(0xDA, scan)
        + (data + END)
    )


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def run_lengths(pixels: Pixels) -> bytes:
    """RLE Lossless: every byte plane as literal runs, high bytes first (PS3.5 annex G)."""
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    big = planes.astype(planes.dtype.newbyteorder(">"))
    size = planes.dtype.itemsize
    segments: list[bytes] = []
    for sample in range(planes.shape[2]):
        raw = np.ascontiguousarray(big[..., sample]).tobytes()
        for byte in range(size):
            plane = raw[byte::size]
            packed = b"".join(
                bytes((len(plane[at : at + 128]) - 1,)) + plane[at : at + 128]
                for at in range(0, len(plane), 128)
            )
            segments.append(packed + b"\0" * (len(packed) % 2))
    starts = [64]
    for segment in segments[:-1]:
        starts.append(starts[-1] + len(segment))
    head = struct.pack("<16L", len(segments), *starts, *[0] * (15 - len(segments)))
    return head + b"".join(segments)


# By OpenJPH 0.26.3: 16 x 16 pixels of (200, 30, 30), and of the greys 0 to 255.
HTJ2K_RED = base64.b64decode(
    "/0//UQAvQAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAAA/9SAAwA"
    "AgABAQUEBEAB/1wAEyBQWFhYWFhYWFhYWFhYUFBQ/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAC4A"
    "Af+TwBKA7wCHdAAAwBKAUgGHdAAAAAAAAAAAAAAAAAAAAAD/2Q=="
)
HTJ2K_GREYS = base64.b64decode(
    "/0//UQApQAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAABBwEB/1AACAACAAAAAv9SAAwAAgABAAUE"
    "BEAB/1wAEyBIUFBQUFBQUFBQUFBQSEhI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAGEAAf+TwCXj"
    "AId0AADAEsASgPAAx3QAIgGHdADAEsATAMAAQnQAkJAAQ1QAwBLAFUDwtPJ0AEbDMP7AEIHstgDAJ4BWAADnwClL"
    "5gDe3d3d/fJ798nsuAD/2Q=="
)

# By libjpeg-turbo and OpenJPEG, 12 bits: 16 x 16 pixels of (3200, 480, 480) at half chroma, and
# 8 x 8 of which the upper half is white, (4095, 4095, 4095), and the lower one (3200, 480, 480).
JPEG_12_RED = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/2wBDAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wQARDAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAA"
    "AA3/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAADA7/xAAUEQEAAAAAAAAAAAAAAAAA"
    "AAAA/9oADAMBAAIRAxEAPwCQzgA06qgH/9k="
)
JPEG_2000_12_WHITE_OVER_RED = base64.b64decode(
    "/0//UQAvAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAADCwEBCwEBCwEB/1IADAAAAAEBAAQEAAH/"
    "XAAEQGD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAABYAAH/k8/knBQAWx79"
    "fLfJJ+AAAwjnH+Ql/JlQAAABhG9P0fopwj7lNEfcpoj/f4Df4HA7uQ7HjgPpCyAYSB4+RIKPPEgpdASCN0BIS/9/"
    "/9k="
)
