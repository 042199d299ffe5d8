"""What the pixels themselves say where the header contradicts itself or its stream."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Samples = npt.NDArray[np.int16]

_SAMPLED_LINES = 128
"""About so many rows and columns are looked at."""
_ENOUGH, _MOST, _FEW = 50, 0.5, 0.05
_GREY_SPREAD, _CHROMA_SPREAD, _EXACT, _MIDDLE = 6, 4, 1, 16
_SMALLEST, _CLEARLY = 32, 3.0
_PROBED_BYTES, _PROBED_PIXELS = 300_000, 120_000


def tells_ybr(values: npt.NDArray[np.uint8]) -> bool | None:
    """Whether the samples of a picture are Y, Cb and Cr, or R, G and B; None if that is unclear.

    Most of an ultrasound screen is grey: equal samples in RGB, and 128 twice in YBR. Pixels
    of (0, 0, 0) count for neither, as tools blank names with zeros in both.
    """
    step = max(1, min(values.shape[:2]) // _SAMPLED_LINES)
    pixels = values[::step, ::step].reshape(-1, 3).astype(np.int16)
    # A grey of 128 looks the same in both.
    pixels = pixels[np.abs(pixels[:, 0] - 128) > _MIDDLE]
    grey, neutral = _greyness(pixels, _GREY_SPREAD, _CHROMA_SPREAD)
    if neutral > _MOST and grey < _FEW:
        return True
    return False if grey > _MOST and neutral < _FEW else None


def _greyness(pixels: Samples, grey_spread: int, chroma_spread: int) -> tuple[float, float]:
    """The shares of pixels (n, 3) that are grey as RGB and as YBR; 0 where too few tell."""
    pixels = pixels[pixels.any(axis=1)]
    if len(pixels) < _ENOUGH:
        return 0.0, 0.0
    return (
        float((np.ptp(pixels, axis=1) <= grey_spread).mean()),
        float((np.abs(pixels[:, 1:] - 128).max(axis=1) <= chroma_spread).mean()),
    )


def is_rather(values: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> bool:
    """Whether `other`, the same bytes read by plane instead of by pixel, is the picture.

    Only where neighbours differ: an even area of any colour looks grey when it is read wrongly.
    """

    def grey(picture: npt.NDArray[np.uint8]) -> float:
        stored = picture.reshape(-1, 3)
        middle = max(0, len(stored) - _PROBED_PIXELS) // 2
        pixels = stored[middle : middle + _PROBED_PIXELS].astype(np.int16)
        textured = np.abs(np.diff(pixels[:, 0], prepend=pixels[:1, 0])) > 2 * _EXACT
        return max(_greyness(pixels[textured], _EXACT, _EXACT))

    this, that = grey(values), grey(other)
    return that > _MOST and this < that / 2


def looks_transposed(values: Values) -> bool:
    """Whether what should be columns are rows: the lines of the picture then fit together.

    `values` are (rows, columns, samples); those of one sample are looked at.
    """
    rows, columns = values.shape[:2]
    if rows == columns or min(rows, columns) < _SMALLEST:
        return False
    line = values[..., 0].reshape(-1)[:_PROBED_BYTES].astype(np.int32)
    as_said, turned = (
        float(np.abs(line[length:] - line[:-length]).mean()) for length in (columns, rows)
    )
    return as_said > _CLEARLY * max(turned, _TEXTURE)


_BLACK, _BRIGHT, _NONE = 0.3, 0.001, 0.001


def black_is_zero(values: Values, bits: int) -> bool:
    """Whether grey values of so many bits, read without a sign, are a screen: black is 0.

    With a sign the black around a picture is the lowest number, which is half of the range here;
    and of values that stay below half it does not matter how they are read.
    """
    half = 1 << (bits - 1)
    return bool(
        values.size > _SMALLEST**2
        and (values == 0).mean() > _BLACK
        and (values > half).mean() > _BRIGHT
        and (values == half).mean() < _NONE
    )


class Bytes(str, enum.Enum):
    """What uncompressed bytes look like; the value says it in a sentence."""

    RGB = "three colours per pixel"
    DEEP = "16 bits per value"
    PLAIN = "one byte per pixel"
    UNCLEAR = ""


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
