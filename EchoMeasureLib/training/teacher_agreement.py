"""How far a student's numbers are from its teachers', and how much faster it is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.agreement.bland_altman import limits_of_agreement
from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.weight_store import Checkpoint, Store, identify
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.training.sources import opened, regions_of
from EchoMeasureLib.training.teachers import Lesson, Teachers

MM_PER_CM = 10
RUNS = 3
"""Of which the fastest counts."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One value as the student and the teachers have it, on the same frames."""

    id: str
    """Of the value."""
    unit: str
    """mm or cm/s."""
    flagged: bool
    """Whether numbers with a flag are among them: they feed nothing, but a student may have learned
    them well."""
    asked: int
    """Frames on which the teacher has a number, without a flag unless `flagged`."""
    n: int
    """Those of them on which the student has one too."""
    bias: float | None
    """Mean of student minus teacher; of velocities, of their sizes. None without a frame."""
    mean_difference: float | None
    """Mean of the sizes of the differences."""
    limits: tuple[float, float] | None
    """95 % limits of agreement, frames of one study being repeated measurements; None where
    `agreement.bland_altman` gives none, as of one study."""
    spread: float | None
    """Mean distance of the teacher's numbers on these frames from their own mean: how far a student
    would be that always said the same. None without a frame."""

    def text(self) -> str:
        """A line for people."""
        name = f"{self.id}, flagged numbers too" if self.flagged else self.id
        if self.bias is None or self.mean_difference is None:
            return f"{name}: no number of both on {self.asked} held-out frames"
        words = (
            f"{name}: n {self.n} of {self.asked}, bias {self.bias:+.1f} {self.unit}, "
            f"mean difference {self.mean_difference:.1f} {self.unit}"
        )
        if self.limits is not None:
            low, high = self.limits
            words += f", 95 % limits {low:+.1f} to {high:+.1f} {self.unit}"
        return f"{words}; always the same answer: {self.spread:.1f} {self.unit}"


@dataclass(frozen=True, slots=True)
class Speed:
    """Time for one canvas and all measurements that are looked for on it."""

    networks: int
    """How many the teachers are."""
    teachers_s: float
    student_s: float

    def text(self) -> str:
        """A line for people."""
        times = self.teachers_s / self.student_s
        return (
            f"One canvas: {self.networks} teacher(s) {self.teachers_s:.3f} s, this network "
            f"{self.student_s:.3f} s: {times:.0f} times as fast on this machine"
        )


def agreement(
    teachers: Teachers, student: Path, lessons: Sequence[Lesson], monitor: Monitor = silent
) -> tuple[Agreement, ...]:
    """Every value of what they teach, on these frames, through the usual way to a number.

    Where the teacher flags some of its numbers, the value comes a second time, with those.

    Raises as `Predictor.predict` and `summed_up`.
    """
    ours, theirs = Predictor(_OneFile(student)), Predictor(teachers.store)
    pairs: dict[str, list[Pair]] = {}
    for done, (study, cine, id, frames) in enumerate(_work(teachers.measurements, lessons)):
        monitor(Progress(done, 0, f"comparing {id}"))
        first = {c.frame: c for c in _calipers(theirs, cine, id, frames)}
        second = {c.frame: c for c in _calipers(ours, cine, id, frames)}
        both = ((study, first[frame], second[frame]) for frame in frames)
        pairs.setdefault(id, []).extend(both)
    return tuple(
        one for id in teachers.measurements for one in agreements_of(id, pairs.get(id, []))
    )


def speed_of(teachers: Teachers, student: Path, lesson: Lesson) -> Speed:
    """Of one canvas, after a run that loads what is needed. Raises as `Predictor.predict`."""
    cine = _calibrated(lesson)
    frames = [lesson.example.frame]
    paths = {teachers.checkpoint(id).path: id for id in lesson.measurements}

    def quickest(predictor: Predictor, ids: Sequence[str]) -> float:
        list(predictor.predict(cine, ids, frames))
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            list(predictor.predict(cine, ids, frames))
            times.append(time.perf_counter() - began)
        return min(times)

    # A predictor keeps one network: each teacher has its own, as nobody loads them frame by frame.
    slow = sum(
        quickest(Predictor(teachers.store), [i for i in lesson.measurements if _is(teachers, i, p)])
        for p in paths
    )
    return Speed(len(paths), slow, quickest(Predictor(_OneFile(student)), lesson.measurements))


