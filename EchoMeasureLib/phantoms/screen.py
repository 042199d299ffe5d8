"""What stands around an ultrasound picture: text, rulers, marks, bars, logo.

Drawn with Pillow's own font, in capitals, as scanners do. Colours are RGB.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.layout_parts import Colour, Layout, Sector

WHITE: Colour = (255, 255, 255)
GREY_TEXT: Colour = (150, 150, 150)


@functools.lru_cache(maxsize=16)
def _font(px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(px)


class Pen:
    """Draws furniture on one screen."""

    def __init__(self, layout: Layout, frame: Frame | None = None) -> None:
        """Starts on a copy of `frame`, or on black."""
        self.layout = layout
        size = (layout.columns, layout.rows)
        self.image = Image.new("RGB", size) if frame is None else Image.fromarray(frame)
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self,
        at: tuple[float, float],
        words: str,
        colour: Colour = WHITE,
        px: int | None = None,
        anchor: str = "la",
    ) -> None:
        """Words with their anchor (Pillow's letters, "la" = top left) at this pixel."""
        font = _font(px or self.layout.text_px)
        self._draw.text(at, words, fill=colour, font=font, anchor=anchor)

    def lines(self, at: tuple[int, int], rows: Sequence[str], colour: Colour = WHITE) -> None:
        """Text lines below one another."""
        step = round(1.25 * self.layout.text_px)
        for number, row in enumerate(rows):
            self.text((at[0], at[1] + number * step), row, colour)

    def line(
        self, points: Sequence[tuple[float, float]], colour: Colour = WHITE, width: int = 1
    ) -> None:
        """A line through these pixels."""
        self._draw.line(list(points), fill=colour, width=width)

    def box(self, box: Box, colour: Colour = WHITE) -> None:
        """The outline of a box."""
        self._draw.rectangle((box.x0, box.y0, box.x1, box.y1), outline=colour)

    def fill(self, box: Box, colour: Colour) -> None:
        """A filled box."""
        self._draw.rectangle((box.x0, box.y0, box.x1, box.y1), fill=colour)

    def dot(self, x: float, y: float, radius: float, colour: Colour = WHITE) -> None:
        """A filled circle around a pixel."""
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def plus(self, x: float, y: float, size: int = 14, colour: Colour = WHITE) -> None:
        """The mark of a placed caliper."""
        half = size / 2
        self.line([(x - half, y), (x + half, y)], colour)
        self.line([(x, y - half), (x, y + half)], colour)

    def cross(self, x: float, y: float, size: int = 14, colour: Colour = WHITE) -> None:
        """The other mark of a placed caliper."""
        half = size * 0.36
        self.line([(x - half, y - half), (x + half, y + half)], colour)
        self.line([(x - half, y + half), (x + half, y - half)], colour)

    def logo(self, at: tuple[int, int] | None = None) -> None:
        """A made-up maker's sign: a ring with a wave in it."""
        x, y = at or self.layout.logo
        radius = self.layout.logo_px / 2
        ring = (x - radius, y - radius, x + radius, y + radius)
        self._draw.ellipse(ring, outline=(90, 160, 220), width=max(1, round(radius / 4)))
        self.line([(x - radius / 2, y), (x, y - radius / 3), (x + radius / 2, y)], WHITE)

    def grey_bar(self, box: Box, label: str = "M3") -> None:
        """The grey scale, white at the top."""
        ramp = np.linspace(255, 0, box.height).astype(np.uint8)
        bar = np.repeat(np.repeat(ramp[:, None, None], box.width, 1), 3, 2)
        self.image.paste(Image.fromarray(bar), (box.x0, box.y0))
        self.box(box, (70, 70, 70))
        self.text((box.x0 - 2, box.y0 - 3), label, anchor="lb")

    def result(self) -> Frame:
        """What has been drawn, uint8 (rows, columns, 3)."""
        return np.array(self.image)


@dataclass(frozen=True, slots=True)
class Overlay:
    """Furniture that is drawn once and stamped on every frame of a cine."""

    _where: npt.NDArray[np.intp]
    _colours: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, picture: Frame) -> Overlay:
        """Everything of `picture` that is not black."""
        flat = picture.reshape(-1, 3)
        where = np.flatnonzero(flat[:, 0] | flat[:, 1] | flat[:, 2])
        return cls(where, flat[where])

    def stamp(self, frame: Frame) -> None:
        """Draw into a contiguous frame of the same size."""
        frame.reshape(-1, 3)[self._where] = self._colours


