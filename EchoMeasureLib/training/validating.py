"""Errors in centimetres and cm/s: through the real canvases, decoding and measuring code."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from EchoMeasureLib.catalog import CaliperKind, definition
from EchoMeasureLib.geometry import Affine2D, Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.decoding import Heat, decode
from EchoMeasureLib.inference.networks import HeatGrid
from EchoMeasureLib.inference.settings import Decoder
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure, pixel_points
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.training.manifest import Calipers, Example
from EchoMeasureLib.training.sources import canvas_of
from EchoMeasureLib.training.trainees import Trainee


class Finder(Protocol):
    """Something that places the points of a measurement on a frame."""

    def __call__(self, cine: Cine, measurement: str, frame: int) -> tuple[Landmark, ...]: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """One value found against the true one, both from `measuring.calipers.measure`."""

    study: str
    output: str
    """Output id of the catalog, such as `lvid` or `e_a_ratio`."""
    unit: str
    found: float
    true: float

    @property
    def error(self) -> float:
        """Found minus true, of magnitudes: a velocity below the baseline is as fast as it is."""
        return abs(self.found) - abs(self.true)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The record of one output."""

    n: int
    unit: str
    mean_absolute: float
    bias: float
    limits: tuple[float, float]
    """95 % limits of agreement: bias -+ 1.96 standard deviations."""
    mean_relative: float
    """Mean of |error| / |true|."""


def compare(
    examples: Iterable[Example],
    measurements: Sequence[str],
    find: Finder,
    monitor: Monitor = silent,
) -> list[Comparison]:
    """Every value that both the truth and the finder give on these examples.

    On a strip the found beat is held against the true beat that is nearest to it.
    """
    found: list[Comparison] = []
    chosen = list(examples)
    for done, example in enumerate(chosen, 1):
        wanted = [id for id in measurements if id in example.landmarks]
        if wanted:
            cine = read(example.file)
            if example.region is not None:
                cine = cine.with_regions((example.region,))
        for id in wanted:
            points = find(cine, id, example.frame)
            placed = measure(cine, id, points, example.frame, Origin.PREDICTED)
            truth = _nearest(example.landmarks[id], points)
            true = measure(cine, id, pixel_points(truth), example.frame)
            found += _pairs(example.study, placed, true)
        monitor(Progress(done, len(chosen), "validating"))
    return found


def accuracy(comparisons: Iterable[Comparison]) -> Mapping[str, Accuracy]:
    """Records by output id."""
    by_output: dict[str, list[Comparison]] = {}
    for comparison in comparisons:
        by_output.setdefault(comparison.output, []).append(comparison)
    return {output: _accuracy(rows) for output, rows in by_output.items()}


class TraineeFinder:
    """A network under training as a finder: the canvas and the decoder of `inference`."""

    def __init__(self, trainee: Trainee) -> None:
        self.trainee = trainee.eval()

    @torch.no_grad()
    def __call__(self, cine: Cine, measurement: str, frame: int) -> tuple[Landmark, ...]:
        """Points in source pixels with their peak probabilities."""
        trainee, row = self.trainee, definition(measurement)
        canvas = canvas_of(cine.frame(frame), measurement, cine.regions)
        picture = torch.from_numpy(canvas.pixels)[None]
        if trainee.reduction > 1:
            picture = torch.nn.functional.avg_pool2d(picture, trainee.reduction)
        device = next(trainee.parameters()).device
        maps = trainee(picture.to(device))[0, trainee.heads.slices()[measurement]].float()
        step = trainee.grid
        to_canvas = Affine2D(step.step_x, step.step_y, (step.step_x - 1) / 2, (step.step_y - 1) / 2)
        grid = HeatGrid(to_canvas, (canvas.pixels.shape[2], canvas.pixels.shape[1]))
        seconds = None
        if row.caliper is not CaliperKind.LINEAR:
            region = next(r for r in cine.regions if r.kind in row.regions)
            seconds = abs(region.delta[0] / canvas.to_canvas.scale_x) or None
        return decode(Heat(maps, grid, canvas.to_source, seconds), row, Decoder.ROBUST).points


def _nearest(calipers: Calipers, points: Sequence[Landmark]) -> tuple[PixelPoint, ...]:
    return min(
        calipers,
        key=lambda one: sum(math.dist(p, q.point) for p, q in zip(one, points, strict=True)),
    )


def _pairs(study: str, found: Caliper, true: Caliper) -> list[Comparison]:
    return [
        Comparison(study, known.id, known.unit, value.value, known.value)
        for value, known in zip(found.values, true.values, strict=True)
        if value.value is not None and known.value is not None
    ]


def _accuracy(rows: Sequence[Comparison]) -> Accuracy:
    errors = [row.error for row in rows]
    n = len(errors)
    bias = sum(errors) / n
    spread = math.sqrt(sum((error - bias) ** 2 for error in errors) / max(1, n - 1))
    relative = [abs(row.error) / abs(row.true) for row in rows if row.true]
    return Accuracy(
        n,
        rows[0].unit,
        sum(abs(error) for error in errors) / n,
        bias,
        (bias - 1.96 * spread, bias + 1.96 * spread),
        sum(relative) / len(relative) if relative else math.nan,
    )
