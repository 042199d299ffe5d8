"""One way from the stored bytes of a frame to its values, for every codec.

The stream's own header is read first and compared with the DICOM header; only
then is memory taken and anything decoded, by the codec that the stream asks for.
Depth and colours are settled once per file, on its first frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.codecs import (
    Decoded,
    Values,
    deflated,
    native,
    run_length,
    run_length_exactly,
)
from EchoMeasureLib.imaging.colours import to_8_bit
from EchoMeasureLib.imaging.fragments import begins_like_an_image
from EchoMeasureLib.imaging.jpeg_2000_streams import read_jpeg_2000_header
from EchoMeasureLib.imaging.jpeg_streams import read_jpeg_header
from EchoMeasureLib.imaging.jpeg_xl_streams import read_jpeg_xl_header
from EchoMeasureLib.imaging.layout import GREY, YBR, PixelLayout
from EchoMeasureLib.imaging.pixel_evidence import (
    black_is_zero,
    is_rather,
    looks_transposed,
    tells_ybr,
)
from EchoMeasureLib.imaging.stored_bits import masked, settle_bits, sign_extended
from EchoMeasureLib.imaging.stream_decoding import decoded_stream, guarded
from EchoMeasureLib.imaging.stream_facts import (
    JP2_START,
    JPEG_2000_START,
    JPEG_START,
    JPEG_XL_STARTS,
    CodecError,
    Coding,
    Contradiction,
    StreamHeader,
)
from EchoMeasureLib.imaging.syntaxes import Syntax

_READERS: tuple[tuple[tuple[bytes, ...], Callable[[bytes], StreamHeader]], ...] = (
    ((JPEG_START,), read_jpeg_header),
    ((JPEG_2000_START, JP2_START), read_jpeg_2000_header),
    (JPEG_XL_STARTS, read_jpeg_xl_header),
)

_PLAIN: dict[Coding, Callable[[bytes, PixelLayout], Values]] = {
    Coding.NATIVE: native,
    Coding.DEFLATED: deflated,
    Coding.RUN_LENGTH: run_length,
}
"""Codings without a header of their own: the DICOM header alone says what they hold."""


class FrameDecoder:
    """Decodes the frames of one file."""

    def __init__(self, syntax: Syntax, layout: PixelLayout, encapsulated: bool) -> None:
        self._syntax = syntax
        self._encapsulated = encapsulated
        self.layout = layout
        """As the header declares it, until `settle` corrects it by a frame."""
        self._ybr = layout.photometric in YBR
        """Whether three components, as they are stored, are Y, Cb and Cr."""
        self._stated: bool | None = None
        """What the stream of that frame said about it."""

    def settle(self, data: bytes) -> tuple[str, ...]:
        """Take depth and colours from this frame, and give what has to be said about them.

        Raises `Contradiction` when it is not the picture that the header describes,
        and `CodecError` when it cannot be read.
        """
        header = self._header(data)
        if header is None:
            return (*self._settle_plain(data), *self._settle_sign(data))
        _check(header, self.layout)
        return (
            *self._name_of(header),
            *self._settle_depth(header, data),
            *self._settle_colours(header, data),
            *self._settle_sign(data),
        )

    def _settle_sign(self, data: bytes) -> tuple[str, ...]:
        """Grey without a sign under a header that says one: its black is 0, no lowest number."""
        if not self.layout.signed or self.layout.photometric not in GREY:
            return ()
        said, self.layout = self.layout, replace(self.layout, signed=False)
        if black_is_zero(self.decode(data).values, self.layout.bits_stored):
            return (
                "The header says that values have a sign, but the picture is black where they are "
                "0; they are read without one.",
            )
        self.layout = said
        return ()

    def _settle_plain(self, data: bytes) -> tuple[str, ...]:
        values = self._plain(data, exactly=True)
        self.layout, notes = settle_bits(values, self.layout)
        notes = self._other_coding(self._coding) + notes
        if looks_transposed(values):
            rows, columns = self.layout.rows, self.layout.columns
            raise Contradiction(f"its pixels look like {rows} x {columns}, not {columns} x {rows}")
        if self.layout.samples != 3:
            return notes
        shown = self._upper_8(values)
        pairs = self.layout.subsampled
        if self._coding is Coding.NATIVE and not (pairs and self.layout.columns % 2):
            other = replace(self.layout, planar=not self.layout.planar)
            turned = self._upper_8(native(data, other))
            if is_rather(shown, turned):
                said = f"PlanarConfiguration is {int(not other.planar)}"
                self.layout, shown = other, turned
                notes += (
                    f"{'The header says YBR_FULL_422' if pairs else said}, but the pixels are "
                    f"stored by {'plane' if other.planar else 'pixel'}; they are read as what they "
                    "are.",
                )
        return notes + self._choose_colours(self._ybr, None, tells_ybr(shown))

    def _upper_8(self, values: Values) -> npt.NDArray[np.uint8]:
        return to_8_bit(masked(values, self.layout), self.layout.bits_stored)

    def _name_of(self, header: StreamHeader) -> tuple[str, ...]:
        notes = [*self._other_coding(header.coding)]
        if header.components < self.layout.samples:
            notes.append(
                f"The header says {self.layout.photometric}, but the compressed pixels are grey; "
                "they are read as what they are."
            )
        if header.signed != self.layout.signed and header.coding is Coding.JPEG_2000:
            notes.append(
                "The header and the compressed pixels contradict each other about the sign of "
                "values; the header is believed."
            )
        return tuple(notes)

    def _other_coding(self, coding: Coding) -> tuple[str, ...]:
        if coding in self._syntax.codings:
            return ()
        return (
            f"The header says {self._syntax.name}, but the pixels are compressed as "
            f"{coding.value}; they are read as what they are.",
        )

    def _settle_depth(self, header: StreamHeader, data: bytes) -> tuple[str, ...]:
        stored = self.layout.bits_stored
        if header.precision == stored:
            return ()
        if header.precision > stored and _fits(decoded_stream(data, header), header, self.layout):
            return ()
        bits = header.precision
        self.layout = replace(self.layout, bits_stored=bits, high_bit=bits - 1)
        return (
            f"The header says {stored} bits per value, the compressed pixels have {bits}; "
            "they are read as what they are.",
        )

    def _settle_colours(self, header: StreamHeader, data: bytes) -> tuple[str, ...]:
        if header.components != 3:
            return ()
        tag = _tagged_ybr(self.layout.photometric, header.coding)
        seen: bool | None = None
        if header.ybr != tag:
            raw = decoded_stream(data, replace(header, ybr=False))
            seen = tells_ybr(to_8_bit(raw.values, raw.bits))
        return self._choose_colours(tag, header.ybr, seen)

    def _choose_colours(self, tag: bool, stream: bool | None, seen: bool | None) -> tuple[str, ...]:
        """The pixels decide where they are clear, then the stream, then the tag."""
        self._stated = stream
        self._ybr = next(word for word in (seen, stream, tag) if word is not None)
        if self._ybr == tag:
            return ()
        return (
            f"The header says {self.layout.photometric}, but the pixels are "
            f"{'YBR (luma and chroma)' if self._ybr else 'RGB'}; they are read as what they are.",
        )

    def decode(self, data: bytes) -> Decoded:
        """The values of a frame. Raises `CodecError`; ImportError when a codec is missing."""
        header = self._header(data)
        if header is None:
            values = guarded(self._coding.value, lambda: masked(self._plain(data), self.layout))
            return Decoded(values, self.layout.bits_stored, self._ybr and self.layout.samples == 3)
        _check(header, self.layout)
        if header.ybr is None or header.ybr == self._stated:
            header = replace(header, ybr=self._ybr)
        decoded = decoded_stream(data, header)
        if header.precision != self.layout.bits_stored and not _fits(decoded, header, self.layout):
            raise Contradiction(
                f"it has {header.precision} bits per value, other frames or the header "
                f"{self.layout.bits_stored}"
            )
        values, bits = decoded.values, min(decoded.bits, self.layout.bits_stored)
        if self.layout.signed:
            values = sign_extended(values, bits)
        converted = header.coding is Coding.JPEG and not header.rare  # by libjpeg
        ybr = bool(header.ybr) and header.components == 3 and not converted
        return Decoded(values, bits, ybr)

    def _header(self, data: bytes) -> StreamHeader | None:
        """What the stream says of itself; None when it is of a coding that says nothing."""
        plain = self._coding in _PLAIN
        if self._encapsulated and not (plain and len(data) == self.layout.frame_bytes):
            for starts, reader in _READERS:
                if data.startswith(starts):
                    return reader(data)
        if self._coding not in self._syntax.codings and not begins_like_an_image(data):
            raise Contradiction("its pixels come in pieces, as only compressed ones do")
        if plain:
            return None
        raise CodecError(f"it does not begin like {self._coding.value}")

    @property
    def _coding(self) -> Coding:
        """What frames are that do not say so themselves."""
        if self._encapsulated and not self._syntax.encapsulated:
            return Coding.RUN_LENGTH
        return self._syntax.codings[0]

    def _plain(self, data: bytes, exactly: bool = False) -> Values:
        decode = _PLAIN[self._coding]
        if exactly and decode is run_length:
            decode = run_length_exactly
        return guarded(self._coding.value, lambda: decode(data, self.layout))


def _check(header: StreamHeader, layout: PixelLayout) -> None:
    """Raises `Contradiction` when the stream is not the picture that the header describes."""
    if (header.columns, header.rows) != (layout.columns, layout.rows):
        raise Contradiction(
            f"it is {header.columns} x {header.rows} pixels, "
            f"not {layout.columns} x {layout.rows} as the header says"
        )
    if header.components not in (1, 3):
        raise Contradiction(f"it has {header.components} values per pixel")
    if header.components > layout.samples:
        raise Contradiction("its compressed stream has colours, but its header says it has not")
    if not 1 <= header.precision <= layout.bits_allocated:
        raise Contradiction(
            f"it has {header.precision} bits per value, more than the "
            f"{layout.bits_allocated} that its header allows"
        )
    if header.signed and header.components == 3:
        raise Contradiction("its colours have a sign, which colours have not")


def _tagged_ybr(photometric: str, coding: Coding) -> bool:
    """What the tag says of three components that this coding leaves as they are."""
    if coding is Coding.JPEG_XL:
        return False  # its decoder gives RGB, whatever it was
    if coding is Coding.JPEG:
        return photometric != "RGB"
    # YBR_ICT and YBR_RCT are undone by the decoder.
    return photometric in YBR


def _fits(decoded: Decoded, header: StreamHeader, layout: PixelLayout) -> bool:
    """Whether values of a deeper stream have no more bits than the header says."""
    if header.precision < layout.bits_stored or decoded.bits < header.precision:
        return False
    if int(decoded.values.max()) < 1 << layout.bits_stored:
        return True
    if not layout.signed:
        return False
    values = sign_extended(decoded.values, decoded.bits)
    half = 1 << (layout.bits_stored - 1)
    return bool(-half <= values.min() and values.max() < half)
