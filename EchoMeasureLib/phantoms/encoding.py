"""Frames of a phantom as the bytes that DICOM stores: one encoder per pixel form."""

from __future__ import annotations

import enum
import io
import struct
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.frame import Frame

JPEG_QUALITY = 92

_EXPLICIT_LITTLE, _JPEG_BASELINE, _RLE = (
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.5",
)

PaletteIndices = npt.NDArray[np.uint8]


class Form(str, enum.Enum):
    """How pixels are stored."""

    JPEG = "jpeg"
    """JPEG baseline, YBR_FULL_422."""
    RGB = "rgb"
    """Uncompressed, colour by pixel."""
    PLANAR = "planar"
    """Uncompressed, colour by plane."""
    PALETTE = "palette"
    """Uncompressed palette colour, 256 entries."""
    PALETTE_RLE = "palette-rle"
    """The same, run-length encoded."""
    MONO = "mono"
    """Uncompressed MONOCHROME2; colours become their luma."""

    @property
    def transfer_syntax(self) -> str:
        """UID for (0002,0010)."""
        return {Form.JPEG: _JPEG_BASELINE, Form.PALETTE_RLE: _RLE}.get(self, _EXPLICIT_LITTLE)

    @property
    def encapsulated(self) -> bool:
        """Whether the pixels are stored in fragments (PS3.5 A.4)."""
        return self in (Form.JPEG, Form.PALETTE_RLE)

    @property
    def photometric(self) -> str:
        """Photometric interpretation, (0028,0004)."""
        if self is Form.MONO:
            return "MONOCHROME2"
        if self.has_palette:
            return "PALETTE COLOR"
        return "YBR_FULL_422" if self is Form.JPEG else "RGB"

    @property
    def has_palette(self) -> bool:
        """Whether pixels are entries of a palette."""
        return self in (Form.PALETTE, Form.PALETTE_RLE)

    @property
    def samples(self) -> int:
        """Samples per pixel, (0028,0002)."""
        return 1 if self is Form.MONO or self.has_palette else 3


def find_form(word: str) -> Form:
    """The form of this word. Raises `InvalidArgument` that lists the known ones."""
    try:
        return Form(word)
    except ValueError as error:
        raise InvalidArgument(
            f"There is no pixel form '{word}'.", f"Known: {', '.join(form.value for form in Form)}."
        ) from error


class Encoder(Protocol):
    """Turns one RGB frame into the bytes of its form."""

    def __call__(self, frame: Frame) -> bytes: ...


def encoder(form: Form, palette: Palette | None = None) -> Encoder:
    """The encoder of a form; a palette goes with the palette forms. Raises ValueError without."""
    if form.has_palette:
        if palette is None:
            raise ValueError(f"{form.value} needs a palette")
        table = palette
        if form is Form.PALETTE:
            return lambda frame: table.indices(frame).tobytes()
        return lambda frame: run_lengths(table.indices(frame))
    plain: dict[Form, Encoder] = {
        Form.JPEG: _jpeg,
        Form.RGB: lambda frame: frame.tobytes(),
        Form.PLANAR: lambda frame: np.ascontiguousarray(frame.transpose(2, 0, 1)).tobytes(),
        Form.MONO: lambda frame: _luma(frame).tobytes(),
    }
    return plain[form]


def _jpeg(frame: Frame) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(frame).save(stream, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:2")
    return stream.getvalue()


def _luma(frame: Frame) -> PaletteIndices:
    return np.asarray(Image.fromarray(frame).convert("L"))


@dataclass(frozen=True, slots=True)
class Palette:
    """128 greys, and the 128 commonest colours of a frame."""

    colours: npt.NDArray[np.uint8]
    """(256, 3) RGB."""
    _nearest: npt.NDArray[np.uint8]
    """Entry of each colour of 4 bits per channel."""

    @classmethod
    def of(cls, frame: Frame) -> Palette:
        """The palette that fits this frame (and the cine that begins with it)."""
        coloured = frame[_is_coloured(frame)]
        bins = _bins(coloured)
        count = np.bincount(bins, minlength=4096)
        commonest = np.argsort(-count, kind="stable")[:128]
        greys = np.repeat(np.arange(0, 256, 2, dtype=np.uint8)[:, None], 3, 1)
        colours = np.concatenate([greys, _means(coloured, bins, count)[commonest]])
        centres = np.stack(np.unravel_index(np.arange(4096), (16, 16, 16)), 1) * 17.0
        away = ((centres[:, None] - colours[None].astype(float)) ** 2).sum(2)
        return cls(colours, away.argmin(1).astype(np.uint8))

    def indices(self, frame: Frame) -> PaletteIndices:
        """The frame's entries, (rows, columns)."""
        entries: PaletteIndices = (frame[..., 1] >> 1).astype(np.uint8)
        coloured = _is_coloured(frame)
        entries[coloured] = self._nearest[_bins(frame[coloured])]
        return entries


def _is_coloured(frame: Frame) -> npt.NDArray[np.bool_]:
    spread: npt.NDArray[np.bool_] = np.ptp(frame, axis=-1) > 8
    return spread


def _bins(colours: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """Number of each colour's bin of 4 bits per channel."""
    coarse = (colours.astype(np.intp) + 8) * 15 // 255
    coarse = np.clip(coarse, 0, 15)
    bins: npt.NDArray[np.intp] = coarse[:, 0] * 256 + coarse[:, 1] * 16 + coarse[:, 2]
    return bins


def _means(
    colours: npt.NDArray[np.uint8], bins: npt.NDArray[np.intp], count: npt.NDArray[np.intp]
) -> npt.NDArray[np.uint8]:
    sums = [np.bincount(bins, colours[:, channel], 4096) for channel in range(3)]
    means: npt.NDArray[np.uint8] = np.round(np.stack(sums, 1) / np.maximum(count, 1)[:, None])
    return means.astype(np.uint8)


def run_lengths(entries: PaletteIndices) -> bytes:
    """One segment of DICOM RLE (PS3.5 annex G): every row packed by itself."""
    packed = b"".join(_pack_row(row) for row in entries)
    header = struct.pack("<16L", 1, 64, *[0] * 14)
    return header + packed + b"\0" * (len(packed) % 2)


def _pack_row(row: PaletteIndices) -> bytes:
    """PackBits: a run as (1 - length, value), other bytes as (length - 1, bytes)."""
    raw = row.tobytes()
    edges = np.flatnonzero(np.diff(row)) + 1
    starts = np.concatenate([[0], edges])
    lengths = np.diff(np.concatenate([starts, [len(row)]]))
    out, waiting = bytearray(), 0
    # Shorter runs are cheaper within a stretch of literal bytes.
    for start, length in zip(
        starts[lengths > 2].tolist(), lengths[lengths > 2].tolist(), strict=True
    ):
        _literal(out, raw[waiting:start])
        for done in range(0, length, 128):
            run = min(128, length - done)
            if run == 1:
                out += bytes((0, raw[start]))
            else:
                out += bytes((257 - run, raw[start]))
        waiting = start + length
    _literal(out, raw[waiting:])
    return bytes(out)


def _literal(out: bytearray, raw: bytes) -> None:
    for start in range(0, len(raw), 128):
        part = raw[start : start + 128]
        out.append(len(part) - 1)
        out += part
