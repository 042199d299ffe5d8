"""How the pixels of a DICOM image are laid out: PS3.3 C.7.6.3, checked once on opening."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from EchoMeasureLib.errors import UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.header import number, text

MAX_PIXELS = 64_000_000
"""No ultrasound screen is larger; a header that says so is damaged or hostile."""

MAX_FRAMES = 200_000

GREY = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
YBR_422 = "YBR_FULL_422"
COLOUR = ("RGB", "YBR_FULL", YBR_422, "YBR_ICT", "YBR_RCT")


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
    signed: bool
    big_endian: bool = False

    @property
    def value_bytes(self) -> int:
        return self.bits_allocated // 8

    @property
    def frame_bytes(self) -> int:
        """Bytes of an uncompressed frame at full colour resolution."""
        return self.rows * self.columns * self.samples * self.value_bytes


def read_layout(dataset: Dataset, name: str) -> PixelLayout:
    """The layout that the header declares.

    Raises `UnreadableFile` when it makes no sense and `UnsupportedPixels` when it
    does but is none that is read.
    """

    def integer(keyword: str, default: int) -> int:
        value = number(dataset, keyword)
        return default if value is None else int(value)

    stored_as = text(dataset, "PhotometricInterpretation").upper()
    allocated = integer("BitsAllocated", 8)
    layout = PixelLayout(
        rows=integer("Rows", 0),
        columns=integer("Columns", 0),
        frames=max(1, integer("NumberOfFrames", 1)),
        samples=integer("SamplesPerPixel", 3 if stored_as in COLOUR else 1),
        photometric=stored_as,
        planar=integer("PlanarConfiguration", 0) == 1,
        bits_allocated=allocated,
        bits_stored=integer("BitsStored", allocated),
        high_bit=integer("HighBit", integer("BitsStored", allocated) - 1),
        signed=integer("PixelRepresentation", 0) == 1,
    )
    _check_size(layout, name)
    _check_coding(layout, name)
    return layout


def _check_size(layout: PixelLayout, name: str) -> None:
    if layout.rows <= 0 or layout.columns <= 0:
        raise UnreadableFile(f"{name} does not say how large its image is.")
    if layout.rows * layout.columns > MAX_PIXELS or layout.frames > MAX_FRAMES:
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
