"""From the compressed bytes of one frame to its stored values, one function per codec.

Pillow decodes JPEG and JPEG 2000 (and JPEG XL with its plugin), pyjpegls JPEG-LS,
SimpleITK the rest; see `decoding` for what is checked before and after. pydicom's
own decoders are not used: its second generation leaves YBR as it is and its third
turns it into RGB, and a picture must come out the same under both.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.errors import MissingPackage
from EchoMeasureLib.imaging.jpeg_2000_streams import codestream_of
from EchoMeasureLib.imaging.jpeg_streams import with_colours
from EchoMeasureLib.imaging.layout import PixelLayout
from EchoMeasureLib.imaging.stream_facts import CodecError, Contradiction, StreamHeader

Values = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Stored values of one frame."""

    values: Values
    """(rows, columns, samples), 8 or 16 bit integers."""
    bits: int
    """How many of their bits count."""
    ybr: bool = False
    """Whether the three samples are still Y, Cb and Cr."""


def native(data: bytes, layout: PixelLayout) -> Values:
    """Uncompressed values, interleaved or in planes, at full or half chroma resolution.

    Stored values (rows, columns, samples). Raises `Contradiction` for more or fewer bytes.
    """
    order = ">" if layout.big_endian else "<"
    size = layout.frame_bytes // layout.value_bytes
    if len(data) - layout.frame_bytes not in (0, 1):
        more = "more" if len(data) > layout.frame_bytes else "fewer"
        raise Contradiction(f"it holds {more} than {layout.frame_bytes} bytes")
    values = np.frombuffer(data, f"{order}u{layout.value_bytes}", size)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if layout.subsampled:
        return _from_422(values, layout)
    if layout.planar and layout.samples == 3:
        values = values.reshape(3, layout.rows * layout.columns).T
    return values.reshape(layout.rows, layout.columns, layout.samples)


