"""Random fields that all phantoms share, and cheap ways to sample and stretch them.

Made once per process from fixed seeds; a study takes its own place, turn and
mirror of them, so that frames cost no random numbers to speak of.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from EchoMeasureLib.phantoms.sector import BEAMS, SAMPLES

Field = npt.NDArray[np.float32]
Echo = npt.NDArray[np.complex64]

CELL_CM, CELLS = 0.02, 1024
"""Size of a cell and cells along a side of the tissue's random fields."""


def stretch(coarse: Field) -> Field:
    """A coarse field spread smoothly over the whole polar picture, corners on corners."""
    return np.asarray(
        _spread(coarse.shape[0], SAMPLES) @ coarse @ _spread(coarse.shape[1], BEAMS).T
    )


@lru_cache(maxsize=16)
def _spread(nodes: int, size: int) -> Field:
    """(size, nodes) weights of linear interpolation."""
    at = np.arange(size) * (nodes - 1) / (size - 1)
    distance = np.abs(at[:, None] - np.arange(nodes))
    return np.asarray(np.maximum(1 - distance, 0), np.float32)


def crop(rng: np.random.Generator) -> Echo:
    """A random part of the noise field; its 4 x 400 000 places and mirrors do not repeat."""
    row, column = int(rng.integers(CELLS - SAMPLES)), int(rng.integers(CELLS - BEAMS))
    part = _noise_field()[row : row + SAMPLES, column : column + BEAMS]
    return part[:: int(rng.choice([-1, 1])), :: int(rng.choice([-1, 1]))]


@lru_cache(maxsize=1)
def _noise_field() -> Echo:
    """Unit-power receiver noise, white along the beam, shared by neighbouring beams."""
    rng = np.random.default_rng(20260603)
    white = rng.standard_normal((2, CELLS, CELLS), dtype=np.float32)
    white = gaussian_filter1d(white, 0.8, axis=2, mode="wrap")
    white /= white.std() * np.float32(np.sqrt(2))
    return np.asarray(white[0] + 1j * white[1], np.complex64)


@lru_cache(maxsize=1)
def texture() -> Field:
    """Coarse periodic texture of tissue on the cells of `scatterers`, unit variance."""
    rng = np.random.default_rng(20260602)
    coarse = rng.standard_normal((CELLS // 4, CELLS // 4), dtype=np.float32)
    for axis in (0, 1):
        coarse = gaussian_filter1d(coarse, 1.6, axis=axis, mode="wrap")
    fine = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)
    return np.asarray(fine / fine.std())


@lru_cache(maxsize=1)
def scatterers() -> Echo:
    """A periodic field of scatterers, 0.2 mm a cell, smooth over 0.3 mm; the same for all."""
    rng = np.random.default_rng(20260601)
    white = rng.standard_normal((2, CELLS, CELLS), dtype=np.float32)
    for axis in (1, 2):
        white = gaussian_filter1d(white, 1.5, axis=axis, mode="wrap")
    white /= white.std() * np.float32(np.sqrt(2))
    return np.asarray(white[0] + 1j * white[1], np.complex64)
