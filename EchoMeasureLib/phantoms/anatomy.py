"""What every phantom anatomy is made of: outlines of tissue in centimetres.

Coordinates of a drawing are those of the probe: x to the right of the screen,
z away from the probe, both in cm, the probe's centre at (0, 0). Anatomies are
drawn in a convenient frame of their own and placed before the probe by `Pose`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.phantoms.motion import HeartState

Points = npt.NDArray[np.float64]
"""(n, 2) array of x and z in cm."""

Curve = npt.NDArray[np.float64]
"""(n,) array of one coordinate along another, in cm."""

BLOOD, MYOCARDIUM, RV_WALL, ATRIAL_WALL, VESSEL_WALL = -27.0, 0.0, 1.0, 4.0, 6.0
VALVE, PERICARDIUM, FAT, OUTSIDE, LIVER = 12.0, 15.0, 7.0, 2.0, -3.0
"""Mean echo level of the tissues in dB, myocardium = 0."""


@dataclass(frozen=True, slots=True)
class Tissue:
    """A closed outline filled with one echo level; later ones cover earlier ones."""

    outline: Points
    """(n, 2) of x, z in cm."""
    level: float
    """dB against myocardium."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A smooth surface that mirrors the beam where it lies square to it."""

    line: Points
    """(n, 2) of x, z in cm, open."""
    level: float
    """dB of the mirrored echo at right angles."""
    width: float = 0.06
    """Thickness of the drawn line, cm."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One moment of an anatomy, before the probe."""

    tissues: tuple[Tissue, ...]
    interfaces: tuple[Interface, ...]
    calipers: Mapping[str, tuple[Points, Points]]
    """True end points (2,) of each measurement, in the catalog's order of points."""

    def anchors(self) -> Points:
        """Some vertices of every outline, in a fixed order: they carry the tissue along."""
        return np.concatenate([tissue.outline[::5] for tissue in self.tissues])


class Anatomy(Protocol):
    """A heart (or vein) of one patient, seen through one view."""

    @property
    def depth_cm(self) -> float:
        """Depth that shows all of it."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was drawn, for the truth file."""

    def draw(self, state: HeartState) -> Drawing:
        """The anatomy at one moment; outlines keep their number of vertices."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Turns by `angle` (radians, clockwise on screen), then shifts, in cm."""

    angle: float
    shift: tuple[float, float]

    def place(self, points: Points) -> Points:
        """Points (n, 2) or (2,) of x, z in cm, turned and shifted."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        turned = points @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray(turned + np.array(self.shift))

    def place_all(self, drawing: Drawing) -> Drawing:
        """The same drawing, turned and shifted."""
        return Drawing(
            tuple(Tissue(self.place(t.outline), t.level) for t in drawing.tissues),
            tuple(Interface(self.place(i.line), i.level, i.width) for i in drawing.interfaces),
            {id: (self.place(p), self.place(q)) for id, (p, q) in drawing.calipers.items()},
        )


@dataclass(frozen=True, slots=True)
class Mirrored:
    """An anatomy on a screen whose left and right are exchanged (an `Anatomy`)."""

    anatomy: Anatomy

    @property
    def depth_cm(self) -> float:
        """As that of the anatomy."""
        return self.anatomy.depth_cm

    @property
    def facts(self) -> Mapping[str, Any]:
        """As those of the anatomy, and that it is mirrored."""
        return {**self.anatomy.facts, "mirrored": True}

    def draw(self, state: HeartState) -> Drawing:
        """The anatomy at one moment with x the other way round."""
        drawing, turn = self.anatomy.draw(state), np.array([-1.0, 1.0])
        return Drawing(
            tuple(Tissue(t.outline * turn, t.level) for t in drawing.tissues),
            tuple(Interface(i.line * turn, i.level, i.width) for i in drawing.interfaces),
            {id: (p * turn, q * turn) for id, (p, q) in drawing.calipers.items()},
        )


def stack(x: npt.ArrayLike, z: npt.ArrayLike) -> Points:
    """(n, 2) points from two coordinates, either of which may be a scalar."""
    return np.stack(np.broadcast_arrays(np.asarray(x, float), np.asarray(z, float)), axis=-1)


def eased(at: npt.ArrayLike, nodes: Sequence[tuple[float, float]]) -> npt.NDArray[np.float64]:
    """A curve through (position, value) nodes, flat at each of them (half cosines between).

    As many values as `at` has positions; beyond the first and last node it stays.
    """
    x = np.asarray(at, float)
    where = np.array([node[0] for node in nodes])
    value = np.array([node[1] for node in nodes])
    index = np.clip(np.searchsorted(where, x) - 1, 0, len(nodes) - 2)
    part = np.clip((x - where[index]) / (where[index + 1] - where[index]), 0, 1)
    blend = 0.5 - 0.5 * np.cos(np.pi * part)
    return np.asarray(value[index] * (1 - blend) + value[index + 1] * blend)


def ellipse(
    centre: tuple[float, float],
    half_x: float,
    half_z: float,
    power: float = 2.0,
    vertices: int = 72,
) -> Points:
    """A closed (super)ellipse, (vertices, 2); power 2 is an ellipse, more is boxier."""
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    cos, sin = np.cos(turn), np.sin(turn)
    x = np.sign(cos) * np.abs(cos) ** (2 / power)
    z = np.sign(sin) * np.abs(sin) ** (2 / power)
    return stack(centre[0] + half_x * x, centre[1] + half_z * z)


def wobbled(outline: Points, centre: tuple[float, float], amount: float, phase: float) -> Points:
    """A closed outline (n, 2) pushed in and out around its centre, by at most this share."""
    ray = outline - np.array(centre)
    turn = np.arctan2(ray[:, 1], ray[:, 0])
    waves = 0.6 * np.sin(2 * turn + phase) + 0.4 * np.sin(3 * turn + 1.7 * phase)
    return np.asarray(np.array(centre) + ray * (1 + amount * waves)[:, None])


def bezier(start: Points, middle: Points, end: Points, vertices: int = 16) -> Points:
    """Quadratic curve (vertices, 2) from `start` to `end`, pulled towards `middle`."""
    t = np.linspace(0, 1, vertices)[:, None]
    return np.asarray((1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end)


def normals(line: Points) -> Points:
    """Unit normals (n, 2) of an open line (n, 2), to the left of its direction in x-z."""
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    return np.stack([along[:, 1], -along[:, 0]], axis=-1)


def ribbon(line: Points, width: npt.ArrayLike) -> Points:
    """Closed outline (2 n, 2) around an open line (n, 2); `width` (cm) may change along it."""
    side = normals(line) * (np.broadcast_to(np.asarray(width, float), len(line)) / 2)[:, None]
    return np.concatenate([line + side, (line - side)[::-1]])


def closed_curve(points: Sequence[tuple[float, float]], vertices: int = 96) -> Points:
    """Smooth closed curve through a few points (periodic Catmull-Rom)."""
    knots = np.asarray(points, float)
    per = max(2, vertices // len(knots))
    t = np.linspace(0, 1, per, endpoint=False)[:, None]
    pieces = []
    for index in range(len(knots)):
        p0, p1, p2, p3 = (knots[(index + k) % len(knots)] for k in (-1, 0, 1, 2))
        pieces.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
        )
    return np.concatenate(pieces)
