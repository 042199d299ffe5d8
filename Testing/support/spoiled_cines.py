"""Phantom cines as a scanner's bad day would leave them, each spoiled in one known way."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from pydicom import Dataset
from scipy.ndimage import gaussian_filter

from EchoMeasureLib.imaging.cine import Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.phantoms.colour_flow import colours
from EchoMeasureLib.phantoms.study import PhantomStudy

Spoil = Callable[["Drawn", int], Frame]
"""Frame `index` as it is shown."""


@dataclass
class Drawn:
    """A phantom study as a source of frames that have been through JPEG."""

    study: PhantomStudy
    spoil: Spoil
    quality: int = 92

    @property
    def frame_count(self) -> int:
        return self.study.frame_count

    @property
    def size(self) -> tuple[int, int]:
        return self.study.layout.columns, self.study.layout.rows

    def decode(self, index: int) -> Frame:
        stream = io.BytesIO()
        frame = self.spoil(self, index)
        Image.fromarray(frame).save(stream, "JPEG", quality=self.quality, subsampling="4:2:2")
        return np.array(Image.open(stream))

    def inside(self) -> tuple[slice, slice]:
        """The boxes of all sectors together."""
        boxes = [sector.box for sector in self.study.layout.sectors]
        rows = slice(min(b.y0 for b in boxes), max(b.y1 for b in boxes) + 1)
        return rows, slice(min(b.x0 for b in boxes), max(b.x1 for b in boxes) + 1)


def spoiled(study: PhantomStudy, how: str = "as drawn") -> Cine:
    """The cine of a study, spoiled as `WAYS` says; its R waves are in the picture alone."""
    dataset = Dataset()
    dataset.SequenceOfUltrasoundRegions = list(study.regions)
    source = Drawn(study, WAYS[how])
    regions = read_regions(dataset, *source.size)
    return Cine(source, Timing(study.frame_times_s, "phantom"), regions)


def _frozen(drawn: Drawn, index: int) -> Frame:
    return drawn.study.frame(0)


def _doubled(drawn: Drawn, index: int) -> Frame:
    return drawn.study.frame(index // 2)


def _lifeless(drawn: Drawn, index: int) -> Frame:
    """One picture, with the noise of a receiver."""
    noise = np.random.default_rng(index).normal(0, 6, (*drawn.size[::-1], 1))
    frame = drawn.study.frame(0)
    lit = frame.max(axis=2, keepdims=True) > 0
    return np.asarray(np.clip(frame + noise * lit, 0, 255), np.uint8)


def _dark(drawn: Drawn, index: int) -> Frame:
    return np.asarray(drawn.study.frame(index) * 0.12, np.uint8)


def _overexposed(drawn: Drawn, index: int) -> Frame:
    """What 20 dB more do at a range of 40: half the grey scale, wherever there is an echo."""
    frame = drawn.study.frame(index)
    return np.where(frame > 4, np.minimum(frame.astype(np.int16) + 128, 255), frame).astype(
        np.uint8
    )


def _blurred(share: float) -> Spoil:
    def blur(drawn: Drawn, index: int) -> Frame:
        frame, inside = drawn.study.frame(index), drawn.inside()
        sigma = share * drawn.study.layout.sectors[0].radius
        frame[inside] = gaussian_filter(frame[inside], (sigma, sigma, 0))
        return frame

    return blur


def _written_over(drawn: Drawn, index: int) -> Frame:
    frame, (rows, columns) = drawn.study.frame(index), drawn.inside()
    words = _words(rows.stop - rows.start, columns.stop - columns.start, drawn.size[1])
    frame[rows, columns] = np.maximum(frame[rows, columns], words)
    return frame


@functools.lru_cache(maxsize=4)
def _words(rows: int, columns: int, screen: int) -> Frame:
    page = Image.new("RGB", (columns, rows))
    pen, size = ImageDraw.Draw(page), round(0.025 * screen)
    for row in range(0, rows, round(1.2 * size)):
        words = "FINDINGS: NORMAL LEFT VENTRICLE, TRACE MITRAL REGURGITATION " * 4
        pen.text((0, row), words, fill=(255, 255, 255), font_size=size)
    return np.array(page)


def _coloured(drawn: Drawn, index: int) -> Frame:
    """Flow wherever the sector is lit."""
    frame, inside = drawn.study.frame(index), drawn.inside()
    patch = frame[inside]
    flow = np.sin(np.arange(patch.shape[1]) / 25 + index / 4)
    shown = np.broadcast_to(colours(0.25 + 0.7 * flow), patch.shape)
    frame[inside] = np.where(patch.max(axis=2, keepdims=True) > 4, shown, patch)
    return frame


def _blank(drawn: Drawn, index: int) -> Frame:
    """Nothing but what the scanner writes around the sector."""
    frame = drawn.study.frame(index)
    frame[drawn.inside()] = 0
    return frame


WAYS: Mapping[str, Spoil] = {
    "as drawn": lambda drawn, index: drawn.study.frame(index),
    "blank": _blank,
    "frozen": _frozen,
    "lifeless": _lifeless,
    "each frame twice": _doubled,
    "dark": _dark,
    "overexposed": _overexposed,
    "blurred": _blurred(0.012),
    "written over": _written_over,
    "coloured": _coloured,
}
"""How a cine can be spoiled, by a word for it."""

CAUGHT_BY: Mapping[str, str] = {
    "blank": "sector",
    "frozen": "motion",
    "lifeless": "motion",
    "each frame twice": "repeats",
    "dark": "gain_low",
    "overexposed": "gain_high",
    "blurred": "sharpness",
    "written over": "cover",
    "coloured": "cover",
}
"""The check whose matter it is."""
