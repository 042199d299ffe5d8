"""The file through which pixels without a file of their own reach the worker."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.cine import Cine


class SharedPixels:
    """One file at a time."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def share(self, cine: Cine, frames: Sequence[int]) -> Path:
        """These frames, in their places of an array that is else empty."""
        self.drop()
        self._folder = tempfile.TemporaryDirectory(prefix="echomeasure-")
        path = Path(self._folder.name) / "frames.npy"
        shape = (cine.frame_count, cine.rows, cine.columns, 3)
        array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        for frame in frames:
            array[frame] = cine.frame(frame)
        array.flush()
        return path

    def drop(self) -> None:
        """The file is not needed any longer."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
