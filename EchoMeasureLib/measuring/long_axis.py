"""Where the calipers of one parasternal long-axis frame lie beside each other.

Septum, cavity and posterior wall share walls, so their calipers lie end to end. Along the vessel
come, from the ventricle on, the annulus, the sinuses (aortic root), then the ascending aorta; the
left atrium is measured behind the sinuses (ASE/EACVI 2015). Either way round on the screen. The
limits are EchoMeasure's own.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.measuring.proportions import thin_wall, too_thin

APART_MM = 3.0
"""Gap or overlap of two calipers that share a wall; drawn ones meet."""
SLOPE = 0.35
"""A wall that lies askew (20 degrees) moves its edge by this share of the way along it."""
ALONG_MM = 15.0
"""Along the wall two calipers may stand this far apart."""
TURNED_DEGREES = 30.0
"""Largest angle between two calipers that share a wall."""

OPPOSITE_DEGREES = 180.0 - TURNED_DEGREES
"""From here on it is the order of the points that is wrong, and may be all."""

SHARED = (("ivs", "lvid"), ("lvid", "lvpw"))
"""The second begins where the first ends."""

NEXT_LEVEL_MM = 10.0
"""Least way along the vessel from the middle of the sinuses to the ascending aorta."""
BEYOND_ATRIUM_MM = 5.0
"""Least way from the left atrium's caliper to that of the ascending aorta."""
BEFORE_ATRIUM = 0.3
"""Share of its own size by which the root may lie on the ventricle's side of the atrium's caliper;
the annulus lies farther."""
BEYOND_VENTRICLE_MM: Mapping[str, float] = {"aortic_root": 22.0, "aorta": 35.0}
"""Least way from the ventricle's calipers, where the diameter is 4.5 cm or more."""
FULL_SIZE_MM, SMALLEST = 45.0, 0.6
"""A smaller ventricle lowers it with its size, to this share."""

CLIP_NEAR_MM, CLIP_NARROW = 28.0, 0.5
"""A root that through a clip lies so near to the ventricle's calipers, and is so narrow beside its
largest diameter, is the annulus or the outflow tract. Of true roots of phantoms either is met by
one in thirty to eight, both by less than one in a hundred; of annuli read as root by 93."""
FEWEST_OF_CLIP = 3
"""Frames that make a middle value of a clip."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A caliper in mm: from its first point to its second."""

    p: Place
    q: Place

    @property
    def middle(self) -> Place:
        return (self.p[0] + self.q[0]) / 2, (self.p[1] + self.q[1]) / 2

    @property
    def length(self) -> float:
        return math.dist(self.p, self.q)


@dataclass(frozen=True, slots=True)
class Misfit:
    """What speaks against calipers of one frame."""

    flag: Flag
    measurements: tuple[str, ...]
    """Ids of those that it is about: where nothing says which of two is wrong, both."""
    words: str


def misfits(lines: Mapping[str, Line], names: Mapping[str, str]) -> tuple[Misfit, ...]:
    """Everything that does not fit on one frame; `lines` and their short `names` by id.

    A caliper without length has no direction and is left aside.
    """
    there = {id: line for id, line in lines.items() if line.length > 0}
    return (*_walls(there, names), *_levels(there, names), *_sizes(there, names))


def _walls(lines: Mapping[str, Line], names: Mapping[str, str]) -> Iterator[Misfit]:
    for pair in SHARED:
        if not all(id in lines for id in pair):
            continue
        how = _apart(*(lines[id] for id in pair))
        if how:
            first, second = (names[id] for id in pair)
            words = f"{first} and {second}, which share a wall, {how}."
            yield Misfit(Flag.WALLS_APART, pair, words)


def _apart(first: Line, second: Line) -> str:
    """How two calipers fail to lie end to end, in words; empty when they do."""
    degrees = math.degrees(math.acos(max(-1.0, min(1.0, _dot(_unit(first), _unit(second))))))
    if degrees > OPPOSITE_DEGREES:
        return "run against each other: one of them begins where it should end"
    if degrees > TURNED_DEGREES:
        return f"lie at {degrees:.0f} degrees to each other"
    way = _mean_direction(first, second)
    step = (second.p[0] - first.q[0], second.p[1] - first.q[1])
    gap, along = _dot(step, way), abs(_dot(step, (-way[1], way[0])))
    if abs(gap) > APART_MM + SLOPE * along:
        return f"leave a gap of {gap:.0f} mm" if gap > 0 else f"overlap by {-gap:.0f} mm"
    if along > ALONG_MM:
        return f"stand {along:.0f} mm apart along it"
    return ""


def _sizes(lines: Mapping[str, Line], names: Mapping[str, str]) -> Iterator[Misfit]:
    """Septum and posterior wall that are much too thin for each other or for the ventricle."""
    thin = {
        wall: "lvid"
        for wall in ("ivs", "lvpw")
        if {wall, "lvid"} <= lines.keys() and too_thin(lines[wall].length, lines["lvid"].length)
    }
    if {"ivs", "lvpw"} <= lines.keys():
        one = thin_wall(lines["ivs"].length, lines["lvpw"].length)
        thin |= {one: "ivs" if one == "lvpw" else "lvpw"} if one else {}
    for wall, other in thin.items():
        words = (
            f"{names[wall]} is {lines[wall].length:.0f} mm beside {names[other]} of "
            f"{lines[other].length:.0f} mm."
        )
        yield Misfit(Flag.AT_ODDS, (wall,), words)


