"""Views on which nothing of the catalog is measured: they teach a network to say no.

Apical two-chamber: the left heart of `anatomy_apical` alone. Parasternal short
axis at the papillary muscles: frame of its own in cm, the middle of the left
ventricle at (0, 0), x to the right of the screen, z away from the chest wall.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from EchoMeasureLib.phantoms import anatomy as an
from EchoMeasureLib.phantoms.anatomy import Drawing, Interface, Pose, Tissue, stack
from EchoMeasureLib.phantoms.anatomy_apical import ApicalHeart
from EchoMeasureLib.phantoms.motion import HeartState


def two_chamber(rng: np.random.Generator) -> ApicalHeart:
    """A random apical two-chamber view: left ventricle and left atrium only."""
    heart = ApicalHeart.sample(rng)
    pose = Pose(float(rng.uniform(-0.2, 0.2)), (float(rng.uniform(-1.0, 1.0)), heart.pose.shift[1]))
    return dataclasses.replace(heart, right_heart=False, pose=pose)


@dataclass(frozen=True, slots=True)
class ShortAxisMiddle:
    """Both ventricles in the short axis at the papillary muscles. Lengths in cm."""

    radius: float
    shortening: float
    wall: float
    rv: float
    """Height of the right ventricle's crescent."""
    flattening: float
    """How much the septum is pushed towards the left ventricle."""
    muscles: tuple[float, float]
    """Directions of the papillary muscles, radians from screen right, clockwise."""
    pose: Pose
    depth: float

    @classmethod
    def sample(cls, rng: np.random.Generator) -> ShortAxisMiddle:
        """A random patient."""
        radius, wall = float(rng.uniform(1.7, 3.2)), float(rng.uniform(0.7, 1.5))
        rv = float(rng.uniform(1.2, 3.0))
        middle = float(rng.uniform(1.2, 2.4)) + 0.8 * rv + wall + radius
        return cls(
            radius,
            float(rng.uniform(0.15, 0.45)),
            wall,
            rv,
            float(rng.choice([0.0, rng.uniform(0, 0.3)])),
            (float(rng.uniform(0.2, 0.7)), float(rng.uniform(2.2, 2.8))),
            Pose(float(rng.uniform(-0.4, 0.4)), (float(rng.uniform(-0.8, 1.6)), middle)),
            min(max(middle + radius + wall + float(rng.uniform(2, 5)), 11.0), 18.0),
        )

    @property
    def depth_cm(self) -> float:
        """Depth that shows all of it."""
        return self.depth

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was drawn, for the truth file; lengths in cm."""
        return {"radius": round(self.radius, 3), "wall": round(self.wall, 3)}

    def draw(self, state: HeartState) -> Drawing:
        """All outlines at one moment, in cm before the probe."""
        beat = state.contraction
        turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
        ray = stack(np.cos(turn), np.sin(turn))
        # The septum faces up and left.
        dent = 1 - self.flattening * np.exp(-(((turn - 3.9) / 0.7) ** 2))
        inner = self.radius * (1 - self.shortening * beat) * dent
        outer = inner + self.wall * (1 + 0.4 * beat)
        crescent = np.linspace(np.radians(150), np.radians(308), 60)
        rays = stack(np.cos(crescent), np.sin(crescent))
        edge = np.interp(crescent, turn, outer)
        bow = np.sin(np.linspace(0, np.pi, 60)) ** 0.6
        lid = edge + self.rv * (1 - 0.25 * beat) * bow
        free, rim = lid[:, None] * rays, edge[:, None] * rays
        shapes = [
            Tissue((outer + 0.3)[:, None] * ray, an.PERICARDIUM - 6),
            Tissue(np.concatenate([(lid + 0.45)[:, None] * rays, rim[::-1]]), an.RV_WALL),
            Tissue(np.concatenate([free, rim[::-1]]), an.BLOOD),
            Tissue(outer[:, None] * ray, an.MYOCARDIUM),
            Tissue(inner[:, None] * ray, an.BLOOD),
        ]
        for spot in self.muscles:
            reach = float(np.interp(spot, turn, inner)) - 0.35
            centre = (reach * np.cos(spot), reach * np.sin(spot))
            shapes.append(Tissue(an.ellipse(centre, 0.5, 0.45), an.MYOCARDIUM + 2))
        below = slice(4, 44)
        surfaces = (
            Interface(((outer + 0.12)[:, None] * ray)[below], 24.0, 0.18),
            Interface(((inner + 0.06)[:, None] * ray), 9.0),
            Interface(free + np.array([0, -0.08]), 9.0),
        )
        return self.pose.place_all(Drawing(tuple(shapes), surfaces, {}))
