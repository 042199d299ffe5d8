"""How a flow becomes brightness on a spectral strip.

The strip is painted in its standard orientation, towards the probe upwards. Brightness is
0 to 1. The envelope is the row at which the edge falls to half of its brightness: that row,
and no other, is the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.phantoms.ecg import Floats

Brightness = npt.NDArray[np.float32]
"""Shape (rows, columns) of the strip, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Fill:
    """What lies between baseline and envelope. Lengths in px of a 391-row strip."""

    near: float
    """Brightness added at the baseline."""
    near_share: float
    """Share of the envelope's height over which that fades."""
    body: float
    """Brightness everywhere inside."""
    edge: float
    """Brightness added along the envelope."""
    edge_px: float
    """Thickness of that edge."""
    soft_px: float = 3.0
    """Width of the ramp at the envelope, which is centred on it."""
    tail: float = 0.06
    """Faint feathering beyond the envelope."""
    thin: float = 0.0
    """How much of the body is lost towards the baseline, 0 to 1."""
    band: bool = False
    """Whether the edge is a soft band, brightest inside, whose half light is the envelope."""
    uneven: float = 0.0
    """Deviation of the light from beat to beat and over velocities."""


CONTINUOUS = Fill(near=0.42, near_share=0.22, body=0.42, edge=0.26, edge_px=14)
PULSED = Fill(near=0.10, near_share=0.15, body=0.14, edge=0.72, edge_px=16)
TISSUE = Fill(near=0.0, near_share=0.1, body=0.02, edge=0.92, edge_px=9, soft_px=2.4, tail=0.03)


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow on the strip."""

    velocity: Floats
    """Signed envelope per column, cm/s, positive towards the probe."""
    gain: Floats
    """Brightness factor per column."""
    fill: Fill


@dataclass(frozen=True, slots=True)
class Click:
    """The bright vertical line of a valve that opens or closes."""

    time: float
    """Seconds from the strip's left edge."""
    velocities: tuple[float, float]
    """From and to, cm/s, signed."""
    seconds: float
    """Its width."""
    gain: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Where velocities lie on the strip in its standard orientation."""

    baseline: int
    """Row of zero, counted from the strip's top."""
    cm_s_per_px: float
    seconds_per_px: float

    def row(self, velocity: float) -> float:
        """Row of a velocity (cm/s), counted from the strip's top, in fractions."""
        return self.baseline - velocity / self.cm_s_per_px

    def column(self, time: float) -> float:
        """Column of a time (s from the strip's left edge), in fractions."""
        return time / self.seconds_per_px


def side(strip: Brightness, baseline: int, up: bool) -> Brightness:
    """The part of the strip on one side of the baseline as a view; row 0 is 1 px from it."""
    return strip[:baseline][::-1] if up else strip[baseline + 1 :]


def paint_flow(strip: Brightness, scale: Scale, flow: Flow) -> None:
    """Add a flow, brighter of the two where it meets another."""
    for up in (True, False):
        heights = (flow.velocity if up else -flow.velocity) / scale.cm_s_per_px
        _paint_side(side(strip, scale.baseline, up), heights, flow.gain, flow.fill)


def _paint_side(area: Brightness, heights: Floats, gain: Floats, fill: Fill) -> None:
    columns = np.flatnonzero(heights > 0.8)
    if not len(columns) or not len(area):
        return
    zoom = np.float32(strip_zoom(area.shape[1]))
    height = heights[columns].astype(np.float32)
    reach = min(len(area), int(height.max() + 8 * zoom) + 2)
    distance = np.arange(1, reach + 1, dtype=np.float32)[:, None]
    inside = height - distance
    soft = fill.soft_px * zoom
    ramp = np.clip(inside / soft + np.float32(0.5), 0, 1)
    # Where the flow accelerates, the sample holds more velocities and the edge is thicker.
    steep = np.abs(np.gradient(heights))[columns].astype(np.float32)
    thick = np.minimum(fill.edge_px * zoom * (1 + 0.35 * np.minimum(steep, 4)), 0.75 * height + 2)
    if fill.band:
        _paint_band(area[:reach], columns, inside, thick, fill, gain)
        return
    light = fill.edge * np.exp(-np.square(np.maximum(inside, 0) / thick))
    light += fill.near * np.exp(-distance / (fill.near_share * height + 2))
    if fill.thin:
        light += fill.body * (1 - fill.thin * (1 - np.minimum(distance / height, 1)))
    else:
        light += fill.body
    light *= ramp
    light += fill.tail * np.exp(np.minimum(inside, 0) / (5 * zoom))
    light *= gain[columns].astype(np.float32)
    area[:reach, columns] = np.maximum(area[:reach, columns], light)


