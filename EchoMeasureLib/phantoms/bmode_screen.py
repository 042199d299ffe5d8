"""What a B-mode phantom draws: sectors, colour, furniture and ECG on one screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.anatomy import Anatomy, Drawing
from EchoMeasureLib.phantoms.anatomy_apical import ApicalHeart
from EchoMeasureLib.phantoms.anatomy_others import ShortAxisMiddle, two_chamber
from EchoMeasureLib.phantoms.anatomy_plax import LongAxisView
from EchoMeasureLib.phantoms.anatomy_psax import ShortAxisBase
from EchoMeasureLib.phantoms.anatomy_subcostal import SubcostalVein
from EchoMeasureLib.phantoms.colour_flow import ColourBox
from EchoMeasureLib.phantoms.ecg import draw_ecg, ecg_wave
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk
from EchoMeasureLib.phantoms.lifelike_screen import (
    ScreenDress,
    maybe_mirrored,
    moved_sector,
    picture_top,
)
from EchoMeasureLib.phantoms.motion import HeartState, Motion
from EchoMeasureLib.phantoms.screen import Overlay, bmode_furniture
from EchoMeasureLib.phantoms.sector import ScanConverter, ScanPlane
from EchoMeasureLib.phantoms.speckle import Imager
from EchoMeasureLib.phantoms.window import Window, lifelike_window

ANATOMIES: Mapping[str, Callable[[np.random.Generator], Anatomy]] = {
    "plax": LongAxisView.sample,
    "a4c": ApicalHeart.sample,
    "psax": ShortAxisBase.sample,
    "subcostal": SubcostalVein.sample,
    "a2c": two_chamber,
    "psax_lv": ShortAxisMiddle.sample,
}

BMODE_VIEWS: tuple[str, ...] = ("plax", "a4c", "psax", "subcostal")
"""Ids of the views on which something is measured."""

_TRIES = 60
_COLOUR_ODDS = 0.06
"""Share of screens with a colour box."""
_LIFELIKE_COLOUR_ODDS = 0.16

Landmarks = dict[str, tuple[PixelPoint, PixelPoint]]


@dataclass(frozen=True, slots=True)
class Pane:
    """One sector of the screen with what it shows."""

    anatomy: Anatomy
    plane: ScanPlane
    imager: Imager
    top: int = 0
    """Rows of the screen above which nothing of it is shown."""

    @classmethod
    def sample(
        cls, view: str, layout: Layout, pane: int, rng: np.random.Generator, wanted: str | None
    ) -> Pane:
        """A random patient and window; with `wanted`, that structure is seen at end-diastole.

        Raises `InvalidArgument` when no patient out of many shows it.
        """
        rest = HeartState(0.0, 0.0, 0.0, 0.0)
        for _ in range(_TRIES):
            anatomy = _patient(view, layout, rng)
            depth = round(max(anatomy.depth_cm, layout.depth_cm[0]), 1)
            plane = ScanPlane.on(layout, layout.sectors[pane], depth)
            window = lifelike_window if layout.has(Quirk.LIFELIKE) else Window.sample
            imager = Imager(plane, window(rng))
            drawing = anatomy.draw(rest)
            top = picture_top(layout) if layout.has(Quirk.LIFELIKE) else 0
            shown = cls(anatomy, plane, imager, top)
            if wanted is None or wanted in shown.landmarks(drawing):
                return shown
        raise InvalidArgument(
            f"No {view} phantom out of {_TRIES} shows '{wanted}' on the layout {layout.name}.",
            "Choose another measurement, view or layout.",
        )

    def landmarks(self, drawing: Drawing) -> Landmarks:
        """End points of every structure that is seen, source pixels."""
        seen = {
            id: (self.plane.to_pixel(*p), self.plane.to_pixel(*q))
            for id, (p, q) in drawing.calipers.items()
            if self.imager.shows(*p) and self.imager.shows(*q)
        }
        return {id: ends for id, ends in seen.items() if min(end.y for end in ends) >= self.top}

    def paint(
        self, frame: Frame, drawing: Drawing, index: int, tint: npt.NDArray[np.uint8]
    ) -> None:
        """Draw the sector into a frame of the screen.

        `tint`: (256, 3), the colours of the grey levels.
        """
        converter = ScanConverter.of(self.plane)
        picture = converter.convert(self.imager.image(drawing, index))
        box = converter.box
        patch = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
        for channel in range(3):
            patch[..., channel] = tint[:, channel].take(picture)


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything that one study or one training frame draws."""

    layout: Layout
    panes: tuple[Pane, ...]
    tint: npt.NDArray[np.uint8]
    furniture: Overlay
    motion: Motion
    sweep: float
    """ECG pixels per second."""
    colour: ColourBox | None
    dress: ScreenDress | None = None
    """What a lifelike screen adds."""

    @classmethod
    def sample(
        cls,
        view: str,
        layout: Layout,
        motion: Motion,
        rate: float,
        rng: np.random.Generator,
        wanted: str | None,
    ) -> Screen:
        """A random screen of a view: patient, window, furniture and colour.

        `rate`: frames per second, as it is written on the screen. With `wanted`, that structure is
        seen at end-diastole; raises `InvalidArgument` when no patient out of many shows it.
        """
        lifelike = layout.has(Quirk.LIFELIKE)
        if lifelike:
            layout = moved_sector(layout, rng)
        panes = [Pane.sample(view, layout, 0, rng, wanted)]
        if len(layout.sectors) > 1:
            others = [other for other in BMODE_VIEWS if other != view]
            panes.append(Pane.sample(str(rng.choice(others)), layout, 1, rng, None))
        furniture = bmode_furniture(layout, rng, panes[0].plane.delta_y, rate, motion.rhythm.rate)
        sweep = 75.0 * layout.scale * float(rng.uniform(0.8, 1.4))
        odds = _LIFELIKE_COLOUR_ODDS if lifelike else _COLOUR_ODDS
        colour = ColourBox.sample(rng) if rng.random() < odds else None
        screen = cls(layout, tuple(panes), _tint(rng), furniture, motion, sweep, colour)
        rest = panes[0].anatomy.draw(motion.state(0.0))
        return screen.dressed(panes[0].landmarks(rest), rng) if lifelike else screen

    def dressed(self, landmarks: Landmarks, rng: np.random.Generator) -> Screen:
        """The same screen, if it is a lifelike one, with calipers on or beside these landmarks."""
        if not self.layout.has(Quirk.LIFELIKE):
            return self
        return replace(self, dress=ScreenDress.sample(rng, self.layout, landmarks))

    def frame(self, time: float, index: int, drawing: Drawing | None = None) -> Frame:
        """The screen at a time (s), uint8 (rows, columns, 3).

        `drawing` is that of the first pane if it is known.
        """
        frame: Frame = np.zeros((self.layout.rows, self.layout.columns, 3), np.uint8)
        for number, pane in enumerate(self.panes):
            known = drawing if number == 0 else None
            what = known or pane.anatomy.draw(self.motion.state(time))
            pane.paint(frame, what, index, self.tint)
            if self.colour and number == 0:
                blood = pane.imager.blood(what)
                self.colour.paint(frame, pane.plane, blood, self.motion.state(time))
        self.furniture.stamp(frame)
        grey = self.layout.grey_bar
        if self.colour and grey:
            ColourBox.bar(frame, replace(grey, x0=grey.x1 + 3, x1=grey.x1 + 3 + grey.width))
        self._ecg(frame, time)
        if self.dress is None:
            return frame
        return self.dress.finish(frame, self.layout, self.panes[0].plane.delta_y)

    def _ecg(self, frame: Frame, time: float) -> None:
        """The trace writes itself from left to right and over its own past."""
        region = self.layout.has(Quirk.ECG_REGION)
        box = self.layout.ecg_region if region else self.layout.ecg
        if box is None:
            return
        column = np.arange(box.width)
        head = int((time + 50.0) * self.sweep) % box.width
        age = (head - column) % box.width / self.sweep
        wave = ecg_wave(time - age, self.motion.rhythm)
        gap = max(6, round(12 * self.layout.scale))
        draw_ecg(frame, box, wave[: head + 1])
        if head + gap < box.width - 1:
            draw_ecg(frame, box, wave[head + gap :], first=head + gap)


def _patient(view: str, layout: Layout, rng: np.random.Generator) -> Anatomy:
    if not layout.has(Quirk.LIFELIKE):
        return ANATOMIES[view](rng)
    make = LongAxisView.lifelike if view == "plax" else ANATOMIES[view]
    return maybe_mirrored(make(rng), rng)


def _tint(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """(256, 3) colours of the grey scale; a third of the screens are slightly tinted."""
    grey = np.arange(256, dtype=float)[:, None]
    share = grey / 255
    kind = rng.random()
    bend = np.zeros(3)
    if kind < 0.18:
        bend = np.array([0.16, 0.05, -0.18]) * rng.uniform(0.4, 1.2)
    elif kind < 0.33:
        bend = np.array([-0.16, -0.02, 0.14]) * rng.uniform(0.4, 1.2)
    colours = grey * (1 + bend * (1 - share))
    return np.asarray(np.clip(colours + 0.5, 0, 255), np.uint8)
