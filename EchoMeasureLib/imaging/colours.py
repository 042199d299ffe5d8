"""From stored values to the RGB that is looked at: PS3.3 C.7.6.3.1.2, C.7.9 and C.11.2."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.header import items_of, number, numbers, stored_bytes, text
from EchoMeasureLib.imaging.layout import GREY, PALETTE, PixelLayout

Values = npt.NDArray[Any]
"""Stored values of one frame, (rows, columns, samples), 8 or 16 bit integers."""

ToRgb = Callable[[Values], Frame]


def ybr_to_rgb(values: npt.NDArray[np.uint8]) -> Frame:
    """Full-range YCbCr (ITU-R BT.601, as in JPEG) to RGB; grey stays exactly grey."""
    rows, columns = values.shape[:2]
    picture = Image.frombytes("YCbCr", (columns, rows), np.ascontiguousarray(values).tobytes())
    return np.array(picture.convert("RGB"))


def to_8_bit(values: Values, bits: int) -> npt.NDArray[np.uint8]:
    """Values of this many bits as 8: the upper ones of more, fewer spread over the range."""
    if bits > 8:
        return (values >> (bits - 8)).astype(np.uint8)
    if bits < 8:
        return (values.astype(np.uint16) * 255 // ((1 << bits) - 1)).astype(np.uint8)
    return values.astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table from stored value to RGB."""

    table: Frame
    """(1, entries, 3) uint8."""
    first: int
    """Stored value of the first entry; lower ones take it too, higher ones the last entry."""

    def __call__(self, values: Values) -> Frame:
        index = values[..., 0]
        if self.first:
            index = index.astype(np.int32) - self.first
        shown: Frame = self.table[0].take(index, axis=0, mode="clip")
        return shown

    def holds(self, values: Values) -> npt.NDArray[np.bool_]:
        held: npt.NDArray[np.bool_] = np.logical_and(
            values >= self.first, values < self.first + self.table.shape[1]
        )
        return held


def colouring(
    dataset: Dataset, layout: PixelLayout, name: str, values: Callable[[], Values]
) -> tuple[ToRgb, tuple[str, ...]]:
    """How stored values of one sample become RGB, and what has to be said about it.

    `values` decodes a frame; it is asked for only where grey values of more than 8 bits
    come without a window.
    """
    if layout.photometric == PALETTE:
        return read_palette(dataset, layout, name), ()
    assert layout.photometric in GREY
    grey, notes = _grey_lookup(dataset, layout, values)
    if text(dataset, "PixelPresentation") in ("COLOR", "MIXED") and _has_palette(dataset):
        return _Supplemental(grey, read_palette(dataset, layout, name)), notes
    return grey, notes


@dataclass(frozen=True, slots=True)
class _Supplemental:
    """Grey values with a range of their own for colour: C.7.6.19 Supplemental Palette."""

    grey: Lookup
    palette: Lookup

    def __call__(self, values: Values) -> Frame:
        coloured = self.palette.holds(values)
        return np.where(coloured, self.palette(values), self.grey(values))


_MAX_GREY = 1e7
"""No slope, intercept or window of 16-bit values goes beyond."""


def _grey_lookup(
    dataset: Dataset, layout: PixelLayout, values: Callable[[], Values]
) -> tuple[Lookup, tuple[str, ...]]:
    notes: list[str] = []

    def told(keyword: str) -> float | None:
        value = number(dataset, keyword)
        if value is not None and abs(value) > _MAX_GREY:
            notes.append(f"{keyword} is passed over: {value:g} cannot be.")
            return None
        return value

    notes += [
        f"A table of grey values in the file ({table}) is not applied: brightness may differ."
        for table in ("ModalityLUTSequence", "VOILUTSequence")
        if items_of(dataset, table)
    ]
    first = -(1 << (layout.bits_stored - 1)) if layout.signed else 0
    slope, intercept = told("RescaleSlope") or 1.0, told("RescaleIntercept") or 0.0
    stored = np.arange(first, first + (1 << layout.bits_stored), dtype=np.float64)
    rescaled = stored * slope + intercept
    window = _window(told("WindowCenter"), told("WindowWidth"))
    if window is not None and not (layout.bits_stored == 8 and _is_whole_range(*window)):
        low, high = window
        notes.append(f"Grey values from {low:g} to {high:g} (the file's window) are shown.")
    elif layout.bits_stored <= 8 and not layout.signed:
        low, high = sorted((rescaled[0], rescaled[-1]))  # a negative slope turns grey over
    else:
        sample = values()
        low, high = sorted(float(end) * slope + intercept for end in (sample.min(), sample.max()))
        notes.append(
            f"The file has {layout.bits_stored}-bit grey values and no window: the range of its "
            f"first frame, {low:g} to {high:g}, is shown."
        )
    shown = np.clip((rescaled - low) / ((high - low) or 1.0), 0, 1)
    if layout.photometric == "MONOCHROME1":
        shown = 1 - shown
    column = np.rint(shown * 255).astype(np.uint8)
    return Lookup(np.repeat(column[None, :, None], 3, axis=2), first), tuple(notes)


def _window(centre: float | None, width: float | None) -> tuple[float, float] | None:
    """Values shown black and white by the first window, C.11.2.1.2.1."""
    if centre is None or width is None or width < 1:
        return None
    half = (width - 1) / 2
    return centre - 0.5 - half, centre - 0.5 + half