def _from_422(values: Values, layout: PixelLayout) -> Values:
    """Y1 Y2 Cb Cr for each pair of pixels: C.7.6.3.1.2. An odd row ends with half a pair.

    By plane, which the standard does not know, all Y, all Cb and all Cr.
    """
    if layout.planar:
        luma, *chroma = np.split(values, [values.size // 2, values.size * 3 // 4])
        pairs = np.column_stack((luma.reshape(-1, 2), *chroma)).reshape(layout.rows, -1, 4)
    else:
        pairs = values.reshape(layout.rows, -1, 4)
    full = np.empty((*pairs.shape[:2], 2, 3), values.dtype)
    full[..., 0] = pairs[..., :2]
    full[..., 1] = pairs[..., 2:3]
    full[..., 2] = pairs[..., 3:4]
    return full.reshape(layout.rows, -1, 3)[:, : layout.columns]


def deflated(data: bytes, layout: PixelLayout) -> Values:
    """Uncompressed values behind deflate, frame by frame (PS3.5 A.4.13).

    As `native`. Raises `CodecError` when they are damaged.
    """
    try:
        plain = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, layout.frame_bytes + 2)
    except zlib.error as error:
        raise CodecError("its deflated bytes are damaged") from error
    return native(plain, layout)


def run_length(data: bytes, layout: PixelLayout) -> Values:
    """RLE Lossless, PS3.5 annex G: one byte plane per segment, high bytes first.

    Stored values (rows, columns, samples). Raises `CodecError` when it is cut or has other planes.
    """
    return _run_length(data, layout, _unpacked)


def run_length_exactly(data: bytes, layout: PixelLayout) -> Values:
    """The same, run by run.

    Raises `Contradiction` when there are more pixels than declared, or when the rows, each of
    which begins with a new run, are as long as the declared columns.
    """
    values = _run_length(data, layout, _unpacked_by_hand)
    starts = run_length_offsets(data)
    first = data[starts[0] : starts[1] if len(starts) > 1 else len(data)]
    ends = set(accumulate(map(len, _runs(first, layout.rows * layout.columns))))
    transposed = set(range(layout.rows, layout.rows * layout.columns, layout.rows))
    if not ends >= set(range(layout.columns, layout.rows * layout.columns, layout.columns)) and (
        ends >= transposed
    ):
        raise Contradiction(
            f"its rows have {layout.rows} pixels, not {layout.columns} as the header says"
        )
    return values


def _run_length(
    data: bytes, layout: PixelLayout, unpacked: Callable[[bytes, int], bytes]
) -> Values:
    count = layout.samples * layout.value_bytes
    starts = run_length_offsets(data)
    if starts[-1] > len(data):
        raise CodecError("its run-length data is cut short")
    if len(starts) != count:
        raise Contradiction(f"it has {len(starts)} run-length segments instead of {count}")
    pixels = layout.rows * layout.columns
    planes = np.empty((count, pixels), np.uint8)
    for plane, start, end in zip(planes, starts, (*starts[1:], len(data)), strict=True):
        plane[:] = np.frombuffer(unpacked(data[start:end], pixels), np.uint8)
    high = planes.reshape(layout.samples, layout.value_bytes, pixels)
    values: Values = high[:, 0].astype(f"u{layout.value_bytes}")
    for low in range(1, layout.value_bytes):
        values = (values << 8) | high[:, low]
    return np.ascontiguousarray(values.T).reshape(layout.rows, layout.columns, layout.samples)


def run_length_offsets(data: bytes) -> tuple[int, ...]:
    """Where the segments of a run-length frame begin. Raises `CodecError` when nowhere."""
    if len(data) < 64:
        raise CodecError("its run-length header is cut short")
    count, *offsets = np.frombuffer(data, "<u4", 16).tolist()
    starts = offsets[:count]
    if not 1 <= count <= 15 or starts[0] != 64 or starts != sorted(starts):
        raise CodecError("its run-length header is damaged")
    return tuple(starts)


_PADDING = b"\0\x80"
"""What may follow the last run: a byte to make the number even, and runs of nothing."""


def _unpacked(data: bytes, size: int) -> bytes:
    """So many bytes of runs, by the PackBits decoder that Pillow has for TIFF."""
    from PIL import Image

    try:
        return bytes(Image.frombytes("L", (size, 1), data, "packbits", "L").tobytes())
    except (ValueError, OSError):  # it wants runs to end exactly with the picture
        return _unpacked_by_hand(data, size)


def _unpacked_by_hand(data: bytes, size: int) -> bytes:
    return b"".join(_runs(data, size))[:size]


def _runs(data: bytes, size: int) -> list[bytes]:
    """The runs that make so many bytes, each unpacked."""
    runs: list[bytes] = []
    position, end, produced = 0, len(data), 0
    while position < end and produced < size:
        code = data[position]
        if code < 128:
            run = data[position + 1 : position + 2 + code]
            position += 2 + code
        elif code > 128:
            run = data[position + 1 : position + 2] * (257 - code)
            position += 2
        else:
            position += 1
            continue
        runs.append(run)
        produced += len(run)
    if produced < size:
        raise CodecError("its run-length data is cut short")
    if produced > size + 1 or data[position:].strip(_PADDING):
        raise Contradiction("its run-length segments hold more pixels than its header says")
    return runs


def jpeg(data: bytes, header: StreamHeader) -> Decoded:
    """JPEG of 8 bits, by Pillow. `header.ybr` says whether three components are turned to RGB."""
    if header.components == 3:
        data = with_colours(data, bool(header.ybr))
    return Decoded(_loaded(_open_picture(data, "JPEG")), 8)


def jpeg_2000(data: bytes, header: StreamHeader) -> Decoded:
    """JPEG 2000, by Pillow. A colour transform inside the stream (RCT, ICT) is undone there."""
    # Without its boxes, so that nothing but `header.ybr` decides about colours.
    values = _loaded(_open_picture(codestream_of(data), "JPEG2000"))
    if header.components != 1:
        return Decoded(values, 8)
    # Pillow spreads 9 to 15 bits over 16, fewer than 8 over 8, and makes all positive.
    values = values.astype(np.uint16 if values.dtype.itemsize > 1 else np.uint8)
    spare = 8 * values.dtype.itemsize - header.precision
    values = values >> spare if spare > 0 else values
    if header.signed:  # as two's complement, like every other codec
        values = values ^ values.dtype.type(1 << (header.precision - 1))
    return Decoded(values, header.precision)


def jpeg_xl(data: bytes, header: StreamHeader) -> Decoded:
    """JPEG XL, by Pillow with its plugin. Raises `MissingPackage` when that is not installed."""
    try:
        import_module("pillow_jxl")  # makes itself known to Pillow
    except ImportError as error:
        raise MissingPackage("pillow-jxl-plugin", "JPEG XL", "codecs") from error
    values = _loaded(_open_picture(data, "JXL"))
    if header.components != 1 or values.dtype.itemsize == 1:
        return Decoded(values, 8)
    # The decoder spreads every depth over 16 bits.
    top = (1 << header.precision) - 1
    spread = (values.astype(np.uint32) * top + 32767) // 65535
    return Decoded(spread.astype(np.uint16), header.precision)


def jpeg_ls(data: bytes, header: StreamHeader) -> Decoded:
    """JPEG-LS, by pyjpegls. Raises ImportError when that is not installed."""
    import jpeg_ls as pyjpegls

    decoded, info = pyjpegls.decode_buffer(data)
    flat = np.frombuffer(decoded, np.uint16 if info["bits_per_sample"] > 8 else np.uint8)
    if info["components"] > 1 and info["interleave_mode"] == 0:
        flat = flat.reshape(info["components"], -1).T
    return Decoded(flat.reshape(header.rows, header.columns, header.components), header.precision)


def _open_picture(data: bytes, form: str) -> Any:
    from PIL import Image

    return Image.open(io.BytesIO(data), formats=(form,))


def _loaded(picture: Any) -> Values:
    if picture.mode not in ("L", "I;16", "I;16B", "I;16L", "I", "RGB"):
        raise CodecError(f"its compressed stream has the colours {picture.mode}")
    values: Values = np.array(picture)
    return values if values.ndim == 3 else values[..., None]
