"""Whether the screen shows an ECG, or the file gives R waves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.inference.looking import Look, Mask, extremes, grey_of
from EchoMeasureLib.inference.picture_finding import PictureMask
from EchoMeasureLib.inference.quality_findings import CHECKS, Finding, Standing, judged

WHITE = 110
"""Level of a white trace."""
COLOURED, APART = 50, 35
"""Level of a coloured trace, and how far its channels lie apart, after any compression."""
GAP = 2
"""Pixels by which a steep or a dim coloured stroke may be interrupted."""
LEAST_HEIGHT = 0.02
"""Of an R wave, as a share of the screen's height."""
THICKEST = 0.02
"""Mean pixels of a trace per column, as a share of the screen's height."""
AT_REST, REST_HEIGHT = 0.4, 0.01
"""Between its waves a trace lies within this share of the screen's height, in this share of its
columns; an oblique line or an outline does not."""
LINE, THINNEST = 0.005, 3
"""There it is no thicker than this share of the screen's height, or so many pixels; writing is."""


def ecg(look: Look, sector: PictureMask, r_waves: int) -> Finding:
    """The widest trace in any of the kept frames; `r_waves` is how many the file gives."""
    if r_waves:
        count = "1 R wave" if r_waves == 1 else f"{r_waves} R waves"
        return Finding("ecg", Standing.GOOD, f"The file gives {count}.")
    outside = ~look.pixels(sector.whole)
    width = 100 * max(_trace_width(frame, outside) for frame in look.kept)
    return judged(
        "ecg",
        width,
        "An ECG is drawn on the screen.",
        "No ECG is seen and the file gives no R waves: beats are found in the picture alone.",
    )


def _trace_width(frame: npt.NDArray[np.uint8], outside: Mask) -> float:
    """Of the widest trace, as a share of the screen's width; a white one lies `outside`."""
    from scipy.ndimage import binary_dilation, find_objects, label

    dimmest, brightest = extremes(frame)
    coloured = (brightest - dimmest >= APART) & (brightest >= COLOURED)
    white = (grey_of(frame) >= WHITE) & outside & ~coloured
    rows, columns = outside.shape
    least = (CHECKS["ecg"].low or 0) / 100 * columns
    widths = [0]
    near = np.ones((1 + GAP, 1 + GAP), bool)
    # White strokes stay apart: joined, the letters of a word would be one.
    for drawn, joined in ((coloured, binary_dilation(coloured, near)), (white, white)):
        parts, _ = label(joined, np.ones((3, 3), bool))
        for number, place in enumerate(find_objects(parts), start=1):
            width = place[1].stop - place[1].start
            if width >= least and _is_trace((parts[place] == number) & drawn[place], rows):
                widths.append(width)
    return float(max(widths) / columns)


def _is_trace(part: Mask, rows: int) -> bool:
    """Whether connected pixels, cut out, are drawn like an ECG: a thin line with waves."""
    part = part[:, part.any(axis=0)]
    height, width = part.shape
    if height < LEAST_HEIGHT * rows or part.sum() > THICKEST * rows * width:
        return False
    first, last = part.argmax(axis=0), height - 1 - part[::-1].argmax(axis=0)
    middle = (first + last) / 2
    thin = last - first < max(THINNEST, LINE * rows)
    at_rest = thin & (np.abs(middle - np.median(middle)) <= REST_HEIGHT * rows)
    return bool(at_rest.mean() >= AT_REST)
