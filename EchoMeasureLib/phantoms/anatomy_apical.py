"""Apical four-chamber view turned to the right ventricle.

Frame of its own (cm): z from the apex of the left ventricle (0) down to its base,
x to the right of the screen; the axis of the left ventricle is x = 0 and the
right heart lies on its left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.phantoms import anatomy as an
from EchoMeasureLib.phantoms.anatomy import Curve, Drawing, Interface, Points, Pose, Tissue, stack
from EchoMeasureLib.phantoms.motion import HeartState


@dataclass(frozen=True, slots=True)
class ApicalHeart:
    """A heart as the RV-focused four-chamber view shows it. Lengths in cm at end-diastole."""

    kind: str
    rv_width: float
    rv_shortening: float
    lv_width: float
    lv_length: float
    lv_shortening: float
    septum: float
    lateral: float
    free_wall: float
    rv_apex: float
    """Where the right ventricle's apex lies, as a share of the left one's length."""
    belly: float
    """Where the right ventricle is widest, as a share of its length."""
    tapse: float
    left_atrium: tuple[float, float]
    """Width and length."""
    right_atrium: tuple[float, float]
    band: bool
    """Whether the moderator band is seen."""
    ripple: tuple[float, float]
    leaflet: float
    pose: Pose
    depth: float
    right_heart: bool = True
    """False in the two-chamber view."""

    @classmethod
    def sample(cls, rng: np.random.Generator) -> ApicalHeart:
        """A random patient: normal, dilated or small right ventricle, or a thick heart."""
        kind = str(
            rng.choice(["normal", "dilated", "small", "hypertrophied"], p=[0.45, 0.3, 0.1, 0.15])
        )
        rv = float(rng.uniform(*{"dilated": (4.1, 6.2), "small": (2.1, 2.9)}.get(kind, (2.6, 4.2))))
        lv = float(rng.uniform(3.2, 4.4) if kind != "normal" else rng.uniform(3.8, 5.4))
        septum = float(rng.uniform(1.1, 1.8) if kind == "hypertrophied" else rng.uniform(0.65, 1.1))
        length = float(rng.uniform(7.2, 9.3))
        apex = float(rng.uniform(1.3, 2.4))
        atrium = (float(rng.uniform(3.2, 5.2)), float(rng.uniform(3.4, 5.6)))
        # The focused view brings the middle of the right ventricle under the probe.
        turn = -float(rng.uniform(-0.06, 0.3))
        aim = -(lv / 2 + septum + 0.35 * rv) * float(rng.uniform(0.35, 0.95))
        z = 0.6 * length
        x = aim * math.cos(turn) - z * math.sin(turn)
        shift = (-x + float(rng.uniform(-0.6, 0.6)), apex)
        return cls(
            kind,
            rv,
            float(rng.uniform(0.1, 0.35)),
            lv,
            length,
            float(rng.uniform(0.12, 0.38)),
            septum,
            septum * float(rng.uniform(0.8, 1.15)),
            float(rng.uniform(0.3, 0.65)),
            float(rng.uniform(0.12, 0.3)),
            float(rng.uniform(0.74, 0.88)),
            float(rng.uniform(0.8, 2.6)),
            (float(rng.uniform(3.0, 4.8)), float(rng.uniform(3.4, 5.4))),
            (min(atrium[0], rv * 1.25), atrium[1]),
            bool(rng.random() < 0.4),
            (float(rng.uniform(0, 6.3)), float(rng.uniform(0.02, 0.08))),
            float(rng.uniform(0.11, 0.22)),
            Pose(turn, shift),
            min(max(apex + length + atrium[1] + float(rng.uniform(0.3, 2.5)), 12.0), 18.0),
        )

    @property
    def depth_cm(self) -> float:
        """Depth that shows all of it."""
        return self.depth

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was drawn, for the truth file; lengths in cm."""
        names = ("rv_width", "lv_width", "lv_length", "septum", "tapse")
        return {"kind": self.kind} | {name: round(getattr(self, name), 3) for name in names}

    def draw(self, state: HeartState) -> Drawing:
        """All outlines at one moment, in cm before the probe."""
        moment = _Moment(self, state)
        tissues = (
            *moment.atria(),
            *moment.ventricles(),
            *moment.valves(),
        )
        return self.pose.place_all(Drawing(tissues, moment.interfaces(), moment.calipers()))


