"""Which frames of a cine are run when all are asked for: a coarse row, then those that matter.

The ventricle's diameter is run on a row of frames, then on every frame about its turns and beside
those that stand out, until nothing is left to ask. What is measured at end-diastole or end-systole
is run on the frames that this gives, with neighbours to be compared with. The frames in between are
not run, and nothing takes their place.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.geometry import Landmark, lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.beside_frames import frames_beside
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.measuring.beats import Beats, find_beats
from EchoMeasureLib.measuring.calipers import least_confidence
from EchoMeasureLib.measuring.file_beat import find_file_beat
from EchoMeasureLib.measuring.ground import find_region, plain_length
from EchoMeasureLib.measuring.largest import LARGEST, at_r_waves
from EchoMeasureLib.measuring.neighbours import WALLS, Sample, find_jumps
from EchoMeasureLib.measuring.smoothing import zigzag
from EchoMeasureLib.measuring.turns import Curve, measured_curve
from EchoMeasureLib.progress import Monitor, Progress, silent

ROW_S = 0.06
"""Longest time from a frame of the row to the next; every second one up to `SECOND_S`."""
SECOND_S = 0.07
PER_BEAT = 9
"""Fewest frames of the row in a beat."""
FASTEST_USUAL = 95.0
"""Beats a minute that are taken for granted where the file has neither R waves nor a rate."""
TURN = 0.25
"""Share of the movement by which the curve turns back where every frame is looked at."""
TOP = 0.1
"""Share of the movement that still belongs to a turn."""
BEYOND_S = 0.02
"""So long before and after it every frame is run too."""
LONGEST_TOP_S = 0.15
"""Of a long flat turn what lies next to systole."""
LEAST_MOVEMENT = 0.03
"""Share of the diameter; a curve that moves less has no turns."""
NEAR_S = 0.05
"""Where a frame of a phase gives no number, those this near may."""
MOST_LOST = 0.5
"""Share of the row without a number from which a network is taken to see nothing."""
BY_LVID = "lvid"
LVID_SHARE, OTHER_SHARE = 0.7, 0.2
"""Of the frames, about as many as are run of a cine of three beats."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a network is to be run on next."""

    measurements: tuple[str, ...]
    frames: tuple[int, ...]


