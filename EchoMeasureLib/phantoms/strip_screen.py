"""The screen around a spectral or M-mode strip: inset, ECG, scales, text, results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.doppler_paint import Brightness
from EchoMeasureLib.phantoms.ecg import GREEN, Floats, Rhythm, draw_ecg, ecg_wave
from EchoMeasureLib.phantoms.inset import draw_cursor, draw_inset
from EchoMeasureLib.phantoms.layout_parts import Colour, Layout
from EchoMeasureLib.phantoms.screen import Pen, fill_words
from EchoMeasureLib.phantoms.strip_dress import StripDress

_TINTS = ((1.0, 1.0, 1.0), (1.0, 0.93, 0.78), (0.84, 0.93, 1.0), (1.0, 0.97, 0.9))
_TINT_ODDS = (0.7, 0.12, 0.08, 0.1)


@dataclass(frozen=True, slots=True)
class Axis:
    """The vertical scale of a strip."""

    zero: float
    """Image row of zero."""
    per_px: float
    """Unit per pixel downwards, signed."""
    unit: str
    """As written on the screen: "cm/s" or "cm"."""
    signed: bool
    """Whether numbers below zero carry a minus."""
    step: float | None = None
    """Between ticks, with a number at every fifth; None: a round step with a number at each."""


@dataclass(frozen=True, slots=True)
class StripScreen:
    """What a strip's screen shows beside the strip itself."""

    layout: Layout
    axis: Axis
    rhythm: Rhythm
    seconds_per_px: float
    end: int
    """Column, counted from the strip's left, at which the trace stops."""
    sweep: int
    """mm/s as written."""
    words: tuple[str, ...]
    """Lines over the strip's left edge."""
    results: tuple[str, ...] = ()
    marks: tuple[PixelPoint, ...] = ()
    """Image points that carry a white plus."""
    baseline: bool = True
    colour_flow: bool = False
    gate: bool = True
    dress: StripDress | None = None
    """What a lifelike screen adds and changes."""

    def draw(self, strip: Brightness, rng: np.random.Generator) -> Frame:
        """The whole screen (rows, columns, 3) uint8 around a strip of brightness 0 to 1."""
        layout = self.layout
        frame: Frame = np.zeros((layout.rows, layout.columns, 3), np.uint8)
        draw_inset(frame, layout.strip.inset, rng, colour_flow=self.colour_flow)
        self._lay(frame, strip, _TINTS[rng.choice(len(_TINTS), p=_TINT_ODDS)])
        self._ecg(frame, rng)
        pen = Pen(layout, frame)
        draw_cursor(pen, layout.strip.inset, rng, gate=self.gate, colour_flow=self.colour_flow)
        self._vertical_scale(pen)
        self._time_scale(pen)
        self._texts(pen, rng)
        for x, y in self.marks:
            pen.plus(x, y, round(14 * max(0.6, layout.scale)))
        if self.dress is None:
            return pen.result()
        self.dress.draw(pen, self.seconds_per_px, self.end)
        return self.dress.wear.apply(pen.result())

    def _lay(self, frame: Frame, strip: Brightness, tint: Sequence[float]) -> None:
        box = self.layout.strip.box
        # A short trace leaves the rest of the strip black.
        strip[:, self.end :] = 0
        grey: npt.NDArray[np.uint8] = (strip * np.float32(255)).astype(np.uint8)
        view = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
        for channel, factor in enumerate(tint):
            view[..., channel] = grey if factor == 1 else (grey * np.float32(factor))
        if self.baseline:
            row, half = round(self.axis.zero), 1 if self.layout.rows >= 600 else 0
            colour = self.layout.baseline
            if self.dress is not None:
                half, colour = self.dress.baseline_half, self.dress.baseline
            frame[row - half : row + half + 1, box.x0 : box.x1 + 1] = colour

    def _ecg(self, frame: Frame, rng: np.random.Generator) -> None:
        band = self.layout.strip.ecg
        if band is None:
            return
        times: Floats = np.arange(self.end, dtype=np.float64) * self.seconds_per_px
        colour = GREEN if rng.random() < 0.85 else (40, 235, 60)
        width = 2 if rng.random() < 0.4 or self.layout.rows > 1000 else 1
        if self.dress is not None:
            colour = self.dress.ecg
            shift = round(self.dress.ecg_shift * self.layout.strip.box.height)
            band = replace(band, y0=band.y0 + shift, y1=band.y1 + shift)
        draw_ecg(frame, band, ecg_wave(times, self.rhythm), thickness=width, colour=colour)

    def _vertical_scale(self, pen: Pen) -> None:
        box, x = self.layout.strip.box, self.layout.strip.tick_x
        step = self.axis.step or nice_step(abs(self.axis.per_px) * box.height / 7)
        numbered = 5 if self.axis.step else 1
        long = max(4, round(10 * self.layout.scale))
        px = round(0.85 * self.layout.text_px)
        ends = ((row - self.axis.zero) * self.axis.per_px for row in (box.y0 + 4, box.y1 - 4))
        low, high = sorted(ends)
        for number in range(int(np.ceil(low / step)), int(high / step) + 1):
            y = self.axis.zero + number * step / self.axis.per_px
            pen.line([(x, y), (x + long, y)])
            if number and number % numbered == 0 and abs(y - self.axis.zero) > px:
                value = number * step if self.axis.signed else abs(number * step)
                words = f"{value:g}"
                pen.text((x + long + 4, y), words, px=px, anchor="lm")
        if self.axis.signed:
            pen.text((x + long + 4, self.axis.zero), self.axis.unit, px=px, anchor="lm")

    def _time_scale(self, pen: Pen) -> None:
        box = self.layout.strip.box
        short = max(3, round(6 * self.layout.scale))
        for number in range(int(box.width * self.seconds_per_px / 0.2) + 1):
            x = box.x0 + number * 0.2 / self.seconds_per_px
            long = 2 * short if number % 5 == 0 else short
            pen.line([(x, box.y1 - long), (x, box.y1)], (200, 200, 200))

    def _texts(self, pen: Pen, rng: np.random.Generator) -> None:
        layout, box = self.layout, self.layout.strip.box
        light: Colour = (225, 225, 225)
        top = fill_words(layout.words, rng, rng.uniform(12, 60), rng.uniform(12, 18))
        pen.lines(layout.text, top, light)
        pen.lines((min(layout.text[0], 14) + 2, box.y0 + round(0.1 * box.height)), self.words)
        pen.logo(
            (layout.strip.inset.x0 + layout.strip.inset.width // 2 + 30, layout.strip.inset.y0 + 8)
        )
        if layout.grey_bar:
            pen.grey_bar(layout.grey_bar)
        foot = min(box.y1 + 5, layout.rows - layout.text_px - 3)
        pen.text((box.x0 + 0.62 * box.width, foot), f"{self.sweep}mm/s", light)
        rate = self.rhythm.rate if rng.random() < 0.85 else rng.uniform(40, 120)
        pen.text((box.x0 + 0.84 * box.width, foot), f"{rate:.0f}bpm", light)
        pen.lines(layout.results, self.results)
        if layout.button_bar:
            pen.fill(layout.button_bar, (28, 32, 40))


def nice_step(rough: float) -> float:
    """The nearest of 1, 2, 5, 10, 20 ... above a rough step between ticks."""
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough))
