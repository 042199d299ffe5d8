"""What the points of a caliper stand on: a region to measure in, or why there is none."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box, Landmark, lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.region_problems import BOUNDS_PROBLEMS
from EchoMeasureLib.imaging.regions import REQUIRED_UNITS, Region, Trouble
from EchoMeasureLib.measurable import KIND_WORDS, fitting_regions, judge

MOVED_PX, MOVED_SHARE = 2.5, 0.008
"""Rows, and share of the strip's height, by which a drawn baseline may miss that of the file.

Found lines lie within 0.3 rows of where they were drawn; writers count from either edge of one.
"""

_WITHIN = 0.95
"""Share of a region's pixels that lie in another on which it is drawn; bounds may be generous."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the points stand on: a region that can be measured in, or the reason why not."""

    region: Region | None
    usable: bool
    flags: tuple[Flag, ...] = ()
    reason: str = ""
    doubt: str = ""
    """What its flags mean, where that is not the reason."""
    lengths: bool = True
    """Whether the distance of the points in pixels is a length of anything."""
    drawn: Region | None = None
    """The region with the baseline that the picture shows, where that is another one."""
    picture: Frame | None = None
    """The frame that a strip is drawn on; None where it cannot be seen, and for an image."""
    rr_s: float | None = None
    """Seconds from one R wave to the next, as the file has them; None without two."""

    @property
    def whose(self) -> str:
        """Who gave the region, such as "file"."""
        by_hand = self.region is not None and self.region.index < 0
        return "calibration by hand" if by_hand else "file"


def find_region(
    regions: Sequence[Region], row: Definition, points: Sequence[Landmark]
) -> Region | None:
    """The region of the right kind that holds all points; of two, the one that owns the pixels."""
    holding = [
        region
        for region in fitting_regions(regions, row)
        if region.contains(*(p.point for p in points))
    ]
    return min(
        holding, key=lambda r: (r.low_priority, r.bounds.width * r.bounds.height), default=None
    )


def plain_length(region: Region, points: Sequence[Landmark], least: float) -> float | None:
    """mm between two landmarks, to compare frames by; None where one is not in the region, or
    less sure than `least`. A reported length comes from `calipers.measure`."""
    confidence = lowest_confidence(points)
    if confidence is None or confidence < least or len(points) != 2:
        return None
    p, q = (point.point for point in points)
    return 10 * region.distance(p, q) if region.contains(p, q) else None


def find_ground(cine: Cine, row: Definition, points: Sequence[Landmark], frame: int) -> Ground:
    """What these points of a measurement stand on, on this frame of an image.

    A network's landmark that is no more than chance has to be told before (see `calipers`).
    """
    whole = Box(0, 0, cine.columns - 1, cine.rows - 1)
    if not all(whole.contains(landmark.point) for landmark in points):
        return _outside("on the picture", points, lengths=False)
    region = find_region(cine.regions, row, points)
    if region is None:
        verdict = judge(cine.regions, row)
        if verdict.obstacle is not None:
            lengths = verdict.in_pixels
            return Ground(None, False, (Flag.UNCALIBRATED,), verdict.reason, lengths=lengths)
        lengths = not _touches_another_kind(cine.regions, row, points)
        together = "" if len(points) == 1 else "together "
        return _outside(f"{together}in {KIND_WORDS[row.regions[0]]}", points, lengths)
    covering = _covering(cine.regions, row, region, points)
    if covering is not None:
        point = "The point" if len(points) == 1 else "A point"
        where = f"in {KIND_WORDS[covering.kind]} that lies on {KIND_WORDS[region.kind]}"
        if covering.kind is region.kind:
            where = "in a region of another scale that lies on that of the others"
        reason = f"{point} lies {where}."
        return Ground(None, False, (Flag.OUT_OF_REGION,), reason, lengths=False)
    if not region.usable:
        return Ground(region, False, (Flag.UNCALIBRATED,), region.scale_problems[0].text)
    if region.kind.is_image and not _in_sector(cine, region, points, frame):
        return _outside("where echo is drawn", points, lengths=False)
    if region.kind.is_spectral and region.baseline_y is None:
        detected = cine.baseline(frame, region)
        problem = next(p for p in region.problems if p.touches is Trouble.BASELINE)
        if detected is None:
            reason = f"{problem.text} It could not be found in the picture either."
            return Ground(region, False, (Flag.UNCALIBRATED,), reason)
        seen = f"{problem.text} The picture shows it at row {detected:.1f}."
        found = Ground(region.with_baseline(detected), True, (Flag.BASELINE_DETECTED,), doubt=seen)
        return _with_picture(found, cine, frame)
    drawn = _moved_baseline(cine, region, frame)
    if drawn is None:
        return _with_picture(Ground(region, True), cine, frame)
    moved = Ground(region, True, (Flag.BASELINE_MOVED,), drawn=region.with_baseline(drawn))
    seen = (
        f"The {moved.whose} puts the baseline at row {region.baseline_y:.1f}; the picture shows "
        f"it at row {drawn:.1f}."
    )
    return _with_picture(replace(moved, doubt=seen), cine, frame)