class FramePlan:
    """Says step by step which frames are run, from what was found on those before."""

    def __init__(
        self,
        cine: Cine,
        measurements: Sequence[str],
        known: Mapping[Phase, Sequence[int]] = MappingProxyType({}),
        first: int | None = None,
    ) -> None:
        """`known`: frames of ED and ES that a review has for the image already. `first`: a frame
        that is run of everything, and before the others, such as the one that is shown.

        Raises `UnknownMeasurement`.
        """
        rows = [definition(id) for id in dict.fromkeys(measurements)]
        self._cine, self._known, self._first = cine, known, first
        self._moving = [row.id for row in rows if is_thinned(cine, row.id)]
        self._others = [row.id for row in rows if row.id not in self._moving]
        self._ran: dict[str, set[int]] = {row.id: set() for row in rows}
        self._sizes: dict[str, dict[int, float]] = {row.id: {} for row in rows}
        """mm by frame; pixels for those of `_in_pixels`."""
        self._in_pixels: set[str] = set()
        self._beats: Beats | None = None
        """Of the sizes of LVID as they are."""

    def next(self) -> Ask | None:
        """What to run now; None when nothing is left. The answers are to be taken in before."""
        if self._others:
            others, self._others = self._others, []
            return self._ask(others, range(self._cine.frame_count))
        lvid = [id for id in self._moving if id == BY_LVID]
        # The others stand on the beats that the ventricle shows.
        for ids in (lvid, [id for id in self._moving if id != BY_LVID]):
            new = {id: frozenset(self._wanted(id) - self._ran[id]) for id in ids}
            frames = next((found for found in new.values() if found), None)
            if frames:
                return self._ask([id for id in ids if new[id] == frames], frames)
        return None

    def take(self, found: Prediction) -> None:
        """Take in what a network said."""
        id, points = found.measurement, found.points
        if id not in self._moving:
            return
        row = definition(id)
        least = least_confidence(row, found.model)
        region = find_region(self._cine.regions, row, points)
        if region is not None and region.usable:
            size = plain_length(region, points, least)
        else:
            size = _pixels(points, least)
            self._in_pixels.add(id)
        if size:
            self._sizes[id][found.frame] = size
            self._beats = None if id == BY_LVID else self._beats

    @property
    def expected(self) -> int:
        """About how many predictions there will be, to show how far a run is; never fewer than
        were asked for."""
        count = self._cine.frame_count
        lvid = BY_LVID in self._moving
        ventricle, each = round(LVID_SHARE * count) * lvid, round(OTHER_SHARE * count)
        fixed = sum(len(ran) for id, ran in self._ran.items() if id not in self._moving)
        about = fixed + ventricle + each * (len(self._moving) - lvid) + count * len(self._others)
        return max(about, sum(map(len, self._ran.values())))

    @property
    def thinned(self) -> tuple[str, ...]:
        """The measurements that are not run on all frames."""
        return tuple(self._moving)

    def frames(self, measurement: str) -> tuple[int, ...]:
        """Those that were asked for until now."""
        return tuple(sorted(self._ran[measurement]))

    def _ask(self, ids: Iterable[str], frames: Iterable[int]) -> Ask:
        ask = Ask(tuple(ids), tuple(sorted(frames, key=self._order)))
        for id in ask.measurements:
            self._ran[id].update(ask.frames)
        return ask

    def _order(self, frame: int) -> tuple[int, int]:
        """From the frame that is shown outwards."""
        return (0 if self._first is None else abs(frame - self._first)), frame

    def _wanted(self, id: str) -> set[int]:
        """All frames that are needed of a measurement, as far as is known."""
        times, ran = self._times, self._ran[id]
        shown = set() if self._first is None else {self._first}
        targets = () if id == BY_LVID else self._at_phases(id)
        if targets:
            found = {*targets, *frames_beside(times, targets), *shown}
            if id in WALLS:
                found |= set(self._phase(Phase.ES))  # a wall that does not thicken is none
            off = self._lost(id, targets) | (self._jumps(id) & set(targets))
            return found | set(within(times, off & ran, NEAR_S))
        if not ran:
            return {*coarse_row(times, self._rr_s), *shown}
        sizes = self._sizes[id]
        if len(sizes) < (1 - MOST_LOST) * len(ran):
            return set()
        beside = self._lost(id, ran) | self._jumps(id)
        turns = about_turns(times, sizes) if id == BY_LVID or id in LARGEST else set()
        last = len(times) - 1
        return turns | {min(max(f + step, 0), last) for f in beside for step in (-1, 1)}

    def _at_phases(self, id: str) -> tuple[int, ...]:
        """The frames at which it counts, where something other than itself tells them."""
        (phase,) = {output.phase for output in definition(id).outputs}
        if phase in (Phase.ED, Phase.ES):
            if found := self._phase(phase):
                return found
            if phase is Phase.ED:
                return tuple(at_r_waves(self._times, self._cine.r_waves))
        return ()

    def _phase(self, phase: Phase) -> tuple[int, ...]:
        if BY_LVID not in self._moving:
            return tuple(self._known.get(phase, ()))
        if self._beats is None:
            self._beats = find_beats(self._sizes[BY_LVID], self._times, self._cine.r_waves)
        beats = self._beats
        return beats.ed_frames if phase is Phase.ED else beats.es_frames

    def _lost(self, id: str, frames: Collection[int]) -> set[int]:
        return set(frames) - self._sizes[id].keys()

    def _jumps(self, id: str) -> set[int]:
        """Frames whose value does not fit to those beside it."""
        if id in self._in_pixels:
            return set()  # what a jump is, is known in mm
        frames, times = sorted(self._sizes[id]), self._times
        samples = [Sample(times[frame], self._sizes[id][frame]) for frame in frames]
        found = find_jumps(id, samples)
        return {frames[place] for place, jump in found.items() if not jump.clip}

    @property
    def _times(self) -> tuple[float, ...]:
        times = self._cine.times
        assert times is not None  # else nothing is thinned
        return times

    @property
    def _rr_s(self) -> float:
        return beat_s(self._cine)[0]


