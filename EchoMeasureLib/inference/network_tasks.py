"""What one network is asked of an image: which measurements, in which region, on which canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.screen_parts import ScreenPart, blackened
from EchoMeasureLib.inference.canvas import Canvas, image_canvas, is_inverted, strip_canvas
from EchoMeasureLib.inference.resampling import Interpolate
from EchoMeasureLib.inference.weight_store import Checkpoint, Store
from EchoMeasureLib.measurable import strip_region


@dataclass(frozen=True, slots=True)
class NetworkTask:
    """One run over the frames: the measurements that one network answers together."""

    checkpoint: Checkpoint
    rows: tuple[Definition, ...]
    region: Region | None
    shared: bool
    """Whether other networks may see the same canvases."""


def network_tasks(cine: Cine, rows: Sequence[Definition], store: Store) -> list[NetworkTask]:
    """The measurements grouped by checkpoint and by the strip they are made in.

    Raises `WeightsProblem` and `CannotMeasure`.
    """
    grouped: dict[tuple[Path, int | None], list[Definition]] = {}
    found: dict[Path, Checkpoint] = {}
    regions: dict[int | None, Region | None] = {None: None}
    seen = {row.id: strip_region(cine.regions, row) for row in rows}
    checkpoints = store.find_each(seen)
    for row in rows:
        region, checkpoint = seen[row.id], checkpoints[row.id]
        found[checkpoint.path] = checkpoint
        index = None if region is None else region.index
        regions[index] = region
        # Strips are flipped for some measurements, so they share no canvas unless alike.
        grouped.setdefault((checkpoint.path, index), []).append(row)
    return [
        NetworkTask(found[path], tuple(group), regions[index], len(grouped) > 1)
        for (path, index), group in grouped.items()
    ]


def alike(task: NetworkTask) -> list[tuple[Definition, ...]]:
    """Measurements that see the same canvas: on a strip, those with flow on the same side."""
    sides: dict[object, list[Definition]] = {}
    for row in task.rows:
        sides.setdefault(row.side if task.region is not None else None, []).append(row)
    return [tuple(group) for group in sides.values()]


def time_axis(
    region: Region | None, canvas: Canvas
) -> tuple[float | None, tuple[float, float] | None]:
    """Seconds per canvas pixel, and the strip's first and last canvas column."""
    timed = region is not None and region.times_known and bool(region.delta[0])
    if region is None or region.units[0] != "s" or not timed:
        return None, None
    box = region.bounds
    ends = [canvas.to_canvas.apply(x, box.y0).x for x in (box.x0, box.x1)]
    return abs(region.delta[0] / canvas.to_canvas.scale_x), (ends[0], ends[1])


def task_canvas(
    cine: Cine, frame: int, task: NetworkTask, row: Definition, interpolate: Interpolate
) -> Canvas:
    """What the network sees of a frame for this measurement."""
    pixels = cine.frame(frame)
    if task.checkpoint.look.regions_only:
        part = ScreenPart.declared(cine.regions, cine.columns, cine.rows)
        pixels = pixels if part is None else blackened(pixels, part.visible)
    if task.region is None:
        return image_canvas(pixels, interpolate)
    inverted = is_inverted(task.region, cine.baseline(frame, task.region), row)
    return strip_canvas(pixels, task.region, row, task.checkpoint.look, inverted, interpolate)
