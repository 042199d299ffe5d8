"""Subcostal long axis of the inferior vena cava, with liver and right atrium.

Frame of its own (cm): x along the vein towards the right atrium, whose mouth is
x = 0; z from its anterior to its posterior wall.
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
class SubcostalVein:
    """An inferior vena cava and what surrounds it. Lengths in cm."""

    kind: str
    ivc: float
    """Diameter at end-expiration."""
    collapse: float
    """Share of the diameter lost in inspiration."""
    station: float
    """Distance of the caliper from the atrium."""
    taper: tuple[float, float]
    bend: float
    hepatic: float
    """Width of the hepatic vein that joins it."""
    atrium: tuple[float, float]
    vessels: tuple[tuple[float, float, float, float], ...]
    """Vessels of the liver: x, z, half length, angle."""
    wall: float
    travel: float
    """How far breathing moves the liver."""
    mirrored: bool
    pose: Pose
    depth: float

    @classmethod
    def sample(cls, rng: np.random.Generator) -> SubcostalVein:
        """A random patient: normal, congested or empty vein."""
        kind = str(rng.choice(["normal", "congested", "empty"], p=[0.5, 0.35, 0.15]))
        ranges = {"normal": (1.3, 2.2), "congested": (2.1, 3.3), "empty": (0.7, 1.4)}
        collapse = {"normal": (0.4, 0.8), "congested": (0.02, 0.4), "empty": (0.6, 0.92)}
        ivc = float(rng.uniform(*ranges[kind]))
        middle = float(rng.uniform(4.6, 8.5))
        tilt = float(rng.uniform(-0.3, 0.25))
        x = float(rng.uniform(0.6, 3.0))
        mirrored = bool(rng.random() < 0.25)
        vessels = tuple(
            (
                float(rng.uniform(-7, 0)),
                float(rng.uniform(-5.5, -1.6) if rng.random() < 0.7 else rng.uniform(2, 5)),
                float(rng.uniform(0.3, 1.3)),
                float(rng.uniform(-1, 1)),
            )
            for _ in range(5)
        )
        return cls(
            kind,
            ivc,
            float(rng.uniform(*collapse[kind])),
            float(rng.uniform(1.1, 1.9)),
            (float(rng.uniform(0.85, 1.1)), float(rng.uniform(0.7, 1.0))),
            float(rng.uniform(-0.03, 0.03)),
            float(rng.choice([0.0, rng.uniform(0.4, 1.0)], p=[0.25, 0.75])),
            (float(rng.uniform(1.9, 2.8)), float(rng.uniform(1.9, 2.8))),
            vessels,
            float(rng.uniform(0.12, 0.22)),
            float(rng.uniform(0.1, 0.7)),
            mirrored,
            Pose(tilt, (x, middle)),
            min(max(middle + float(rng.uniform(4, 7.5)), 11.0), 18.0),
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
            "ivc": round(self.ivc, 3),
            "collapse": round(self.collapse, 3),
            "mirrored": self.mirrored,
        }

    def draw(self, state: HeartState) -> Drawing:
        """All outlines at one moment, in cm before the probe."""
        moment = _Moment(self, state)
        drawing = Drawing(moment.tissues(), moment.interfaces(), moment.calipers())
        breath = Pose(0.0, (0.3 * self.travel * state.inspiration, self.travel * state.inspiration))
        placed = self.pose.place_all(breath.place_all(drawing))
        return _mirror(placed) if self.mirrored else placed


class _Moment:
    """The curves at one moment, in the frame of the vein."""

    def __init__(self, vein: SubcostalVein, state: HeartState) -> None:
        self.vein, self.state = vein, state
        self.x = np.linspace(-10.0, 0.4, 70)
        share = 1 - vein.collapse * state.inspiration - 0.04 * state.mitral
        nodes = [
            (-10.0, vein.taper[1] * (0.35 + 0.65 * share)),
            (-4.5, vein.taper[1] * share),
            (-vein.station, share),
            (0.4, vein.taper[0] * (0.4 + 0.6 * share)),
        ]
        self.half = vein.ivc / 2 * an.eased(self.x, nodes)
        self.at_station = vein.ivc / 2 * share
        # Straight at the station, so that its axis there is the x axis.
        self.middle = vein.bend * np.minimum(self.x + vein.station, 0) ** 2

    def tissues(self) -> tuple[Tissue, ...]:
        vein, x, wall = self.vein, self.x, self.vein.wall
        upper, lower = self.middle - self.half, self.middle + self.half
        atrium = (vein.atrium[0] - 0.1, 0.35)
        beat = 1 - 0.1 * (1 - self.state.contraction)
        wide, high = vein.atrium[0] * beat, vein.atrium[1] * beat
        liver = an.closed_curve(
            [
                (-14, -9),
                (-2, -9),
                (2.5, -6.0),
                (1.2, -3.4),
                (-0.3, -0.6),
                (-0.2, 2.5),
                (-3, 6),
                (-14, 7),
            ]
        )
        shapes = [
            Tissue(liver, an.LIVER),
            *self._vessels(),
            Tissue(an.ellipse(atrium, wide + 0.35, high + 0.35), an.ATRIAL_WALL),
            Tissue(_band(x, upper - wall, lower + wall), an.VESSEL_WALL - 2),
        ]
        if vein.hepatic:
            line = an.bezier(
                np.array([-2.3, -0.3]), np.array([-3.2, -1.2]), np.array([-5.6, -3.6]), 20
            )
            open_part = 0.5 + 0.5 * (1 - vein.collapse * self.state.inspiration)
            width = vein.hepatic * open_part * np.linspace(1, 0.5, 20)
            shapes += [
                Tissue(an.ribbon(line[3:], width[3:] + 0.12), an.LIVER + 5),
                Tissue(an.ribbon(line, width), an.BLOOD),
            ]
        shapes += [
            Tissue(_band(x, upper, lower), an.BLOOD),
            Tissue(_atrium(atrium, wide, high, vein.bend), an.BLOOD),
        ]
        self.rim = _atrium(atrium, wide + 0.1, high + 0.1, vein.bend)
        return tuple(shapes)

    def _vessels(self) -> list[Tissue]:
        """Portal branches with bright walls in the liver."""
        shapes = []
        for x, z, half, angle in self.vein.vessels:
            turn = Pose(angle, (x, z))
            shapes.append(Tissue(turn.place(an.ellipse((0, 0), half + 0.1, 0.26)), an.LIVER + 6))
            shapes.append(Tissue(turn.place(an.ellipse((0, 0), half, 0.14)), an.BLOOD + 6))
        return shapes

    def interfaces(self) -> tuple[Interface, ...]:
        wall = self.vein.wall / 2
        upper = stack(self.x, self.middle - self.half - wall)
        lower = stack(self.x, self.middle + self.half + wall)
        surface = an.bezier(
            np.array([-1.0, -0.9]), np.array([0.6, -3.2]), np.array([4.5, -4.6]), 24
        )
        return (
            Interface(upper, 15.0),
            Interface(lower, 19.0),
            Interface(self.rim, 15.0),
            Interface(surface, 21.0, 0.15),
        )

    def calipers(self) -> dict[str, tuple[Points, Points]]:
        """Across the vein at the station; no caliper where it has nearly closed."""
        x, half = -self.vein.station, self.at_station
        if half < 0.1:
            return {}
        return {"ivc": (stack(x, -half), stack(x, half))}


def _atrium(centre: tuple[float, float], wide: float, high: float, bend: float) -> Points:
    return an.wobbled(an.ellipse(centre, wide, high, 2.2), centre, 0.07, 120 * bend)


def _band(x: Points, upper: Points, lower: Points) -> Points:
    return np.concatenate([stack(x, upper), stack(x, lower)[::-1]])


def _mirror(drawing: Drawing) -> Drawing:
    flip = np.array([-1.0, 1.0])
    return Drawing(
        tuple(Tissue(t.outline * flip, t.level) for t in drawing.tissues),
        tuple(Interface(i.line * flip, i.level, i.width) for i in drawing.interfaces),
        {id: (p * flip, q * flip) for id, (p, q) in drawing.calipers.items()},
    )
