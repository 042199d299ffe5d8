"""M-mode strips as real screens show them: a haze of moving layers, and lines that are blurs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from EchoMeasureLib.phantoms.doppler_paint import Brightness, grain, strip_zoom
from EchoMeasureLib.phantoms.ecg import Floats
from EchoMeasureLib.phantoms.lifelike_paint import smooth_field

WALL = 1.2
"""Deviations of a wall's echo between its middle and the blood."""


@dataclass(frozen=True, slots=True)
class MovingLine:
    """One echo on the strip. Lengths in px."""

    rows: Floats
    """Where it lies in every column."""
    light: Floats
    """Added brightness in every column."""
    sigma: float
    hollow: float = 0.0
    """How much darker the tissue about it is, 0 to 1: cavities on both sides."""


def paint_layers(
    shape: tuple[int, int],
    cm_per_px: float,
    lines: Sequence[MovingLine],
    rng: np.random.Generator,
    blood: tuple[int, int] | None = None,
) -> Brightness:
    """A strip (rows, columns), 0 to 1, whose tissue moves as the lines do that run through it.

    `blood`: between which two lines, upper one first, there is blood alone: dark, the lines
    being its borders, beyond which the echoes of the walls lie.
    """
    size = strip_zoom(shape[1])
    strip = _haze(shape, cm_per_px, lines, size, rng)
    if blood is not None:
        upper, lower = (lines[number] for number in blood)
        _add_blood(strip, upper.rows, lower.rows, float(rng.uniform(0.05, 0.4)))
        lines = [
            replace(line, rows=line.rows + WALL * line.sigma * ((line is lower) - (line is upper)))
            for line in lines
        ]
    for line in lines:
        _add_line(strip, line, 1.6 / cm_per_px)
    speckle = grain(rng, shape, max(1, round(rng.uniform(1, 4) * size)))
    strip *= np.maximum(1 + np.float32(rng.uniform(0.15, 0.4)) * speckle, np.float32(0.1))
    noise = np.maximum(np.roll(speckle, 37, axis=1) + np.float32(0.5), 0)
    strip += np.float32(rng.uniform(0.0, 0.07)) * noise
    soft = float(rng.uniform(0.3, 1.2)) * size
    strip = np.asarray(gaussian_filter(strip, (soft, soft)), np.float32)
    strip *= np.float32(rng.uniform(0.8, 1.25))
    np.clip(strip, 0, 1, out=strip)
    return np.asarray(np.power(strip, np.float32(rng.uniform(0.8, 1.2))))


def _add_blood(strip: Brightness, upper: Floats, lower: Floats, light: float) -> None:
    """What lies between two borders keeps so much of its light."""
    row = np.arange(len(strip), dtype=np.float32)[:, None]
    inside = np.clip(np.minimum(row - upper + 0.5, lower + 0.5 - row), 0, 1).astype(np.float32)
    strip *= 1 - np.float32(1 - light) * inside


