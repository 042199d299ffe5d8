"""The sector of a phased-array picture: from beams to pixels of the screen.

A polar picture is (samples, beams): row i lies at `ranges[i]` from the apex and
column j at `angles[j]` (radians, positive to the right of the screen).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.phantoms.layout_parts import Layout, Sector

SAMPLES, BEAMS = 416, 208
"""Size of the polar picture, fine enough for the smallest speckle that is drawn."""


@dataclass(frozen=True, slots=True)
class ScanPlane:
    """A sector on the screen with the scale of its pixels."""

    columns: int
    rows: int
    apex: PixelPoint
    delta_x: float
    """cm per column."""
    delta_y: float
    """cm per row."""
    depth_cm: float
    half_angle: float
    """Radians."""

    @property
    def face_cm(self) -> float:
        """Depth at which the picture starts: the top of the sector is a small arc."""
        return 0.022 * self.depth_cm

    @classmethod
    def on(cls, layout: Layout, sector: Sector, depth_cm: float) -> ScanPlane:
        """The sector of a layout when it shows this depth."""
        scale = depth_cm / sector.radius
        return cls(
            layout.columns,
            layout.rows,
            PixelPoint(*sector.apex),
            scale,
            scale,
            depth_cm,
            sector.half_angle,
        )

    def to_pixel(self, x_cm: float, z_cm: float) -> PixelPoint:
        """The source pixel of a place before the probe (cm; x to the right, z away from it)."""
        return PixelPoint(
            float(self.apex.x + x_cm / self.delta_x), float(self.apex.y + z_cm / self.delta_y)
        )

    def sees(self, x_cm: float, z_cm: float, margin_cm: float = 0.3) -> bool:
        """Whether a place lies in the sector, at least `margin_cm` inside its flanks."""
        r = float(np.hypot(x_cm, z_cm))
        flank = r * np.sin(self.half_angle - abs(float(np.arctan2(x_cm, z_cm))))
        pixel = self.to_pixel(x_cm, z_cm)
        on_screen = 0 <= pixel.x <= self.columns - 1 and 0 <= pixel.y <= self.rows - 1
        return bool(
            on_screen and flank >= margin_cm and self.face_cm + 0.5 < r < self.depth_cm - margin_cm
        )

    @property
    def bounds(self) -> Box:
        """The smallest box of whole pixels around the sector, on the screen."""
        wide = self.depth_cm * np.sin(self.half_angle) / self.delta_x
        box = Box(
            int(np.floor(self.apex.x - wide)),
            int(np.floor(self.apex.y)),
            int(np.ceil(self.apex.x + wide)),
            int(np.ceil(self.apex.y + self.depth_cm / self.delta_y)),
        )
        return box.clipped(self.columns, self.rows)

    @property
    def ranges(self) -> npt.NDArray[np.float32]:
        """Distances of the polar picture's samples from the probe, cm, (SAMPLES,)."""
        return np.linspace(self.face_cm, self.depth_cm, SAMPLES, dtype=np.float32)

    @property
    def angles(self) -> npt.NDArray[np.float32]:
        """Angles of its beams from the vertical, radians, left first, (BEAMS,)."""
        return np.linspace(-self.half_angle, self.half_angle, BEAMS, dtype=np.float32)

    def to_polar(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(n, 2) of x, z in cm -> (n, 2) of fractional beam and sample."""
        r = np.hypot(points[:, 0], points[:, 1])
        angle = np.arctan2(points[:, 0], np.maximum(points[:, 1], 1e-3))
        beam = (angle + self.half_angle) * (BEAMS - 1) / (2 * self.half_angle)
        sample = (r - self.face_cm) * (SAMPLES - 1) / (self.depth_cm - self.face_cm)
        return np.stack([beam, sample], axis=-1)


@dataclass(frozen=True, slots=True)
class ScanConverter:
    """Bilinear map from the polar picture to the pixels of a sector."""

    box: Box
    inside: npt.NDArray[np.int32]
    """Flat index into the box of every pixel in the sector."""
    source: npt.NDArray[np.int32]
    """Flat index into the polar picture of its upper left neighbour."""
    down: npt.NDArray[np.float32]
    right: npt.NDArray[np.float32]

    @classmethod
    def of(cls, plane: ScanPlane) -> ScanConverter:
        """The map of this sector; the last few are kept."""
        # Depth does not matter to the map, only the sector's size in pixels.
        depth = plane.depth_cm
        x, z = round(plane.delta_x / depth, 12), round(plane.delta_y / depth, 12)
        return _converter(replace(plane, delta_x=x, delta_y=z, depth_cm=1.0))

    def convert(self, polar: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        """Grey levels 0..255 of shape (box.height, box.width); 0 outside the sector."""
        flat = np.ascontiguousarray(polar, dtype=np.float32).ravel()
        here, across = flat[self.source], flat[self.source + 1]
        here += (across - here) * self.right
        below, across = flat[self.source + BEAMS], flat[self.source + BEAMS + 1]
        below += (across - below) * self.right
        here += (below - here) * self.down
        picture = np.zeros((self.box.height, self.box.width), np.uint8)
        picture.ravel()[self.inside] = np.clip(here + 0.5, 0, 255).astype(np.uint8)
        return picture


@lru_cache(maxsize=18)
def _converter(plane: ScanPlane) -> ScanConverter:
    box = plane.bounds
    x = (np.arange(box.x0, box.x1 + 1) - plane.apex.x) * plane.delta_x
    z = (np.arange(box.y0, box.y1 + 1) - plane.apex.y) * plane.delta_y
    points = np.stack(np.broadcast_arrays(x[None, :], z[:, None]), axis=-1).reshape(-1, 2)
    polar = plane.to_polar(points)
    beam, sample = polar[:, 0], polar[:, 1]
    seen = (beam >= 0) & (beam <= BEAMS - 1) & (sample >= 0) & (sample <= SAMPLES - 1)
    seen &= points[:, 1] > 0
    inside = np.flatnonzero(seen)
    beam, sample = beam[inside], sample[inside]
    left = np.minimum(beam.astype(np.intp), BEAMS - 2)
    top = np.minimum(sample.astype(np.intp), SAMPLES - 2)
    return ScanConverter(
        box,
        inside.astype(np.int32),
        (top * BEAMS + left).astype(np.int32),
        (sample - top).astype(np.float32),
        (beam - left).astype(np.float32),
    )