def _is_whole_range(low: float, high: float) -> bool:
    """Screens of 8 bits often carry a window such as 127/254, which means all there is."""
    return low <= 4 and high >= 251


_COLOURS = ("Red", "Green", "Blue")


def _has_palette(dataset: Dataset) -> bool:
    return "RedPaletteColorLookupTableDescriptor" in dataset


def read_palette(dataset: Dataset, layout: PixelLayout, name: str) -> Lookup:
    """The palette of the file, scaled to 8 bits. Raises `UnreadableFile` when it has none."""
    columns: list[npt.NDArray[np.uint16]] = []
    first = 0
    bits = 8
    for colour in _COLOURS:
        descriptor = numbers(dataset, f"{colour}PaletteColorLookupTableDescriptor")
        if len(descriptor) != 3 or not all(map(math.isfinite, descriptor)):
            raise UnreadableFile(f"{name} has palette colours, but no usable palette.")
        entries, first, bits = (int(part) for part in descriptor)
        entries = entries % 65536 or 65536
        if not -32768 <= first <= 65535:
            raise UnreadableFile(f"{name} has palette colours, but no usable palette.")
        columns.append(_palette_column(dataset, colour, entries, bits, layout.big_endian, name))
    if len({len(column) for column in columns}) != 1:
        raise UnreadableFile(f"The three tables of the palette of {name} differ in length.")
    table: npt.NDArray[Any] = np.stack(columns, axis=-1)
    # Written with the VR of the other sign (C.7.6.3.1.5): the same 16 bits.
    if first > 32767 and layout.signed:
        first -= 65536
    elif first < 0 and not layout.signed and first + 65536 < 1 << layout.bits_stored:
        first += 65536
    return Lookup(to_8_bit(table, _depth_of(table, bits))[None], first)


def _depth_of(table: npt.NDArray[Any], bits: int) -> int:
    """Bits of the entries. Writers declare 16 and fill in 8, and the other way round."""
    top = int(table.max(initial=0))
    if top < 256:
        return 8
    return bits if 8 < bits < 16 and top < 1 << bits else 16


def _palette_column(
    dataset: Dataset, colour: str, entries: int, bits: int, big_endian: bool, name: str
) -> npt.NDArray[np.uint16]:
    """The entries of one colour: the length of the data tells bytes from words (C.7.6.3.1.6)."""
    order = ">" if big_endian else "<"
    data = stored_bytes(dataset, f"{colour}PaletteColorLookupTableData")
    if data:
        if len(data) >= 2 * entries and not any(data[2 * entries :]):
            return np.frombuffer(data, f"{order}u2", entries).astype(np.uint16)
        if len(data) in (entries, entries + 1):
            return _bytes_of_words(data, big_endian)[:entries].astype(np.uint16)
        raise UnreadableFile(
            f"The palette of {name} contradicts itself: it has {len(data)} bytes for {entries} "
            "entries of a colour."
        )
    segments = stored_bytes(dataset, f"Segmented{colour}PaletteColorLookupTableData")
    if not segments:
        raise UnreadableFile(f"{name} has palette colours, but no usable palette.")
    words = (
        np.frombuffer(segments, f"{order}u2", len(segments) // 2)
        if bits > 8
        else _bytes_of_words(segments, big_endian)
    )
    column = expand_segments(words, entries, bits > 8, name)
    if len(column) < entries:
        raise UnreadableFile(f"The palette of {name} has {len(column)} of its {entries} entries.")
    return np.array(column[:entries], np.uint16)


def _bytes_of_words(data: bytes, big_endian: bool) -> npt.NDArray[np.uint8]:
    values = np.frombuffer(data, np.uint8)
    if big_endian and len(values) % 2 == 0:
        return values.reshape(-1, 2)[:, ::-1].reshape(-1)
    return values


Words = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def expand_segments(words: Words, entries: int, wide: bool, name: str) -> list[int]:
    """A segmented palette (C.7.9.2): discrete, linear and indirect segments, to `entries`.

    `wide` says that `words` are 16-bit values; they are bytes otherwise. Every segment
    gives at least one entry, so the work is bounded by the palette. Raises `UnreadableFile`.
    """
    out: list[int] = []
    position = 0
    try:
        while len(out) < entries and position + 2 < len(words):
            position = _expand_one(words, position, out, entries, wide)
    except IndexError as error:
        raise UnreadableFile(f"The segmented palette of {name} is damaged.") from error
    return out


def _expand_one(
    words: Words, position: int, out: list[int], entries: int, wide: bool, nested: bool = False
) -> int:
    """Append what the segment at `position` stands for; return where the next one begins."""
    kind, length = int(words[position]), int(words[position + 1])
    if not length:
        raise IndexError(position)
    start = position + 2
    if kind == 0 and start + length <= len(words):
        out.extend(words[start : start + length].tolist())
        return start + length
    if kind == 1:
        before, end = out[-1], int(words[start])
        out.extend(round(before + (end - before) * at / length) for at in range(1, length + 1))
        return start + 1
    if kind == 2 and not nested:
        # Offset in bytes, the less significant word first.
        parts = [int(words[start + at]) for at in range(2 if wide else 4)]
        target = sum(part << (16 if wide else 8) * at for at, part in enumerate(parts))
        target = target // 2 if wide else target
        for _ in range(length):
            if len(out) < entries:
                target = _expand_one(words, target, out, entries, wide, nested=True)
        return start + len(parts)
    raise IndexError(position)
