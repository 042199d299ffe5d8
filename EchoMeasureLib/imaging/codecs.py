"""From the compressed bytes of one frame to its stored values, one function per codec.

Pillow decodes JPEG and JPEG 2000, pyjpegls (when it is there) JPEG-LS, SimpleITK
the rest; run-length coding is undone here. pydicom's own decoders are not used:
its second generation leaves YBR as it is and its third turns it into RGB, and a
picture must come out the same under both.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.layout import YBR_422, PixelLayout

Values = npt.NDArray[Any]


class CodecError(Exception):
    """The bytes of this frame cannot be decoded; the text says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Stored values of one frame."""

    values: Values
    """(rows, columns, samples), 8 or 16 bit integers."""
    ybr: bool
    """Whether the three samples are still Y, Cb and Cr."""


_PILLOW_ERRORS = (OSError, SyntaxError, ValueError, IndexError, TypeError, struct.error)
"""What Pillow raises on damaged streams."""

Codec = Callable[[bytes, PixelLayout], Decoded]


def _shaped(flat: Values, layout: PixelLayout) -> Values:
    if flat.size != layout.rows * layout.columns * layout.samples:
        raise CodecError(
            f"it does not hold {layout.columns} x {layout.rows} pixels, as the header says"
        )
    return flat.reshape(layout.rows, layout.columns, layout.samples)


def _masked(values: Values, layout: PixelLayout) -> Values:
    """Only the stored bits: others may hold overlays or rubbish."""
    if layout.bits_stored == layout.bits_allocated and layout.high_bit == layout.bits_stored - 1:
        return values.view(values.dtype.str.replace("u", "i")) if layout.signed else values
    shifted = values >> max(0, layout.high_bit + 1 - layout.bits_stored)
    kept = shifted & ((1 << layout.bits_stored) - 1)
    if not layout.signed:
        return kept
    sign = 1 << (layout.bits_stored - 1)
    return (kept.astype(np.int32) ^ sign) - sign


def native(data: bytes, layout: PixelLayout) -> Decoded:
    """Uncompressed values, interleaved or in planes, at full or half chroma resolution."""
    order = ">" if layout.big_endian else "<"
    values = np.frombuffer(data, f"{order}u{layout.value_bytes}")
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if layout.photometric == YBR_422 and len(data) < layout.frame_bytes:
        return Decoded(_from_422(values, layout), True)
    pixels = layout.rows * layout.columns
    values = values[: pixels * layout.samples]
    if layout.planar and layout.samples == 3:
        values = values.reshape(3, pixels).T
    # An uncompressed image tagged YBR_ICT or YBR_RCT was decompressed, and is RGB.
    ybr = layout.photometric in ("YBR_FULL", YBR_422)
    return Decoded(_masked(_shaped(values, layout), layout), ybr)


def _from_422(values: Values, layout: PixelLayout) -> Values:
    """Y1 Y2 Cb Cr for each pair of pixels: C.7.6.3.1.2."""
    pairs = values.reshape(layout.rows, layout.columns // 2, 4)
    full = np.empty((layout.rows, layout.columns // 2, 2, 3), values.dtype)
    full[..., 0] = pairs[..., :2]
    full[..., 1] = pairs[..., 2:3]
    full[..., 2] = pairs[..., 3:4]
    return full.reshape(layout.rows, layout.columns, 3)


def run_length(data: bytes, layout: PixelLayout) -> Decoded:
    """RLE Lossless, PS3.5 annex G: one byte plane per segment, high bytes first."""
    planes = layout.samples * layout.value_bytes
    if len(data) < 64:
        raise CodecError("its run-length header is cut short")
    count, *offsets = struct.unpack("<16L", data[:64])
    if count != planes:
        raise CodecError(f"it has {count} run-length segments instead of {planes}")
    pixels = layout.rows * layout.columns
    ends = [*offsets[1:count], len(data)]
    segments = [
        _unpack_bits(data[start:end], pixels)
        for start, end in zip(offsets[:count], ends, strict=True)
    ]
    stack = np.stack(segments).reshape(layout.samples, layout.value_bytes, pixels)
    values: Values = stack[:, 0].astype(f"u{layout.value_bytes}")
    for low in range(1, layout.value_bytes):
        values = (values << 8) | stack[:, low]
    ybr = layout.photometric in ("YBR_FULL", YBR_422)
    return Decoded(_masked(_shaped(np.ascontiguousarray(values.T), layout), layout), ybr)


def _unpack_bits(data: bytes, size: int) -> npt.NDArray[np.uint8]:
    parts: list[bytes] = []
    position, end, produced = 0, len(data), 0
    while position < end and produced < size:
        code = data[position]
        if code < 128:
            part = data[position + 1 : position + 2 + code]
            position += 2 + code
        elif code > 128:
            part = data[position + 1 : position + 2] * (257 - code)
            position += 2
        else:
            position += 1
            continue
        parts.append(part)
        produced += len(part)
    if produced < size:
        raise CodecError("its run-length data is cut short")
    return np.frombuffer(b"".join(parts), np.uint8, size)


@dataclass(frozen=True, slots=True)
class JpegHead:
    """What the markers of a JPEG stream say about its colours."""

    components: tuple[tuple[int, int], ...]
    """Identifier and sampling factors of each component."""
    adobe: int | None
    """Transform of the Adobe marker: 0 none (RGB), 1 YCbCr."""
    jfif: bool

    def is_ybr(self, tagged_ybr: bool) -> bool:
        """Whether three components are YCbCr. The stream decides, then the DICOM tag."""
        if self.adobe is not None:
            return self.adobe == 1
        names = tuple(name for name, _ in self.components)
        if names == (ord("R"), ord("G"), ord("B")):
            return False
        subsampled = len({sampling for _, sampling in self.components}) > 1
        return subsampled or self.jfif or tagged_ybr


def read_jpeg_head(data: bytes) -> JpegHead:
    """The colour markers of a JPEG stream. Raises `CodecError` when there is no frame in it."""
    position, adobe, jfif = 2, None, False
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker, length = (
            data[position + 1],
            int.from_bytes(data[position + 2 : position + 4], "big"),
        )
        body = data[position + 4 : position + 2 + length]
        if marker == 0xFF:  # padding
            position += 1
            continue
        if marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12:
            adobe = body[11]
        elif marker == 0xE0 and body.startswith(b"JFIF"):
            jfif = True
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            triples = (body[6 + 3 * k : 9 + 3 * k] for k in range(body[5] if len(body) > 5 else 0))
            return JpegHead(tuple((t[0], t[1]) for t in triples if len(t) == 3), adobe, jfif)
        position += 2 + length
    raise CodecError("its JPEG stream is damaged")


def jpeg(data: bytes, layout: PixelLayout) -> Decoded:
    """JPEG of 8 bits, by Pillow."""
    from PIL import Image

    picture = _open_picture(Image, data, layout, "JPEG")
    if layout.samples == 1:
        return Decoded(_grey_of(picture), False)
    if picture.mode not in ("RGB", "L"):
        raise CodecError(f"its JPEG stream has the colours {picture.mode}")
    tagged_ybr = layout.photometric != "RGB"
    if picture.mode == "RGB" and not read_jpeg_head(data).is_ybr(tagged_ybr):
        # libjpeg takes a stream without markers for YCbCr; asking for that leaves it alone.
        if "adobe_transform" not in picture.info:
            picture.draft("YCbCr", picture.size)
        return Decoded(_loaded(picture), False)
    return Decoded(_loaded(picture, "RGB"), False)


def jpeg_2000(data: bytes, layout: PixelLayout) -> Decoded:
    """JPEG 2000, by Pillow. A colour transform inside the stream (RCT, ICT) is undone there."""
    from PIL import Image

    picture = _open_picture(Image, data, layout, "JPEG2000")
    depth, transform = _read_jpeg_2000_head(data)
    if layout.samples == 1:
        values = _grey_of(picture)
        # Pillow spreads 9 to 15 bits over 16, fewer than 8 over 8, and makes all positive.
        precision = (depth & 0x7F) + 1
        spare = 8 * values.dtype.itemsize - precision
        values = values >> spare if spare > 0 else values
        # The header decides about the sign, as some writers contradict it in the stream.
        half = 1 << (precision - 1)
        if depth & 0x80 or layout.signed:
            coded = values.astype(np.int32) - (half if depth & 0x80 else 0)
            values = coded & (2 * half - 1)
            values = (values ^ half) - half if layout.signed else values
        return Decoded(values, False)
    if picture.mode not in ("RGB", "L"):
        raise CodecError(f"its JPEG 2000 stream has the colours {picture.mode}")
    ybr = layout.photometric in ("YBR_FULL", YBR_422) and not transform
    return Decoded(_loaded(picture, "RGB"), ybr)


def _read_jpeg_2000_head(data: bytes) -> tuple[int, bool]:
    """The depth byte (bits less one, and sign) and whether there is a colour transform."""
    size, style = data.find(b"\xff\x51"), data.find(b"\xff\x52")
    if size < 0 or style < 0 or len(data) < max(size + 41, style + 9):
        raise CodecError("its JPEG 2000 stream is damaged")
    return data[size + 40], data[style + 8] == 1


def _open_picture(image_module: Any, data: bytes, layout: PixelLayout, form: str) -> Any:
    try:
        picture = image_module.open(io.BytesIO(data), formats=(form,))
    except (
        *_PILLOW_ERRORS,
        image_module.DecompressionBombError,
        image_module.DecompressionBombWarning,
    ) as error:
        raise CodecError(f"its {form} stream is damaged") from error
    if picture.size != (layout.columns, layout.rows):
        raise CodecError(
            f"it is {picture.size[0]} x {picture.size[1]} pixels, "
            f"not {layout.columns} x {layout.rows} as the header says"
        )
    return picture


def _loaded(picture: Any, mode: str = "") -> Values:
    try:
        return np.array(picture.convert(mode) if mode else picture)
    except _PILLOW_ERRORS as error:
        raise CodecError("its compressed stream is damaged or cut short") from error


def _grey_of(picture: Any) -> Values:
    values = _loaded(picture)
    if values.ndim != 2:
        raise CodecError("its compressed stream has colours, but its header says it has not")
    return values.astype(np.uint16 if values.dtype.itemsize > 1 else np.uint8)[..., None]


def jpeg_ls(data: bytes, layout: PixelLayout) -> Decoded:
    """JPEG-LS, by pyjpegls. Raises ImportError when that is not installed."""
    import jpeg_ls as pyjpegls  # type: ignore[import-untyped]

    try:
        decoded, info = pyjpegls.decode_buffer(data)
    except (RuntimeError, ValueError, OSError) as error:
        raise CodecError("its JPEG-LS stream is damaged") from error
    flat = np.frombuffer(decoded, np.uint16 if info["bits_per_sample"] > 8 else np.uint8)
    if info["components"] > 1 and info["interleave_mode"] == 0:
        flat = flat.reshape(info["components"], -1).T
    values = _shaped(flat, layout)
    if layout.samples == 1:
        values = _masked(values.astype(f"u{layout.value_bytes}"), layout)
    return Decoded(values, layout.photometric in ("YBR_FULL", YBR_422))
