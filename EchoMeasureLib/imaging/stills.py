"""PNG and JPEG pictures as stills. They carry no calibration."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from EchoMeasureLib.errors import UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.jpeg_streams import END_OF_IMAGE, read_jpeg_header
from EchoMeasureLib.imaging.layout import MAX_PIXELS
from EchoMeasureLib.imaging.pixel_shape import SQUARE, pixel_aspect
from EchoMeasureLib.imaging.png_chunks import essential, is_animated, is_png
from EchoMeasureLib.imaging.stream_decoding import TAILS
from EchoMeasureLib.imaging.stream_facts import CodecError, Coding
from EchoMeasureLib.imaging.timing import STILL

_WIDE_MODES = ("I;16", "I;16B", "I;16L", "I", "F")

_TRANSPARENT_MODES = ("RGBA", "LA", "PA", "La", "RGBa")

_SWAPPING = (5, 6, 7, 8)
"""Values of the Exif orientation that exchange rows and columns."""

_ORIENTATION = 0x0112
_RESOLUTION = (0x011A, 0x011B)
"""Exif's XResolution and YResolution."""

_JPEG = b"\xff\xd8"

_MIDDLE = 128

MAX_BYTES = 256 * 1024 * 1024
"""The largest screen with 16 bits per colour, stored without compression, has 200."""

_BAND = 256
"""Rows that are converted at a time."""

_ERRORS = (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, EOFError)
"""What Pillow raises on damaged pictures."""


def read_picture(path: Path) -> Cine:
    """The still in a PNG or JPEG file.

    Raises `UnreadableFile` when it is damaged, cut short or larger than any screen.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(f"{path.name} is larger than any picture.", "Save it smaller.")
    data = path.read_bytes()
    # Text of any length is of no use here, and Pillow refuses pictures with much of it.
    useful = essential(data) if is_png(data) else data
    frame, form, aspect, notes = _whole(useful, path.name)
    if is_png(data) and is_animated(data):
        notes = (*notes, "The picture is animated; its first frame is shown.")
    return Cine(
        ArraySource(frame[None]),
        Timing((0.0,), STILL),
        identity=Identity(file_sha256=hashlib.sha256(data).hexdigest()),
        path=path,
        kind=f"{form} picture",
        notes=notes,
        pixel_aspect=aspect,
    )


_Picture = tuple[Frame, str, float, tuple[str, ...]]
"""Pixels, name of the format, shape of a pixel, notes."""


def _decoded(data: bytes, name: str) -> _Picture:
    with warnings.catch_warnings():
        # The size is checked below, and metadata that Pillow dislikes is of no use here.
        warnings.filterwarnings("ignore", module=r"PIL(\..*)?$")
        try:
            picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "MPO"))
        except Image.DecompressionBombError as error:
            raise _too_large(name) from error
        with picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_large(name)
            form = "JPEG" if picture.format == "MPO" else str(picture.format)
            aspect, shape_notes = _shape(picture)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            frame, notes = _to_rgb(upright)
    return frame, form, aspect, (*notes, *shape_notes)


def _whole(data: bytes, name: str) -> _Picture:
    """The picture, with or without the mark at its end. Raises `UnreadableFile`."""
    try:
        picture = _decoded(data, name)
    except UnreadableFile:
        raise
    except _ERRORS as error:
        unmarked = _without_its_end(data, name)
        if unmarked is None:
            raise _of_a_rare_kind(data, name) or _broken(name, error) from error
        return unmarked
    # libjpeg fills what is missing with the middle of the range, in silence.
    end = data.rfind(END_OF_IMAGE)
    corners = picture[0][[0, 0, -1, -1], [0, -1, 0, -1]]
    filled = bool((corners == _MIDDLE).all(axis=1).any())
    if data.startswith(_JPEG) and filled and not _goes_on_alike(data[:end], picture[0], name):
        raise _cut_short(name)
    return picture


def _without_its_end(data: bytes, name: str) -> _Picture | None:
    """A JPEG of which nothing but the mark at its end is missing; None for any other picture."""
    if not data.startswith(_JPEG) or b"\xff\xda" not in data:
        return None
    body = data.removesuffix(b"\xff")
    try:
        frame, form, aspect, notes = _decoded(body + END_OF_IMAGE, name)
        if not _goes_on_alike(body, frame, name):
            return None
    except _ERRORS:
        return None
    note = "The mark at the picture's end is missing; all of its pixels are there."
    return frame, form, aspect, (*notes, note)


def _goes_on_alike(body: bytes, frame: Frame, name: str) -> bool:
    """Whether a JPEG without its end shows the same whatever follows: then nothing is missing."""
    try:
        tails = (_decoded(body + tail + END_OF_IMAGE, name)[0] for tail in TAILS)
        return all(np.array_equal(frame, other) for other in tails)
    except _ERRORS:
        return False


def _shape(picture: Any) -> tuple[float, tuple[str, ...]]:
    """Shape of a pixel of the upright picture: PNG's pHYs, JFIF's density, Exif's resolution."""
    info, exif = picture.info, picture.getexif()
    density = info.get("aspect") or info.get("dpi")
    if picture.format in ("JPEG", "MPO"):
        # Not what Pillow makes of Exif: it takes the one across for both.
        found = [exif.get(tag) for tag in _RESOLUTION]
        density = info.get("jfif_density") or [one for one in found if isinstance(one, Real)]
    if not density or len(density) != 2 or not all(density):
        return SQUARE, ()
    across, down = float(density[0]), float(density[1])
    said_by = "the picture's resolution" if "dpi" in info else "the picture's pixel shape"
    # Many pixels to the inch are narrow ones.
    if exif.get(_ORIENTATION) in _SWAPPING:
        return pixel_aspect(across, down, said_by)
    return pixel_aspect(down, across, said_by)


