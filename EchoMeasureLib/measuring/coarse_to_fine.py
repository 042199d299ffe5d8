"""Which frames of a cine are run when all are asked for: a coarse row, then those that matter.

The ventricle's diameter is run on a row of frames, then on every frame about its turns and beside
those that stand out, until nothing is left to ask. What is measured at end-diastole or end-systole
is run on the frames that this gives, with neighbours to be compared with. The frames in between are
not run, and nothing takes their place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.geometry import Landmark, lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.beside_frames import CLOSEST_S, frames_beside
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.measuring.beats import Beats, find_beats
from EchoMeasureLib.measuring.file_beat import find_file_beat
from EchoMeasureLib.measuring.ground import find_region, plain_length
from EchoMeasureLib.measuring.largest import LARGEST, at_r_waves
from EchoMeasureLib.measuring.neighbours import STEADY, WALLS, Sample, find_jumps
from EchoMeasureLib.measuring.turn_search import (
    PER_BEAT,
    about_breath,
    about_turns,
    breath_row,
    coarse_row,
    within,
)
from EchoMeasureLib.measuring.unsure_points import least_confidence
from EchoMeasureLib.progress import Monitor, Progress, silent

FASTEST_USUAL = 95.0
"""Beats a minute that are taken for granted where the file has neither R waves nor a rate."""
NEAR_S = 0.05
"""Where a frame of a phase gives no number, those this near may."""
MOST_LOST = 0.5
"""Share of the row without a number from which a network is taken to see nothing."""
BY_LVID, BY_BREATH = "lvid", "ivc"
LVID_SHARE, OTHER_SHARE = 0.7, 0.12
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
            first = next((id for id in ids if new[id]), None)
            if first is not None:
                # What follows its own curve comes to its end before the next: a network is loaded.
                alike = [id for id in ids if new[id] == new[first] and self._at_phases(id)]
                return self._ask(alike if first in alike else [first], new[first])
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
        if targets := self._at_phases(id):
            return shown | self._about(id, targets)
        row = breath_row(times) if id in STEADY | {BY_BREATH} else coarse_row(times, self._rr_s)
        sizes = self._sizes[id]
        if not sizes:
            return {*_first_look(row), *shown}
        if not ran.issuperset(row):
            return {*row}
        if len(sizes) < (1 - MOST_LOST) * len(ran):
            return set()
        found: set[int] = set()
        if id == BY_LVID or id in LARGEST:
            found = about_turns(times, sizes, ran, self._cine.r_waves if id == BY_LVID else ())
        elif id == BY_BREATH:
            found = about_breath(times, sizes)
        beside = self._lost(id, ran) | self._jumps(id)
        last = len(times) - 1
        return found | {min(max(f + step, 0), last) for f in beside for step in (-1, 1)}

    def _about(self, id: str, targets: Collection[int]) -> set[int]:
        """The frames of a phase, with those to be compared with."""
        times, ran = self._times, self._ran[id]
        found = {*targets}
        if id in WALLS:
            # A wall that does not thicken is none; and it is thin, so that two say little of it.
            found |= {*self._phase(Phase.ES), *frames_beside(times, targets)}
        else:
            found |= {f for target in targets for f in self._closest(id, target)}
        if ran and len(self._sizes[id]) < (1 - MOST_LOST) * len(ran):
            return set()
        off = self._lost(id, targets) | (self._jumps(id) & set(targets))
        return found | set(within(times, off & ran, NEAR_S))

    def _closest(self, id: str, target: int) -> tuple[int, ...]:
        """One frame on each side; where one is not there or gives no number, two."""
        found = frames_beside(self._times, [target], CLOSEST_S)
        if len(found) < len(CLOSEST_S) or self._lost(id, self._ran[id] & {*found}):
            return frames_beside(self._times, [target])
        return found

    def _at_phases(self, id: str) -> tuple[int, ...]:
        """The frames at which it counts, where something other than itself tells them."""
        if id == BY_LVID:
            return ()
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


def _first_look(row: Sequence[int]) -> Iterator[int]:
    """A few of a row, ever farther apart, so that no rhythm hides what a network sees."""
    place = step = 0
    while place < len(row):
        yield row[place]
        step += 1
        place += step


def _pixels(points: Sequence[Landmark], least: float) -> float | None:
    """Distance of two landmarks of at least this confidence."""
    confidence = lowest_confidence(points)
    if confidence is None or confidence < least:
        return None
    p, q = (point.point for point in points)
    return math.dist((p.x, p.y), (q.x, q.y))
