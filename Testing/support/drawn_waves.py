"""Doppler strips drawn by arithmetic: humps whose height, place and light are known exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind

STRIP = Box(20, 30, 519, 289)
ZERO = 160
"""Row of the baseline: 130 rows above it, 129 below."""

SECONDS, CM_S = 0.004, 0.5
"""Of a pixel: two seconds from left to right, 65 cm/s up."""


@dataclass(frozen=True, slots=True)
class Hump:
    """One wave: half a sine."""

    at: float
    """Column of its peak, from the strip's left edge."""
    height: float
    """Rows over the baseline; negative below it."""
    width: float = 70
    """Columns from beginning to end."""
    light: float = 150
    rim: int = 0
    """Rows of its dense band, inside which it is dim; 0 for a full one."""


def region(kind: RegionKind = RegionKind.PW) -> Region:
    """The strip's region: up is positive."""
    reference = (0.0, float(ZERO - STRIP.y0))
    return Region(0, kind, STRIP, ("s", "cm/s"), (SECONDS, -CM_S), reference)


def strip(humps: Sequence[Hump], noise: float = 12, seed: int = 1) -> Frame:
    """A screen of 320 x 540 with these waves amid noise."""
    rng = np.random.default_rng(seed)
    light = np.abs(rng.normal(0, noise, (STRIP.height, STRIP.width)))
    columns = np.arange(STRIP.width)
    above = ZERO - STRIP.y0 - np.arange(STRIP.height)[:, None]
    for hump in humps:
        phase = np.clip((columns - hump.at) / hump.width + 0.5, 0, 1)
        edge = abs(hump.height) * np.sin(np.pi * phase)
        rows = above if hump.height > 0 else -above
        # A pixel whose centre is at the edge is half lit.
        inside = np.clip(edge - rows + 0.5, 0, 1) * (rows > 0)
        dim = np.where(edge - rows > hump.rim, 0.15, 1.0) if hump.rim else 1.0
        grain = rng.uniform(0.7, 1.3, light.shape)
        light = np.maximum(light, hump.light * inside * dim * grain)
    frame = np.zeros((320, 540, 3), np.uint8)
    shown = np.clip(light, 0, 255).astype(np.uint8)
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1] = shown[..., None]
    frame[ZERO, STRIP.x0 : STRIP.x1 + 1] = (180, 100, 40)
    return frame


def cine(frame: Frame, kind: RegionKind = RegionKind.PW) -> Cine:
    """A still of it."""
    return Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [region(kind)])
