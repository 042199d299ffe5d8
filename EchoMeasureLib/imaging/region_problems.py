"""What cannot be about a calibrated region, by itself and beside others: PS3.3 C.8.5.5.

The limits are those of transthoracic echocardiography on a screen, drawn wide: a
region beyond them is wrong by a unit or a factor, not by a little.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.pixel_shape import SQUARE
from EchoMeasureLib.imaging.regions import (
    REQUIRED_UNITS,
    Region,
    RegionKind,
    RegionProblem,
    Trouble,
)

MIN_DEPTH_CM, MAX_DEPTH_CM = 1.0, 40.0
"""Outside this height a 2-D or M-mode region is not a transthoracic echocardiogram."""

MAX_UNEVENNESS = 4.0
"""Pixels longer than this one way than the other are on no screen; 1.25 occurs."""

MIN_S_PER_PX, MAX_S_PER_PX = 0.0001, 0.05
"""From 300 mm/s on the finest screen to 8 mm/s on a coarse one."""

MIN_STRIP_S, MAX_STRIP_S = 0.2, 30.0
"""Time that a strip shows."""

MIN_RANGE_CM_S = 5.0
"""Velocities from top to bottom of a strip; tissue Doppler is shown with 10 and more."""

MAX_RANGE_CM_S = {RegionKind.PW: 1200.0, RegionKind.CW: 2000.0, RegionKind.SPECTRAL: 2000.0}
"""High pulse rates measure up to 6 m/s either way; no jet in a heart is faster than 9 m/s."""

MOST_CORRECTED = 1.05
"""Angle correction makes velocities higher; echocardiography takes them as along the beam (Quinones
et al., J Am Soc Echocardiogr 2002;15:167-184), so what is corrected more is another number."""

BOUNDS_PROBLEMS = frozenset(("no_bounds", "zero_size", "outside_image"))
"""Codes of problems after which nobody knows where a region lies."""

_SAME_SCALE = 0.01
_SAME_SPACING = 0.03
"""PixelSpacing is often rounded to a few digits; resized pictures differ by more."""
_SAME_BASELINE_PX = 2.0
_INSET, _TOUCHING = 0.5, 0.05
"""A region inside another of twice its area is a picture in the picture; bounds may touch."""


def find_problems(
    region: Region, columns: int, rows: int, absolute_reference: bool = False
) -> tuple[RegionProblem, ...]:
    """Everything that is wrong with a region on an image of this size.

    `absolute_reference` says that this writer counts the reference pixel from the
    corner of the image (Medistim does), even where it could be an offset as well.
    """
    found = [*_bounds_problems(region.bounds, columns, rows)]
    if region.kind in REQUIRED_UNITS:
        found += _scale_problems(region)
    if region.kind.is_spectral and region.bounds.height > 1:
        found += _baseline_problems(region, absolute_reference)
    return tuple(found)


def angle_problems(region: Region, degrees: float | None) -> tuple[RegionProblem, ...]:
    """What is wrong with a strip whose velocities are corrected for this angle, (0018,6034)."""
    if not region.kind.is_spectral or degrees is None or not 0 <= abs(degrees) <= 180:
        return ()
    along = abs(math.cos(math.radians(degrees)))
    if along * MOST_CORRECTED >= 1:
        return ()
    text = (
        f"The strip's velocities are corrected for an angle of {abs(degrees):g} degrees between "
        "beam and flow; echocardiography measures without that."
    )
    return (RegionProblem("angle_corrected", text),)


def without_contradictions(
    regions: Sequence[Region],
    pixel_aspect: float = SQUARE,
    pixel_size: tuple[float, float] | None = None,
) -> tuple[Region, ...]:
    """The regions, with a problem for each that cannot be right beside another fact.

    `pixel_aspect` and `pixel_size` (cm across and down) are what the file says about its pixels
    elsewhere.
    """
    found = {region.index: list(region.problems) for region in regions}
    sound = [r for r in regions if r.kind in REQUIRED_UNITS and not r.scale_problems]
    for region in sound:
        found[region.index] += _aspect_problems(region, pixel_aspect)
    for region, contradiction in _size_problems(sound, pixel_size):
        found[region.index].append(contradiction)
    for one, other in combinations(sound, 2):
        problem = _disagreement(one, other)
        if problem is not None:
            found[one.index].append(problem)
            found[other.index].append(problem)
    return tuple(
        replace(region, problems=tuple(dict.fromkeys(found[region.index]))) for region in regions
    )


def _bounds_problems(box: Box, columns: int, rows: int) -> list[RegionProblem]:
    if box.x1 <= box.x0 or box.y1 <= box.y0:
        return [RegionProblem("zero_size", "The region has no area.")]
    # Some writers put the maximum one past the last pixel.
    if box.x0 < 0 or box.y0 < 0 or box.x1 > columns or box.y1 > rows:
        return [
            RegionProblem(
                "outside_image",
                f"The region ({box.x0}, {box.y0})-({box.x1}, {box.y1}) reaches outside the "
                f"{columns} x {rows} image: the picture was cropped or rescaled after it was "
                "calibrated, so its lengths cannot be trusted.",
            )
        ]
    return []


def _scale_problems(region: Region) -> list[RegionProblem]:
    found: list[RegionProblem] = []
    wanted = REQUIRED_UNITS[region.kind]
    if region.units != wanted:
        found.append(
            RegionProblem(
                "wrong_units",
                f"The region's units are {region.units[0]} x {region.units[1]}; "
                f"a {region.kind.value} region needs {wanted[0]} x {wanted[1]}.",
            )
        )
    if not (region.delta[0] and region.delta[1]):
        found.append(RegionProblem("zero_delta", "The size of a pixel is missing or zero."))
    elif region.units == wanted:
        found += _implausible(region)
    return found


def _implausible(region: Region) -> list[RegionProblem]:
    found: list[RegionProblem] = []
    across, down = abs(region.delta[0]), abs(region.delta[1])
    extent = region.bounds.height * down
    if region.units[1] == "cm" and not MIN_DEPTH_CM <= extent <= MAX_DEPTH_CM:
        found.append(
            RegionProblem(
                "implausible_depth",
                f"The region would be {extent:.3g} cm deep; "
                f"{MIN_DEPTH_CM:g} to {MAX_DEPTH_CM:g} cm is plausible.",
            )
        )
    if region.kind.is_image and max(across, down) / min(across, down) > MAX_UNEVENNESS:
        found.append(
            RegionProblem(
                "uneven_scale",
                f"A pixel would be {across:.3g} cm wide and {down:.3g} cm high, as on no screen.",
            )
        )
    fastest = MAX_RANGE_CM_S.get(region.kind)
    if fastest is not None and not MIN_RANGE_CM_S <= extent <= fastest:
        found.append(
            RegionProblem(
                "implausible_velocities",
                f"The strip would show {extent:.3g} cm/s from top to bottom; "
                f"{MIN_RANGE_CM_S:g} to {fastest:g} cm/s is plausible.",
            )
        )
    if region.kind.is_strip:
        found += _sweep_problems(region)
    return found


def _sweep_problems(region: Region) -> list[RegionProblem]:
    step, shown = abs(region.delta[0]), region.bounds.width * abs(region.delta[0])
    if MIN_S_PER_PX <= step <= MAX_S_PER_PX and MIN_STRIP_S <= shown <= MAX_STRIP_S:
        return []
    text = f"The strip would show {shown:.3g} s, {step:.3g} s per pixel, as no sweep speed does."
    return [RegionProblem("implausible_sweep", text, Trouble.TIME)]


def _baseline_problems(region: Region, absolute: bool) -> list[RegionProblem]:
    reference_y = region.reference[1]
    if reference_y is None:
        text = "The file does not say where the baseline is (no reference pixel)."
        return [RegionProblem("no_reference", text, Trouble.BASELINE)]
    if not region.delta[1]:
        return []
    zero_row = reference_y - region.reference_value[1] / region.delta[1]
    height, top = region.bounds.height, region.bounds.y0
    if not absolute and 0 <= reference_y < height and 0 <= zero_row < height:
        return []
    if 0 <= reference_y - top < height and 0 <= zero_row - top < height:
        text = (
            f"The reference pixel (row {reference_y:g}) is a position on the whole image, not in "
            "the strip, against the standard; the baseline is uncertain."
        )
        return [RegionProblem("absolute_reference", text, Trouble.BASELINE)]
    text = f"The reference pixel (row {reference_y:g}) lies outside the spectral strip."
    return [RegionProblem("reference_outside", text, Trouble.BASELINE)]


def _aspect_problems(region: Region, aspect: float) -> list[RegionProblem]:
    if not region.kind.is_image or aspect == SQUARE:
        return []
    own = abs(region.delta[0] / region.delta[1])
    if _alike(own, aspect):
        return []
    text = (
        f"A pixel is {own:.3g} times as wide as high by the region's scale and {aspect:.3g} times "
        "by the shape that the file gives its pixels elsewhere: one of the two is wrong."
    )
    return [RegionProblem("contradicting_aspect", text)]


def _size_problems(
    regions: Sequence[Region], size: tuple[float, float] | None
) -> list[tuple[Region, RegionProblem]]:
    """Images whose scale is not that of PixelSpacing, unless it is the scale of another one."""
    images = [region for region in regions if region.kind.is_image]
    if size is None or any(_has_size(region, size) for region in images):
        return []
    found = []
    for region in images:
        own = " x ".join(f"{abs(step):.3g}" for step in region.delta)
        other = " x ".join(f"{step:.3g}" for step in size)
        text = f"A pixel is {own} cm by the region's scale and {other} cm by PixelSpacing: "
        if MIN_DEPTH_CM <= region.bounds.height * size[1] <= MAX_DEPTH_CM:
            problem = RegionProblem("contradicting_spacing", f"{text}one of the two is wrong.")
            found.append((region, problem))
    return found


def _has_size(region: Region, size: tuple[float, float]) -> bool:
    return all(
        abs(abs(own) - other) <= _SAME_SPACING * other
        for own, other in zip(region.delta, size, strict=True)
    )


def _disagreement(one: Region, other: Region) -> RegionProblem | None:
    """Why two regions cannot both be right; None when they can."""
    if one.low_priority != other.low_priority or not _lie_on_each_other(one, other):
        return None
    where = f"Regions {one.index} and {other.index} lie on each other"
    if one.units != other.units:
        return RegionProblem(
            "contradicting_regions",
            f"{where}, and one is {one.kind.value} where the other is {other.kind.value}.",
        )
    for axis, unit in enumerate(one.units):
        sizes = [abs(one.delta[axis]), abs(other.delta[axis])]
        opposite = axis == 1 and one.kind.is_spectral and one.delta[1] * other.delta[1] < 0
        if opposite or not _alike(*sizes):
            scales = " and ".join(f"{region.delta[axis]:.4g}" for region in (one, other))
            return RegionProblem(
                "contradicting_regions", f"{where}, and their scales disagree: {scales} {unit}/px."
            )
    rows = one.baseline_y, other.baseline_y
    if rows[0] is not None and rows[1] is not None and abs(rows[0] - rows[1]) > _SAME_BASELINE_PX:
        text = f"{where}, and their baselines disagree: rows {rows[0]:g} and {rows[1]:g}."
        return RegionProblem("contradicting_baselines", text, Trouble.BASELINE)
    return None


def _lie_on_each_other(one: Region, other: Region) -> bool:
    shared = one.bounds.shared(other.bounds)
    if not shared:
        return False
    smaller, larger = sorted((one.bounds.area, other.bounds.area))
    if one.units != other.units:
        # Generous bounds of a picture above a strip may reach into it.
        return shared > _INSET * larger
    if shared == smaller:
        # Colour within a picture is painted on it, however small its box is.
        painted = {one.kind, other.kind} == {RegionKind.COLOUR, RegionKind.TWO_D}
        return painted or smaller > _INSET * larger
    return shared > _TOUCHING * smaller


def _alike(a: float, b: float) -> bool:
    return abs(a - b) <= _SAME_SCALE * max(a, b)