def predict_what_matters(
    predict: Callable[[Cine, Sequence[str], Sequence[int], Monitor], Iterable[Prediction]],
    cine: Cine,
    measurements: Sequence[str],
    monitor: Monitor = silent,
) -> Iterator[Prediction]:
    """One prediction per measurement and frame that is run, of a cine all frames of which may be.

    `predict` runs the networks, such as `Predictor.predict`, and has the errors.
    """
    plan = FramePlan(cine, measurements)
    done = 0
    while (ask := plan.next()) is not None:
        coming = len(ask.measurements) * len(ask.frames)

        def told(progress: Progress, done: int = done, coming: int = coming) -> None:
            monitor(Progress(done + progress.done, done + coming, progress.stage))

        for found in predict(cine, ask.measurements, ask.frames, told):
            plan.take(found)
            yield found
        done += coming


def is_thinned(cine: Cine, measurement: str = BY_LVID) -> bool:
    """Whether less than all frames of a cine are run for a measurement when all are asked for.

    Not of strips, nor without times that rise. Raises `UnknownMeasurement`.
    """
    times = cine.times
    if definition(measurement).on_strip or times is None or cine.frame_count < PER_BEAT:
        return False
    return all(a < b for a, b in pairwise(times))


def beat_s(cine: Cine) -> tuple[float, str]:
    """How long a beat lasts at least, s, and who says so, for people."""
    if said := find_file_beat(cine):
        return said
    return 60 / FASTEST_USUAL, f"no rate in the file: up to {FASTEST_USUAL:.0f} a minute"


def coarse_row(times: Sequence[float], rr_s: float) -> tuple[int, ...]:
    """Every k-th frame, the first and the last: `times` in s, rising, and the length of a beat."""
    spacing = statistics.median(b - a for a, b in pairwise(times))
    most = rr_s / PER_BEAT
    step = max(1, int(min(ROW_S, most) / spacing + 0.05))
    if step == 1 and 2 * spacing <= min(SECOND_S, most):
        step = 2
    return tuple(sorted({*range(0, len(times), step), len(times) - 1}))


def about_turns(times: Sequence[float], sizes: Mapping[int, float]) -> set[int]:
    """All frames about the turns that a diameter by frame shows."""
    curve = measured_curve(sizes, times)
    if curve is None or curve.span < LEAST_MOVEMENT * float(np.mean(curve.smooth)):
        return set()
    clock = np.asarray(times)
    found: set[int] = set()
    for at, largest in zigzag(curve.smooth, TURN * curve.span):
        start, end = _top(curve, at, largest)
        inside = (clock >= start - BEYOND_S) & (clock <= end + BEYOND_S)
        found.update(np.flatnonzero(inside).tolist())
    # A frame that stands out may hide a turn.
    wild = sizes.keys() - set(curve.frames.tolist())
    last = len(times) - 1
    return found | {min(max(f + step, 0), last) for f in wild for step in (-1, 1)}


def within(times: Sequence[float], frames: Iterable[int], near_s: float) -> Iterator[int]:
    """The frames within so many seconds of any of these."""
    for frame in frames:
        yield from (f for f, at in enumerate(times) if abs(at - times[frame]) <= near_s + 1e-6)


def _pixels(points: Sequence[Landmark], least: float) -> float | None:
    """Distance of two landmarks of at least this confidence."""
    confidence = lowest_confidence(points)
    if confidence is None or confidence < least:
        return None
    p, q = (point.point for point in points)
    return math.dist((p.x, p.y), (q.x, q.y))


def _top(curve: Curve, at: int, largest: bool) -> tuple[float, float]:
    """From when to when a curve is near a turn, s."""
    up = curve.smooth if largest else -curve.smooth
    cut = float(up[at]) - max(TOP * curve.span, 2 * curve.left_noise)
    start, end = (_left(curve, up.tolist(), at, step, cut) for step in (-1, 1))
    if largest:
        return max(start, end - LONGEST_TOP_S), end
    return start, min(end, start + LONGEST_TOP_S)


def _left(curve: Curve, up: Sequence[float], at: int, step: int, cut: float) -> float:
    """When a curve falls below `cut`, going from a sample one way, s."""
    while 0 <= at + step < len(up) and up[at + step] >= cut:
        at += step
    outside = at + step
    if not 0 <= outside < len(up):
        return float(curve.clock[at])
    part = (up[at] - cut) / (up[at] - up[outside])
    return float(curve.clock[at] + part * (curve.clock[outside] - curve.clock[at]))
