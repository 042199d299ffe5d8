"""Calibration by hand, from the rulers that the scanner drew on the screen."""

from __future__ import annotations

import math
from dataclasses import replace

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.region_problems import BOUNDS_PROBLEMS, find_problems
from EchoMeasureLib.imaging.regions import (
    REQUIRED_UNITS,
    Region,
    RegionKind,
    RegionProblem,
    Trouble,
)

MANUAL_INDEX = -1
"""`Region.index` of a region calibrated by hand."""


class RulerKind(Choice):
    """What the two marks lie on."""

    DEPTH = "depth"
    """The depth ruler of a 2-D image."""
    CW = "cw"
    """The velocity axis of a continuous-wave strip, the first mark on the zero line."""
    PW = "pw"
    """The same of a pulsed-wave strip."""
    M_MODE = "m-mode"
    """The depth ruler of an M-mode strip."""

    @property
    def unit(self) -> str:
        """Of the distance between the marks."""
        return "cm/s" if self in (RulerKind.CW, RulerKind.PW) else "cm"


def from_ruler(
    cine: Cine, kind: RulerKind, first: PixelPoint, second: PixelPoint, distance: float
) -> Region:
    """A region from two marks of a ruler that are `distance` apart, in `kind.unit`.

    It covers the whole screen. Raises `InvalidArgument` for marks that make no ruler.
    """
    if kind is RulerKind.DEPTH:
        return from_depth_ruler(cine, first, second, distance)
    if kind is RulerKind.M_MODE:
        return from_m_mode_ruler(cine, first, second, distance)
    return from_velocity_axis(cine, first, second, distance, first.y, RegionKind(kind.value))


def from_depth_ruler(
    cine: Cine,
    first: PixelPoint,
    second: PixelPoint,
    centimetres: float,
    bounds: Box | None = None,
) -> Region:
    """A 2-D region from two marks of the depth ruler that are `centimetres` apart.

    Pixels have the shape that the file gives (`Cine.pixel_aspect`), square where it gives
    none. `bounds` defaults to those of the file's own region, else to the whole screen.
    Raises `InvalidArgument` for marks that coincide or a distance that is not positive.
    """
    aspect = cine.pixel_aspect
    heights = math.hypot((second.x - first.x) * aspect, second.y - first.y)
    _check_marks(heights, centimetres, "cm")
    delta = centimetres / heights
    return _region(cine, RegionKind.TWO_D, bounds, (delta * aspect, delta), (None, None))


def from_velocity_axis(
    cine: Cine,
    first: PixelPoint,
    second: PixelPoint,
    speed: float,
    baseline_y: float,
    kind: RegionKind = RegionKind.CW,
    seconds_per_pixel: float | None = None,
    bounds: Box | None = None,
) -> Region:
    """A spectral region from two marks of the velocity axis that are `speed` cm/s apart.

    `baseline_y` is the row of zero velocity in source pixels; upwards is positive.
    Without `seconds_per_pixel` velocities hold and intervals are not given.
    Raises `InvalidArgument` as `from_depth_ruler` does, and for a baseline off the strip.
    """
    if not kind.is_spectral:
        raise InvalidArgument(f"A {kind.value} region has no velocity axis.")
    rows = abs(second.y - first.y)
    _check_marks(rows, speed, "cm/s")
    area = bounds or _own_bounds(cine, kind)
    if not area.y0 <= baseline_y <= area.y1:
        raise InvalidArgument(
            f"The baseline (row {baseline_y:g}) lies outside rows {area.y0} to {area.y1}.",
            "Click on the line of zero velocity.",
        )
    delta = (seconds_per_pixel or 1.0, -speed / rows)
    region = _region(cine, kind, area, delta, (0.0, baseline_y - area.y0))
    return region if seconds_per_pixel else _timeless(region)


def from_m_mode_ruler(
    cine: Cine,
    first: PixelPoint,
    second: PixelPoint,
    centimetres: float,
    seconds_per_pixel: float | None = None,
    bounds: Box | None = None,
) -> Region:
    """An M-mode region from two marks of its depth ruler that are `centimetres` apart.

    Only the vertical distance of the marks counts. Raises as `from_depth_ruler` does.
    """
    rows = abs(second.y - first.y)
    _check_marks(rows, centimetres, "cm")
    delta = (seconds_per_pixel or 1.0, centimetres / rows)
    region = _region(cine, RegionKind.M_MODE, bounds, delta, (None, None))
    return region if seconds_per_pixel else _timeless(region)


def with_manual_region(cine: Cine, region: Region) -> Cine:
    """The cine with this region in place of every other of its kind or made by hand.

    The rulers on the screen outrank a calibration in the file that the user has just
    found wanting; regions of other kinds stay.
    """
    images = region.kind.is_image
    others = [
        other
        for other in cine.regions
        if other.index != MANUAL_INDEX
        and not (other.kind is region.kind or (images and other.kind.is_image))
    ]
    return cine.with_regions([*others, region])


def _timeless(region: Region) -> Region:
    text = "The time axis was not calibrated; only the other one was."
    others = [problem for problem in region.problems if problem.touches is not Trouble.TIME]
    problem = RegionProblem("no_time", text, Trouble.TIME)
    return replace(region, problems=(*others, problem))


def _check_marks(pixels: float, distance: float, unit: str) -> None:
    if not math.isfinite(pixels) or pixels < 1:
        raise InvalidArgument(
            "The two marks lie less than a pixel apart.",
            "Click on two marks of the ruler that lie far from each other.",
        )
    if not (math.isfinite(distance) and distance > 0):
        raise InvalidArgument(f"The distance of the marks must be more than 0 {unit}.")


def _own_bounds(cine: Cine, kind: RegionKind) -> Box:
    """Where the file has its only region of this sort, if its bounds hold; else the screen."""
    alike = [
        region
        for region in cine.regions
        if region.kind is kind or (region.kind.is_image and kind.is_image)
    ]
    if len(alike) == 1 and not any(p.code in BOUNDS_PROBLEMS for p in alike[0].problems):
        return alike[0].bounds
    return Box(0, 0, cine.columns - 1, cine.rows - 1)


def _region(
    cine: Cine,
    kind: RegionKind,
    bounds: Box | None,
    delta: tuple[float, float],
    reference: tuple[float | None, float | None],
) -> Region:
    region = Region(
        index=MANUAL_INDEX,
        kind=kind,
        bounds=bounds or _own_bounds(cine, kind),
        units=REQUIRED_UNITS[kind],
        delta=delta,
        reference=reference,
    )
    return replace(region, problems=find_problems(region, cine.columns, cine.rows))
