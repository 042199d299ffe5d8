"""Drawn parasternal frames with true calipers, and with those that a reader puts wrongly.

LVID ends on the anterior mitral leaflet where that is drawn, LVPW and IVS halfway through the wall.
The true ones are jittered as a network's are (`long_axis_frames`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from long_axis_frames import ACROSS_CM, ALONG_CM

from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.phantoms.anatomy import Mirrored, Pose
from EchoMeasureLib.phantoms.anatomy_plax import LongAxisView
from EchoMeasureLib.phantoms.anatomy_plax_moment import LongAxisMoment
from EchoMeasureLib.phantoms.bmode_screen import Screen
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.motion import Motion, systole_s

Ends = tuple[PixelPoint, PixelPoint]
LEAST_CM = 0.35
"""By which a wrong caliper is wrong at least."""
SHORTEST_CM = 1.0
"""A shorter cavity is no plausible one."""
WHEN = ("ED", "ES", "open")
"""End-diastole, end-systole, and early diastole with the mitral valve open."""


@dataclass(frozen=True, slots=True)
class DrawnFrame:
    """One frame of one heart."""

    frame: Frame
    region: Region
    true: Mapping[str, Ends]
    """What is seen, by id; as a network puts it."""
    wrong: Mapping[str, tuple[str, Ends]]
    """What is read wrongly: in which words, with the id and the points."""
    contraction: float
    """0 at end-diastole, 1 at end-systole."""
    time: float
    """s."""


def draw_frames(seed: int, when: Sequence[str | float], *, lifelike: bool) -> list[DrawnFrame]:
    """Frames of one beat of one heart: at one of `WHEN`, or at this share of the beat.

    The seed draws heart, screen, window and jitter.
    """
    rng = np.random.default_rng([seed, 991])
    layout = list(LAYOUTS.values())[seed % len(LAYOUTS)]
    layout = layout.with_quirks(Quirk.LIFELIKE) if lifelike else layout
    motion = Motion.sample(rng, 2.0, 60 / float(rng.uniform(45, 130)))
    screen = Screen.sample("plax", layout, motion, 30.0, rng, "lvid")
    part = float(rng.uniform(0.45, 0.95))
    """Where along the leaflet it is taken for a wall."""
    return [_drawn(screen, motion, _time(motion, one), part, rng) for one in when]


def _drawn(
    screen: Screen, motion: Motion, time: float, part: float, rng: np.random.Generator
) -> DrawnFrame:
    pane, layout = screen.panes[0], screen.layout
    state, drawing = motion.state(time), pane.anatomy.draw(motion.state(time))
    view = pane.anatomy
    side = -1.0 if isinstance(view, Mirrored) else 1.0
    view = view.anatomy if isinstance(view, Mirrored) else view
    assert isinstance(view, LongAxisView)
    heart, moment = view.heart, LongAxisMoment(view.heart, state)
    forward = Pose(0.0, (0.0, -0.35 * heart.lvid * heart.shortening * state.contraction))

    def shown(ends: npt.NDArray[np.float64]) -> Ends:
        p, q = heart.pose.place(forward.place(ends)) * np.array([side, 1.0])
        return pane.plane.to_pixel(*p), pane.plane.to_pixel(*q)

    true = {
        id: shown(_jittered(np.array(moment.calipers()[id], float), rng))
        for id in pane.landmarks(drawing)
        if id in moment.calipers()
    }
    wrong = {
        words: (id, shown(_jittered(ends, rng)))
        for words, (id, ends) in _wrong(moment, part).items()
        if id in true
    }
    delta = pane.plane.delta_x, pane.plane.delta_y
    whole = Box(0, 0, layout.columns - 1, layout.rows - 1)
    region = Region(0, RegionKind.TWO_D, whole, ("cm", "cm"), delta)
    frame = screen.frame(time, 0, drawing)
    return DrawnFrame(frame, region, true, wrong, state.contraction, time)


def _time(motion: Motion, when: str | float) -> float:
    wave = next(wave for wave in motion.rhythm.r_waves if wave >= 0)
    _, rr = motion.beat_at(wave + 1e-6)
    systole = systole_s(rr)
    if not isinstance(when, str):
        return wave + when * rr
    return {
        "ED": wave,
        "ES": wave + systole - 0.02,
        "open": wave + systole + 0.18 * (rr - systole),
    }[when]


def _wrong(moment: LongAxisMoment, part: float) -> dict[str, tuple[str, npt.NDArray[np.float64]]]:
    found = {}
    leaf = moment.valves()[-4].outline
    half = len(leaf) // 2
    line = (leaf[:half] + leaf[half:][::-1]) / 2
    x, z = line[int(part * half)]
    top, bottom = float(-moment.septal(np.array(x))), float(moment.posterior(np.array(x)))
    if bottom - z > LEAST_CM and z - top > SHORTEST_CM:
        found["septum to leaflet"] = ("lvid", np.array([(x, top), (x, z)]))
    if moment.state.mitral > 0.5 and z - top > LEAST_CM and bottom - z > SHORTEST_CM:
        found["leaflet to posterior wall"] = ("lvid", np.array([(x, z), (x, bottom)]))
    for id, words in (("lvpw", "half of the posterior wall"), ("ivs", "half of the septum")):
        inner, outer = (np.array(end, float) for end in moment.calipers()[id])
        if float(np.linalg.norm(outer - inner)) > 2 * LEAST_CM:
            found[words] = (id, np.array([inner, (inner + outer) / 2]))
    return found


def _jittered(ends: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    across = np.array([-along[1], along[0]])
    slip, errors = rng.normal(0, ALONG_CM), rng.normal(0, ACROSS_CM, (2, 1))
    return np.asarray(ends + slip * across + errors * along)
