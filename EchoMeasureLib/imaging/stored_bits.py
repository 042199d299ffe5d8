"""Which bits of stored values count: PS3.5 8.1.1, and what files make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.layout import PixelLayout
from EchoMeasureLib.imaging.stream_facts import Contradiction

Values = npt.NDArray[Any]

_RARE, _OVERLAYS = 0.001, 6
"""Share of pixels that matters, and how many combinations of overlays a screen has at most."""


def settle_bits(values: Values, layout: PixelLayout) -> tuple[PixelLayout, tuple[str, ...]]:
    """Which bits of stored values count, where HighBit is not BitsStored - 1 (PS3.5 8.1.1).

    Old files kept values in the upper bits; others only declare so. `values` are those
    of the first frame as they are stored.
    """
    stored, high = layout.bits_stored, layout.high_bit
    if high == stored - 1:
        return _with_spare_bits(values, layout)
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


def _with_spare_bits(values: Values, layout: PixelLayout) -> tuple[PixelLayout, tuple[str, ...]]:
    """Bits above those stored are overlays, unless they vary as those of values do."""
    if layout.bits_stored == layout.bits_allocated or layout.signed:
        return layout, ()
    above = np.bincount((values >> layout.bits_stored).reshape(-1))
    if (above > _RARE * values.size).sum() <= _OVERLAYS:
        return layout, ()
    bits = int(values.max()).bit_length()
    note = (
        f"The header says {layout.bits_stored} bits per value, the pixels use {bits}; they are "
        "read as what they are."
    )
    return replace(layout, bits_stored=bits, high_bit=bits - 1), (note,)


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
