"""Parasternal short axis at the base, with the main pulmonary artery.

Frame of its own (cm): the centre of the aortic valve is (0, 0), x to the right
of the screen, z away from the chest wall. The outflow tract of the right
ventricle wraps around the front of the aorta and goes over into the artery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from EchoMeasureLib.phantoms import anatomy as an
from EchoMeasureLib.phantoms.anatomy import Drawing, Interface, Points, Pose, Tissue, stack
from EchoMeasureLib.phantoms.motion import HeartState


@dataclass(frozen=True, slots=True)
class ShortAxisBase:
    """Great vessels of one patient in the basal short axis. Lengths in cm."""

    kind: str
    pa: float
    """Main pulmonary artery, inner edge to inner edge, in diastole."""
    aorta: float
    """Inner radius of the aortic root."""
    outflow: float
    wall: float
    atrium: tuple[float, float]
    reach: float
    """How far the artery runs behind the aorta before it divides."""
    branches: bool
    at: float
    """Where along the artery it is measured."""
    ripple: float
    pose: Pose
    depth: float

    @classmethod
    def sample(cls, rng: np.random.Generator) -> ShortAxisBase:
        """A random patient; one artery in four is dilated."""
        kind = str(rng.choice(["normal", "dilated", "small"], p=[0.65, 0.25, 0.1]))
        pa = float(rng.uniform(*{"dilated": (2.9, 4.3), "small": (1.2, 1.6)}.get(kind, (1.6, 2.8))))
        aorta = float(rng.uniform(1.25, 1.9))
        outflow = float(rng.uniform(1.6, 3.0))
        top = float(rng.uniform(1.2, 2.4)) + outflow + aorta
        atrium = (float(rng.uniform(1.5, 2.4)), float(rng.uniform(1.5, 2.5)))
        turn = float(rng.uniform(-0.05, 0.45))
        shift = (float(rng.uniform(-2.2, 0.0)), top)
        return cls(
            kind,
            pa,
            aorta,
            outflow,
            float(rng.uniform(0.16, 0.28)),
            atrium,
            float(rng.uniform(0.8, 2.0)),
            bool(rng.random() < 0.75),
            float(rng.uniform(0.4, 0.62)),
            float(rng.uniform(0, 6.3)),
            Pose(turn, shift),
            min(max(top + aorta + 2 * atrium[1] + float(rng.uniform(0.5, 3)), 11.0), 17.0),
        )

    @property
    def depth_cm(self) -> float:
        """Depth that shows all of it."""
        return self.depth

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was drawn, for the truth file; lengths in cm."""
        return {
            "kind": self.kind,
            "pa": round(self.pa, 3),
            "aortic_radius": round(self.aorta, 3),
        }

    def draw(self, state: HeartState) -> Drawing:
        """All outlines at one moment, in cm before the probe."""
        moment = _Moment(self, state)
        tissues = (*moment.atria(), *moment.artery(), *moment.outflow(), *moment.aorta())
        drawing = Drawing(tissues, moment.interfaces(), moment.calipers())
        bob = Pose(0.0, (0.0, 0.35 * state.contraction))
        return self.pose.place_all(bob.place_all(drawing))


