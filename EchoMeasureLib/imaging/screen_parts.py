"""Which part of a screen leaves the machine: outside of it a patient's name may stand.

Names are burned into pixels anywhere beside the image, also between an inset and its
strip (PS3.3 C.7.6.1, (0028,0301) may be absent). What the file declares as ultrasound
or ECG stays; every other pixel is black, unless a person says that no name is there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.frame import Frame


@dataclass(frozen=True, slots=True)
class ScreenPart:
    """What is shown of a screen."""

    area: Box
    """The part that is cut out, in source pixels."""
    visible: tuple[Box, ...]
    """Of it, what is not black."""

    @classmethod
    def whole(cls, columns: int, rows: int) -> ScreenPart:
        """Everything."""
        screen = Box(0, 0, columns - 1, rows - 1)
        return cls(screen, (screen,))

    @classmethod
    def declared(cls, regions: Sequence[Region], columns: int, rows: int) -> ScreenPart | None:
        """What these regions declare as ultrasound or ECG; None where none can be trusted.

        A calibration by hand that covers the whole screen declares nothing: nobody drew its
        bounds.
        """
        screen = Box(0, 0, columns - 1, rows - 1)
        images = [r for r in regions if r.usable and not (r.index < 0 and r.bounds == screen)]
        if not images:
            return None
        traces = [r for r in regions if r.kind is RegionKind.ECG and not r.problems]
        boxes = tuple(region.bounds.clipped(columns, rows) for region in (*images, *traces))
        return cls(functools.reduce(Box.united, boxes), boxes)

    def hides(self, columns: int, rows: int) -> bool:
        """Whether any pixel of a screen of this size is left out."""
        return Box(0, 0, columns - 1, rows - 1) not in self.visible

    def of(self, frame: Frame) -> Frame:
        """The area of a frame, black where it is not visible."""
        area = self.area
        return blackened(frame, self.visible)[area.y0 : area.y1 + 1, area.x0 : area.x1 + 1]


def blackened(frame: Frame, visible: Iterable[Box]) -> Frame:
    """A frame of the same size whose pixels are black outside of these boxes."""
    shown: Frame = np.zeros_like(frame)
    for box in visible:
        part = np.s_[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
        shown[part] = frame[part]
    return shown
