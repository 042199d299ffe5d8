"""A compressed picture by the codec that its header asks for, whole or not at all."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import numpy as np

from EchoMeasureLib.errors import MissingPackage
from EchoMeasureLib.imaging.codecs import Decoded, jpeg, jpeg_2000, jpeg_ls, jpeg_xl
from EchoMeasureLib.imaging.itk_codec import itk
from EchoMeasureLib.imaging.jpeg_2000_streams import with_end
from EchoMeasureLib.imaging.jpeg_streams import END_OF_IMAGE
from EchoMeasureLib.imaging.stream_facts import CodecError, Coding, StreamHeader

_CODECS: dict[Coding, Callable[[bytes, StreamHeader], Decoded]] = {
    Coding.JPEG: jpeg,
    Coding.JPEG_LOSSLESS: itk,
    Coding.JPEG_LS: jpeg_ls,
    Coding.JPEG_2000: jpeg_2000,
    Coding.JPEG_XL: jpeg_xl,
}

TAILS = (b"\x55" * 64, b"\xaa" * 64, b"\xff\0" * 32)
"""What may follow a whole picture without changing it; a cut one goes on with it."""

_T = TypeVar("_T")

_DECODER_ERRORS = (
    *(OSError, SyntaxError, ValueError, IndexError, TypeError, KeyError, ArithmeticError),
    *(RuntimeError, AssertionError, EOFError, BufferError, MemoryError, struct.error),
)
"""What decoders raise on damaged streams."""


def decoded_stream(data: bytes, header: StreamHeader) -> Decoded:
    """The values of a picture whose header was read and checked.

    Raises `CodecError` when it is damaged or cut short, with or without the marker of
    its end; ImportError when a codec is missing.
    """
    by_libjpeg = header.coding in (Coding.JPEG, Coding.JPEG_LOSSLESS)
    if header.ended:
        decoded = _by_codec(data, header)
        # libjpeg fills what is missing in silence, with the middle of the range.
        if by_libjpeg and (decoded.values[-1, -1] == 1 << (decoded.bits - 1)).all():
            _check_whole(data[: data.rfind(END_OF_IMAGE)], decoded, header)
        return decoded
    if header.coding is Coding.JPEG_2000:
        return _by_codec(with_end(data), header)
    # The byte that makes an item even is not of the picture.
    even = data.endswith(b"\0") and not data.endswith(b"\xff\0")
    bare = data[:-1] if even else data
    if not by_libjpeg:
        with suppress(CodecError):
            return _by_codec(bare + END_OF_IMAGE, header)
    decoded = _by_codec(data + END_OF_IMAGE, header)
    if by_libjpeg:
        _check_whole(bare, decoded, header)
    return decoded


def _check_whole(bare: bytes, decoded: Decoded, header: StreamHeader) -> None:
    """Raises `CodecError` when the stream without its end marker is cut short."""
    for tail in TAILS:
        other = _by_codec(bare + tail + END_OF_IMAGE, header)
        if not np.array_equal(decoded.values, other.values):
            raise CodecError("its compressed stream is cut short")


def _by_codec(data: bytes, header: StreamHeader) -> Decoded:
    codec = itk if header.rare else _CODECS[header.coding]
    try:
        decoded = guarded(header.coding.value, lambda: codec(data, header))
    except MissingPackage:
        raise
    except ImportError:
        if header.coding is not Coding.JPEG_LS:
            raise
        decoded = guarded(header.coding.value, lambda: itk(data, header))
    if decoded.values.shape != (header.rows, header.columns, header.components):
        raise CodecError(f"its {header.coding.value} stream does not hold what it says")
    return decoded


def guarded(name: str, decode: Callable[[], _T]) -> _T:
    """Whatever a decoder raises, as one sentence."""
    try:
        return decode()
    except ImportError:
        raise
    except _DECODER_ERRORS as error:
        raise CodecError(f"its {name} stream is damaged or of a rare kind") from error
