"""What part of an image a slice view shows, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.mrml.mapping import PixelMap

USUAL_SCALE = 0.2
"""Slicer's scale of texts on a screen with as many pixels as points."""

ROOM = 1.15
"""How much more than what is asked for a view shows after `zoom_to`."""


@dataclass(frozen=True, slots=True)
class ViewWindow:
    """One slice view over an image. Its points on the screen count from the top left corner."""

    size: tuple[int, int]
    """Width and height in pixels of the screen."""
    origin: PixelPoint
    """What lies at the top left corner, in source pixels."""
    step: tuple[float, float]
    """Source pixels, across and down, in a pixel of the screen."""
    text: float
    """How much larger than usual the screen shows texts."""

    def on_screen(self, point: PixelPoint) -> PixelPoint:
        """Where a point in source pixels is seen."""
        return PixelPoint(
            (point.x - self.origin.x) / self.step[0], (point.y - self.origin.y) / self.step[1]
        )

    def from_screen(self, x: float, y: float) -> PixelPoint:
        """What is seen there, in source pixels."""
        return PixelPoint(self.origin.x + x * self.step[0], self.origin.y + y * self.step[1])


def window_of(slice_node: Any, volume: Any) -> ViewWindow | None:
    """The window of a slice view onto a volume; None for a view without a size."""
    width, height, _ = slice_node.GetDimensions()
    if width <= 0 or height <= 0:
        return None
    pixels, to_world = PixelMap(volume), slice_node.GetXYToRAS()
    # The screen of a slice view counts from the bottom up.
    first, last = (
        pixels.from_world(to_world.MultiplyPoint((x, y, 0.0, 1.0))[:3])
        for x, y in ((0.0, height), (width, 0.0))
    )
    step = (last.x - first.x) / width, (last.y - first.y) / height
    if not all(step):
        return None
    text = slice_node.GetScreenScaleFactor() / USUAL_SCALE
    return ViewWindow((width, height), first, step, text or 1.0)


def zoom_to(slice_node: Any, volume: Any, box: Box) -> None:
    """Have a slice view show this part of the image as large as it can."""
    window = window_of(slice_node, volume)
    if window is None:
        return
    width, height = (abs(step) * size for step, size in zip(window.step, window.size, strict=True))
    times = ROOM * max(box.width / width, box.height / height)
    fov = slice_node.GetFieldOfView()
    slice_node.SetFieldOfView(fov[0] * times, fov[1] * times, fov[2])
    middle = PixelPoint((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    slice_node.JumpSliceByCentering(*PixelMap(volume).to_world(middle))