def bmode_furniture(
    layout: Layout,
    rng: np.random.Generator,
    cm_per_px: float,
    frame_rate: float,
    heart_rate: float | None = None,
) -> Overlay:
    """Text, depth ruler, focus mark, logo and grey bar of a B-mode screen.

    `cm_per_px` is that of the first sector; rulers of further panes use the same.
    """
    pen = Pen(layout)
    for sector in layout.sectors:
        _depth_ruler(pen, sector, cm_per_px, rng)
    depth = layout.sectors[0].radius * cm_per_px
    pen.lines(layout.text, fill_words(layout.words, rng, frame_rate, depth), (225, 225, 225))
    pen.logo()
    if layout.grey_bar and rng.random() < 0.9:
        pen.grey_bar(layout.grey_bar, rng.choice(["M3", "M2", "G1"]))
    if heart_rate is not None and layout.ecg is not None:
        _heart_rate(pen, layout, heart_rate)
    _button_bar(pen, layout)
    if rng.random() < 0.3:
        pen.text(layout.results, str(rng.choice(["S4", "ADULT ECHO", "TISSUE", "HARM"])), GREY_TEXT)
    return Overlay.of(pen.result())


def fill_words(
    words: Sequence[str], rng: np.random.Generator, frame_rate: float, depth: float
) -> list[str]:
    """The left column's lines with plausible numbers in them."""
    numbers = {"HZ": f"{frame_rate:.0f}", "CM": f"{depth:.0f}"}
    lines = []
    for word in words:
        if word.startswith("FR "):
            number = f"{frame_rate:.0f}"
        elif word.startswith("D "):
            number = f"{depth:.1f}"
        elif word.startswith(("MI", "TIS")):
            number = f"{rng.uniform(0.4, 1.4):.1f}"
        else:
            number = numbers.get(word[2:], str(int(rng.integers(40, 72))))
        lines.append(word.format(number))
    return lines


def _depth_ruler(pen: Pen, sector: Sector, cm_per_px: float, rng: np.random.Generator) -> None:
    """Dots one centimetre apart down the right, a longer one every five, and the focus."""
    x = min(round(sector.right_edge) + 6, pen.layout.columns - 8)
    depth = sector.radius * cm_per_px
    size = max(0.8, 1.4 * pen.layout.scale)
    for cm in range(int(depth) + 1):
        y = sector.apex[1] + cm / cm_per_px
        pen.dot(x, y, size * (1.8 if cm % 5 == 0 else 1.0), (215, 215, 215))
        if cm and cm % 5 == 0 and pen.layout.columns - x > 24:
            pen.text((x + 8, y), str(cm), GREY_TEXT, anchor="lm")
    focus = sector.apex[1] + rng.uniform(0.4, 0.75) * sector.radius
    half = 4 * pen.layout.scale
    pen.line([(x - half, focus - half), (x, focus), (x - half, focus + half)], (255, 220, 120), 2)


def _heart_rate(pen: Pen, layout: Layout, heart_rate: float) -> None:
    words = f"{heart_rate:.0f} BPM" if layout.columns < 1000 else f"{heart_rate:.0f} bpm"
    pen.text(layout.heart_rate, words)


def _button_bar(pen: Pen, layout: Layout) -> None:
    """The soft keys at the bottom of a hand-carried scanner."""
    if layout.button_bar is None:
        return
    bar = layout.button_bar
    pen.fill(bar, (28, 32, 40))
    keys = ("GEN", "THI", "CLIPS", "CALCS", "PAGE")
    step = bar.width / len(keys)
    for number, key in enumerate(keys):
        pen.text(
            (bar.x0 + (number + 0.5) * step, bar.y0 + bar.height / 2), key, GREY_TEXT, anchor="mm"
        )