class _Moment:
    """The curves at one moment, in the frame of the aortic valve."""

    def __init__(self, base: ShortAxisBase, state: HeartState) -> None:
        self.base, self.state = base, state
        self.radius = base.aorta * (1 + 0.04 * state.aortic)
        self.outside = self.radius + base.wall
        half = base.pa / 2 * (1 + 0.05 * state.aortic)
        near = self.outside + base.wall + half
        start = near * np.array([np.cos(-0.75), np.sin(-0.75)])
        middle = np.array([near + 0.75, -0.05 * near])
        end = np.array([0.45 * near + 0.9, self.outside + base.reach + 0.3 * half])
        self.line = an.bezier(start, middle, end, 41)
        share = np.linspace(0, 1, 41)
        ripple = 0.04 * np.sin(6 * share + base.ripple)
        self.width = 2 * half * an.eased(share, [(0, 0.84), (0.35, 1.0), (0.75, 1.0), (1, 1.1)])
        self.width = self.width * (1 + ripple)

    def atria(self) -> tuple[Tissue, ...]:
        swell = 1 - 0.15 * (1 - self.state.contraction)
        wide, high = (half * swell for half in self.base.atrium)
        # The right branch runs between aorta and left atrium.
        gap = 0.62 * self.base.pa + 0.7 if self.base.branches else 0.1
        left = (-0.7, self.outside + gap + high)
        right = (-self.outside - 0.25 - 1.5, 0.75 + 0.25 * high)
        self.rear = an.ellipse(left, wide + 0.07, high + 0.07, 2.3, 48)[4:21]
        return (
            Tissue(an.ellipse(left, wide + 0.25, high + 0.25, 2.3), an.ATRIAL_WALL),
            Tissue(an.ellipse(right, 1.95, 1.75, 2.3), an.ATRIAL_WALL),
            Tissue(self._uneven(an.ellipse(right, 1.72, 1.52, 2.3), right), an.BLOOD),
            Tissue(self._uneven(an.ellipse(left, wide, high, 2.3), left), an.BLOOD),
        )

    def _uneven(self, outline: Points, centre: tuple[float, float]) -> Points:
        return an.wobbled(outline, centre, 0.05, self.base.ripple)

    def artery(self) -> tuple[Tissue, ...]:
        wall = 2 * self.base.wall
        tubes = [(self.line, self.width)]
        end = self.line[-1]
        if self.base.branches:
            size = 0.62 * self.base.pa
            right = an.bezier(
                end + np.array([0.1, -0.1]),
                end + np.array([-1.0, 0.35]),
                end + np.array([-4.6, 0.4]),
            )
            left = an.bezier(
                end + np.array([-0.1, -0.2]), end + np.array([0.5, 0.8]), end + np.array([1.3, 4.0])
            )
            tubes += [
                (right, size * np.linspace(1, 0.7, 16)),
                (left, size * np.linspace(1, 0.55, 16)),
            ]
        walls = [Tissue(an.ribbon(line, width + wall), an.VESSEL_WALL) for line, width in tubes]
        return (*walls, *(Tissue(an.ribbon(line, width), an.BLOOD) for line, width in tubes))

    def outflow(self) -> tuple[Tissue, ...]:
        turn = np.radians(np.linspace(172, 322, 60))
        beat = 1 - 0.22 * self.state.contraction
        height = (
            self.base.outflow
            * beat
            * an.eased(np.linspace(0, 1, 60), [(0, 1.25), (0.45, 1.0), (0.8, 0.85), (1, 0.8)])
        )
        ray = stack(np.cos(turn), np.sin(turn))
        inner, outer = self.outside * ray, (self.outside + height)[:, None] * ray
        self.front = outer
        wall = (self.outside + height + 0.4 + 0.1 * self.state.contraction)[:, None] * ray
        return (
            Tissue(np.concatenate([wall, inner[::-1]]), an.RV_WALL),
            Tissue(np.concatenate([outer, inner[::-1]]), an.BLOOD),
            # The mouths into the artery and the right atrium.
            Tissue(an.ribbon(self.line[:6], 0.8 * self.width[:6]), an.BLOOD),
            *self._pulmonary(),
            *self._tricuspid(inner[0], outer[0]),
        )

    def _pulmonary(self) -> tuple[Tissue, ...]:
        across = an.normals(self.line)[3]
        along = np.array([across[1], -across[0]])
        if along @ (self.line[4] - self.line[3]) < 0:
            along = -along
        half, part = self.width[3] / 2, self.state.aortic
        leaves = []
        for side in (-1.0, 1.0):
            hinge = self.line[3] + side * half * across
            tip = self.line[3] + along * (0.45 + 0.35 * part) + across * side * 0.8 * half * part
            curve = an.bezier(hinge, (hinge + tip) / 2 - along * 0.2 * (1 - part), tip, 10)
            leaves.append(Tissue(an.ribbon(curve, 0.09), an.VALVE - 3))
        return tuple(leaves)

    def _tricuspid(self, near: Points, far: Points) -> tuple[Tissue, ...]:
        part, middle = self.state.mitral, (near + far) / 2 + np.array([0.5, 0.1])
        leaves = []
        for hinge in (near, far):
            opened = hinge + np.array([1.1, -0.5])
            tip = middle * (1 - part) + opened * part
            curve = an.bezier(hinge, (hinge + tip) / 2 + np.array([0.15, 0.0]), tip, 10)
            leaves.append(Tissue(an.ribbon(curve, 0.13), an.VALVE - 1))
        return tuple(leaves)

    def aorta(self) -> tuple[Tissue, ...]:
        cusps = []
        part, radius = self.state.aortic, self.radius
        for spot in np.radians([30.0, 150.0, 270.0]):
            ends = [
                radius * np.array([np.cos(spot + off), np.sin(spot + off)])
                for off in (-np.pi / 3, np.pi / 3)
            ]
            middle = radius * (1.9 * part) * np.array([np.cos(spot), np.sin(spot)])
            curve = an.bezier(ends[0], middle, ends[1], 14)
            cusps.append(Tissue(an.ribbon(curve, 0.09), an.VALVE - 3))
        self.rim = an.ellipse((0.0, 0.0), self.outside - 0.06, self.outside - 0.06)
        return (
            Tissue(an.ellipse((0.0, 0.0), self.outside, self.outside), an.VESSEL_WALL),
            Tissue(an.ellipse((0.0, 0.0), radius, radius), an.BLOOD),
            *cusps,
        )

    def interfaces(self) -> tuple[Interface, ...]:
        side = an.normals(self.line) * ((self.width + self.base.wall) / 2)[:, None]
        return (
            Interface(self.rim, 17.0),
            Interface(self.rear, 20.0, 0.15),
            Interface(self.front + np.array([0, -0.08]), 12.0),
            Interface(self.line + side, 16.0),
            Interface(self.line - side, 16.0),
        )

    def calipers(self) -> dict[str, tuple[Points, Points]]:
        """Across the artery midway between its valve and its division, screen left first."""
        index = round(self.base.at * 40)
        side = an.normals(self.line)[index] * self.width[index] / 2
        ends = sorted((self.line[index] + side, self.line[index] - side), key=lambda p: float(p[0]))
        return {"pa": (ends[0], ends[1])}