class _Moment:
    """The curves of a heart at one moment, in its own frame."""

    def __init__(self, heart: ApicalHeart, state: HeartState) -> None:
        self.heart, self.state = heart, state
        beat = state.contraction
        self.length = heart.lv_length - 0.75 * heart.lv_shortening / 0.25 * beat
        self.thick = 1 + 0.3 * beat
        self.z: Curve = self.length * (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 70)))
        self.half = self._half(self.z)
        self.septal = self._septal(self.z)
        top = heart.rv_apex * heart.lv_length
        bottom = heart.lv_length - 0.5 - heart.tapse * beat
        self.rv_z: Curve = np.linspace(top, bottom, 60)
        self.rv_right = self._septal(self.rv_z)
        share = (self.rv_z - top) / (bottom - top)
        width = heart.rv_width * (1 - heart.rv_shortening * beat)
        rise = np.sin(np.pi / 2 * np.minimum(share / heart.belly, 1)) ** 0.85
        fall = 1 - 0.16 * (np.maximum(share - heart.belly, 0) / (1 - heart.belly)) ** 2
        phase, height = heart.ripple
        uneven = height * np.sin(1.9 * share * heart.lv_length + phase) * np.minimum(share * 4, 1)
        self.rv_left = self.rv_right - (width * rise * fall + uneven * (share > 0))
        self.free = heart.free_wall * (1 + 0.35 * beat)
        self.rv_outline = np.concatenate(
            [stack(self.rv_left, self.rv_z), stack(self.rv_right, self.rv_z)[::-1]]
        )

    def _half(self, z: npt.ArrayLike) -> Curve:
        """Half width of the left ventricle's cavity at a height."""
        share = np.clip(np.asarray(z, float) / self.length, 0, 1)
        to_apex = np.sqrt(np.clip(1 - np.maximum(1 - share / 0.62, 0) ** 2, 0, 1))
        to_base = 1 - 0.14 * (np.maximum(share - 0.62, 0) / 0.38) ** 2
        width = self.heart.lv_width * (1 - self.heart.lv_shortening * self.state.contraction)
        return np.asarray(width / 2 * to_apex * to_base)

    def _septal(self, z: npt.ArrayLike) -> Curve:
        """x of the septum's right ventricular edge."""
        phase, height = self.heart.ripple
        uneven = height * np.sin(1.3 * np.asarray(z, float) + phase + 1)
        return np.asarray(-self._half(z) - self.heart.septum * self.thick + uneven)

    def atria(self) -> tuple[Tissue, ...]:
        heart = self.heart
        swell = 1 - 0.18 * (1 - self.state.contraction)
        shapes = []
        middle = float(self.septal[-1]) + self.heart.septum * self.thick / 2
        right_width, right_length = heart.right_atrium[0] * swell, heart.right_atrium[1] * swell
        left_width, left_length = heart.left_atrium[0] * swell, heart.left_atrium[1] * swell
        left_top, right_top = self.length - 0.35, float(self.rv_z[-1]) - 0.35
        left = ((middle + 0.13 + left_width / 2), left_top + left_length / 2)
        right = ((middle - 0.13 - right_width / 2), right_top + right_length / 2)
        self.rear = []
        both = [(left, left_width, left_length), (right, right_width, right_length)]
        sides = both if heart.right_heart else both[:1]
        for centre, width, length in sides:
            rim = an.ellipse(centre, width / 2 + 0.25, length / 2 + 0.3, 2.5)
            shapes.append(Tissue(rim, an.ATRIAL_WALL))
            lower = an.ellipse(centre, width / 2 + 0.07, length / 2 + 0.07, 2.5, 48)[4:21]
            self.rear.append(lower)
        for centre, width, length in sides:
            body = an.ellipse(centre, width / 2, length / 2, 2.5)
            body = an.wobbled(body, centre, 0.04, 40 * heart.ripple[1] + heart.ripple[0])
            shapes.append(Tissue(body, an.BLOOD))
        mouths = (
            (left, left_width, -self.half[-1], self.half[-1], self.length),
            (right, right_width, self.rv_left[-1], self.rv_right[-1], self.rv_z[-1]),
        )
        self.mouths = [_mouth(*mouth) for mouth in mouths[: len(sides)]]
        return tuple(shapes)

    def ventricles(self) -> tuple[Tissue, ...]:
        heart, z = self.heart, self.z
        right_outer = np.concatenate(
            [
                stack(self.rv_left - self.free, self.rv_z),
                stack(self.rv_right + 0.2, self.rv_z)[::-1],
            ]
        )
        cap = 0.6 * heart.lateral * self.thick
        sides = heart.lateral * self.thick
        outer_right = stack(self.half + sides, z - cap * (1 - z / self.length) ** 2)
        outer_left = stack(self.septal, z - cap * (1 - z / self.length) ** 2)
        outer = np.concatenate([outer_left, outer_right[::-1]])
        sac = np.concatenate(
            [outer_right + np.array([0.28, -0.1]), (outer_right - np.array([0.1, 0.0]))[::-1]],
        )
        inner = np.concatenate([stack(-self.half, z), stack(self.half, z)[::-1]])
        self.outer_right, self.outer_left = outer_right, outer_left
        right = heart.right_heart
        shapes = [
            Tissue(sac, an.PERICARDIUM - 4),
            *([Tissue(right_outer, an.RV_WALL)] if right else []),
            Tissue(outer, an.MYOCARDIUM),
            *([Tissue(self.rv_outline, an.BLOOD)] if right else []),
            Tissue(inner, an.BLOOD),
            *(Tissue(mouth, an.BLOOD) for mouth in self.mouths),
        ]
        if heart.band and right:
            low = np.array([self.rv_right[18], self.rv_z[18]])
            far = np.array([self.rv_left[26], self.rv_z[26]])
            line = an.bezier(low, (low + far) / 2 + np.array([0.0, 0.3]), far)
            shapes.append(Tissue(an.ribbon(line, 0.28), an.MYOCARDIUM - 1))
        return tuple(shapes)

    def valves(self) -> tuple[Tissue, ...]:
        z_left, z_right = self.length, float(self.rv_z[-1])
        crux = float(self.septal[-1])
        left = (
            Tissue(an.ellipse((crux + 0.35, z_left + 0.1), 0.4, 0.45), an.FAT),
            Tissue(an.ellipse((float(self.half[-1]) + 0.2, z_left), 0.4, 0.45), an.FAT),
            *self._leaflets(-self.half[-1], self.half[-1], z_left, 0.6),
        )
        if not self.heart.right_heart:
            return left
        return (
            *left,
            Tissue(an.ellipse((float(self.rv_left[-1]) - 0.15, z_right), 0.35, 0.4), an.FAT),
            *self._leaflets(self.rv_left[-1], self.rv_right[-1], z_right, 0.55),
        )

    def _leaflets(self, left: float, right: float, z: float, meets: float) -> tuple[Tissue, ...]:
        part, thick = self.state.mitral, self.heart.leaflet
        middle = np.array([left + meets * (right - left), z - 0.55])
        leaves = []
        for x, side in ((float(left), 1.0), (float(right), -1.0)):
            hinge = np.array([x, z])
            opened = np.array([x + side * 0.35, z - 0.5 * (right - left)])
            tip = middle * (1 - part) + opened * part + np.array([-0.04 * side, 0.0])
            pull = np.array([0.0, 0.15]) * (1 - part) + np.array([side * 0.25, 0]) * part
            line = an.bezier(hinge, (hinge + tip) / 2 + pull, tip)
            width = np.linspace(0.85 * thick, 1.2 * thick, len(line))
            leaves.append(Tissue(an.ribbon(line, width), an.VALVE))
        return tuple(leaves)

    def interfaces(self) -> tuple[Interface, ...]:
        free = Interface(stack(self.rv_left - self.free / 2, self.rv_z), 14.0, 0.12)
        return (
            *([free] if self.heart.right_heart else []),
            Interface(self.outer_right + np.array([0.1, 0.0]), 18.0, 0.12),
            Interface(self.outer_left + np.array([0.06, 0.0]), 10.0),
            *(Interface(line, 22.0, 0.2) for line in self.rear),
        )

    def calipers(self) -> dict[str, tuple[Points, Points]]:
        """The widest part of the basal third, square to the heart's long axis."""
        if not self.heart.right_heart:
            return {}
        share = (self.rv_z - self.rv_z[0]) / (self.rv_z[-1] - self.rv_z[0])
        basal = np.flatnonzero((share > 0.67) & (share < 0.92))
        at = int(basal[(self.rv_right - self.rv_left)[basal].argmax()])
        z = self.rv_z[at]
        return {"rv_base": (stack(self.rv_left[at], z), stack(self.rv_right[at], z))}


def _mouth(
    centre: tuple[float, float], width: float, left: float, right: float, z: float
) -> Points:
    """The orifice from a ventricle's annulus into its atrium."""
    wide = 0.47 * width
    corners = np.array(
        [
            [left + 0.2, z - 0.1],
            [right - 0.1, z - 0.1],
            [min(centre[0] + wide, right + 0.3), z + 0.9],
            [max(centre[0] - wide, left - 0.3), z + 0.9],
        ]
    )
    return np.concatenate([np.linspace(corners[k], corners[(k + 1) % 4], 8) for k in range(4)])
