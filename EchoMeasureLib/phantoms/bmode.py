"""B-mode phantoms: whole cines for files and tests, single frames for training.

`bmode_study` gives a `PhantomStudy` that draws its frames on demand;
`bmode_frame` gives one random frame with its true landmarks, at a fraction of
the cost of a study.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Frame
from EchoMeasureLib.phantoms.anatomy import Anatomy, Drawing
from EchoMeasureLib.phantoms.anatomy_apical import ApicalHeart
from EchoMeasureLib.phantoms.anatomy_others import ShortAxisMiddle, two_chamber
from EchoMeasureLib.phantoms.anatomy_plax import LongAxisHeart
from EchoMeasureLib.phantoms.anatomy_psax import ShortAxisBase
from EchoMeasureLib.phantoms.anatomy_subcostal import SubcostalVein
from EchoMeasureLib.phantoms.calibration import ecg_region, two_d_region
from EchoMeasureLib.phantoms.colour_flow import ColourBox
from EchoMeasureLib.phantoms.ecg import draw_ecg, ecg_wave
from EchoMeasureLib.phantoms.layouts import Layout, Quirk
from EchoMeasureLib.phantoms.motion import HeartState, Motion, systole_s
from EchoMeasureLib.phantoms.screen import Overlay, bmode_furniture
from EchoMeasureLib.phantoms.sector import ScanConverter, ScanPlane
from EchoMeasureLib.phantoms.speckle import Imager, Window
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import frame_truth, truth_document

_ANATOMIES: Mapping[str, Callable[[np.random.Generator], Anatomy]] = {
    "plax": LongAxisHeart.sample,
    "a4c": ApicalHeart.sample,
    "psax": ShortAxisBase.sample,
    "subcostal": SubcostalVein.sample,
    "a2c": two_chamber,
    "psax_lv": ShortAxisMiddle.sample,
}

BMODE_VIEWS: tuple[str, ...] = ("plax", "a4c", "psax", "subcostal")
"""Ids of the views on which something is measured."""

NEGATIVE_VIEWS: tuple[str, ...] = ("a2c", "psax_lv")
"""Views on which nothing is measured."""

BMODE_MEASUREMENTS: Mapping[str, str] = MappingProxyType(
    {
        "ivs": "plax",
        "lvid": "plax",
        "lvpw": "plax",
        "aorta": "plax",
        "aortic_root": "plax",
        "la": "plax",
        "rv_base": "a4c",
        "pa": "psax",
        "ivc": "subcostal",
    }
)
"""The view in which each measurement is drawn."""

_SHOWN = {"plax": "lvid", "a4c": "rv_base", "psax": "pa", "subcostal": "ivc"}
"""What a study of a view shows when nothing is asked for."""

_LONGEST_CINE = 120
_TRIES = 60
_COLOUR_ODDS = 0.06
"""Share of screens with a colour box."""

Landmarks = dict[str, tuple[PixelPoint, PixelPoint]]


@dataclass(frozen=True, slots=True)
class _Pane:
    """One sector of the screen with what it shows."""

    anatomy: Anatomy
    plane: ScanPlane
    imager: Imager

    @classmethod
    def sample(
        cls, view: str, layout: Layout, pane: int, rng: np.random.Generator, wanted: str | None
    ) -> _Pane:
        """A random patient and window; with `wanted`, that structure is seen at end-diastole."""
        rest = HeartState(0.0, 0.0, 0.0, 0.0)
        for _ in range(_TRIES):
            anatomy = _ANATOMIES[view](rng)
            depth = round(max(anatomy.depth_cm, layout.depth_cm[0]), 1)
            plane = ScanPlane.on(layout, layout.sectors[pane], depth)
            imager = Imager(plane, Window.sample(rng))
            drawing = anatomy.draw(rest)
            shown = cls(anatomy, plane, imager)
            if wanted is None or wanted in shown.landmarks(drawing):
                return shown
        raise InvalidArgument(
            f"No {view} phantom out of {_TRIES} shows '{wanted}' on the layout {layout.name}.",
            "Choose another measurement, view or layout.",
        )

    def landmarks(self, drawing: Drawing) -> Landmarks:
        """End points of every structure that is seen, source pixels."""
        return {
            id: (self.plane.to_pixel(*p), self.plane.to_pixel(*q))
            for id, (p, q) in drawing.calipers.items()
            if self.imager.shows(*p) and self.imager.shows(*q)
        }

    def paint(
        self, frame: Frame, drawing: Drawing, index: int, tint: npt.NDArray[np.uint8]
    ) -> None:
        """Draw the sector into a frame of the screen."""
        converter = ScanConverter.of(self.plane)
        picture = converter.convert(self.imager.image(drawing, index))
        box = converter.box
        patch = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
        for channel in range(3):
            patch[..., channel] = tint[:, channel].take(picture)


@dataclass(frozen=True, slots=True)
class _Screen:
    """Everything that one study or one training frame draws."""

    layout: Layout
    panes: tuple[_Pane, ...]
    tint: npt.NDArray[np.uint8]
    furniture: Overlay
    motion: Motion
    sweep: float
    """ECG pixels per second."""
    colour: ColourBox | None

    @classmethod
    def sample(
        cls,
        view: str,
        layout: Layout,
        motion: Motion,
        rate: float,
        rng: np.random.Generator,
        wanted: str | None,
    ) -> _Screen:
        panes = [_Pane.sample(view, layout, 0, rng, wanted)]
        if len(layout.sectors) > 1:
            others = [other for other in BMODE_VIEWS if other != view]
            panes.append(_Pane.sample(str(rng.choice(others)), layout, 1, rng, None))
        furniture = bmode_furniture(layout, rng, panes[0].plane.delta_y, rate, motion.rhythm.rate)
        sweep = 75.0 * layout.scale * float(rng.uniform(0.8, 1.4))
        colour = ColourBox.sample(rng) if rng.random() < _COLOUR_ODDS else None
        return cls(layout, tuple(panes), _tint(rng), furniture, motion, sweep, colour)

    def frame(self, time: float, index: int, drawing: Drawing | None = None) -> Frame:
        """The screen at a time; `drawing` is that of the first pane if it is known."""
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
        return frame

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


def bmode_study(
    view: str,
    layout: Layout,
    seed: int,
    *,
    measurement: str | None = None,
    frames: int | None = None,
) -> PhantomStudy:
    """A cine of two beats or more (subcostal: about a breath), 20-90 frames per second.

    With `measurement` that structure is seen at end-diastole, otherwise the view's
    first one. `frames` fixes the
    length. Raises `InvalidArgument` for an unknown view, or one that does not show
    the measurement.
    """
    _check(view, measurement)
    rng = np.random.default_rng([seed, list(_ANATOMIES).index(view)])
    rr = 60.0 / float(rng.uniform(45, 130))
    span = float(rng.uniform(3.2, 5.5)) if view == "subcostal" else float(rng.uniform(2.3, 4)) * rr
    fastest = min(90.0, max(20.0, _LONGEST_CINE / span))
    rate = round(float(rng.uniform(20, fastest)), 1)
    count = frames or max(2, min(_LONGEST_CINE, round(span * rate)))
    times = _frame_times(layout, count, rate, rng)
    motion = Motion.sample(rng, times[-1] + 0.1, rr)
    screen = _Screen.sample(view, layout, motion, rate, rng, measurement or _SHOWN.get(view))
    pane = screen.panes[0]
    pane.imager.reference = pane.anatomy.draw(motion.state(0.0)).anchors()
    truth = _truth(pane, motion, times)
    name = f"{view}_{layout.name}_{seed:04d}"
    facts = dict(pane.anatomy.facts) | {
        "depth_cm": pane.plane.depth_cm,
        "heart_rate_bpm": round(motion.rhythm.rate, 1),
        "sinus_rhythm": motion.rhythm.sinus,
        "frame_rate_hz": rate,
    }
    document = truth_document(name, view, layout.name, seed, truth, _beats(motion, times), facts)
    return PhantomStudy(
        name,
        view,
        layout,
        seed,
        tuple(truth),
        times,
        motion.rhythm.within(times[-1]),
        _regions(screen),
        document,
        lambda index: screen.frame(times[index], index),
        motion.rhythm.rate,
        "P4-2",
    )


def bmode_frame(
    view: str,
    layout: Layout,
    rng: np.random.Generator,
    *,
    measurement: str | None = None,
) -> tuple[Frame, Landmarks]:
    """One random frame, uint8 (rows, columns, 3) RGB, and what can be measured on it.

    Landmarks are source pixels by measurement id, in the order of the catalog's
    points, on the first pane. About half the frames are near end-diastole, a fifth
    near end-systole; `measurement` makes sure that it is seen at end-diastole.
    """
    _check(view, measurement)
    motion = Motion.sample(rng, 2.0, 60.0 / float(rng.uniform(45, 130)))
    screen = _Screen.sample(view, layout, motion, float(rng.uniform(20, 90)), rng, measurement)
    time = _training_time(motion, rng)
    pane = screen.panes[0]
    drawing = pane.anatomy.draw(motion.state(time))
    return screen.frame(time, 0, drawing), pane.landmarks(drawing)


def _check(view: str, measurement: str | None) -> None:
    if view not in _ANATOMIES:
        raise InvalidArgument(
            f"There is no B-mode phantom of '{view}'.", f"Known views: {', '.join(_ANATOMIES)}."
        )
    if measurement is not None and BMODE_MEASUREMENTS.get(measurement) != view:
        raise InvalidArgument(
            f"The {view} phantom does not show '{measurement}'.",
            "Measurements by view: "
            + ", ".join(f"{id} ({shown})" for id, shown in BMODE_MEASUREMENTS.items())
            + ".",
        )


def _training_time(motion: Motion, rng: np.random.Generator) -> float:
    waves = [wave for wave in motion.rhythm.r_waves[:-1] if wave >= 0]
    wave = float(rng.choice(waves)) if waves else motion.rhythm.r_waves[0]
    _, rr = motion.beat_at(wave + 1e-6)
    choice = rng.random()
    if choice < 0.5:
        return wave + float(rng.uniform(-0.04, 0.05))
    if choice < 0.7:
        return wave + systole_s(rr) + float(rng.uniform(-0.04, 0.02))
    return wave + rr * float(rng.random())


def _frame_times(
    layout: Layout, count: int, rate: float, rng: np.random.Generator
) -> tuple[float, ...]:
    steps = np.full(count - 1, 1 / rate)
    if layout.has(Quirk.FRAME_TIME_VECTOR):
        steps *= rng.uniform(0.94, 1.06, count - 1)
    steps = np.round(steps, 6)
    return (0.0, *(float(round(time, 6)) for time in np.cumsum(steps)))


def _truth(pane: _Pane, motion: Motion, times: tuple[float, ...]) -> dict[str, dict[int, Any]]:
    found: dict[str, dict[int, Any]] = {}
    delta = (pane.plane.delta_x, pane.plane.delta_y)
    for index, time in enumerate(times):
        drawing = pane.anatomy.draw(motion.state(time))
        for id, ends in pane.landmarks(drawing).items():
            p, q = (PixelPoint(round(end.x, 3), round(end.y, 3)) for end in ends)
            value = float(np.hypot((q.x - p.x) * delta[0], (q.y - p.y) * delta[1]))
            found.setdefault(id, {})[index] = frame_truth((p, q), value, "cm")
    order = [id for id in BMODE_MEASUREMENTS if id in found]
    return {id: found[id] for id in order}


def _beats(motion: Motion, times: tuple[float, ...]) -> list[dict[str, Any]]:
    """ED: the frame of least contraction next to each R wave; ES: of most before the next."""
    clock = np.array(times)
    contraction = np.array([motion.state(time).contraction for time in times])
    beats: list[dict[str, Any]] = []
    for wave in motion.rhythm.within(times[-1]):
        _, rr = motion.beat_at(wave + 1e-4)
        near = np.flatnonzero((clock >= wave - 0.08) & (clock <= wave + 0.06))
        later = np.flatnonzero((clock > wave + 0.1) & (clock < wave + 0.75 * rr))
        ed = es = None
        if near.size:
            # Of frames equally relaxed, the one nearest to the R wave.
            score = contraction[near] + 1e-4 * np.abs(clock[near] - wave)
            ed = int(near[score.argmin()])
        if later.size and wave + systole_s(rr) <= times[-1]:
            es = int(later[contraction[later].argmax()])
        beats.append({"ed": ed, "es": es, "r_wave_s": wave})
    return beats


def _regions(screen: _Screen) -> tuple[Any, ...]:
    layout = screen.layout
    items = [
        two_d_region(
            layout,
            sector.box,
            (pane.plane.delta_x, pane.plane.delta_y),
            colour=screen.colour is not None and number == 0,
        )
        for number, (sector, pane) in enumerate(zip(layout.sectors, screen.panes, strict=True))
    ]
    if layout.has(Quirk.ECG_REGION):
        items.append(ecg_region(layout, layout.ecg_region, 1 / screen.sweep))
    return tuple(items)


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
