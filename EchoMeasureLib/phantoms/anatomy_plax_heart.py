"""The sizes of a heart as the parasternal long axis shows it, drawn at random."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from EchoMeasureLib.phantoms.anatomy import Pose

# Ranges in cm: normal as ASE/EACVI 2015, the diseased ones beyond it.
_KINDS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "normal": {},
    "dilated": {"lvid": (5.8, 7.8), "fs": (0.10, 0.24), "la": (3.8, 5.5)},
    "hypertrophied": {"lvid": (3.4, 4.8), "ivs": (1.2, 2.3), "la": (3.6, 5.2)},
    "small": {"lvid": (3.1, 4.0), "ivs": (0.55, 0.85), "la": (2.4, 3.1), "root": (2.3, 2.9)},
    "large aorta": {"root": (4.0, 5.6)},
    "large atrium": {"la": (4.3, 6.2)},
}
_NORMAL: Mapping[str, tuple[float, float]] = {
    "lvid": (3.9, 5.7),
    "fs": (0.26, 0.45),
    "ivs": (0.6, 1.1),
    "la": (2.7, 4.0),
    "root": (2.6, 3.8),
}


@dataclass(frozen=True, slots=True)
class LongAxisHeart:
    """A heart as the parasternal long axis shows it. Lengths in cm at end-diastole."""

    kind: str
    lvid: float
    shortening: float
    """Fractional shortening of the cavity, 0.1 to 0.45."""
    ivs: float
    lvpw: float
    thickening: float
    root: float
    """Sinuses of Valsalva, leading edge to leading edge."""
    aorta: float
    """Ascending aorta, leading edge to leading edge."""
    la: float
    """Left atrium at end-systole."""
    rv: float
    wall: float
    """Thickness of the aortic wall."""
    lean: float
    """Angle between the axes of aorta and ventricle, radians."""
    station: float
    """Distance of the calipers' station from the base."""
    bulge: float
    """Basal septal bulge (sigmoid septum)."""
    ripple: tuple[float, float]
    """Phase and height of the walls' unevenness."""
    leaflet: float
    descending: float
    """Radius of the descending aorta."""
    pose: Pose
    depth: float
    length: float = 1.75
    """Distance from base to apex in widths of the cavity; long ones leave the sector."""
    cusp: float = 0.1
    """Thickness of the aortic cusps."""
    cords: int = 1
    """Chordae that are seen."""

    @classmethod
    def lifelike(cls, rng: np.random.Generator) -> LongAxisHeart:
        """A random patient as real pictures frame it: walls run to the sector's edge, leaflets are
        thick, and in most the whole of root and ascending aorta is seen."""
        heart = cls.sample(rng)
        x, z = heart.pose.shift
        if rng.random() < 0.5:
            x = float(rng.uniform(-4.4, -1.8)) + heart.station * math.cos(heart.pose.angle)
        return replace(
            heart,
            pose=Pose(heart.pose.angle, (x, z)),
            length=float(rng.uniform(1.8, 3.6)),
            leaflet=float(rng.uniform(0.16, 0.42)),
            cusp=float(rng.uniform(0.1, 0.24)),
            cords=int(rng.integers(1, 5)),
            depth=max(heart.depth - float(rng.uniform(0, 2.5)), 11.0),
        )

    @classmethod
    def sample(cls, rng: np.random.Generator) -> LongAxisHeart:
        """A random patient: normal, dilated, hypertrophied, small, large aorta or atrium."""
        kind = str(rng.choice(list(_KINDS), p=[0.4, 0.15, 0.15, 0.1, 0.12, 0.08]))
        ranges = {**_NORMAL, **_KINDS[kind]}
        lvid, fs, ivs, la, root = (
            float(rng.uniform(*ranges[name])) for name in ("lvid", "fs", "ivs", "la", "root")
        )
        lvpw = ivs * float(rng.uniform(0.78, 1.12) if ivs < 1.2 else rng.uniform(0.6, 1.05))
        rv = float(rng.uniform(1.5, 3.4))
        aorta = root * float(rng.uniform(0.8, 1.0) if root < 4 else rng.uniform(0.8, 1.15))
        skin = float(rng.uniform(1.2, 2.6))
        middle = skin + rv + ivs + lvid / 2
        high = rng.random() < 0.25
        station = float(rng.uniform(1.7, 2.5))
        x = float(rng.uniform(-4.2, -2.6) if high else rng.uniform(-2.2, 0.4))
        tilt = float(rng.uniform(-0.32, 0.16))
        # The station comes to x; the axis passes below the probe at the depth of the middle.
        shift = (x + station * math.cos(tilt), middle + station * math.sin(tilt))
        deepest = middle + max(lvid / 2 + lvpw, la * 0.9) + float(rng.uniform(2.0, 5.0))
        return cls(
            kind,
            lvid,
            fs,
            ivs,
            lvpw,
            float(rng.uniform(0.2, 0.55)),
            root,
            aorta,
            la,
            rv,
            float(rng.uniform(0.18, 0.32)),
            float(rng.uniform(0.05, 0.5)),
            station,
            float(rng.choice([0.0, rng.uniform(0.1, 0.4)])),
            (float(rng.uniform(0, 6.3)), float(rng.uniform(0.02, 0.07))),
            float(rng.uniform(0.13, 0.3)),
            float(rng.choice([0.02, rng.uniform(0.7, 1.2)])),
            Pose(tilt, shift),
            min(max(deepest, 11.0), 18.0),
        )

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was drawn, for the truth file; lengths in cm."""
        names = ("lvid", "shortening", "ivs", "lvpw", "root", "aorta", "la", "rv")
        return {"kind": self.kind} | {name: round(getattr(self, name), 3) for name in names}
