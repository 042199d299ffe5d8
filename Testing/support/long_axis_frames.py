"""Calipers of phantom hearts over time without drawing them: true, jittered, or put wrongly.

The hearts and their motion are those of the drawn phantoms. Lengths in cm of the probe's own
frame; one pixel is `PIXEL_CM`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.phantoms.anatomy import Drawing, Pose
from EchoMeasureLib.phantoms.anatomy_plax_heart import LongAxisHeart
from EchoMeasureLib.phantoms.anatomy_plax_moment import LongAxisMoment
from EchoMeasureLib.phantoms.ecg import draw_rhythm
from EchoMeasureLib.phantoms.motion import Motion

PIXEL_CM = 0.03
ACROSS_CM, ALONG_CM = 0.02, 0.08
"""Standard deviation of a network's points across a wall and along it, from frame to frame."""

Ends = npt.NDArray[np.float64]
"""(2, 2): both ends, x and z in cm."""
Lines = dict[str, Ends]


@dataclass(frozen=True, slots=True)
class LongAxisClip:
    """One clip of one heart."""

    times: tuple[float, ...]
    frames: tuple[Lines, ...]
    """What is measured on each frame, by id."""
    wrong: tuple[Lines, ...]
    """Where those are read that are read wrongly: root and ascending aorta at the annulus, the
    diameter at the tip of the anterior leaflet, half of the posterior wall."""
    contraction: tuple[float, ...]
    """0 at end-diastole, 1 at end-systole."""
    r_waves: tuple[float, ...]


def long_axis_clip(
    seed: int,
    fps: float,
    *,
    beats: float = 3.0,
    bpm: float | None = None,
    sinus: bool = True,
    lifelike: bool = False,
    jitter: float = 0.0,
) -> LongAxisClip:
    """A clip of so many beats. `jitter` scales what a network adds to the truth."""
    rng = np.random.default_rng([seed, 78])
    heart = LongAxisHeart.lifelike(rng) if lifelike else LongAxisHeart.sample(rng)
    rate = bpm or float(rng.uniform(45, 130))
    count = max(2, round(beats * 60 / rate * fps) + 1)
    times = tuple(i / fps for i in range(count))
    motion = Motion(draw_rhythm(rng, times[-1] + 0.1, rate, sinus=sinus), 4.0, 0.0)
    mirror = lifelike and bool(rng.random() < 0.5)
    right, wrong, contraction = [], [], []
    for time in times:
        state = motion.state(time)
        moment = LongAxisMoment(heart, state)
        forward = Pose(0.0, (0.0, -0.35 * heart.lvid * heart.shortening * state.contraction))
        lines = {id: np.array(ends, float) for id, ends in moment.calipers().items()}
        placed, misplaced = (
            _placed(lines, heart.pose, forward, mirror) for lines in (lines, _wrong(moment, lines))
        )
        right.append(_jittered(placed, rng, jitter))
        wrong.append(_jittered(misplaced, rng, jitter))
        contraction.append(state.contraction)
    waves = motion.rhythm.within(times[-1])
    return LongAxisClip(times, tuple(right), tuple(wrong), tuple(contraction), waves)


def _wrong(moment: LongAxisMoment, true: Mapping[str, Ends]) -> Lines:
    annulus = np.array(
        [moment.aortic.place(np.array([0.0, side * moment.annulus / 2])) for side in (-1, 1)]
    )
    top, bottom = true["lvid"]
    # The anterior leaflet hangs about a third to a half of the way down the cavity.
    leaflet = np.array([top, top + 0.55 * (bottom - top)])
    endo, epi = true["lvpw"]
    return {
        "aortic_root": annulus,
        "aorta": annulus.copy(),
        "lvid": leaflet,
        "lvpw": np.array([endo, endo + 0.5 * (epi - endo)]),
    }


def _placed(lines: Lines, pose: Pose, forward: Pose, mirror: bool) -> Lines:
    drawing = Drawing((), (), {id: (ends[0], ends[1]) for id, ends in lines.items()})
    there = pose.place_all(forward.place_all(drawing)).calipers
    side = np.array([-1.0 if mirror else 1.0, 1.0])
    return {id: np.array(ends) * side for id, ends in there.items()}


def _jittered(lines: Lines, rng: np.random.Generator, jitter: float) -> Lines:
    found = {}
    for id, ends in lines.items():
        along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
        across = np.array([-along[1], along[0]])
        # A caliper wanders along the wall as a whole, its ends across it each for itself.
        slip = across * rng.normal(0, ALONG_CM)
        errors = rng.normal(0, ACROSS_CM, (2, 1)) * along
        found[id] = ends + jitter * (slip + errors)
    return found
