"""The small 2-D picture above a spectral or M-mode strip: a cheap textured sector."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.layout_parts import Colour
from EchoMeasureLib.phantoms.screen import WHITE, Pen

_HALF_ANGLE = math.radians(42)
_DEPTHS, _BEAMS = 160, 96

Indices = npt.NDArray[np.intp]


@functools.lru_cache(maxsize=8)
def _geometry(width: int, height: int) -> tuple[Indices, Indices, Indices]:
    """Pixels inside the sector (flat), and the depth and beam that each shows."""
    radius = height - 4.0
    y, x = np.mgrid[0:height, 0:width].astype(float)
    away, angle = np.hypot(x - width / 2, y - 2), np.arctan2(x - width / 2, y - 2)
    inside = np.flatnonzero((away < radius) & (np.abs(angle) < _HALF_ANGLE))
    depth = (away.ravel()[inside] / radius * (_DEPTHS - 1)).astype(np.intp)
    beam = (angle.ravel()[inside] / _HALF_ANGLE + 1) / 2 * (_BEAMS - 1)
    return inside, depth, beam.astype(np.intp)


def _stretch(rng: np.random.Generator, shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Smooth noise over depths and beams with about this many bumps."""
    coarse = rng.standard_normal(shape)
    along = np.linspace(0, shape[0] - 1, _DEPTHS)
    across = np.linspace(0, shape[1] - 1, _BEAMS)
    low, left = (
        np.minimum(along.astype(int), shape[0] - 2),
        np.minimum(across.astype(int), shape[1] - 2),
    )
    rise, shift = (along - low)[:, None], across - left
    tall = coarse[low] * (1 - rise) + coarse[low + 1] * rise
    smooth: npt.NDArray[np.float64] = tall[:, left] * (1 - shift) + tall[:, left + 1] * shift
    return smooth


def _tissue(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Brightness of an apical-looking sector in depths and beams, 0 to 1."""
    walls = np.exp(-np.square(_stretch(rng, (6, 5)) / rng.uniform(0.25, 0.5)))
    speckle = rng.gamma(1.3, 0.75, (_DEPTHS, _BEAMS))
    depth = np.linspace(0, 1, _DEPTHS)[:, None]
    light = walls * speckle * (0.55 - 0.25 * depth) + 0.35 * np.exp(-depth / 0.06)
    shadow = np.clip(0.8 + 0.5 * _stretch(rng, (2, 7)), 0.1, 1.2)
    picture: npt.NDArray[np.float64] = np.clip(light * shadow, 0, 1) ** 0.8
    return picture


def draw_inset(frame: Frame, box: Box, rng: np.random.Generator, *, colour_flow: bool) -> None:
    """Paint the sector into the frame, with a patch of colour flow if asked."""
    inside, depth, beam = _geometry(box.width, box.height)
    grey = (_tissue(rng)[depth, beam] * 215).astype(np.uint8)
    view = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
    picture = np.zeros((box.width * box.height, 3), np.uint8)
    picture[inside] = grey[:, None]
    if colour_flow:
        flow = _stretch(rng, (7, 8))
        top, left = rng.uniform(0.3, 0.5), rng.uniform(0.25, 0.42)
        window = np.zeros((_DEPTHS, _BEAMS), bool)
        window[
            int(top * _DEPTHS) : int((top + 0.36) * _DEPTHS),
            int(left * _BEAMS) : int((left + 0.33) * _BEAMS),
        ] = True
        speed = np.where(window & (np.abs(flow) > 0.45), flow, 0)[depth, beam]
        picture[inside[speed > 0]] = (225, 90, 20)
        picture[inside[speed < 0]] = (30, 90, 220)
    view[:] = picture.reshape(view.shape)


def draw_cursor(
    pen: Pen, box: Box, rng: np.random.Generator, *, gate: bool, colour_flow: bool
) -> None:
    """The dotted line along which Doppler or M-mode looks, and the sample volume."""
    apex = (box.x0 + box.width / 2, box.y0 + 2.0)
    angle, radius = rng.uniform(-0.3, 0.3), box.height - 6.0
    step = max(4.0, 6 * pen.layout.scale)
    line: Colour = (220, 220, 220)
    for number in range(2, int(radius / step)):
        away = number * step
        pen.dot(apex[0] + away * math.sin(angle), apex[1] + away * math.cos(angle), 0.6, line)
    away = rng.uniform(0.45, 0.75) * radius
    at = (apex[0] + away * math.sin(angle), apex[1] + away * math.cos(angle))
    half = 6 * pen.layout.scale
    if gate:
        for offset in (-0.4 * half, 0.4 * half):
            pen.line([(at[0] - half, at[1] + offset), (at[0] + half, at[1] + offset)], WHITE)
    if colour_flow:
        corners = [(0.30, -0.2), (0.30, 0.15), (0.78, 0.15), (0.78, -0.2), (0.30, -0.2)]
        pen.line(
            [
                (apex[0] + r * radius * math.sin(a), apex[1] + r * radius * math.cos(a))
                for r, a in ((r, 1.6 * a) for r, a in corners)
            ],
            WHITE,
        )
