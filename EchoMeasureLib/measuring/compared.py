"""Calipers of one image as they are compared with each other, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.flags import BESIDE, Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.hard_pictures import kept_hardness
from EchoMeasureLib.measuring.long_axis import Line
from EchoMeasureLib.measuring.wall_edges import ends_shown


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that speaks against a caliper, or that could not speak though it was asked."""

    flag: Flag | None
    """None for words alone: what could not be checked."""
    words: str
    values: tuple[str, ...] = ()
    """Ids of the values it is about, such as those that E has a part in; empty for all."""

    def about(self, id: str) -> bool:
        return not self.values or id in self.values


@dataclass(frozen=True, slots=True)
class Compared:
    """A caliper, and what the reviewer thinks of it."""

    caliper: Caliper
    witness: bool = True
    """Whether others may be compared with it: not where it was rejected or left out."""
    stands: bool = False
    """Whether the reviewer stands behind it whatever lies beside it."""
    alone: bool = False
    """Whether only the reader or the person that put it sees this beat of the strip, where others
    were asked."""

    @property
    def by_hand(self) -> bool:
        return self.caliper.origin.by_hand


Series: TypeAlias = Mapping[tuple[str, int], Mapping[int, int]]
"""By measurement and region: frame -> place of the caliper that stands for the frame."""


def representatives(items: Sequence[Compared]) -> Series:
    """Of several calipers of one measurement on a frame, one that was put by hand."""
    found: dict[tuple[str, int], dict[int, int]] = {}
    for place, item in enumerate(items):
        caliper = item.caliper
        linear = CATALOG[caliper.measurement].caliper is CaliperKind.LINEAR
        if not linear or caliper.region is None or caliper.values[0].value is None:
            continue
        if not item.witness:
            continue
        frames = found.setdefault((caliper.measurement, caliper.region), {})
        old = frames.get(caliper.frame)
        if old is None or _rank(item) > _rank(items[old]):
            frames[caliper.frame] = place
    return found


def _rank(item: Compared) -> tuple[bool, bool]:
    return item.stands, item.by_hand


def sound(item: Compared) -> bool:
    """Whether nothing but its neighbours may speak against it."""
    return item.by_hand or not set(item.caliper.flags) - BESIDE


def shown(cine: Cine, item: Compared) -> bool:
    """Whether the picture shows its ends on walls: then a strange size is disease, no error."""
    caliper = item.caliper
    if caliper.region is None:
        return False
    region = cine.region(caliper.region)
    try:
        picture, hard = cine.frame(caliper.frame), kept_hardness(cine, caliper.frame, region)
    except UnreadableFile:
        return False  # a frame that cannot be seen shows nothing
    p, q = (point.point for point in caliper.points)
    return ends_shown(caliper.measurement, picture, region, p, q, hard)


def line_of(points: Sequence[Landmark], region: Region) -> Line:
    """Two landmarks of a 2-D region, in mm."""
    dx, dy = (10 * abs(delta) for delta in region.delta)
    p, q = ((point.x * dx, point.y * dy) for point in points)
    return Line(p, q)
