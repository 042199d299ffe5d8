"""A pulsed-wave still with three beats of mitral inflow, whose waves are triangles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ultrasound_files import spectral, write_ultrasound

ZERO = 642
"""Row of the baseline; 0.5 cm/s a row above it, 3.5 ms a column."""

HALF = 45
"""Columns from a peak to where its wave ends on the baseline."""

BEATS = (((140, 482), (240, 562)), ((440, 462), (540, 562)), ((740, 442), (840, 554)))
"""E 80, 90, 100 and A 40, 40, 44 cm/s, by column and row of their peaks."""


def write_inflow(folder: Path) -> Path:
    """Write it into a folder; 1024 x 768 pixels."""
    y, x = np.mgrid[:768, :1024]
    wave = np.zeros((768, 1024), bool)
    for beat in BEATS:
        for column, row in beat:
            wave |= (y <= ZERO) & (y >= row + np.abs(x - column) * (ZERO - row) / HALF)
    pixels = np.where(wave[:, :, None], 170, 12).astype(np.uint8).repeat(3, 2)
    pixels[ZERO, 42:943] = 120
    return write_ultrasound(folder / "inflow.dcm", pixels, [spectral(reference_y=300, data=3)])
