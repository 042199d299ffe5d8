"""Large checkpoints as teachers: what they see on frames without labels is what is learned.

Distilling (Hinton et al., arXiv:1503.02531): the student's targets are the teachers' heat maps, so
that it learns where they are unsure as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import Side
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.screen_parts import ScreenPart, blackened
from EchoMeasureLib.inference.canvas import (
    USUAL_LOOK,
    Canvas,
    StripLook,
    image_canvas,
    is_inverted,
    strip_canvas,
)
from EchoMeasureLib.inference.decoding import decode
from EchoMeasureLib.inference.engines import Engine, make_engine
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.network_facts import full_resolution, probability
from EchoMeasureLib.inference.settings import Decoder, EngineName, Precision
from EchoMeasureLib.inference.weight_store import Checkpoint, Store
from EchoMeasureLib.measurable import fitting_regions
from EchoMeasureLib.training.dataset import Sample, reduced
from EchoMeasureLib.training.manifest import Example
from EchoMeasureLib.training.sources import fingerprint, opened, regions_of, shown_frame
from EchoMeasureLib.training.targets import Grid
from EchoMeasureLib.training.tasks import MAX_SIGHTINGS, Heads, Supervision
from EchoMeasureLib.training.watching import PRESENT

LEVELS = 255
"""Steps in which a probability is kept on disk."""


class Teachers:
    """The checkpoints of a folder, each loaded when it is first asked."""

    def __init__(self, folder: Path, measurements: Iterable[str] = ()) -> None:
        """`measurements`: of these; all that the folder has where none is named.

        Raises `UnknownMeasurement`, and `WeightsProblem` where one of them has no checkpoint or
        the folder has none at all.
        """
        self.store = Store(folder)
        asked = [definition(id).id for id in measurements]
        found = {id: self.store.find(id) for id in asked} or {
            state.measurement: state.checkpoint
            for state in self.store.states()
            if state.checkpoint is not None
        }
        if not found:
            raise WeightsProblem(
                f"{folder} holds no checkpoint that could teach.",
                "Name the folder of EchoNet-Measurements' checkpoints.",
            )
        self._checkpoints = found
        self._engines: dict[Path, Engine] = {}

    @property
    def measurements(self) -> tuple[str, ...]:
        """What they teach, in the order of the catalog or as it was asked."""
        return tuple(self._checkpoints)

    def identity(self) -> dict[str, str]:
        """SHA-256 of each checkpoint, by measurement."""
        return {id: checkpoint.sha256 for id, checkpoint in self._checkpoints.items()}

    def checkpoint(self, measurement: str) -> Checkpoint:
        """The one that teaches this. Raises `LookupError`."""
        return self._checkpoints[measurement]

    def heat(self, measurement: str, canvas: Canvas) -> Heat:
        """What the teacher of this measurement sees on a canvas."""
        checkpoint = self._checkpoints[measurement]
        engine = self._engines.get(checkpoint.path)
        if engine is None:
            engine = make_engine(EngineName.TORCH, checkpoint, measurement, Precision.AUTO)
            self._engines[checkpoint.path] = engine
        maps = engine.run([canvas])[measurement][0]
        grid = engine.facts.grid(canvas.size, (maps.shape[2], maps.shape[1]))
        return Heat(maps, grid, canvas.to_source)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One frame, and what can be learned on one canvas of it."""

    example: Example
    measurements: tuple[str, ...]
    """Those that see the same canvas."""


def lessons(examples: Iterable[Example], heads: Heads) -> list[Lesson]:
    """What these frames can teach: 2-D measurements together, those of a strip by their side.

    A frame without a fitting region teaches nothing. Landmarks that are known are not looked at.
    Raises as `read`.
    """
    found: list[Lesson] = []
    for example in examples:
        regions = regions_of(opened(example.file), example)
        groups: dict[tuple[Side | None, int], list[str]] = {}
        for id in heads.ids:
            row, region = definition(id), _place(regions, id)
            if region is not None:
                key = (row.side, region.index) if row.on_strip else (None, 0)
                groups.setdefault(key, []).append(id)
        found += [Lesson(example, tuple(ids)) for ids in groups.values()]
    return found


