"""M-modes of a vena cava with known walls, and the same as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ultrasound_files import m_mode, write_ultrasound

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind

ROWS, COLUMNS, CM, SECONDS = 240, 400, 0.05, 0.02
TIMES = (np.arange(COLUMNS) + 0.5) * SECONDS
REGION = Region(0, RegionKind.M_MODE, Box(0, 0, COLUMNS - 1, ROWS - 1), ("s", "cm"),
                (SECONDS, CM), (0.0, 0.0))  # fmt: skip


def drawn(upper: np.ndarray, lower: np.ndarray, light: float = 110) -> Frame:
    """Speckled tissue, dark between two borders (cm at every column), over 8 s and 12 cm."""
    rng = np.random.default_rng(3)
    depth = (np.arange(ROWS) + 0.5)[:, None] * CM
    grey = light * (0.7 + 0.3 * rng.random((ROWS, COLUMNS)))
    grey = np.where((depth > upper) & (depth < lower), 12 * rng.random((ROWS, COLUMNS)), grey)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def cine(frame: Frame, region: Region = REGION) -> Cine:
    return Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [region])


BREATH = 0.5 - 0.5 * np.cos(2 * np.pi * (TIMES - 0.2) / 3.2)
"""0 at end-expiration, 1 at its opposite, every 3.2 s."""
BREATHING = drawn(4 + 0.3 * BREATH, 6 - 0.7 * BREATH)
"""2.0 cm, and 1.0 cm in inspiration."""


def write_cava(path: Path, frame: Frame = BREATHING) -> Path:
    """The file of such a strip, which fills its screen."""
    bounds = (0, 0, COLUMNS - 1, ROWS - 1)
    return write_ultrasound(path, frame, [m_mode(bounds, (SECONDS, CM))])