def _of_a_rare_kind(data: bytes, name: str) -> UnreadableFile | None:
    """The error of a JPEG of another coding or depth than pictures have; None for any other."""
    try:
        header = read_jpeg_header(data)
    except CodecError:
        return None
    if header.coding is Coding.JPEG and header.precision == 8:
        return None
    what = f"{header.coding.value} of {header.precision} bits"
    return UnsupportedPixels(f"{name} is {what}, which is not read.", "Save it as PNG.")


def _broken(name: str, error: Exception) -> UnreadableFile:
    if "truncated" in str(error) or isinstance(error, EOFError):
        return _cut_short(name)
    return UnreadableFile(f"{name} is a picture that is damaged.", "Copy or export it again.")


def _cut_short(name: str) -> UnreadableFile:
    return UnreadableFile(f"{name} is a picture that is cut short.", "Copy or export it again.")


def _too_large(name: str) -> UnreadableFile:
    return UnreadableFile(f"{name} has more pixels than any screen.", "Save it smaller.")


def _to_rgb(picture: Any) -> tuple[Frame, tuple[str, ...]]:
    if picture.mode in _WIDE_MODES:
        return _from_wide(picture)
    frame: Frame = np.empty((picture.height, picture.width, 3), np.uint8)
    transparent = "transparency" in picture.info or picture.mode in _TRANSPARENT_MODES
    for rows, band in _bands(picture):
        shown = _on_black(band, picture.info) if transparent else band.convert("RGB")
        frame[rows] = np.asarray(shown)
    return frame, ()


def _on_black(band: Any, info: dict[str, Any]) -> Any:
    """A transparent picture as it looks on the black of a screen; `info` may say what is."""
    band.info = info
    black = Image.new("RGBA", band.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, band.convert("RGBA")).convert("RGB")


def _from_wide(picture: Any) -> tuple[Frame, tuple[str, ...]]:
    """Grey of more than 8 bits, its range spread over 8."""
    values = np.asarray(picture)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise ValueError("grey values that are no numbers")
    frame: Frame = np.empty((*values.shape, 3), np.uint8)
    for top in range(0, len(values), _BAND):
        rows = slice(top, top + _BAND)
        grey = (values[rows].astype(np.float64) - low) / ((high - low) or 1.0)
        frame[rows] = np.rint(grey * 255).astype(np.uint8)[..., None]
    note = f"The picture has 16-bit grey values; their range, {low:g} to {high:g}, is shown."
    return frame, (note,)


def _bands(picture: Any) -> Iterator[tuple[slice, Any]]:
    """Rows of the picture and the part that they are, so that no second copy is made of it."""
    for top in range(0, picture.height, _BAND):
        bottom = min(top + _BAND, picture.height)
        yield slice(top, bottom), picture.crop((0, top, picture.width, bottom))
