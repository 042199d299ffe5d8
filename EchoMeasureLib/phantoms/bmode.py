"""B-mode phantoms: whole cines for files and tests, single frames for training.

`bmode_study` gives a `PhantomStudy` that draws its frames on demand;
`bmode_frame` gives one random frame with its true landmarks, at a fraction of
the cost of a study.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.bmode_screen import (
    ANATOMIES,
    Landmarks,
    Pane,
    Screen,
)
from EchoMeasureLib.phantoms.calibration import ecg_region, two_d_region
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk
from EchoMeasureLib.phantoms.motion import Motion, systole_s
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import frame_truth, truth_document

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
    rng = np.random.default_rng([seed, list(ANATOMIES).index(view)])
    rr = 60.0 / float(rng.uniform(45, 130))
    span = float(rng.uniform(3.2, 5.5)) if view == "subcostal" else float(rng.uniform(2.3, 4)) * rr
    fastest = min(90.0, max(20.0, _LONGEST_CINE / span))
    rate = round(float(rng.uniform(20, fastest)), 1)
    count = frames or max(2, min(_LONGEST_CINE, round(span * rate)))
    times = _frame_times(layout, count, rate, rng)
    motion = Motion.sample(rng, times[-1] + 0.1, rr)
    screen = Screen.sample(view, layout, motion, rate, rng, measurement or _SHOWN.get(view))
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
        screen.layout,
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
    screen = Screen.sample(view, layout, motion, float(rng.uniform(20, 90)), rng, measurement)
    time = _training_time(motion, rng)
    pane = screen.panes[0]
    drawing = pane.anatomy.draw(motion.state(time))
    landmarks = pane.landmarks(drawing)
    return screen.dressed(landmarks, rng).frame(time, 0, drawing), landmarks


def _check(view: str, measurement: str | None) -> None:
    if view not in ANATOMIES:
        raise InvalidArgument(
            f"There is no B-mode phantom of '{view}'.", f"Known views: {', '.join(ANATOMIES)}."
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


def _truth(pane: Pane, motion: Motion, times: tuple[float, ...]) -> dict[str, dict[int, Any]]:
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


def _regions(screen: Screen) -> tuple[Any, ...]:
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
