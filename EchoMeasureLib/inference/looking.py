"""A look at a few frames of a cine: enough to judge its picture, and never all of a long one.

Each frame is read once and let go: kept are four of them, the darkest and brightest grey of
every pixel, and the means of small square cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.progress import Monitor, Progress, silent

MOST_FRAMES = 24
"""Frames that are looked at, in pairs of neighbours from the whole length of the cine."""
KEPT_FRAMES = 4
MOST_SIDE = 2048
"""Rows or columns of a frame; of larger ones every second or third pixel is taken."""
CELLS = 96
"""Cells along the shorter side of the screen, about."""
SAME_LEVELS = 1
"""Levels by which pixels of one picture may differ that was compressed twice."""

Grey = npt.NDArray[np.uint8]
Cells = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen. Arrays are (rows, columns) of the screen, or of its cells."""

    frames: tuple[int, ...]
    """Those that were looked at."""
    frame_count: int
    """Of the cine."""
    kept: tuple[Frame, ...]
    """A few, from beginning to end."""
    darkest: Grey
    brightest: Grey
    """Over all frames."""
    step: int
    """Pixels of the frame per pixel here; 1 but for huge screens."""
    cell: int
    """Pixels per side of a cell."""
    means: Cells
    """Mean grey of each cell, (frames, rows, columns)."""
    changed: Cells
    """Share of the pixels of each cell that change, (pairs of neighbours, rows, columns)."""

    def in_cells(self, picture: npt.NDArray[Any]) -> Cells:
        """The mean of each cell of a picture; what is left over at its far edges is left out."""
        return _cells(picture, self.cell)

    def pixels(self, cells: Mask) -> Mask:
        """A mask of cells as one of pixels."""
        mask = np.zeros(self.brightest.shape, bool)
        full = np.kron(cells, np.ones((self.cell, self.cell), bool))
        mask[: full.shape[0], : full.shape[1]] = full
        return mask

    def screen(self, cells: Mask, rows: int, columns: int) -> Mask:
        """A mask of cells as one of the screen, (rows, columns)."""
        full = self.pixels(cells)
        return np.kron(full, np.ones((self.step, self.step), bool))[:rows, :columns]


def look_at(cine: Cine, frames: Sequence[int] | None = None, monitor: Monitor = silent) -> Look:
    """Look at a cine; `frames` are those that may be looked at, None for all.

    A frame that is damaged is passed over. Raises `UnreadableFile` when all are.
    """
    chosen = choose(range(cine.frame_count) if frames is None else sorted(set(frames)))
    wanted = np.unique(np.linspace(0, len(chosen) - 1, KEPT_FRAMES).round().astype(int))
    kept: list[Frame] = []
    seen: list[int] = []
    means: list[Cells] = []
    changed: list[Cells] = []
    before: Frame | None = None
    darkest = brightest = np.zeros((0, 0), np.uint8)
    side = max(cine.rows, cine.columns)
    step = -(-side // MOST_SIDE)
    cell = max(2, round(min(cine.rows, cine.columns) / step / CELLS))
    damage: UnreadableFile | None = None
    for place, index in enumerate(chosen):
        # Short against what follows, so that it has no share in it.
        monitor(Progress(0, 0, "looking at the picture"))
        try:
            frame = cine.frame(index)[::step, ::step]
        except UnreadableFile as error:
            damage, before = error, None
            continue
        grey = grey_of(frame)
        darkest = np.minimum(darkest, grey) if seen else grey
        brightest = np.maximum(brightest, grey) if seen else grey
        means.append(_cells(grey, cell))
        if before is not None and seen[-1] == index - 1:
            changed.append(_cells(_differs(before, frame), cell))
        if place in wanted or not seen:
            kept.append(frame)
        seen.append(index)
        before = frame
    if not seen:
        assert damage is not None  # a cine has at least one frame
        raise damage
    empty = np.zeros((0, *means[0].shape), np.float32)
    return Look(
        tuple(seen),
        cine.frame_count,
        tuple(kept),
        darkest,
        brightest,
        step,
        cell,
        np.stack(means),
        np.stack(changed) if changed else empty,
    )


def choose(frames: Sequence[int], most: int = MOST_FRAMES) -> tuple[int, ...]:
    """At most so many of these frames: pairs that follow each other, from beginning to end."""
    if len(frames) <= most:
        return tuple(frames)
    starts = np.linspace(0, len(frames) - 2, most // 2).round().astype(int)
    # Even and odd in turn: of a cine that shows each frame twice, half of the pairs are alike.
    starts -= (starts - np.arange(len(starts))) % 2
    return tuple(frames[place] for place in np.unique([*starts, *(starts + 1)]))


def grey_of(frame: Frame) -> Grey:
    """Grey levels of an RGB picture (ITU-R BT.601)."""
    red, green, blue = (frame[..., channel].astype(np.uint16) for channel in range(3))
    grey: Grey = ((77 * red + 150 * green + 29 * blue) >> 8).astype(np.uint8)
    return grey


def extremes(frame: Frame) -> tuple[Grey, Grey]:
    """The lowest and the highest channel of each pixel."""
    red, green, blue = (frame[..., channel] for channel in range(3))
    # Channel by channel: numpy is slow along so short an axis.
    low: Grey = np.minimum(np.minimum(red, green), blue)
    high: Grey = np.maximum(np.maximum(red, green), blue)
    return low, high


def _differs(before: Frame, after: Frame) -> Mask:
    differs: Mask = extremes(np.maximum(before, after) - np.minimum(before, after))[1] > SAME_LEVELS
    return differs


def _cells(picture: npt.NDArray[Any], cell: int) -> Cells:
    rows, columns = (size // cell for size in picture.shape)
    if not rows or not columns:
        return np.zeros((rows, columns), np.float32)
    cut = picture[: rows * cell, : columns * cell]
    down = np.add.reduceat(cut, np.arange(rows) * cell, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(down, np.arange(columns) * cell, axis=1)
    return np.asarray(sums / cell**2, np.float32)
