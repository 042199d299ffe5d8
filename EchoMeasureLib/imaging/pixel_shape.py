"""Pixels that are not square: PS3.3 C.7.6.3.1.7, sample aspect ratios, densities of pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

SQUARE = 1.0

LARGEST = 8.0
"""No display has pixels longer than this one way than the other; the widest in use is 32:11."""

_NOTICED = 0.005
"""Departure from square that matters: half a per cent of a length."""


def pixel_aspect(width: float, height: float, said_by: str) -> tuple[float, tuple[str, ...]]:
    """Width over height of a pixel, and what to say about it.

    `width` and `height` are in any common unit, as `said_by` (words such as "PixelAspectRatio")
    gives them; what cannot be counts as square, and the note says so.
    """
    aspect = width / height if height else math.inf
    if not 1 / LARGEST <= aspect <= LARGEST:  # false for NaN too
        note = f"{said_by} says that pixels are {width:g} by {height:g}, which cannot be."
        return SQUARE, (note,)
    if abs(aspect - 1) < _NOTICED:
        return SQUARE, ()
    longer, times = ("wide", aspect) if aspect > 1 else ("high", 1 / aspect)
    other = "high" if longer == "wide" else "wide"
    note = (
        f"Pixels are {times:.4g} times as {longer} as {other} ({said_by}). They are shown as they "
        "are stored; a calibration by hand takes it into account."
    )
    return aspect, (note,)


def dicom_aspect(dataset: Dataset) -> tuple[float, tuple[str, ...]]:
    """As `pixel_aspect`, of (0028,0034) PixelAspectRatio: vertical and horizontal size."""
    from EchoMeasureLib.imaging.header import numbers

    sizes = numbers(dataset, "PixelAspectRatio")
    if not sizes:
        return SQUARE, ()
    vertical, horizontal = sizes if len(sizes) == 2 else (math.nan, math.nan)
    return pixel_aspect(horizontal, vertical, "PixelAspectRatio")


def dicom_pixel_size(dataset: Dataset) -> tuple[float, float] | None:
    """(0028,0030) PixelSpacing in cm across and down, where it can be a size.

    It has no place in ultrasound beside regions, but scanners write it, and what rescales a
    picture changes it. None for 1 by 1 mm too, which tools put where they know nothing.
    """
    from EchoMeasureLib.imaging.header import numbers

    sizes = numbers(dataset, "PixelSpacing")
    if len(sizes) != 2 or not all(0 < size < math.inf for size in sizes) or set(sizes) == {1.0}:
        return None
    down, across = sizes
    return across / 10, down / 10
