"""PNG and JPEG pictures as stills. They carry no calibration."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Frame, Identity, Timing
from EchoMeasureLib.imaging.layout import MAX_PIXELS
from EchoMeasureLib.imaging.timing import STILL

_WIDE_MODES = ("I;16", "I;16B", "I;16L", "I", "F")


def read_picture(path: Path) -> Cine:
    """The still in a PNG or JPEG file. Raises `UnreadableFile` when it is damaged."""
    data = path.read_bytes()
    try:
        with warnings.catch_warnings():
            # The size is checked below, and metadata that Pillow dislikes is of no use here.
            warnings.filterwarnings("ignore", module=r"PIL(\..*)?$")
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "MPO")) as picture:
                _check_size(picture, path.name)
                form = "JPEG" if picture.format == "MPO" else picture.format
                frame, notes = _to_rgb(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError as error:
        raise _too_large(path.name) from error
    except UnreadableFile:
        raise
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError) as error:
        raise UnreadableFile(
            f"{path.name} is a picture that is damaged or cut short.", "Copy or export it again."
        ) from error
    return Cine(
        ArraySource(frame[None]),
        Timing((0.0,), STILL),
        identity=Identity(file_sha256=hashlib.sha256(data).hexdigest()),
        path=path,
        kind=f"{form} picture",
        notes=notes,
    )


def _check_size(picture: Any, name: str) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large(name)


def _too_large(name: str) -> UnreadableFile:
    return UnreadableFile(f"{name} has more pixels than any screen.", "Save it smaller.")


def _to_rgb(picture: Any) -> tuple[Frame, tuple[str, ...]]:
    if picture.mode in _WIDE_MODES:
        values = np.asarray(picture).astype(np.float64)
        low, high = float(values.min()), float(values.max())
        grey = np.rint((values - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
        note = f"The picture has 16-bit grey values; their range, {low:g} to {high:g}, is shown."
        return np.repeat(grey[..., None], 3, axis=2), (note,)
    if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, picture.convert("RGBA"))
    return np.array(picture.convert("RGB")), ()
