"""Gain, sharpness and what covers the picture, on a few frames of a cine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.inference.looking import Look, Mask, extremes, grey_of
from EchoMeasureLib.inference.picture_finding import LIT, PictureMask
from EchoMeasureLib.inference.quality_findings import CHECKS, Finding, judged, not_judged

BRIGHT_PART = 95
"""Percentile of the grey levels that says how bright the bright parts are."""
UPPER_HALF = 128
"""Of the grey scale: more gain lifts all that is lit into it."""
NEAR_CM, NEAR_SHARE = 0.075, 0.005
"""Distance along the beam over which fine detail shows: of tissue, and where nobody knows how large
a pixel is of the picture's height, which is usually 15 cm."""
FAR = 4
"""How often as far the other distance is."""
TINTED = 0.5
"""Share of a pixel's brightness by which a grey scale may be tinted."""
ONE_HUE, ALL_OVER, MANY_LEVELS = 0.12, 0.9, 15
"""A grey scale may be tinted more where all of the picture is, in one hue and in many levels."""
COLOURED = 40
"""Levels by which a channel is off the grey scale where the scanner shows flow."""
COLOURED_SHARE = 0.25
"""Of the pixels of a cell that counts as covered by colour."""
STILL_LEVELS, WRITTEN, WRITTEN_SHARE = 8, 60, 0.1
"""Writing keeps its level over the cine within these, is brighter than that, and fills this share
of a cell."""

Levels = npt.NDArray[np.float32]


def gain_findings(look: Look, sector: PictureMask) -> tuple[Finding, Finding]:
    """Whether the picture is too dark, and whether it is too bright."""
    mask = look.pixels(sector.whole)
    grey = np.concatenate([grey_of(frame)[mask] for frame in look.kept])
    level = float(np.percentile(grey, BRIGHT_PART))
    lit = grey[grey > LIT]
    high = 100 * float((lit >= UPPER_HALF).mean()) if lit.size else 0.0
    said = f"{high:.0f} % of what is lit is in the upper half of the grey scale"
    dark = judged(
        "gain_low",
        level,
        f"The bright parts reach {level:.0f} of 255 grey levels.",
        f"The picture is very dark: its bright parts reach {level:.0f} of 255 grey levels.",
    )
    bright = judged(
        "gain_high",
        high,
        f"{said}.",
        f"The gain is too high: {said}.",
    )
    return dark, bright


def sharpness(look: Look, sector: PictureMask, cm_per_row: float | None) -> Finding:
    """How much finer detail there is along the beam than a smooth picture would have.

    The root mean square step of grey over 0.75 mm against that over 3 mm: 1 for noise, a quarter
    where nothing finer is left. `cm_per_row` is None where nobody knows it.
    """
    mask = look.pixels(sector.whole)
    rows = np.flatnonzero(mask.any(axis=1))
    height = rows[-1] - rows[0] + 1
    near = NEAR_SHARE * height if cm_per_row is None else NEAR_CM / (cm_per_row * look.step)
    near = max(1.0, near)
    if FAR * near + 1 > height / 4:
        return not_judged("sharpness", "The picture is too small to judge its sharpness.")
    steps = [
        [
            _mean_square_step(grey_of(frame).astype(np.float32), mask, distance)
            for distance in (near, FAR * near)
        ]
        for frame in look.kept
    ]
    fine, coarse = np.mean(steps, axis=0)
    if coarse <= 0:
        return not_judged("sharpness", "The picture is all of one grey.")
    ratio = float(np.sqrt(fine / coarse))
    return judged(
        "sharpness",
        ratio,
        "The picture has fine detail.",
        f"The picture is blurred: a step of grey over 0.75 mm is {ratio:.2f} of one over 3 mm, and "
        f"{1 / FAR:.2f} where no fine detail is left.",
    )


def _mean_square_step(grey: Levels, mask: Mask, distance: float) -> float:
    """Of pixels so far apart vertically, between whole numbers of rows by proportion."""
    whole = int(distance)
    share = distance - whole
    found = 0.0
    for rows, weight in ((whole, 1 - share), (whole + 1, share)):
        both = mask[rows:] & mask[:-rows]
        if weight and both.any():
            found += weight * float(np.square(grey[rows:] - grey[:-rows])[both].mean())
    return found


def cover(look: Look, sector: PictureMask, moves: bool) -> Finding:
    """How much of what is lit is colour, or writing that stands still while the rest moves."""
    inside = look.pixels(sector.whole)
    colours = [_is_coloured(frame, inside) for frame in look.kept]
    coloured = np.mean([look.in_cells(colour) for colour in colours], axis=0)
    covered = coloured >= COLOURED_SHARE
    if moves:
        still = (look.brightest - look.darkest <= STILL_LEVELS) & (look.darkest >= WRITTEN)
        covered |= look.in_cells(still) >= WRITTEN_SHARE
    share = 100 * float(covered[sector.lit].mean())
    said = f"Colour or writing covers {share:.0f} % of the picture"
    limit = f"{CHECKS['cover'].high:.0f} %"
    return judged("cover", share, f"{said}.", f"{said}, more than {limit}.")


def _is_coloured(frame: npt.NDArray[np.uint8], inside: Mask) -> Mask:
    """Pixels that no grey scale, tinted or not, would show."""
    dimmest, brightest = extremes(frame)
    apart = brightest - dimmest
    off: Mask = (apart > COLOURED) & (apart > TINTED * brightest)
    # What is nearly black has hardly a colour.
    bright = inside & (brightest > 2 * COLOURED)
    if bright.any() and off[bright].mean() > ALL_OVER:
        red, green, blue = frame[bright].astype(np.float32).T / brightest[bright]
        hues = max(float(np.std(red - blue)), float(np.std(green)))
        if hues < ONE_HUE and np.std(brightest[bright]) > MANY_LEVELS:
            return np.zeros_like(off)
    return off
