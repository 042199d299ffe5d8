"""What the pixels themselves say where the header contradicts itself or its stream."""

from __future__ import annotations

import enum
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.layout import PixelLayout
from EchoMeasureLib.imaging.streams import Contradiction

Values = npt.NDArray[Any]

_SAMPLED_LINES = 128
"""About so many rows and columns are looked at."""
_ENOUGH, _MOST, _FEW = 50, 0.5, 0.05
_GREY_SPREAD, _CHROMA_SPREAD, _MIDDLE = 6, 4, 16


def tells_ybr(values: npt.NDArray[np.uint8]) -> bool | None:
    """Whether the samples of a picture are Y, Cb and Cr, or R, G and B; None if that is unclear.

    Most of an ultrasound screen is grey: equal samples in RGB, and 128 twice in YBR. Pixels
    of (0, 0, 0) count for neither, as tools blank names with zeros in both.
    """
    step = max(1, min(values.shape[:2]) // _SAMPLED_LINES)
    pixels = values[::step, ::step].reshape(-1, 3).astype(np.int16)
    pixels = pixels[pixels.any(axis=1)]
    if len(pixels) < _ENOUGH:
        return None
    # A grey of 128 looks the same in both.
    pixels = pixels[np.abs(pixels[:, 0] - 128) > _MIDDLE]
    if len(pixels) < _ENOUGH:
        return None
    grey = float((np.ptp(pixels, axis=1) <= _GREY_SPREAD).mean())
    neutral = float((np.abs(pixels[:, 1:] - 128).max(axis=1) <= _CHROMA_SPREAD).mean())
    if neutral > _MOST and grey < _FEW:
        return True
    return False if grey > _MOST and neutral < _FEW else None


class Bytes(str, enum.Enum):
    """What uncompressed bytes look like; the value says it in a sentence."""

    RGB = "three colours per pixel"
    DEEP = "16 bits per value"
    PLAIN = "one byte per pixel"
    UNCLEAR = ""


_PROBED_BYTES = 300_000
_SHALLOW, _UNLIKE, _ALIKE, _TEXTURE = 15, 0.3, 0.8, 0.5


def looks_like(data: bytes) -> Bytes:
    """How the bytes of a screen are laid out, by how much neighbours differ.

    Grey pixels in RGB come as three equal bytes; the upper bytes of 12-bit values are small.
    """
    values = np.frombuffer(data[:_PROBED_BYTES], np.uint8).astype(np.int16)
    values = values[: len(values) // 6 * 6]
    if not len(values):
        return Bytes.UNCLEAR
    if values[1::2].max() <= _SHALLOW < values[::2].max():
        return Bytes.DEEP
    steps = np.abs(np.diff(values, append=values[-1:])).reshape(-1, 3).mean(axis=0)
    if steps.max() < _TEXTURE:
        return Bytes.UNCLEAR
    if max(steps[0], steps[1]) < _UNLIKE * steps[2]:
        return Bytes.RGB
    return Bytes.PLAIN if steps.min() > _ALIKE * steps.max() else Bytes.UNCLEAR


def settle_bits(values: Values, layout: PixelLayout) -> tuple[PixelLayout, tuple[str, ...]]:
    """Which bits of stored values count, where HighBit is not BitsStored - 1 (PS3.5 8.1.1).

    Old files kept values in the upper bits; others only declare so. `values` are those
    of the first frame as they are stored.
    """
    stored, high = layout.bits_stored, layout.high_bit
    if high == stored - 1:
        return layout, ()
    used = int(np.bitwise_or.reduce(values, axis=None))
    spare = high + 1 - stored
    said = f"HighBit {high} contradicts {stored} bits stored"
    if used < 1 << stored:
        found = replace(layout, high_bit=stored - 1, strict=True)
        return found, (f"{said}; the pixels use the lower bits.",)
    if used < 1 << (high + 1) and not used & ((1 << spare) - 1):
        return replace(layout, strict=True), (f"{said}; the pixels use the upper bits.",)
    bits = max(high + 1, used.bit_length())
    found = replace(layout, bits_stored=bits, high_bit=bits - 1, strict=True)
    return found, (f"{said}; the pixels use {bits} bits.",)


def masked(values: Values, layout: PixelLayout) -> Values:
    """Only the stored bits: others may hold overlays or rubbish.

    Raises `Contradiction` where the header contradicts itself about the bits and these
    values use others than those of the first frame.
    """
    stored, high = layout.bits_stored, layout.high_bit
    if stored == layout.bits_allocated:
        return values.view(values.dtype.str.replace("u", "i")) if layout.signed else values
    mask = ((1 << stored) - 1) << (high + 1 - stored)
    if layout.strict and int(np.bitwise_or.reduce(values, axis=None)) & ~mask:
        raise Contradiction("its values use bits that those of the first frame do not")
    kept = values >> (high + 1 - stored) if high >= stored else values
    kept = kept & ((1 << stored) - 1)
    return sign_extended(kept, stored) if layout.signed else kept


def sign_extended(values: Values, bits: int) -> Values:
    """Two's complement of this many bits as signed numbers."""
    sign = 1 << (bits - 1)
    return ((values.astype(np.int32) & (2 * sign - 1)) ^ sign) - sign
