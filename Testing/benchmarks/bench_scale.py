"""How much `make bench` measures, and what its sections share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench_published import published_size

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.phantoms.generate import generate, write

NINE = ("lvid", "ivs", "lvpw", "aorta", "aortic_root", "la", "rv_base", "pa", "ivc")
"""The measurements of the published networks for images."""

SIX = NINE[:6]
"""Those of a parasternal long axis."""


@dataclass(frozen=True)
class Scale:
    """How often, and on how much."""

    rounds: int = 4
    """Of the engines; each has one frame."""
    starts: int = 3
    networks: int = 9
    cine: int = 120
    """Frames of the cine that nine networks measure."""
    counts: tuple[int, ...] = (1, 10, 100, 1000)
    long: int = 1000
    """Frames of the long cines."""
    learn: int = 30
    """Frames from which a network in int8 is made, and which decide about it."""
    repeats: int = 12


FULL = Scale()
QUICK = Scale(1, 1, 2, 12, (1, 3), 24, 9, 3)
"""Says nothing of speed: that every section runs."""


class Bench:
    """What sections share: a folder for this run, networks and phantoms that are made once."""

    def __init__(self, folder: Path, scale: Scale) -> None:
        self.folder, self.scale = folder, scale

    @property
    def networks(self) -> Path:
        """A folder with untrained networks of the published size, as many as are wanted."""
        folder = self.folder / "networks"
        published_size(folder, NINE[: self.scale.networks])
        return folder

    @property
    def checkpoint(self) -> Path:
        """The first of them."""
        folder = self.folder / "networks"
        return published_size(folder, NINE[:1])[0]

    def phantom(self, view: str, frames: int, layout: str = "768x1024") -> Path:
        """A file of it."""
        folder = self.folder / f"{view}-{frames}-{layout}"
        if not folder.exists():
            folder.mkdir()
            write(generate(view, layout, 41, frames), folder)
        return next(folder.glob("*.dcm"))


def noise(frames: int, rows: int = 480, columns: int = 640) -> Cine:
    """A calibrated cine in memory, ten pictures in turn."""
    pictures = np.random.default_rng(1).integers(0, 256, (10, rows, columns, 3), np.uint8)
    box = Box(0, 0, columns - 1, rows - 1)
    region = Region(0, RegionKind.TWO_D, box, ("cm", "cm"), (0.03, 0.03))
    repeated = np.broadcast_to(pictures, (frames // 10 + 1, *pictures.shape))
    source = ArraySource(repeated.reshape(-1, *pictures.shape[1:])[:frames])
    return Cine(source, Timing(None, ""), [region])
