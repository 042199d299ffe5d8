"""How the pixels of a DICOM image are laid out: PS3.3 C.7.6.3, checked once on opening."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pydicom.dataset import Dataset

from EchoMeasureLib.errors import UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.header import number, text

MAX_PIXELS = 7680 * 4320
"""The largest screen there is (8K); a header that says more is damaged or hostile."""

MAX_SIDE = 65535
"""Rows and Columns are 16-bit numbers."""

MAX_FRAMES = 200_000

_FAR = 2**31
"""What is beyond is no number of this header, whatever it is written as."""

GREY = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
YBR_422 = "YBR_FULL_422"
YBR = ("YBR_FULL", YBR_422)
VIDEO = ("YBR_PARTIAL_420", "YBR_PARTIAL_422")
"""What the header of a video says; its stream decides about its colours."""
COLOUR = ("RGB", *YBR, "YBR_ICT", "YBR_RCT")


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """Size and coding of one frame, as the header declares them."""

    rows: int
    columns: int
    frames: int
    samples: int
    """1 for grey and palette, 3 for colour."""
    photometric: str
    planar: bool
    """Whether each colour is a plane of its own (PlanarConfiguration 1)."""
    bits_allocated: int
    """8 or 16."""
    bits_stored: int
    high_bit: int
    """Position of the highest bit that counts; `bits_stored` - 1 but for old files."""
    signed: bool
    big_endian: bool = False
    subsampled: bool = False
    """Whether pairs of uncompressed pixels share their chroma (C.7.6.3.1.2)."""
    strict: bool = False
    """Whether bits beyond those stored must be 0, as the header contradicts itself about them."""

    @property
    def value_bytes(self) -> int:
        return self.bits_allocated // 8

    @property
    def is_colour(self) -> bool:
        return self.photometric in COLOUR

    @property
    def frame_bytes(self) -> int:
        """Bytes of an uncompressed frame."""
        if self.subsampled:
            return self.rows * ((self.columns + 1) // 2) * 4 * self.value_bytes
        return self.rows * self.columns * self.samples * self.value_bytes


def read_layout(
    dataset: Dataset, name: str, video: bool = False
) -> tuple[PixelLayout, tuple[str, ...]]:
    """The layout that the header declares (of a `video` or of frames), and what is odd about it.

    Raises `UnreadableFile` when it makes no sense and `UnsupportedPixels` when it
    does but is none that is read.
    """

    def integer(keyword: str, default: int) -> int:
        value = number(dataset, keyword)
        return default if value is None else int(max(-_FAR, min(value, _FAR)))

    stored_as = text(dataset, "PhotometricInterpretation").upper()
    allocated = integer("BitsAllocated", 8)
    stored = integer("BitsStored", allocated)
    layout = PixelLayout(
        rows=integer("Rows", 0),
        columns=integer("Columns", 0),
        frames=max(1, integer("NumberOfFrames", 1)),
        samples=integer("SamplesPerPixel", 3 if stored_as in COLOUR else 1),
        photometric=stored_as,
        planar=integer("PlanarConfiguration", 0) == 1,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=integer("HighBit", stored - 1),
        signed=integer("PixelRepresentation", 0) == 1,
    )
    _check_size(layout, name)
    if video and layout.photometric in VIDEO:
        return layout, ()
    _check_coding(layout, name)
    return _without_impossible_bits(layout)


def _check_size(layout: PixelLayout, name: str) -> None:
    if layout.rows <= 0 or layout.columns <= 0:
        raise UnreadableFile(f"{name} does not say how large its image is.")
    too_large = layout.rows * layout.columns > MAX_PIXELS or layout.frames > MAX_FRAMES
    if too_large or max(layout.rows, layout.columns) > MAX_SIDE:
        raise UnreadableFile(
            f"{name} declares {layout.frames} frames of {layout.columns} x {layout.rows} pixels, "
            "which no ultrasound system makes: its header is damaged."
        )


def _check_coding(layout: PixelLayout, name: str) -> None:
    samples = 3 if layout.photometric in COLOUR else 1
    if layout.photometric not in (*COLOUR, *GREY, PALETTE):
        named = layout.photometric or "nothing"
        raise UnsupportedPixels(
            f"The pixels of {name} are coded as {named} (PhotometricInterpretation), which is "
            "not read.",
            "Export it again as RGB, YBR_FULL, PALETTE COLOR or MONOCHROME2.",
        )
    if layout.samples != samples:
        raise UnreadableFile(
            f"{name} contradicts itself: {layout.photometric} with {layout.samples} values per "
            f"pixel instead of {samples}."
        )
    if layout.bits_allocated not in (8, 16):
        raise UnsupportedPixels(
            f"{name} has {layout.bits_allocated} bits per value; ultrasound has 8 or 16.",
            "Export it again with 8 bits.",
        )
    if not 1 <= layout.bits_stored <= layout.bits_allocated:
        raise UnreadableFile(
            f"{name} contradicts itself: {layout.bits_stored} bits in {layout.bits_allocated}."
        )


def _without_impossible_bits(layout: PixelLayout) -> tuple[PixelLayout, tuple[str, ...]]:
    notes: list[str] = []
    if layout.signed and layout.is_colour:
        layout = replace(layout, signed=False)
        notes.append("The header says that colours have a sign, which they have not.")
    if not layout.bits_stored <= layout.high_bit + 1 <= layout.bits_allocated:
        notes.append(
            f"HighBit {layout.high_bit} is passed over: it cannot be with {layout.bits_stored} of "
            f"{layout.bits_allocated} bits stored."
        )
        layout = replace(layout, high_bit=layout.bits_stored - 1)
    return layout, tuple(notes)