def reach(own: Line, ventricle: Line) -> float:
    """How far a caliper lies from that of the ventricle along the vessel, mm."""
    return abs(_dot(_step(ventricle, own), _square(_unit(ventricle))))


def is_annulus(root_mm: Sequence[float], reach_mm: Sequence[float], lvid_mm: float) -> bool:
    """Whether what was measured as root through a clip is the annulus.

    Its diameters, how far it lies from the ventricle's calipers on the same frames (`reach`), and
    the largest diameter of the ventricle.
    """
    if len(root_mm) < FEWEST_OF_CLIP:
        return False
    near = statistics.median(reach_mm) < CLIP_NEAR_MM * _size(lvid_mm)
    return near and statistics.median(root_mm) < CLIP_NARROW * lvid_mm


def _size(lvid_mm: float) -> float:
    """By which a smaller ventricle lowers the least ways along the vessel."""
    return min(1.0, max(SMALLEST, lvid_mm / FULL_SIZE_MM))


def _levels(lines: Mapping[str, Line], names: Mapping[str, str]) -> Iterator[Misfit]:
    """Root and ascending aorta against the atrium, the ventricle, and each other."""
    wrong = [
        Misfit(Flag.WRONG_LEVEL, (id,), f"{names[id]} {how}.")
        for id in ("aortic_root", "aorta")
        if id in lines and (how := _beside_heart(id, lines, names))
    ]
    yield from wrong
    if wrong or not {"aortic_root", "aorta"} <= lines.keys():
        return
    root, aorta = lines["aortic_root"], lines["aorta"]
    way = _onward(root, aorta, lines)
    signed = way is not None
    way = way or _square(_mean_direction(root, aorta))
    apart = _dot(_step(root, aorta), way)
    apart = apart if signed else abs(apart)
    if apart < NEXT_LEVEL_MM:
        where = f"lies {apart:.0f} mm beyond" if apart >= 0 else f"lies {-apart:.0f} mm before"
        words = f"{names['aorta']} {where} {names['aortic_root']} along the vessel."
        yield Misfit(Flag.WRONG_LEVEL, ("aortic_root", "aorta"), words)


def _beside_heart(id: str, lines: Mapping[str, Line], names: Mapping[str, str]) -> str:
    """How a vessel's caliper lies too near to the ventricle, in words; empty when it does not."""
    own, ventricle = lines[id], _ventricle(lines)
    if ventricle is None:
        return ""
    reach = _dot(_step(ventricle, own), _toward(ventricle, own, _unit(ventricle)))
    least = BEYOND_VENTRICLE_MM[id] * _size(ventricle.length)
    if reach < least:
        return f"lies {reach:.0f} mm from the ventricle's calipers; it has {least:.0f} or more"
    atrium = lines.get("la")
    if atrium is None:
        return ""
    way = _toward(ventricle, own, _mean_direction(own, atrium))
    beyond = _dot(_step(atrium, own), way)
    least = -BEFORE_ATRIUM * own.length if id == "aortic_root" else BEYOND_ATRIUM_MM
    if beyond >= least:
        return ""
    where = "before" if beyond < 0 else "beyond"
    away = f"{abs(beyond):.0f} mm {where} {names['la']}"
    return f"lies {away} along the vessel, too near to the ventricle"


def _ventricle(lines: Mapping[str, Line]) -> Line | None:
    """The caliper that stands for the ventricle."""
    return next((lines[id] for id in ("lvid", "ivs", "lvpw") if id in lines), None)


def _onward(root: Line, aorta: Line, lines: Mapping[str, Line]) -> Place | None:
    """Along the vessel, away from the ventricle; None where no caliper says where that is."""
    ventricle = _ventricle(lines)
    if ventricle is None:
        return None
    return _toward(ventricle, root, _mean_direction(root, aorta))


def _toward(origin: Line, target: Line, across: Place) -> Place:
    """Square to a direction, on the side of `target` seen from `origin`."""
    way = _square(across)
    return way if _dot(_step(origin, target), way) >= 0 else (-way[0], -way[1])


def _square(way: Place) -> Place:
    return -way[1], way[0]


def _step(a: Line, b: Line) -> Place:
    return b.middle[0] - a.middle[0], b.middle[1] - a.middle[1]


def _unit(line: Line) -> Place:
    return (line.q[0] - line.p[0]) / line.length, (line.q[1] - line.p[1]) / line.length


def _mean_direction(a: Line, b: Line) -> Place:
    p, q = _unit(a), _unit(b)
    # Either may have been drawn from below.
    sign = 1.0 if _dot(p, q) >= 0 else -1.0
    x, y = p[0] + sign * q[0], p[1] + sign * q[1]
    size = math.hypot(x, y)
    return x / size, y / size


def _dot(a: Place, b: Place) -> float:
    return a[0] * b[0] + a[1] * b[1]