def _paint_band(
    area: Brightness,
    columns: npt.NDArray[np.intp],
    inside: Brightness,
    thick: Brightness,
    fill: Fill,
    gain: Floats,
) -> None:
    """The band is 0.83 half widths inside the envelope, as exp(-0.8326 ** 2) is a half."""
    half = thick / 2
    light = fill.edge * np.exp(-np.square((inside - np.float32(0.8326) * half) / half))
    light += fill.body * np.clip(inside / half, 0, 1)
    light += fill.tail * np.exp(-np.square(inside / (1.2 * thick)))
    light *= gain[columns].astype(np.float32)
    area[:, columns] = np.maximum(area[:, columns], light)


def strip_zoom(columns: int) -> float:
    """Size of a strip's details against the 768x1024 screen, from its width in px."""
    return columns / 902


def paint_clicks(strip: Brightness, scale: Scale, clicks: Sequence[Click]) -> None:
    """Add valve clicks."""
    rows, width = strip.shape
    for click in clicks:
        ends = sorted(scale.row(v) for v in click.velocities)
        top, bottom = max(0, int(ends[0])), min(rows, int(ends[1]) + 1)
        centre = scale.column(click.time)
        sigma = max(0.8, click.seconds / scale.seconds_per_px / 2.4)
        first, last = max(0, int(centre - 3 * sigma)), min(width, int(centre + 3 * sigma) + 2)
        if first >= last or top >= bottom:
            continue
        across = np.exp(-0.5 * np.square((np.arange(first, last) - centre) / sigma))
        distance = np.abs(np.arange(top, bottom) - scale.baseline)
        along = 0.45 + 0.55 * np.exp(-distance / (0.5 * (bottom - top) + 1))
        light = (click.gain * along[:, None] * across).astype(np.float32)
        part = strip[top:bottom, first:last]
        np.maximum(part, light, out=part)


def paint_clutter(
    strip: Brightness, scale: Scale, rng: np.random.Generator, velocity: float, gain: float
) -> None:
    """Wall motion and slow flow near the baseline, both sides, up to about `velocity` cm/s."""
    width = strip.shape[1]
    reach = velocity / scale.cm_s_per_px
    for up in (True, False):
        area = side(strip, scale.baseline, up)
        rows = min(len(area), int(2.5 * reach) + 2)
        if rows < 1:
            continue
        knots = rng.random(width // 7 + 3)
        depth = reach * (
            0.25 + 0.75 * np.interp(np.arange(width) / 7, np.arange(len(knots)), knots)
        )
        distance = np.arange(1, rows + 1, dtype=np.float32)[:, None]
        light = gain * np.exp(-np.square(distance / (0.7 * depth.astype(np.float32) + 1)))
        np.maximum(area[:rows], light, out=area[:rows])


def wall_filter(strip: Brightness, baseline: int, rows: int) -> None:
    """Darken the slowest velocities, which the wall filter removes."""
    strip[max(0, baseline - rows) : baseline + rows + 1] *= np.float32(0.12)


def grain(rng: np.random.Generator, shape: tuple[int, int], streak: int) -> Brightness:
    """Noise of mean 0 and deviation 1 in vertical streaks of `streak` px, two columns wide."""
    rows, columns = shape
    noise = rng.standard_normal((rows + streak - 1, columns + 1), dtype=np.float32)
    total = noise[:rows].copy()
    for shift in range(1, streak):
        total += noise[shift : rows + shift]
    pair: Brightness = total[:, :-1] + total[:, 1:]
    pair *= np.float32(1 / np.sqrt(2 * streak))
    return pair


@dataclass(frozen=True, slots=True)
class Texture:
    """How noisy a strip is."""

    streak: int
    """Length of the grain, px."""
    contrast: float
    """Of the grain inside flow."""
    noise: float
    """Brightness of the background noise."""
    columns: float
    """Contrast of faint vertical bands."""
    gamma: float


def add_texture(strip: Brightness, rng: np.random.Generator, texture: Texture) -> Brightness:
    """The strip as it looks with grain, noise and a grey curve; the input is used up."""
    speckle = grain(rng, (strip.shape[0], strip.shape[1]), texture.streak)
    band = 1 + texture.columns * rng.standard_normal(strip.shape[1], dtype=np.float32)
    noise = np.roll(speckle, strip.shape[0] // 3, axis=0)
    noise += np.float32(0.6)
    np.maximum(noise, 0, out=noise)
    noise *= (np.float32(texture.noise) * np.maximum(band, 0.2)).astype(np.float32)
    speckle *= np.float32(texture.contrast)
    speckle += band
    np.maximum(speckle, np.float32(0.08), out=speckle)
    strip *= speckle
    strip += noise
    np.clip(strip, 0, 1, out=strip)
    return strip if texture.gamma == 1 else np.power(strip, np.float32(texture.gamma))
