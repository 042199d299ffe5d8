"""How moving echoes become brightness on an M-mode strip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from EchoMeasureLib.phantoms.doppler_paint import Brightness, grain, strip_zoom
from EchoMeasureLib.phantoms.ecg import Floats
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.lifelike_mmode import MovingLine, fading, paint_layers
from EchoMeasureLib.phantoms.mmode_motion import MModePlan
from EchoMeasureLib.phantoms.mmode_views import BLOOD, MMODE_VIEWS
from EchoMeasureLib.phantoms.random_streams import stream


def paint_m_mode(plan: MModePlan, *, noise: bool = True) -> Brightness:
    """Brightness of the strip (rows, columns), 0 to 1. The truth lies on the annulus' ridge."""
    rng = stream(plan.name, plan.seed, "paint")
    box = plan.layout.strip.box
    times = np.arange(box.width, dtype=np.float64) * plan.seconds_per_px
    if plan.annulus is None or (noise and plan.layout.has(Quirk.LIFELIKE)):
        lines, blood = _moving(plan, times, rng), BLOOD.get(plan.name)
        return paint_layers((box.height, box.width), plan.cm_per_px, lines, rng, blood)
    depth = plan.annulus.at(times, plan.rhythm)
    strip = np.zeros((box.height, box.width), np.float32)
    if noise:
        strip += _tissue(plan, depth, rng)
    for line in plan.lines:
        rows = plan.annulus.depth + line.offset + line.share * (depth - plan.annulus.depth)
        light = line.light * fading(box.width, line.fading, rng)
        _paint_line(strip, rows / plan.cm_per_px, light, line.thickness / plan.cm_per_px)
    if not noise:
        return strip
    zoom = strip_zoom(box.width)
    speckle = grain(rng, (box.height, box.width), max(1, round(2 * zoom)))
    level = np.float32(rng.uniform(0.01, 0.05))
    strip *= np.maximum(1 + np.float32(rng.uniform(0.25, 0.45)) * speckle, np.float32(0.1))
    strip += level * np.maximum(np.roll(speckle, 37, axis=1) + np.float32(0.4), 0)
    strip *= np.float32(rng.uniform(0.85, 1.2))
    return np.clip(strip, 0, 1, out=strip)


def _moving(plan: MModePlan, times: Floats, rng: np.random.Generator) -> list[MovingLine]:
    """Every line of a lifelike strip; beside the annulus also lines that do not follow it."""
    cm, width = plan.cm_per_px, len(times)
    total = plan.layout.strip.box.height * cm

    def line(depth: Floats, light: float, thick: float, lost: float) -> MovingLine:
        sigma = max(thick / cm, 1.5)
        return MovingLine(depth / cm, light * fading(width, lost, rng), sigma)

    if plan.annulus is None:
        others = MMODE_VIEWS[plan.name](rng, times, plan.rhythm, total)
        dim = float(rng.uniform(0.35, 0.9))
        wide = float(rng.uniform(0.8, 2.0))
        return [
            line(depth, dim * light, wide * thick, float(rng.uniform(0.1, 0.8)))
            for depth, light, thick in others
        ]
    depth = plan.annulus.at(times, plan.rhythm)
    found = [
        line(plan.annulus.depth + one.offset + one.share * (depth - plan.annulus.depth),
             one.light, one.thickness, one.fading)
        for one in plan.lines
    ]  # fmt: skip
    found[0] = replace(found[0], hollow=float(rng.uniform(0.3, 0.75)))
    if rng.random() < 0.5:
        # A leaflet or a wall above the annulus, which keeps its own pattern.
        kind = MMODE_VIEWS[str(rng.choice(["mmode_mitral", "mmode_ventricle", "mmode_aorta"]))]
        aside = kind(rng, times, plan.rhythm, plan.annulus.depth - 1.0)
        for number in rng.permutation(len(aside))[: int(rng.integers(1, 3))]:
            rows, light, thick = aside[number]
            if rows.max() < plan.annulus.depth - 3.2:
                found.append(line(rows, 0.5 * light, 1.3 * thick, float(rng.uniform(0.2, 0.9))))
    return found


def _paint_line(strip: Brightness, rows: Floats, light: Floats, sigma: float) -> None:
    """Lay a bright ridge along these rows over what is there."""
    sigma = max(sigma, 1.0)
    top = max(0, int(rows.min() - 3 * sigma))
    bottom = min(len(strip), int(rows.max() + 3 * sigma) + 2)
    if top >= bottom:
        return
    away = np.arange(top, bottom, dtype=np.float32)[:, None] - rows.astype(np.float32)
    ridge = light.astype(np.float32) * np.exp(np.float32(-0.5 / sigma**2) * away * away)
    np.maximum(strip[top:bottom], ridge, out=strip[top:bottom])


def _tissue(plan: MModePlan, depth: Floats, rng: np.random.Generator) -> Brightness:
    """Near field, moving muscle above the annulus, dark cavity, far wall: layered echoes."""
    box = plan.layout.strip.box
    rows = np.arange(box.height) * plan.cm_per_px
    total = rows[-1]
    # How far each depth follows the annulus, and how bright it is.
    assert plan.annulus is not None
    follow = np.interp(rows, [1.5, plan.annulus.depth, total], [0.0, 1.0, 0.65])
    wall = plan.annulus.depth - plan.annulus.excursions[0]
    knots = [0, 0.5, 1.9, 2.6, wall - 2.5, wall - 0.4, plan.annulus.depth + 0.4, total - 1.2, total]
    light = [0.6, 0.5, 0.34, *rng.uniform(0.05, 0.3, 2), rng.uniform(0.12, 0.34), 0.08, 0.05, 0.25]
    envelope = np.interp(rows, np.sort(knots), light).astype(np.float32)
    # Echoes from below the strip come into it as the annulus rises.
    margin = round(4 / plan.cm_per_px)
    layers = _layers(box.height + margin, rng)
    shift = (depth - plan.annulus.depth) / plan.cm_per_px
    source = np.arange(box.height)[:, None] - np.round(follow[:, None] * shift).astype(np.intp)
    np.clip(source, 0, len(layers) - 1, out=source)
    moment = np.arange(box.width) * layers.shape[1] // box.width
    lit = np.pad(envelope, (0, margin), mode="edge")
    picture: Brightness = lit[source] * layers[source, moment]
    return picture


def _layers(height: int, rng: np.random.Generator) -> Brightness:
    """Thin echoes by depth that change slowly with time, (rows, moments), mean about 0.8."""
    moments = 150
    steady = rng.standard_normal((height + 2, 1), dtype=np.float32)
    coarse = rng.standard_normal((height + 2, 12), dtype=np.float32)
    along = np.linspace(0, 10.999, moments)
    left, share = along.astype(int), (along % 1).astype(np.float32)
    drifting = coarse[:, left] * (1 - share) + coarse[:, left + 1] * share
    mixed = 0.8 * steady + drifting
    thick = (mixed[:-2] + mixed[1:-1] + mixed[2:]) / np.float32(2.2)
    layers: Brightness = np.clip(0.75 + 0.6 * thick, 0, 2)
    return layers
