"""Brightness of a spectral strip as real screens show it: clutter, streaks, soft edges.

As in `doppler_paint`, the envelope is the row at which the edge falls to half of its light.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d, zoom

from EchoMeasureLib.phantoms.doppler_paint import (
    Brightness,
    Flow,
    Scale,
    grain,
    paint_clicks,
    paint_flow,
    side,
    strip_zoom,
    wall_filter,
)
from EchoMeasureLib.phantoms.doppler_parts import Case


def paint_lifelike(strip: Brightness, case: Case, scale: Scale, rng: np.random.Generator) -> None:
    """Everything that flows, on a black strip (rows, columns) in standard orientation."""
    for flow in case.flows:
        _paint_uneven(strip, scale, flow, rng)
    reach, light = case.clutter_px or (10.0, 0.5)
    _paint_clutter(strip, scale.baseline, reach * strip_zoom(strip.shape[1]), light, rng)
    paint_clicks(strip, scale, case.clicks)
    if not case.cw and rng.random() < 0.45:
        wall_filter(strip, scale.baseline, int(rng.integers(1, 4) * strip_zoom(strip.shape[1])))


def _paint_uneven(strip: Brightness, scale: Scale, flow: Flow, rng: np.random.Generator) -> None:
    if not flow.fill.uneven:
        paint_flow(strip, scale, flow)
        return
    alone = np.zeros_like(strip)
    paint_flow(alone, scale, flow)
    alone *= np.maximum(1 + flow.fill.uneven * smooth_field(rng, strip.shape, (4, 90)), 0.15)
    np.maximum(strip, alone, out=strip)


def smooth_field(
    rng: np.random.Generator, shape: tuple[int, ...], nodes: tuple[int, int]
) -> Brightness:
    """Smooth noise of mean 0 and deviation about 1 with this many nodes down and across."""
    coarse = rng.standard_normal(nodes).astype(np.float32)
    wide = zoom(coarse, (shape[0] / nodes[0], shape[1] / nodes[1]), order=1, grid_mode=True,
                mode="nearest")  # fmt: skip
    return np.asarray(wide[: shape[0], : shape[1]] * np.float32(1.4))


def _paint_clutter(
    strip: Brightness, baseline: int, reach: float, light: float, rng: np.random.Generator
) -> None:
    """A nearly white band on both sides of the baseline, ragged and never quite gone."""
    width = strip.shape[1]
    for up in (True, False):
        area = side(strip, baseline, up)
        rows = min(len(area), int(2.6 * reach) + 2)
        if rows < 1:
            continue
        ragged = gaussian_filter1d(rng.standard_normal(width), 5.0)
        ragged /= max(float(ragged.std()), 1e-6)
        depth = (reach * np.clip(0.85 + 0.32 * ragged, 0.25, 1.9)).astype(np.float32)
        distance = np.arange(1, rows + 1, dtype=np.float32)[:, None]
        band = np.float32(light * rng.uniform(0.8, 1.1)) / (
            1 + np.exp((distance - depth) / np.float32(0.22 * reach + 0.8))
        )
        np.maximum(area[:rows], band, out=area[:rows])


def lifelike_texture(strip: Brightness, cw: bool, rng: np.random.Generator) -> Brightness:
    """The strip with grain in streaks, flickering columns, noise everywhere, and a soft screen."""
    rows, columns = strip.shape
    size = strip_zoom(columns)
    streak = max(2, round(rng.uniform(4, 13) * size))
    speckle = gaussian_filter1d(grain(rng, (rows, columns), streak), 0.7 * size, axis=1)
    speckle *= np.float32(1 / max(float(speckle.std()), 1e-6))
    slow = gaussian_filter1d(rng.standard_normal(columns), 6 * size)
    flicker = rng.uniform(0.03, 0.22) * rng.standard_normal(columns) + rng.uniform(0, 0.6) * slow
    light = np.maximum(1 + flicker, 0.3).astype(np.float32)
    strip = strip * light * np.maximum(1 + rng.uniform(0.22, 0.5) * speckle, 0.05)
    floor = rng.uniform(0.02, 0.12) if cw else rng.uniform(0.0, 0.1)
    noise = np.roll(speckle, rows // 3, axis=0) * np.float32(0.8) + np.float32(0.9)
    # The floor of a CW strip fades away from the baseline on many machines.
    strip = strip + np.maximum(noise, 0) * light * np.float32(floor)
    soft = rng.uniform(0.4, 1.5) * size
    strip = gaussian_filter(np.asarray(strip, np.float32), (soft, soft))
    strip *= np.float32(rng.uniform(0.8, 1.2))
    np.clip(strip, 0, 1, out=strip)
    return np.asarray(np.power(strip, np.float32(rng.uniform(0.75, 1.25))))


def folded(tall: Brightness, rows: int, extra: int) -> Brightness:
    """A strip painted with `extra` rows above and below: what lies there comes back on the
    other side, as beyond half the sampling rate."""
    strip = tall[extra : extra + rows].copy()
    above, below = tall[:extra], tall[extra + rows :]
    np.maximum(strip[-extra:], above, out=strip[-extra:])
    np.maximum(strip[:extra], below, out=strip[:extra])
    return np.asarray(strip, np.float32)
