"""Whether a picture is too hard or noisy to tell walls from blood: tissue broken up into grains."""

from __future__ import annotations

import weakref

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame, darkest
from EchoMeasureLib.imaging.regions import Region

MOST_SPREAD = 0.34
"""Of tissue, within 3 mm: more has holes and no edges, so that nothing is said. Frames of a clean
real clip have up to 0.30."""
GRAIN_MM, FINE_MM = 3.0, 0.6
"""Side of the squares in which tissue is compared with itself, and how far apart at most the pixels
lie that are looked at."""
DIMMEST, WHITEST, LEAST_TISSUE_MM2 = 60.0, 200.0, 100.0
"""Mean grey of a square of tissue: dimmer may be blood, and white is white all over; and how
much of it there is."""
LIT, NOT_DIM, NOT_WHITE = 15.0, 0.4, 0.5
"""Mean grey of squares in which anything is seen, the share of them that are bright, and that of
the bright ones that are not white."""

_KNOWN: weakref.WeakKeyDictionary[Cine, dict[tuple[int, Region], str]] = weakref.WeakKeyDictionary()


def kept_hardness(cine: Cine, frame: int, region: Region) -> str:
    """`why_hard` of a frame, looked at once for all calipers on it.

    Raises `UnreadableFile` for a frame that cannot be seen.
    """
    known = _KNOWN.setdefault(cine, {})
    if (frame, region) not in known:
        known[frame, region] = why_hard(cine.frame(frame), region)
    return known[frame, region]


def why_hard(frame: Frame, region: Region) -> str:
    """Why a picture tells no walls from blood, in words; empty where it does."""
    spread = _spread_of_tissue(frame, region)
    if spread is None or spread <= MOST_SPREAD:
        return ""
    return (
        "The picture is too hard or noisy to tell walls from blood. "
        f"Tissue varies by {spread:.2f} of its brightness."
    )


def _spread_of_tissue(frame: Frame, region: Region) -> float | None:
    """Standard deviation of tissue within 3 mm as a share of its brightness, in a whole picture.

    The median; None where there is little tissue, or most of it is white or dim: of a dim picture
    the grains alone would be taken for tissue.
    """
    from scipy.ndimage import uniform_filter

    rows, columns = frame.shape[:2]
    box, scale = region.bounds.clipped(columns, rows), [10 * abs(d) for d in region.delta]
    dx, dy = (max(1, int(FINE_MM / mm)) for mm in scale)
    shown = darkest(frame[box.y0 : box.y1 + 1 : dy, box.x0 : box.x1 + 1 : dx])
    size = max(3, round(GRAIN_MM / scale[1] / dy)), max(3, round(GRAIN_MM / scale[0] / dx))
    grey = _lit_part(shown, size).astype(np.float32)
    if not grey.size:
        return None
    mean = uniform_filter(grey, size)
    bright = mean > DIMMEST
    tissue = bright & (mean < WHITEST)
    seen = np.count_nonzero(tissue)
    some = np.count_nonzero(bright)
    if seen * scale[0] * dx * scale[1] * dy < LEAST_TISSUE_MM2 or seen < NOT_WHITE * some:
        return None
    if some < NOT_DIM * np.count_nonzero(mean > LIT):
        return None
    means = mean[tissue]
    variance = uniform_filter(grey * grey, size)[tissue] - means**2
    return float(np.median(np.sqrt(np.maximum(variance, 0)) / means))


def _lit_part(grey: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A picture without the black rows and columns around it that no square of `size` sees."""
    part: list[slice] = []
    for axis, reach in enumerate(size):
        lit = np.flatnonzero(grey.any(axis=1 - axis))
        if not lit.size:
            return grey[:0]
        part.append(slice(max(0, int(lit[0]) - reach), int(lit[-1]) + reach + 1))
    return grey[tuple(part)]