@dataclass(frozen=True, slots=True)
class TeacherSource:
    """Frames with what the teachers see on them (a `SampleSource`)."""

    teachers: Teachers
    heads: Heads
    grid: Grid
    """Of the student's heat maps."""
    lessons: tuple[Lesson, ...]
    reduction: int = 2
    keep_screen: bool = False
    """Whether the student sees what lies outside of the declared regions."""

    @property
    def count(self) -> int:
        """How many canvases there are."""
        return len(self.lessons)

    def identity(self) -> dict[str, Any]:
        """Teachers, and of every lesson file, frame and measurements."""
        return {
            "source": "teachers",
            "heads": list(self.heads.ids),
            "teachers": self.teachers.identity(),
            "keep_screen": self.keep_screen,
            "lessons": [
                [fingerprint(lesson.example), list(lesson.measurements)] for lesson in self.lessons
            ],
        }

    def sample(self, index: int) -> Sample:
        """A canvas, the teachers' heat maps on the student's grid, and their landmarks.

        Raises as `ManifestSource.sample`.
        """
        lesson = self.lessons[index]
        example, cine = lesson.example, opened(lesson.example.file)
        regions = regions_of(cine, example)
        shown = shown_frame(cine, example, self.keep_screen)
        canvas = _canvas(cine, example.frame, shown, regions, lesson.measurements[0])
        heats = np.zeros((self.heads.channels, self.grid.rows, self.grid.columns), np.uint8)
        points = np.full((self.heads.channels, MAX_SIGHTINGS, 2), np.nan, np.float32)
        known = np.zeros(self.heads.channels, np.uint8)
        for id in lesson.measurements:
            channels = self.heads.slices()[id]
            look = self.teachers.checkpoint(id).look
            theirs = cine.frame(example.frame)
            if look.regions_only:
                part = ScreenPart.declared(regions, cine.columns, cine.rows)
                theirs = theirs if part is None else blackened(theirs, part.visible)
            heat = self.teachers.heat(id, _canvas(cine, example.frame, theirs, regions, id, look))
            heats[channels], known[channels] = on_grid(heat, self.grid), 1
            for number, sighting in enumerate(_sightings(heat, id, canvas.to_canvas)):
                points[channels, number] = sighting
        picture = reduced(canvas.pixels, self.reduction)
        name = f"{example.study} frame {example.frame}"
        return Sample(picture, Supervision(points, known), name, heats)


def on_grid(heat: Heat, grid: Grid) -> npt.NDArray[np.uint8]:
    """Probabilities at the cells of a student's map, (points, rows, columns) in `LEVELS` steps.

    Each is the mean over the canvas pixels that the cell covers.
    """
    chance = torch.from_numpy(probability(full_resolution(heat.logits, heat.grid)))
    step_y, step_x = round(grid.step_y), round(grid.step_x)
    missing = (
        grid.columns * step_x - chance.shape[2],
        grid.rows * step_y - chance.shape[1],
    )
    whole = functional.pad(chance, (0, missing[0], 0, missing[1]))
    means = functional.avg_pool2d(whole, (step_y, step_x))
    levels: npt.NDArray[np.uint8] = (means * LEVELS).round().byte().numpy()
    return levels


def _place(regions: Sequence[Region], measurement: str) -> Region | None:
    """The region in which it is looked for: the first of a fitting kind that can be used."""
    fitting = fitting_regions(regions, definition(measurement))
    return next((region for region in fitting if region.usable), None)


def _canvas(
    cine: Cine,
    index: int,
    frame: Frame,
    regions: Sequence[Region],
    measurement: str,
    look: StripLook = USUAL_LOOK,
) -> Canvas:
    row, region = definition(measurement), _place(regions, measurement)
    if not row.on_strip or region is None:
        return image_canvas(frame)
    inverted = is_inverted(region, cine.baseline(index, region), row)
    return strip_canvas(frame, region, row, look, inverted)


def _sightings(heat: Heat, measurement: str, to_canvas: Affine2D) -> list[npt.NDArray[np.float32]]:
    """Landmarks of which the teacher is sure, (points, 2) in canvas pixels; one per beat."""
    decoded = decode(heat, definition(measurement), Decoder.ROBUST)
    sure = [
        beat
        for beat in decoded.beats or (decoded.points,)
        if all((point.confidence or 0.0) >= PRESENT for point in beat)
    ]
    return [
        np.array([to_canvas.apply(point.x, point.y) for point in beat], np.float32)
        for beat in sure[:MAX_SIGHTINGS]
    ]
