"""One real scene for all tests of this room, empty for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from slicer_scene import HeadlessSlicer, headless_slicer

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind


@pytest.fixture
def slicer_app() -> Iterator[HeadlessSlicer]:
    app = headless_slicer()
    app.clear()
    yield app
    app.clear()


@pytest.fixture(scope="session")
def screens() -> Path:
    """Where pictures for people to look at are left."""
    return Path(__file__).parents[2] / "build" / "screens"


def two_d(delta: tuple[float, float] = (0.05, 0.04)) -> Region:
    """A 2-D region over most of a 320 x 240 screen: 9.6 cm deep by default."""
    return Region(0, RegionKind.TWO_D, Box(10, 0, 309, 239), ("cm", "cm"), delta)


def make_cine(frames: int = 5, regions: tuple[Region, ...] = (two_d(),)) -> Cine:
    """A disc that shrinks and grows on a 320 x 240 screen, 25 frames a second."""
    y, x = np.mgrid[:240, :320]
    pictures = np.empty((frames, 240, 320, 3), np.uint8)
    for index in range(frames):
        radius = 60 + 20 * np.cos(2 * np.pi * index / max(frames, 1))
        grey = np.where(np.hypot(y - 120, x - 160) < radius, 40, 140)
        pictures[index] = grey[:, :, None]
        pictures[index, :, 0] = index
    timing = Timing(tuple(index * 0.04 for index in range(frames)), "FrameTime", (0.0,))
    identity = Identity(sop_instance_uid="1.2.3.4", study_instance_uid="1.2.3")
    return Cine(ArraySource(pictures), timing, regions, identity)
