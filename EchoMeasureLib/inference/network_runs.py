"""One run of a network on some canvases: its maps, what they say, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.canvas import Canvas, canvas_size
from EchoMeasureLib.inference.decoding import DecodedHeat, decode_each
from EchoMeasureLib.inference.engines import Engine
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.network_tasks import NetworkTask, time_axis
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.inference.quantising import MAKE_AGAIN, Lost, lost
from EchoMeasureLib.inference.settings import Decoder, EngineName, Precision, Settings


@dataclass(frozen=True, slots=True)
class FoundHeat:
    """The heat maps of one measurement on one frame, and whose they are."""

    measurement: str
    frame: int
    heat: Heat
    model: Provenance


def run_network(
    task: NetworkTask, rows: Sequence[Definition], canvases: Sequence[Canvas], engine: Engine
) -> dict[str, list[Heat]]:
    """Each measurement's maps, canvas by canvas.

    Raises `WeightsProblem` for numbers that are not finite, and as `Engine.run`.
    """
    logits = engine.run(canvases)
    found: dict[str, list[Heat]] = {}
    for row in rows:
        for maps, canvas in zip(logits[row.id], canvases, strict=True):
            if not np.isfinite(maps).all():
                raise WeightsProblem(
                    f"{task.checkpoint.path.name} gives numbers that are not finite.",
                    "The file is damaged or badly trained: use other weights.",
                )
            grid = engine.facts.grid(canvas.size, (maps.shape[2], maps.shape[1]))
            heat = Heat(maps, grid, canvas.to_source, *time_axis(task.region, canvas))
            found.setdefault(row.id, []).append(heat)
    return found


def decode_frames(
    rows: Sequence[Definition], heats: Mapping[str, Sequence[Heat]], decoder: Decoder
) -> dict[str, list[DecodedHeat]]:
    """What each measurement's maps say, frame by frame."""
    frames = zip(*(heats[row.id] for row in rows), strict=True)
    found = [decode_each(list(zip(frame, rows, strict=True)), decoder) for frame in frames]
    return {row.id: [frame[place] for frame in found] for place, row in enumerate(rows)}


def provenance(task: NetworkTask, engine: Engine, settings: Settings) -> Provenance:
    """Who says what this engine says."""
    return Provenance(
        file=task.checkpoint.path.name,
        sha256=task.checkpoint.sha256,
        set=task.checkpoint.set.value,
        decoder=settings.decoder.value,
        engine=f"{engine.name} {engine.version}",
        precision=engine.precision.value,
    )


_LOST = {
    Lost.OTHER_VERSION: " for another version",
    Lost.DAMAGED: ", which is damaged on the disk,",
}


def about_int8(task: NetworkTask, engine: Engine) -> str:
    """What people should know of int8 where nobody asked for a precision; else empty."""
    name = task.checkpoint.path.name
    if engine.precision is Precision.INT8:
        return f"{name} runs in int8, as it was accepted on your frames."
    if engine.name is EngineName.OPENVINO:
        why = lost(task.checkpoint, task.rows[0].id, canvas_size(task.rows[0]))
        if why is not None:
            return (
                f"{name} was accepted in int8{_LOST[why]} and runs in {engine.precision} now; "
                f"to have it in int8 again: {MAKE_AGAIN}"
            )
    return ""
