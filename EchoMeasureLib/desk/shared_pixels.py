"""The file through which pixels without a file of their own reach the worker."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from EchoMeasureLib.files import write_errors

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.cine import Cine


class SharedPixels:
    """One file at a time."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def share(self, cine: Cine, frames: Sequence[int]) -> Path:
        """These frames, in their places of an array that is else empty.

        Raises `OutputProblem` where the disk is full, and `UnreadableFile` as `Cine.frame` does.
        """
        self.drop()
        with write_errors(Path(tempfile.gettempdir())):
            self._folder = tempfile.TemporaryDirectory(prefix="echomeasure-")
            path = Path(self._folder.name) / "frames.npy"
            # Written and not mapped: a full disk is an error so, and not the end of the process.
            try:
                with path.open("wb") as file:
                    _write(file, cine, frames)
            except BaseException:
                self.drop()
                raise
        return path

    def drop(self) -> None:
        """The file is not needed any longer."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _write(file: BinaryIO, cine: Cine, frames: Sequence[int]) -> None:
    shape = (cine.frame_count, cine.rows, cine.columns, 3)
    kind = np.lib.format.dtype_to_descr(np.dtype(np.uint8))
    header = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    first, each = file.tell(), math.prod(shape[1:])
    for frame in frames:
        file.seek(first + frame * each)
        file.write(cine.frame(frame).tobytes())
    file.truncate(first + cine.frame_count * each)