def summed_up(
    id: str,
    unit: str,
    asked: int,
    pairs: Sequence[tuple[str, float, float]],
    flagged: bool = False,
) -> Agreement:
    """What numbers of teacher and student come to, in `unit`; student minus teacher.

    `asked`: on how many frames the teacher has one. `pairs`: study, the teacher's, the student's.
    Raises `MissingPackage` without scipy.
    """
    n = len(pairs)
    if not n:
        return Agreement(id, unit, flagged, asked, 0, None, None, None, None)
    studies, theirs, ours = zip(*pairs, strict=True)
    found = limits_of_agreement(theirs, ours, studies)
    low, high = found.lower.value, found.upper.value
    mean = statistics.fmean(theirs)
    return Agreement(
        id,
        unit,
        flagged,
        asked,
        n,
        found.bias.value,
        statistics.fmean(abs(b - a) for a, b in zip(theirs, ours, strict=True)),
        None if low is None or high is None else (low, high),
        statistics.fmean(abs(number - mean) for number in theirs),
    )


def _is(teachers: Teachers, id: str, path: Path) -> bool:
    return teachers.checkpoint(id).path == path


class _OneFile(Store):
    """A store that knows one checkpoint, whatever its name."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)
        self._path = path

    def find_each(self, measurements: Iterable[str]) -> dict[str, Checkpoint]:
        """Raises `WeightsProblem` where the file has no head for one."""
        each: dict[str, Checkpoint] = {}
        for id in measurements:
            found = identify(self._path, definition(id))
            if found is None:
                raise WeightsProblem(f"{self._path.name} does not find {id}.")
            each[id] = found
        return each


def _calibrated(lesson: Lesson) -> Cine:
    cine = opened(lesson.example.file)
    return cine.with_regions(regions_of(cine, lesson.example))


def _work(
    measurements: Iterable[str], lessons: Sequence[Lesson]
) -> Iterator[tuple[str, Cine, str, list[int]]]:
    """Network by network, so that each is loaded once: study, cine, measurement, frames."""
    for id in measurements:
        by_file: dict[Path, list[Lesson]] = {}
        for lesson in lessons:
            if id in lesson.measurements:
                by_file.setdefault(lesson.example.file, []).append(lesson)
        for some in by_file.values():
            frames = list(dict.fromkeys(lesson.example.frame for lesson in some))
            yield some[0].example.study, _calibrated(some[0]), id, frames


def _calipers(
    predictor: Predictor, cine: Cine, id: str, frames: Sequence[int]
) -> Iterator[Caliper]:
    for found in predictor.predict(cine, [id], frames):
        row = CATALOG[id]
        yield measure(cine, row, found.points, found.frame, Origin.PREDICTED, found.model)


Pair = tuple[str, Caliper, Caliper]
"""Study, and the teacher's and the student's caliper of one frame."""


def agreements_of(id: str, pairs: Sequence[Pair]) -> Iterator[Agreement]:
    """Every value of a measurement; a second time with flagged numbers where the teacher has any.

    Raises as `summed_up`.
    """
    row = CATALOG[id]
    for output in dict.fromkeys((output.id, output.unit) for output in row.outputs):
        value, unit = output
        if unit == "1":
            continue  # A ratio follows from what is compared already.
        shown, factor = ("mm", MM_PER_CM) if unit == "cm" else (unit, 1)
        counts = -1
        for flagged in (False, True):
            found = [
                (study, _number(first, value, flagged), _number(second, value, flagged))
                for study, first, second in pairs
            ]
            asked = sum(theirs is not None for _, theirs, _ in found)
            if asked > counts:
                numbers = [
                    (study, factor * theirs, factor * ours)
                    for study, theirs, ours in found
                    if theirs is not None and ours is not None
                ]
                yield summed_up(value, shown, asked, numbers, flagged)
            counts = asked


def _number(caliper: Caliper, value: str, flagged: bool) -> float | None:
    number = caliper.value(value).value if flagged or not caliper.excluded else None
    return None if number is None else abs(number)
