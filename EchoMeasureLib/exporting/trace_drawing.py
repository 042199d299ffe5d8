"""The strip below a video: the values over time, ED and ES, and where the video is now."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.value_traces import Trace, TraceLine, TracePoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.rounding import frame_words, written

BACK, FAINT, TEXT, NOW = "#000000", "#303030", "#b0b0b0", "#ffffff"
COMING = 0.45
"""How bright a line is that the video has not come to, as a share."""


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where values lie on the strip."""

    left: float
    top: float
    right: float
    bottom: float
    times: tuple[float, float]
    values: tuple[float, float]

    def x(self, time: float) -> float:
        first, last = self.times
        return self.left + (self.right - self.left) * (time - first) / ((last - first) or 1.0)

    def y(self, value: float) -> float:
        low, high = self.values
        return self.bottom - (self.bottom - self.top) * (value - low) / (high - low)


class TraceStrip:
    """A trace at the width of a video, drawn frame by frame.

    The axis says when the heart did what is shown, whatever the speed at which it is played.
    """

    def __init__(self, trace: Trace, width: int, size: int, playing: str = "") -> None:
        """`width` in pixels, `size` of the letters; `playing` says how fast it is played."""
        self._trace = trace
        self._playing = playing
        self._size = size
        self._font = ImageFont.load_default(size)
        self._dot = max(2.0, size / 5)
        self._rows = _in_rows(trace.lines, self._font.getlength, width - 2 * size, 2 * size)
        line = round(1.4 * size)
        head, plot, foot = line * (len(self._rows) + 1), 9 * size, round(2.9 * size)
        self.height = head + plot + foot
        values = [p.value for one in trace.lines for p in one.points if p.value is not None]
        ticks = _ticks(min(values), max(values))
        widest = max(self._font.getlength(text) for _, text in ticks)
        names = max(self._font.getlength(line.name) for line in trace.lines)
        self._axes = _Axes(
            0.5 * size + widest + 8,
            head,
            width - names - size,
            head + plot,
            (self._time(0), self._time(trace.frame_count - 1)),
            (ticks[0][0], ticks[-1][0]),
        )
        self._still = Image.new("RGB", (width, self.height), BACK)
        self._draw_still(ImageDraw.Draw(self._still), ticks)

    def at(self, frame: int) -> Frame:
        """The strip when the video is at this frame, (rows, columns, 3)."""
        picture = self._still.copy()
        draw = ImageDraw.Draw(picture)
        axes, now = self._axes, self._axes.x(self._time(frame))
        draw.line((now, axes.top, now, axes.bottom), fill=NOW, width=1)
        for line in self._trace.lines:
            self._draw_line(draw, line, [p for p in line.points if p.frame <= frame], line.colour)
            for point in line.points:
                if point.frame == frame and point.value is not None:
                    at = now, axes.y(point.value)
                    draw.circle(at, self._dot + 2, fill=line.colour, outline=NOW)
        time = None if self._trace.times is None else self._trace.times[frame]
        words = f"{frame_words(frame)} of {self._trace.frame_count}"
        words += "" if time is None else f", {written(time, 2)} s"
        below = self.height - 0.4 * self._size
        draw.text((self._size, below), words, NOW, self._font, "ls")
        return np.asarray(picture)

    def _time(self, frame: int) -> float:
        return float(frame + 1) if self._trace.times is None else self._trace.times[frame]

    def _draw_still(self, draw: ImageDraw.ImageDraw, ticks: Sequence[tuple[float, str]]) -> None:
        size, font, axes = self._size, self._font, self._axes
        for row, lines in enumerate(self._rows):
            x = float(size)
            for line in lines:
                draw.text((x, 1.15 * size + row * 1.4 * size), _head(line), line.colour, font, "ls")
                x += font.getlength(_head(line)) + 2 * size
        for value, text in ticks:
            y = axes.y(value)
            draw.line((axes.left, y, axes.right, y), fill=FAINT)
            draw.text((axes.left - 8, y), text, TEXT, font, "rm")
        draw.text((0.5 * size, axes.top - 0.3 * size), self._trace.lines[0].unit, TEXT, font, "ls")
        self._draw_marks(draw)
        for line in self._trace.lines:
            self._draw_line(draw, line, line.points, _dimmed(line.colour))
        timed = self._trace.times is not None
        for value, text in _ticks(*axes.times, whole=not timed):
            if axes.times[0] <= value <= axes.times[1]:
                x = axes.x(value)
                draw.line((x, axes.bottom, x, axes.bottom + 3), fill=TEXT)
                draw.text((x, axes.bottom + 4), text, TEXT, font, "ma")
        unit = "s" if timed else "frame"
        draw.text((axes.right + size, axes.bottom + 4), unit, TEXT, font, "la")
        below = self.height - 0.4 * size
        draw.text((self._still.width - size, below), self._playing, TEXT, font, "rs")
        for line, y in self._ends():
            draw.text((axes.right + 0.5 * size, y), line.name, line.colour, font, "lm")

    def _ends(self) -> list[tuple[TraceLine, float]]:
        """Where the name of each line stands beside its end, one below the other."""
        last = [
            (self._axes.y(values[-1]), line)
            for line in self._trace.lines
            if (values := [point.value for point in line.points if point.value is not None])
        ]
        last.sort(key=lambda end: end[0])
        step = 1.15 * self._size
        lowest = self._axes.bottom - 0.4 * self._size
        places: list[float] = []
        for y, _ in last:
            places.append(max(y, places[-1] + step) if places else y)
        for number in range(len(places) - 1, -1, -1):
            places[number] = min(places[number], lowest)
            lowest = places[number] - step
        return [(line, y) for (_, line), y in zip(last, places, strict=True)]

    def _draw_marks(self, draw: ImageDraw.ImageDraw) -> None:
        """ED with a whole line, ES with a broken one; each in letters above it."""
        axes, size = self._axes, self._size
        for mark in self._trace.marks:
            x = axes.x(self._time(mark.frame))
            step = (axes.bottom - axes.top) if mark.phase is Phase.ED else 6
            for y in np.arange(axes.top, axes.bottom, step):
                draw.line((x, y, x, min(y + max(step / 2, step - 6), axes.bottom)), fill=TEXT)
            draw.text((x, axes.top - 0.3 * size), mark.phase.brief, TEXT, self._font, "ms")

    def _draw_line(
        self,
        draw: ImageDraw.ImageDraw,
        line: TraceLine,
        points: Sequence[TracePoint],
        colour: str,
    ) -> None:
        """Frames that follow each other are joined: what lies between others is not measured.

        Those with a neighbour that is not there are dots; what is in doubt is a hollow one.
        """
        there = {point.frame: point.value for point in line.points if point.value is not None}
        last = self._trace.frame_count - 1
        for point in points:
            if point.value is None:
                continue
            at = self._axes.x(self._time(point.frame)), self._axes.y(point.value)
            before = there.get(point.frame - 1)
            if before is not None:
                start = self._axes.x(self._time(point.frame - 1)), self._axes.y(before)
                draw.line((*start, *at), fill=colour, width=2)
            beside = {max(point.frame - 1, 0), min(point.frame + 1, last)}
            if point.doubtful or not beside <= there.keys():
                draw.circle(at, self._dot, fill=BACK if point.doubtful else colour, outline=colour)


def _head(line: TraceLine) -> str:
    return ", ".join(line.means) or line.name


def _in_rows(
    lines: Sequence[TraceLine], length: Callable[[str], float], width: float, gap: float
) -> list[list[TraceLine]]:
    """What stands above the plot, in rows that fit."""
    rows: list[list[TraceLine]] = [[]]
    room = width
    for line in lines:
        long = length(_head(line))
        if rows[-1] and long > room:
            rows.append([])
            room = width
        rows[-1].append(line)
        room -= long + gap
    return rows


def _ticks(low: float, high: float, whole: bool = False) -> list[tuple[float, str]]:
    """Four to eight round numbers that reach over both ends, with their texts."""
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    size = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(size * n for n in (1, 2, 5, 10) if (high - low) / (size * n) <= 6)
    step = max(1.0, step) if whole else step
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [(n * step, written(n * step, decimals)) for n in range(first, last + 1)]


def _dimmed(colour: str) -> str:
    parts = (round(COMING * int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)
