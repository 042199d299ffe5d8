"""From outlines of tissue to the polar picture of a scanner: speckle, shadows, noise.

Echo levels are smoothed in decibels, so that the half-way grey level between two
tissues lies on the drawn outline however wide the beam is; the speckle then
multiplies them. Its scatterers are fixed in the tissue: every pixel looks up the
place where its tissue lay at the reference moment in one large random field.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter1d

from EchoMeasureLib.phantoms.anatomy import ATRIAL_WALL, BLOOD, OUTSIDE, Drawing, Points
from EchoMeasureLib.phantoms.random_fields import (
    CELL_CM,
    CELLS,
    Echo,
    Field,
    crop,
    scatterers,
    stretch,
    texture,
)
from EchoMeasureLib.phantoms.sector import BEAMS, SAMPLES, ScanPlane
from EchoMeasureLib.phantoms.window import Window, gain_profile, surroundings

_CODE_FLOOR, _CODE_STEP = -48.0, 0.3
"""Echo levels are painted as bytes: level = floor + step * code, dB."""
_FINE_DOWN, _FINE_ACROSS = 3, 2
"""Outlines are painted this much finer than the polar picture."""
_MIDDLE = 0.38
"""Grey level of muscle at no gain, as a share of white."""
_COARSE = (24, 16)
"""Nodes of the displacement field."""


@dataclass(slots=True)
class Imager:
    """Images drawings of one study; `reference` fixes where the scatterers sit."""

    plane: ScanPlane
    window: Window
    reference: Points | None = None
    """Anchors of the reference moment; None for a single frame."""
    _x: Field = field(init=False)
    _z: Field = field(init=False)
    _profile: Field = field(init=False)
    _grain: tuple[float, int, int] = field(init=False)
    _reverb: Echo = field(init=False)
    _surround: Field = field(init=False)

    def __post_init__(self) -> None:
        r, angle = self.plane.ranges[:, None], self.plane.angles[None, :]
        self._x, self._z = r * np.sin(angle), r * np.cos(angle)
        rng = np.random.default_rng(self.window.seed)
        self._profile = gain_profile(self.window, self.plane, rng)
        self._grain = (
            float(rng.uniform(0, 2 * np.pi)),
            int(rng.integers(CELLS)),
            int(rng.integers(CELLS)),
        )
        self._reverb = self._near_field(rng)
        self._surround = surroundings(self.window, rng)

    def image(self, drawing: Drawing, frame: int, noise: bool = True) -> Field:
        """Grey levels 0..255 of shape (SAMPLES, BEAMS), float32.

        Without `noise` the picture is the mean echo level alone: no speckle, no
        interfaces, no haze, no noise; for checking edges.
        """
        levels, surround = self._paint(drawing)
        if not noise:
            return self._grey(self._blur(levels))
        levels = self._blur(levels + surround * self._surround)
        rng = np.random.default_rng((self.window.seed, frame))
        index = self._tissue_index(drawing)
        grain = self._speckle(index)
        coarse = self._coarse(index) * np.clip((levels + 22) / 14, 0, 1)
        gain = self._enhancement(levels) + self._profile
        amplitude = _amplitude(levels + gain + np.float32(self.window.unevenness_db) * coarse)
        mirror = self._mirror(drawing) * _amplitude(gain)
        smear = self._clutter(amplitude + 0.7 * mirror)
        echo = amplitude * grain + mirror * (0.45 + 0.55 * grain)
        echo += smear * grain[::-1]
        echo += self._reverb
        echo += self._electronic(rng)
        power = echo.real**2 + echo.imag**2
        power += np.float32(self.window.smoothing) * (amplitude**2 + 0.3 * smear**2)
        return self._grey(np.asarray(10 * np.log10(power + np.float32(1e-9)), np.float32))

    def blood(self, drawing: Drawing) -> Field:
        """Where blood was drawn, 0 to 1, polar."""
        levels, _ = self._paint(drawing)
        return np.asarray(np.clip((-10 - self._blur(levels)) / 8, 0, 1))

    def shows(self, x_cm: float, z_cm: float) -> bool:
        """Whether muscle at this place would be seen: in the sector, not lost in a shadow."""
        if not self.plane.sees(x_cm, z_cm):
            return False
        beam, sample = self.plane.to_polar(np.array([[x_cm, z_cm]]))[0]
        level = float(self._profile[round(sample), round(beam)]) + self.window.gain_db
        return level / self.window.range_db + _MIDDLE > 0.12

    def _grey(self, level: Field) -> Field:
        """Log compression: myocardium lies `_MIDDLE` of the range above black."""
        window = self.window
        share = (level + np.float32(window.gain_db)) / np.float32(window.range_db) + np.float32(
            _MIDDLE
        )
        cut = np.float32(window.reject_db / window.range_db)
        share = np.clip((share - cut) / (1 - cut), 0, 1)
        if window.gamma != 1.0:
            share **= np.float32(window.gamma)
        return np.asarray(share * 255, np.float32)

    def _paint(self, drawing: Drawing) -> tuple[Field, Field]:
        """Mean echo level of every sample, dB, and where nothing was drawn (0 to 1)."""
        size = (BEAMS * _FINE_ACROSS, SAMPLES * _FINE_DOWN)
        picture = Image.new("L", size, _code(OUTSIDE))
        draw = ImageDraw.Draw(picture)
        for tissue in drawing.tissues:
            fine = self._fine(tissue.outline)
            draw.polygon(fine.ravel().tolist(), fill=_code(tissue.level))
        small = np.asarray(picture.reduce((_FINE_ACROSS, _FINE_DOWN)))
        surround = (small == _code(OUTSIDE)).astype(np.float32)
        levels = small * np.float32(_CODE_STEP) + np.float32(_CODE_FLOOR)
        levels += np.float32(self.window.blood_db) * (small <= _code(BLOOD))
        if self.window.bright_db:
            levels += np.float32(self.window.bright_db) * (small >= _code(ATRIAL_WALL))
        return levels, surround

    def _fine(self, points: Points) -> Points:
        polar = self.plane.to_polar(points)
        # The centre of fine pixel k of a cell of n is at (k + 0.5) / n - 0.5; PIL truncates.
        fine = (polar + 0.5) * [_FINE_ACROSS, _FINE_DOWN]
        return np.asarray(np.clip(fine, -4000, 8000))

    def _blur(self, values: Field, across: float = 1.0) -> Field:
        down, wide = self._widths()
        values = gaussian_filter1d(values, down, axis=0, mode="nearest", truncate=3)
        return np.asarray(
            gaussian_filter1d(values, wide * across, axis=1, mode="nearest", truncate=3)
        )

    def _widths(self) -> tuple[float, float]:
        """Standard deviation of pulse and beam in samples and beams."""
        down = self.window.axial_cm * (SAMPLES - 1) / (self.plane.depth_cm - self.plane.face_cm)
        wide = self.window.lateral_rad * (BEAMS - 1) / (2 * self.plane.half_angle)
        return down, wide

    def _enhancement(self, levels: Field) -> Field:
        """What lies behind blood has been attenuated less, dB."""
        step = (self.plane.depth_cm - self.plane.face_cm) / (SAMPLES - 1)
        loss = np.where(levels < -14, 0.55, np.where(levels > 9, -1.2, -0.35)).astype(np.float32)
        summed = np.cumsum(loss, axis=0, dtype=np.float32)
        summed *= np.float32(step * self.window.enhancement_db_per_cm)
        return np.asarray(np.clip(summed, -9, 6))

    def _mirror(self, drawing: Drawing) -> Field:
        """Amplitude of the bright interfaces, strongest where they face the beam."""
        picture = Image.new("L", (BEAMS * _FINE_ACROSS, SAMPLES * _FINE_DOWN), 0)
        draw = ImageDraw.Draw(picture)
        cm = (self.plane.depth_cm - self.plane.face_cm) / (SAMPLES * _FINE_DOWN)
        for interface in drawing.interfaces:
            step = np.diff(interface.line, axis=0)
            middle = (interface.line[1:] + interface.line[:-1]) / 2
            across = np.abs(step[:, 0] * middle[:, 1] - step[:, 1] * middle[:, 0])
            across /= np.hypot(*step.T) * np.hypot(*middle.T) + 1e-9
            level = interface.level - 26 * (1 - across**2)
            fine = self._fine(interface.line)
            width = max(1, round(interface.width / cm))
            codes = np.clip((level - _CODE_FLOOR) / _CODE_STEP, 1, 255).astype(int).tolist()
            ends = np.concatenate([fine[:-1], fine[1:]], axis=1).tolist()
            for piece, code in zip(ends, codes, strict=True):
                draw.line(piece, fill=code, width=width)
        small = np.asarray(picture.reduce((_FINE_ACROSS, _FINE_DOWN)), np.float32)
        amplitude = _amplitude(small * np.float32(_CODE_STEP) + np.float32(_CODE_FLOOR))
        return self._blur(np.where(small > 0, amplitude, 0))

    def _coarse(self, index: npt.NDArray[np.int32]) -> Field:
        """Coarse texture of the tissue, drawn out along the beam's width; unit variance."""
        streaks = gaussian_filter1d(texture().ravel()[index], 3.0, axis=1, truncate=2.5)
        return np.asarray(streaks * np.float32(1 / max(float(streaks.std()), 1e-3)))

    def _clutter(self, amplitude: Field) -> Field:
        """A wide, weak copy of everything bright."""
        coarse = gaussian_filter1d(amplitude[::4, ::4], 3.0, axis=0, truncate=2.5)
        coarse = gaussian_filter1d(coarse, 3.5, axis=1, truncate=2.5)
        return np.asarray(stretch(coarse) * np.float32(10 ** (self.window.clutter_db / 20)))

    def _tissue_index(self, drawing: Drawing) -> npt.NDArray[np.int32]:
        """Flat index into the random fields of the tissue that lies at every sample."""
        x, z = self._x, self._z
        if self.reference is not None:
            shift = self._displacement(drawing.anchors())
            x, z = x - shift[0], z - shift[1]
        turn, column, row = self._grain
        cos, sin = np.float32(np.cos(turn) / CELL_CM), np.float32(np.sin(turn) / CELL_CM)
        across = (x * cos - z * sin).astype(np.int32) + column
        down = (x * sin + z * cos).astype(np.int32) + row
        return np.asarray((down & (CELLS - 1)) * CELLS + (across & (CELLS - 1)), np.int32)

    def _speckle(self, index: npt.NDArray[np.int32]) -> Echo:
        """Unit-power speckle of the scatterers at every sample."""
        sampled = scatterers().ravel()[index]
        grain = np.empty((SAMPLES, BEAMS), np.complex64)
        grain.real, grain.imag = self._blur(sampled.real), self._blur(sampled.imag)
        grain *= np.float32(1 / np.sqrt(np.mean(grain.real**2 + grain.imag**2)))
        return grain

    def _displacement(self, anchors: Points) -> tuple[Field, Field]:
        """How far the tissue at every sample has moved since the reference, cm."""
        assert self.reference is not None
        moved = anchors - self.reference
        nodes_x = _nodes(self._x)
        nodes_z = _nodes(self._z)
        distance = (nodes_x.ravel()[:, None] - anchors[:, 0]) ** 2
        distance += (nodes_z.ravel()[:, None] - anchors[:, 1]) ** 2
        weight = 1 / (distance + 0.15) ** 2
        weight /= weight.sum(axis=1, keepdims=True) + 0.02
        coarse = (weight @ moved).reshape(*_COARSE, 2)
        return stretch(coarse[..., 0].astype(np.float32)), stretch(
            coarse[..., 1].astype(np.float32)
        )

    def _near_field(self, rng: np.random.Generator) -> Echo:
        """Reverberations of the chest wall: static arcs that fade with depth."""
        window, plane = self.window, self.plane
        part = crop(rng)
        arcs = gaussian_filter1d(rng.standard_normal(SAMPLES), 3.0)[:, None] * 9.0
        grain = self._blur(part.real, 5.0) + 1j * self._blur(part.imag, 5.0)
        grain /= np.sqrt(np.mean(np.abs(grain) ** 2))
        depth = plane.ranges[:, None] - plane.face_cm
        level = window.haze_db + 8 + arcs - 8.7 * depth / window.haze_cm
        wide = -9 * (plane.angles[None, :] / plane.half_angle) ** 2
        return np.asarray(grain * 10 ** ((level + wide) / 20), np.complex64)

    def _electronic(self, rng: np.random.Generator) -> Echo:
        """Noise of the receiver, fresh in each frame, stronger with depth."""
        depth = np.linspace(0, 1, SAMPLES, dtype=np.float32)[:, None]
        size = 10 ** ((self.window.noise_db - 14 * (1 - depth) ** 1.2) / 20)
        return np.asarray(crop(rng) * np.asarray(size, np.float32))


def _code(level: float) -> int:
    return min(max(round((level - _CODE_FLOOR) / _CODE_STEP), 1), 255)


def _nodes(values: Field) -> Field:
    """Values at the nodes of the displacement field, corners on corners."""
    rows = np.linspace(0, SAMPLES - 1, _COARSE[0]).round().astype(int)
    columns = np.linspace(0, BEAMS - 1, _COARSE[1]).round().astype(int)
    return np.asarray(values[np.ix_(rows, columns)])


def _amplitude(level: Field) -> Field:
    return np.asarray(np.exp(np.float32(np.log(10) / 20) * level))
