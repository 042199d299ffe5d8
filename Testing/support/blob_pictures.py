"""Pictures whose truth needs no ultrasound: coloured blobs at known places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from EchoMeasureLib.training.dataset import Sample
from EchoMeasureLib.training.tasks import CANVAS_SIZE, Heads, supervision


@dataclass(frozen=True)
class Blobs:
    """A sample source: each picture shows the blobs of one measurement, in its colour."""

    ids: tuple[str, ...] = ("lvid", "pa")
    count: int = 8
    first: int = 0
    reduction: int = 2
    shift: tuple[float, float] = (0.0, 0.0)
    """Canvas pixels by which the landmarks differ from the blobs' centres."""

    @property
    def heads(self) -> Heads:
        return Heads.of(self.ids)

    def identity(self) -> dict[str, Any]:
        return {"source": "blobs", "ids": list(self.ids), "first": self.first, "n": self.count}

    def sample(self, index: int) -> Sample:
        rng = np.random.default_rng(self.first + index)
        rows, columns = (side // self.reduction for side in CANVAS_SIZE[self.heads.kind])
        picture = rng.integers(0, 50, (rows, columns, 3)).astype(np.float64)
        id = self.ids[int(rng.integers(len(self.ids)))]
        centres = rng.uniform((80, 80), (2 * columns - 80, 2 * rows - 80), (2, 2))
        y, x = np.mgrid[:rows, :columns]
        colour = np.array((1.0, 1.0, 0.2) if id == self.ids[0] else (0.2, 1.0, 1.0))
        for strength, centre in zip((200, 130), centres, strict=True):
            at = (centre + 0.5) / self.reduction - 0.5
            blob = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * 6.0**2))
            picture += strength * blob[..., None] * colour
        seen = {id: (centres + self.shift)[None].astype(np.float32)}
        return Sample(
            np.clip(picture, 0, 255).astype(np.uint8), supervision(self.heads, seen), f"{index}"
        )
