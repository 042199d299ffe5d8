"""A cine as a video: calipers that move with it, and the course of their values below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.drawn_images import DrawnImage
from EchoMeasureLib.exporting.pictures import Labels, draw_calipers, letter_size
from EchoMeasureLib.exporting.trace_drawing import TraceStrip
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.screen_parts import ScreenPart
from EchoMeasureLib.imaging.video_clocks import UNTIMED_RATE
from EchoMeasureLib.imaging.video_writing import write_video
from EchoMeasureLib.progress import Monitor, silent
from EchoMeasureLib.rounding import written

SLOWEST, FASTEST = 0.01, 100.0

NARROWEST = 320
"""Columns that a trace needs; a narrower picture stands in the middle above it."""


@dataclass(frozen=True, slots=True)
class Playback:
    """How fast a video plays. Raises `InvalidArgument` for a speed that makes no sense."""

    speed: float = 1.0
    """1 as the heart went, 0.5 at half of that."""

    def __post_init__(self) -> None:
        if not SLOWEST <= self.speed <= FASTEST:
            raise InvalidArgument(
                f"A speed of {self.speed:g} makes no video.",
                f"Give a number from {SLOWEST:g} to {FASTEST:g}; 1 is as the heart went.",
            )

    def times(self, taken: tuple[float, ...] | None, frames: int) -> tuple[float, ...]:
        """When each frame is shown, seconds, where `taken` says when it was taken."""
        known = taken or tuple(number / UNTIMED_RATE for number in range(frames))
        return tuple(time / self.speed for time in known)

    def words(self, timed: bool) -> str:
        """What is said of it in the picture; empty where it plays as the heart went."""
        if not timed:
            rate = written(UNTIMED_RATE * self.speed, 1).removesuffix(".0")
            return f"frame times unknown, played at {rate} frames/s"
        return "" if self.speed == 1 else f"played at {self.speed:g} x speed"


def write_caliper_video(
    path: Path,
    drawn: DrawnImage,
    part: ScreenPart,
    playback: Playback | None = None,
    monitor: Monitor = silent,
) -> None:
    """Write every frame of an image with its calipers, and its trace where it has one.

    One frame at a time is in memory. Frames keep their times, of which `playback` makes those at
    which they are shown. Raises as `write_video`, and `UnreadableFile` for a damaged frame.
    """
    playback = playback or Playback()
    cine = drawn.cine
    times = playback.times(cine.times, cine.frame_count)
    write_video(path, _frames(drawn, part, playback), times, monitor)


def _frames(drawn: DrawnImage, part: ScreenPart, playback: Playback) -> Iterator[Frame]:
    cine, strip, missing = drawn.cine, None, 0
    if drawn.trace is not None:
        words = playback.words(cine.times is not None)
        size = letter_size(part.area.height)
        missing = max(0, NARROWEST - part.area.width)
        strip = TraceStrip(drawn.trace, part.area.width + missing, size, words)
    labels: Labels = {}
    for index in range(cine.frame_count):
        calipers, phase = drawn.calipers.get(index, ()), drawn.phases.get(index)
        picture = draw_calipers(cine.frame(index), calipers, part, phase, labels)
        if strip is not None:
            wide = np.pad(picture, ((0, 0), (missing // 2, missing - missing // 2), (0, 0)))
            picture = np.concatenate((wide, strip.at(index)))
        yield picture