def fading(columns: int, lost: float, rng: np.random.Generator) -> Floats:
    """Light along a line, 0 to 1: parts of it are lost."""
    knots = np.clip(rng.normal(0.75, 0.45, max(4, columns // 45)), 0, 1)
    along = np.interp(np.linspace(0, len(knots) - 1, columns), np.arange(len(knots)), knots)
    light: Floats = 1 - lost * (1 - along)
    return light


def _add_line(strip: Brightness, line: MovingLine, quiet: float) -> None:
    """Lines and haze add up, so that a weak line is a blur in its surroundings.

    About a line with a hollow, a zone of `quiet` px is darker.
    """
    if line.hollow:
        away = np.arange(len(strip), dtype=np.float32)[:, None] - line.rows.astype(np.float32)
        strip *= 1 - np.float32(line.hollow) * np.exp(-((away / np.float32(quiet)) ** 2))
    top = max(0, int(line.rows.min() - 3 * line.sigma))
    bottom = min(len(strip), int(line.rows.max() + 3 * line.sigma) + 2)
    if top >= bottom:
        return
    away = np.arange(top, bottom, dtype=np.float32)[:, None] - line.rows.astype(np.float32)
    ridge = np.exp(np.float32(-0.5 / line.sigma**2) * away * away)
    strip[top:bottom] *= 1 - np.float32(0.35) * ridge
    strip[top:bottom] += line.light.astype(np.float32) * ridge


def _haze(
    shape: tuple[int, int],
    cm_per_px: float,
    lines: Sequence[MovingLine],
    size: float,
    rng: np.random.Generator,
) -> Brightness:
    rows, columns = shape
    rest = _resting_rows(shape, lines, 1.5 / cm_per_px)
    margin = int(np.ceil(max(-rest.min(), rest.max() - rows + 1, 0))) + 2
    height = rows + 2 * margin
    thick = float(rng.uniform(1.0, 1.7)) * size
    layers = gaussian_filter1d(rng.standard_normal((height, 1)), thick, axis=0)
    drifting = gaussian_filter1d(smooth_field(rng, (height, columns), (height // 2, 14)), thick, 0)
    layers = layers / layers.std() + float(rng.uniform(0.4, 1.0)) * drifting / drifting.std()
    contrast = float(rng.uniform(0.55, 1.0))
    source = margin + np.round(rest).astype(np.intp)
    texture = np.clip(0.8 + contrast * layers, 0.03, 2.4)[source, np.arange(columns)]
    return np.asarray(_envelope(rows, cm_per_px, rng)[:, None] * texture, np.float32)


def _resting_rows(shape: tuple[int, int], lines: Sequence[MovingLine], still: float) -> Floats:
    """Where the tissue that is at every sample lies at rest, px: in the near field right there.

    Between two lines it moves as their distance does, so every line takes its surroundings along.
    """
    rows, columns = shape
    order = sorted(range(len(lines)), key=lambda k: float(lines[k].rows.mean()))
    rest = np.array([0.0, still, *(float(lines[k].rows.mean()) for k in order)])
    rest = np.maximum.accumulate(rest + 1e-3 * np.arange(len(rest)))
    now = np.stack([np.zeros(columns), np.full(columns, still), *(lines[k].rows for k in order)])
    now = np.maximum.accumulate(now + 1e-3 * np.arange(len(now))[:, None])
    depth = np.arange(rows, dtype=float)
    found = np.empty(shape)
    for column in range(columns):
        here = now[:, column]
        found[:, column] = np.interp(depth, here, rest)
        # Below the last line everything moves with it.
        below = depth > here[-1]
        found[below, column] = rest[-1] + depth[below] - here[-1]
    return found


def _envelope(rows: int, cm_per_px: float, rng: np.random.Generator) -> Floats:
    """Brightness by depth: saturated near field, a bright band, a darker cavity, static bands."""
    depth = np.arange(rows) * cm_per_px
    total = depth[-1]
    chamber = float(rng.uniform(3.5, 6.0))
    level = float(rng.uniform(0.25, 0.45))
    light = level * np.exp(0.35 * np.interp(depth, np.linspace(0, total, 7), rng.normal(size=7)))
    near = float(rng.uniform(1.2, 2.3))
    light += rng.uniform(0.3, 0.75) / (1 + np.exp((depth - near) / 0.25))
    light += rng.uniform(0.05, 0.4) * np.exp(-(((depth - chamber) / 0.55) ** 2))
    if rng.random() < 0.7:
        hollow = float(rng.uniform(chamber + 0.8, max(chamber + 1.0, 0.75 * total)))
        light *= 1 - rng.uniform(0.3, 0.75) * np.exp(-(((depth - hollow) / 1.1) ** 2))
    for _ in range(int(rng.integers(0, 4))):
        deep = total - float(rng.uniform(0.1, 1.8))
        light += rng.uniform(0.1, 0.4) * np.exp(-(((depth - deep) / 0.12) ** 2))
    return np.asarray(np.clip(light, 0.02, 1))
