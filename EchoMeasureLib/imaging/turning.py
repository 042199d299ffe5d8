"""Pictures that a file asks to be turned or mirrored before they are shown."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.imaging.frame import Frame

_ONE, _LAST = 1 << 16, 1 << 30
"""1.0 in the first two columns of a display matrix, and in its last one."""

MATRIX_BYTES = 36

_ROUNDING = 64
"""A thousandth: some writers round sines and cosines of their own."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One of the eight ways in which a picture can stand: first swapped, then mirrored."""

    swapped: bool = False
    """Columns become rows (the picture is mirrored in its falling diagonal)."""
    left_right: bool = False
    up_down: bool = False

    def __bool__(self) -> bool:
        return self.swapped or self.left_right or self.up_down

    def __call__(self, frame: Frame) -> Frame:
        """The frame as it is to be shown, rows and columns exchanged where it is swapped."""
        if self.swapped:
            frame = frame.swapaxes(0, 1)
        if self.left_right:
            frame = frame[:, ::-1]
        if self.up_down:
            frame = frame[::-1]
        return np.ascontiguousarray(frame)

    def size(self, columns: int, rows: int) -> tuple[int, int]:
        """(columns, rows) of a picture of this size after turning."""
        return (rows, columns) if self.swapped else (columns, rows)

    @property
    def words(self) -> str:
        """What is done, such as "turned by 90 degrees clockwise"."""
        return _WORDS[self.swapped, self.left_right, self.up_down]


UPRIGHT = Turn()
"""Nothing is turned."""

_WORDS = {
    (False, False, False): "left as it is",
    (False, True, False): "mirrored left to right",
    (False, False, True): "mirrored top to bottom",
    (False, True, True): "turned by 180 degrees",
    (True, False, False): "mirrored in its diagonal",
    (True, True, False): "turned by 90 degrees clockwise",
    (True, False, True): "turned by 90 degrees anticlockwise",
    (True, True, True): "mirrored in its other diagonal",
}


def turn_of(matrix: bytes) -> Turn | None:
    """The turn of a display matrix: nine 32-bit numbers in the machine's order.

    ISO/IEC 14496-12, 6.2.2: x' = a x + c y + tx, y' = b x + d y + ty. None for a matrix that
    does more than turn by quarters and mirror.
    """
    a, b, u, c, d, v, _, _, w = struct.unpack("=9l", matrix)
    if (u, v, w) != (0, 0, _LAST):
        return None
    if _are(0, b, c) and _are(_ONE, a, d):
        return Turn(False, a < 0, d < 0)
    if _are(0, a, d) and _are(_ONE, b, c):
        return Turn(True, c < 0, b < 0)
    return None


def _are(size: int, *numbers: int) -> bool:
    return all(abs(abs(number) - size) <= _ROUNDING for number in numbers)
