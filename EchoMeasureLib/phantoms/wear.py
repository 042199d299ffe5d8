"""What happens to a picture between the beamformer and the archive: grey map, blur, JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from EchoMeasureLib.imaging.frame import Frame


@dataclass(frozen=True, slots=True)
class Wear:
    """The same for every frame of a study."""

    gamma: float
    gain: float
    lift: float
    """Grey that black becomes, levels."""
    blur: float
    """Standard deviation, px."""
    shrink: float
    """Share of the pixels that an export on the way kept, 1 for all."""
    quality: int | None
    """Of JPEG, 40 to 95; None for none."""

    @classmethod
    def sample(cls, rng: np.random.Generator, scale: float) -> Wear:
        """A screen's fate. `scale`: size against 768x1024."""
        return cls(
            float(np.exp(rng.normal(0, 0.16))),
            float(np.exp(rng.normal(0, 0.14))),
            float(rng.choice([0.0, 0.0, 0.0, rng.uniform(2, 16)])),
            float(rng.choice([0.0, 0.0, rng.uniform(0.3, 1.6)])) * scale,
            float(rng.choice([1.0, 1.0, 1.0, rng.uniform(0.5, 0.95)])),
            int(rng.integers(40, 96)) if rng.random() < 0.7 else None,
        )

    def apply(self, frame: Frame) -> Frame:
        """The worn frame, a new array of the same shape."""
        level = np.arange(256) / 255
        curve = np.clip(level**self.gamma * self.gain * 255 + self.lift + 0.5, 0, 255)
        worn: Frame = curve.astype(np.uint8)[frame]
        if self.blur > 0.2:
            worn = gaussian_filter(worn, (self.blur, self.blur, 0))
        image = Image.fromarray(worn)
        if self.shrink < 1:
            size = image.size
            small = (round(size[0] * self.shrink), round(size[1] * self.shrink))
            image = image.resize(small, Image.Resampling.BILINEAR).resize(
                size, Image.Resampling.BILINEAR
            )
        if self.quality is not None:
            packed = io.BytesIO()
            image.save(packed, "JPEG", quality=self.quality)
            packed.seek(0)
            image = Image.open(packed).convert("RGB")
        return np.array(image)