def _with_picture(ground: Ground, cine: Cine, frame: int) -> Ground:
    """With what the checks of a strip look at; an image has none."""
    if ground.region is None or not ground.region.kind.is_strip:
        return ground
    steps = [later - earlier for earlier, later in pairwise(cine.r_waves)]
    rr_s = statistics.median(steps) if steps else None
    try:
        return replace(ground, picture=cine.frame(frame), rr_s=rr_s)
    except UnreadableFile:
        return replace(ground, rr_s=rr_s)  # what cannot be seen says nothing about its waves


def _outside(where: str, points: Sequence[Landmark], lengths: bool) -> Ground:
    lie = "point does not lie" if len(points) == 1 else "points do not lie"
    return Ground(None, False, (Flag.OUT_OF_REGION,), f"The {lie} {where}.", lengths=lengths)


def _in_sector(cine: Cine, region: Region, points: Sequence[Landmark], frame: int) -> bool:
    try:
        sector = cine.sector(frame, region)
    except UnreadableFile:
        return True  # a frame that cannot be seen says nothing about it
    return sector is None or all(sector.contains(landmark.point) for landmark in points)


def _touches_another_kind(
    regions: Sequence[Region], row: Definition, points: Sequence[Landmark]
) -> bool:
    """Whether a point lies where something else is drawn, such as time beside depth."""
    others = [r for r in regions if r.kind in REQUIRED_UNITS and r.kind not in row.regions]
    return any(other.contains(landmark.point) for other in others for landmark in points)


def _covering(
    regions: Sequence[Region], row: Definition, region: Region, points: Sequence[Landmark]
) -> Region | None:
    """A region that owns a point's pixel, of another kind or scale; None without one.

    Either the file says so by RegionFlags, or it lies within, as a strip does within a picture
    whose bounds are the whole screen. Bounds that only reach into each other say nothing, nor
    does a picture where a person calibrated a strip of which the file knows nothing.
    """
    if region.index < 0 and region.kind.is_strip:
        return None
    for other in regions:
        alike = other.kind in row.regions and other.delta == region.delta
        if other.kind not in REQUIRED_UNITS or alike:
            continue
        if any(problem.code in BOUNDS_PROBLEMS for problem in other.problems):
            continue
        within = other.bounds.shared(region.bounds) >= _WITHIN * other.bounds.area
        smaller = within and other.bounds.area < region.bounds.area
        same = other.low_priority is region.low_priority
        owns = smaller if same else region.low_priority
        if owns and any(other.contains(landmark.point) for landmark in points):
            return other
    return None


def _moved_baseline(cine: Cine, region: Region, frame: int) -> float | None:
    """The row of a baseline that is drawn elsewhere than where the region has its own."""
    if region.baseline_y is None:
        return None
    try:
        drawn = cine.drawn_baseline(frame, region)
    except UnreadableFile:
        return None  # a frame that cannot be seen says nothing about it
    limit = max(MOVED_PX, MOVED_SHARE * region.bounds.height)
    return drawn if drawn is not None and abs(drawn - region.baseline_y) > limit else None
