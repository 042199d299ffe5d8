"""Whether a network in 8-bit integers finds what it found before: the gate, and who passes it.

Some frames choose the numbers of the quantised network, others decide. It is taken only when its
landmarks stay where they were, and no number crosses a limit or has other flags.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.engines import Engine
from EchoMeasureLib.inference.openvino_engine import OpenVinoEngine
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.quantising import accept, quantised
from EchoMeasureLib.inference.settings import EngineName, Precision, Settings
from EchoMeasureLib.inference.weight_store import Checkpoint, Store
from EchoMeasureLib.measurable import judge
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.grading.ranges import assess
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.progress import Monitor, Progress, silent

MEDIAN_PX, P95_PX = 0.5, 1.5
"""How far landmarks that are seen may lie from those in float32, source pixels: median and 95th
percentile."""

MOST_FRAMES = 90
"""Frames of all files together; every third of them decides."""

LEAST_FRAMES = 6

UNSURE = "It is sure of nothing in these images; name some of the views that it measures."
"""Why a network that sees none of its structures is not judged."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a network."""

    checkpoint: Checkpoint
    measurements: tuple[str, ...]
    median_px: float
    p95_px: float
    landmarks: int
    """How many were compared; with none, median and percentile are NaN."""
    why_not: str
    """Why it stays as it is, in a sentence; empty where it was accepted."""


@dataclass(slots=True)
class _Group:
    """What one network measures, and where."""

    checkpoint: Checkpoint
    measurements: dict[str, list[tuple[Cine, int]]] = field(default_factory=dict)


def quantise(cines: Sequence[Cine], store: Store, monitor: Monitor = silent) -> Iterator[Outcome]:
    """Quantise every network that finds something in these images, and keep those that pass.

    Raises `CannotMeasure` where the images have too few frames for any, else as
    `Predictor.predict`; `MissingPackage` without NNCF, `InvalidState` where nothing can be kept.
    """
    groups = _groups(cines, store)
    if not groups:
        raise CannotMeasure(
            f"These images have no measurement with at least {LEAST_FRAMES} frames.",
            "Name more files, or cines of the views that are measured.",
        )
    for done, group in enumerate(groups):
        name = group.checkpoint.path.name
        monitor(Progress(done, len(groups), f"quantising {name}"))
        yield _tried(group, store)
    monitor(Progress(len(groups), len(groups), "done"))


def _groups(cines: Sequence[Cine], store: Store) -> list[_Group]:
    known = {state.measurement: state.checkpoint for state in store.states()}
    frames = [(cine, frame) for cine in cines for frame in range(cine.frame_count)]
    frames = frames[:: max(1, math.ceil(len(frames) / MOST_FRAMES))]
    groups: dict[str, _Group] = {}
    for id, checkpoint in known.items():
        fitting = [(c, f) for c, f in frames if judge(c.regions, CATALOG[id]).obstacle is None]
        if checkpoint is not None and len(fitting) >= LEAST_FRAMES:
            group = groups.setdefault(checkpoint.sha256, _Group(checkpoint))
            group.measurements[id] = fitting
    return list(groups.values())


class _Prepared(Predictor):
    """Runs one engine, whatever network is asked for."""

    engine: Engine

    def _engine(self, *asked: object) -> Engine:
        return self.engine


def _tried(group: _Group, store: Store) -> Outcome:
    checkpoint, ids = group.checkpoint, tuple(group.measurements)
    exact = Predictor(store, Settings(engine=EngineName.OPENVINO, precision=Precision.FLOAT32))
    known = {
        id: [(cine, frame, _caliper(exact, cine, id, frame)) for cine, frame in seen[::3]]
        for id, seen in group.measurements.items()
    }
    if not any(_is_sure(before) for seen in known.values() for _, _, before in seen):
        # Said before a minute is spent on learning.
        return Outcome(checkpoint, ids, math.nan, math.nan, 0, UNSURE)
    canvases: list[Canvas] = []
    for side in {CATALOG[id].side: id for id in ids}.values():
        for place, (cine, frame) in enumerate(group.measurements[side]):
            if place % 3:
                canvases += exact.canvases(cine, side, [frame])
    model = quantised(checkpoint, ids[0], canvases)
    size = canvases[0].size
    quick = _Prepared(store, Settings(engine=EngineName.OPENVINO, precision=Precision.INT8))
    quick.engine = OpenVinoEngine(checkpoint, ids[0], Precision.INT8, {size: model})
    away: list[float] = []
    changes: list[str] = []
    for id, seen in known.items():
        for cine, frame, before in seen:
            after = _caliper(quick, cine, id, frame)
            if _is_sure(before):
                pairs = zip(before.points, after.points, strict=True)
                away += [math.dist((p.x, p.y), (q.x, q.y)) for p, q in pairs]
            change = _change(before, after)
            changes += [f"{id} on frame {frame} {change}"] if change else []
    median, high = statistics.median(away), float(np.quantile(away, 0.95))
    why = f"{changes[0]}." if changes else ""
    if median > MEDIAN_PX or high > P95_PX:
        why = (
            f"Landmarks move by {median:.2f} px (95 %: {high:.2f}); {MEDIAN_PX} and {P95_PX} pass."
        )
    if not why:
        facts = {"median_px": median, "p95_px": high, "landmarks": len(away)}
        accept(model, checkpoint, ids[0], size, {**facts, "measurements": ids})
    return Outcome(checkpoint, ids, median, high, len(away), why)


def _caliper(predictor: Predictor, cine: Cine, id: str, frame: int) -> Caliper:
    (found,) = predictor.predict(cine, [id], [frame])
    return beat_by_beat(cine, found)[0]


def _is_sure(caliper: Caliper) -> bool:
    """Whether the network sees it there at all: else its place is chance."""
    return not {Flag.NOT_FOUND, Flag.LOW_CONFIDENCE}.intersection(caliper.flags)


def _change(one: Caliper, two: Caliper) -> str:
    """What is said otherwise of the numbers, in words that follow their name; else empty."""
    if not (_is_sure(one) or _is_sure(two)):
        return ""
    for before, after in zip(one.values, two.values, strict=True):
        if before.flags != after.flags:
            words = [
                ", ".join(flag.words for flag in value.flags) or "no flag"
                for value in (before, after)
            ]
            return f"has {words[1]} instead of {words[0]}"
        if (before.value is None) is not (after.value is None):
            return "has a number in one of both only"
        for sex in "MF":
            if _verdict(before, sex) != _verdict(after, sex):
                return f"crosses a limit ({before.value} and {after.value} {before.unit})"
    return ""


def _verdict(value: Value, sex: str) -> tuple[str, str] | None:
    """What the ranges of a person of 50 say of a number."""
    if value.value is None:
        return None
    found = assess(value.id, value.value, sex, 50)
    return None if found is None else (found.mark, found.word)
