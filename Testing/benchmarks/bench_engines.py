"""Sections of `make bench`: the engines beside the published way, and networks in int8."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import bench_timing as timing
import numpy as np
from bench_page import distances, ratios, table
from bench_published import GFLOP, PublishedWay
from bench_scale import SIX, Bench
from pydicom.data import get_testdata_file

from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.engines import Engine, make_engine
from EchoMeasureLib.inference.openvino_engine import OpenVinoEngine
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.quantising import quantised
from EchoMeasureLib.inference.settings import EngineName, Precision, Settings
from EchoMeasureLib.inference.weight_store import Checkpoint, Store, package_folder
from EchoMeasureLib.measuring.quantised import quantise

Way = tuple[EngineName, Precision]
FORMATS = (Precision.FLOAT32, Precision.BFLOAT16)
WAYS: tuple[Way, ...] = (
    *((EngineName.TORCH, precision) for precision in FORMATS),
    *((EngineName.OPENVINO, precision) for precision in (*FORMATS, Precision.INT8)),
)
EXACT = WAYS[0]


class Prepared(Predictor):
    """Runs one engine, whatever network is asked for."""

    engine: Engine

    def _engine(self, *asked: object) -> Engine:
        return self.engine


def engines(bench: Bench) -> str:
    """Every engine beside the published way, on frames of a real cine."""
    cine = read(str(get_testdata_file("color3d_jpeg_baseline.dcm", download=False)))
    rounds = bench.scale.rounds
    frames = [n * cine.frame_count // (rounds + 1) for n in range(rounds + 1)]
    store = Store(bench.checkpoint.parent)
    published = PublishedWay(bench.checkpoint)
    learn = [n * cine.frame_count // 8 for n in range(min(8, bench.scale.learn))]
    predictors = {way: predictor(store, cine, "lvid", learn, way) for way in WAYS}
    places = {way: iter(frames) for way in predictors}
    found: dict[Way, list[Prediction]] = {way: [] for way in predictors}
    mine = iter(frames)

    def run(way: Way) -> None:
        found[way] += predictors[way].predict(cine, ["lvid"], [next(places[way])])

    spent = timing.in_turn(
        [
            lambda: published.points(cine.frame(next(mine))),
            *(partial(run, way) for way in predictors),
        ],
        rounds,
    )
    trained = on_phantom(bench, bench.given or package_folder())
    rows = [["published way", "float32", f"{statistics.median(spent[0]):.3f}", "1", "", "", ""]]
    for way, seconds in zip(predictors, spent[1:], strict=True):
        middle = statistics.median(seconds)
        quicker = [p / s for p, s in zip(spent[0], seconds, strict=True)]
        share = f"{GFLOP / middle:.0f} of {timing.ceiling(way[1]):.0f}"
        moved = distances(away(found[EXACT], found[way]))
        rows.append([*way, f"{middle:.3f}", ratios(quicker), moved, trained[way], share])
    heads = ("engine", "format", "s a frame", "ratio (range)", "this network, this cine")
    names = _UNTRAINED if bench.given is None else f"{_GIVEN} {bench.about_networks}."
    return f"""## One network

DeepLabV3-ResNet50, end to end on a 480 x 640 frame, {rounds} rounds in turn. Networks: how far
landmarks lie from torch's in float32, source pixels. {names}
In int8 none has passed a gate here. The ceiling is a product of two matrices of 2048 x 2048 by
torch in the same format.

{table((*heads, "trained network, phantom", "GFLOP/s of ceiling"), rows)}"""


_UNTRAINED = """The one that is timed is untrained;
the trained one is that of the package, compact and trained on phantoms."""
_GIVEN = """The one that is timed is trained, that of
LVID, and measured on a phantom too."""


def predictor(store: Store, cine: Cine, id: str, learn: Sequence[int], way: Way) -> Predictor:
    """What runs the network of a measurement in this way; in int8 made from some frames."""
    checkpoint = store.find(id)
    made = Prepared(store, Settings(engine=way[0], precision=way[1]))
    if way[1] is Precision.INT8:
        made.engine = in_int8(checkpoint, store, cine, id, learn)
    else:
        made.engine = make_engine(way[0], checkpoint, id, way[1])
    return made


def in_int8(
    checkpoint: Checkpoint, store: Store, cine: Cine, id: str, learn: Sequence[int]
) -> Engine:
    """The network quantised from these frames, whether or not a gate would take it."""
    exact = Predictor(store, Settings(engine=EngineName.OPENVINO, precision=Precision.FLOAT32))
    canvases = list(exact.canvases(cine, id, learn))
    model = quantised(checkpoint, id, canvases)
    return OpenVinoEngine(checkpoint, id, Precision.INT8, {canvases[0].size: model})


def away(exact: Sequence[Prediction], other: Sequence[Prediction]) -> list[float]:
    """Distances between the landmarks of two, source pixels; their order does not matter."""
    places = {(one.measurement, one.frame): one.points for one in exact}
    return [
        float(np.hypot(a.x - b.x, a.y - b.y))
        for two in other
        for a, b in zip(places[two.measurement, two.frame], two.points, strict=True)
    ]


def on_phantom(bench: Bench, weights: Path) -> dict[Way, str]:
    """How far trained networks move landmarks on a phantom, in each way."""
    store = Store(weights)
    ids = SIX if bench.given is None else SIX[:1]
    count = 2 * bench.scale.learn
    cine = read(bench.phantom("plax", count))
    shown = range(0, count, max(1, count // 6) if bench.given is None else 3)
    learn = [frame for frame in range(count) if frame not in shown][: bench.scale.learn]
    found = {}
    for way in WAYS:
        run = predictor(store, cine, ids[0], learn, way)
        found[way] = list(run.predict(cine, ids, shown))
    return {way: distances(away(found[EXACT], some)) for way, some in found.items()}


def gate(bench: Bench) -> str:
    """The networks of the package in int8, by `echomeasure weights quantise`."""
    count = bench.scale.learn
    cines = [read(bench.phantom("plax", count)), read(bench.phantom("a4c", count))]
    lines = []
    for one in quantise(cines, Store(package_folder())):
        verdict = one.why_not or "accepted"
        moved = f"{one.median_px:.2f} px, 95 % {one.p95_px:.2f}"
        lines.append([one.checkpoint.path.name, moved, str(one.landmarks), verdict])
    return f"""## The gate of int8

`echomeasure weights quantise` with {2 * count} phantom frames: two of three choose the numbers,
the third decides.

{table(("network", "landmarks moved, median", "of", "verdict"), lines)}"""


def compare_formats(weights: str, file: str, id: str, count: int) -> None:
    """Print how far other engines and number formats move the landmarks of one's own networks."""
    cine = read(file)
    frames = list(range(0, cine.frame_count, max(1, cine.frame_count // count)))[:count]
    found = {}
    for way in WAYS:
        if way[1] is not Precision.INT8:
            run = Predictor(Store(weights), Settings(engine=way[0], precision=way[1]))
            found[way] = list(run.predict(cine, [id], frames))
            print(f"{id}, {way[0]} {way[1]}: {distances(away(found[EXACT], found[way]))}")
