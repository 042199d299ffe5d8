"""A colour Doppler box over a B-mode sector: blood that moves is red or blue.

Red flows towards the probe, blue away from it, brighter with speed; the pattern
is random but keeps to the blood and to the valves' opening. It is there so that
readers and networks meet colour, not to be measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.motion import HeartState
from EchoMeasureLib.phantoms.random_fields import Field, stretch
from EchoMeasureLib.phantoms.sector import BEAMS, SAMPLES, ScanConverter, ScanPlane


@dataclass(frozen=True, slots=True)
class ColourBox:
    """One study's colour box and the flow in it."""

    beams: tuple[int, int]
    samples: tuple[int, int]
    inflow: Field
    """Velocity while the atrioventricular valves are open, about -1 to 1."""
    outflow: Field
    """Velocity while the arterial valves are open."""
    drift: Field
    """Slow motion at any time."""

    @classmethod
    def sample(cls, rng: np.random.Generator) -> ColourBox:
        """A random box in the middle of the sector."""
        left = int(rng.uniform(0.2, 0.5) * BEAMS)
        top = int(rng.uniform(0.25, 0.5) * SAMPLES)
        flows = [stretch(rng.standard_normal((7, 6)).astype(np.float32)) for _ in range(3)]
        grain = stretch(rng.standard_normal((60, 30)).astype(np.float32))
        sign = np.float32(rng.choice([-1.0, 1.0]))
        return cls(
            (left, left + int(rng.uniform(0.2, 0.4) * BEAMS)),
            (top, min(SAMPLES - 8, top + int(rng.uniform(0.25, 0.5) * SAMPLES))),
            flows[0] * 0.5 + sign * 0.8,
            flows[1] * 0.5 - sign * 0.8,
            flows[2] * 0.35 + grain * 0.16,
        )

    def paint(self, frame: Frame, plane: ScanPlane, blood: Field, state: HeartState) -> None:
        """Colour the blood inside the box and draw the box. `blood` is 0..1, polar."""
        speed = self.inflow * state.mitral + self.outflow * state.aortic + self.drift
        inside = np.zeros((SAMPLES, BEAMS), np.float32)
        inside[self.samples[0] : self.samples[1], self.beams[0] : self.beams[1]] = 1
        seen = inside * (blood > 0.6) * (np.abs(speed) > 0.28)
        converter = ScanConverter.of(plane)
        coloured = converter.convert(np.asarray(seen * 255, np.float32)) > 127
        velocity = converter.convert(128 + 127 * np.clip(speed, -1, 1)).astype(float) / 127 - 1.008
        box = converter.box
        patch = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
        patch[coloured] = colours(velocity[coloured])
        self._outline(frame, plane)

    def _outline(self, frame: Frame, plane: ScanPlane) -> None:
        angles, ranges = plane.angles, plane.ranges
        across = angles[self.beams[0] : self.beams[1] + 1]
        near, far = ranges[self.samples[0]], ranges[self.samples[1]]
        angle = np.concatenate([across, across[::-1], across[:1]])
        r = np.concatenate([np.full(len(across), near), np.full(len(across), far), [near]])
        points = [
            tuple(plane.to_pixel(float(x), float(z)))
            for x, z in zip(r * np.sin(angle), r * np.cos(angle), strict=True)
        ]
        image = Image.fromarray(frame)
        ImageDraw.Draw(image).line(points, fill=(255, 255, 255), width=1)
        frame[:] = np.asarray(image)

    @staticmethod
    def bar(frame: Frame, box: Box) -> None:
        """The colour scale beside the grey one: towards the probe at the top."""
        frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1] = colours(np.linspace(1, -1, box.height))[
            :, None
        ]


def colours(velocity: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """(n,) velocities from -1 to 1 -> (n, 3): red and yellow towards the probe, blue away."""
    share = np.abs(velocity)
    bright = np.clip(70 + 260 * share, 0, 255)
    pale = np.clip((share - 0.6) * 600, 0, 230)
    red = np.where(velocity > 0, bright, 0)
    blue = np.where(velocity > 0, 0, bright)
    return np.stack([red, pale, blue], axis=-1).astype(np.uint8)
