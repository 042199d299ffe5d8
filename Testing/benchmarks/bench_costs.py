"""Sections of `make bench`: what is spent outside of the networks, starts, memory, and growth."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from functools import partial

import bench_timing as timing
from bench_page import table
from bench_published import PublishedWay
from bench_scale import SIX, Bench, in_memory
from pydicom.data import get_testdata_file

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.canvas import Canvas, canvas_size
from EchoMeasureLib.inference.engine_choice import FallingBack
from EchoMeasureLib.inference.engines import Engine
from EchoMeasureLib.inference.network_facts import Logits
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.quantising import accepted
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.quantised import quantise
from EchoMeasureLib.measuring.running import predict_calipers
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layouts import LAYOUTS


class Clocked(FallingBack):
    """An engine that counts what its runs take."""

    seconds = 0.0

    def run(self, canvases: Sequence[Canvas]) -> dict[str, Logits]:
        start = time.perf_counter()
        try:
            return self._engine.run(canvases)
        finally:
            Clocked.seconds += time.perf_counter() - start


class ClockedPredictor(Predictor):
    """One whose engines are `Clocked`."""

    def _engine(self, *asked: object) -> Engine:
        made = super()._engine(*asked)  # type: ignore[arg-type]
        return Clocked(made, lambda: made, print)


def caliper(bench: Bench) -> str:
    """From a decoded frame to calipers, inside and outside of the networks' forward passes."""
    rows = []
    count = bench.scale.repeats
    for name, weights, ids, frames in (
        ("published size, one measurement", bench.networks, SIX[:1], min(count, 4)),
        ("compact, six measurements", package_folder(), SIX, count),
    ):
        cine = read(bench.phantom("plax", frames + 1))
        predictor = ClockedPredictor(Store(weights), Settings(view_check=False))
        whole, inside = [], []
        for frame in range(frames + 1):
            cine.frame(frame)
            Clocked.seconds = 0.0
            one = partial(_calipers, cine, ids, [frame], predictor)
            whole.append(timing.once(one)[0])
            inside.append(Clocked.seconds)
        total, run = statistics.median(whole[1:]), statistics.median(inside[1:])
        outside = statistics.median([w - i for w, i in zip(whole[1:], inside[1:], strict=True)])
        all_frames = partial(_calipers, cine, ids, range(frames + 1), predictor)
        again = timing.middle(all_frames, 3)
        cells = (1000 * total, 1000 * run, 1000 * outside, 1000 * again)
        rows.append([name, *(f"{cell:.1f}" for cell in cells), str(frames + 1)])
    heads = ("network", "a frame, ms", "forward pass, ms", "the rest, ms")
    return f"""## A caliper

From a decoded frame of 768 x 1024 to calipers with their checks, without the look at the view,
medians. Asked again: all frames of the cine a second time.

{table((*heads, "asked again, ms", "frames"), rows)}"""


def _calipers(cine: Cine, ids: Sequence[str], frames: Sequence[int], predictor: Predictor) -> None:
    list(predict_calipers(cine, ids, frames, predictor, neighbours=False))


def starts(bench: Bench) -> str:
    """From a new process to the first caliper."""
    file = str(get_testdata_file("color3d_jpeg_baseline.dcm", download=False))
    rows = []

    def row(name: str, found: dict[str, float]) -> None:
        again = found.get("again", 0.0)
        above = f"{found['seconds'] - again:.1f}" if again else ""
        seconds = f"{found['seconds']:.1f}"
        rows.append([name, seconds, f"{again:.3f}" if again else "", above])

    published = timing.child("published", file=file, checkpoint=str(bench.checkpoint))
    row("published way", published)
    weights = str(bench.checkpoint.parent)
    facts = {"file": file, "weights": weights, "id": "lvid"}
    row("first ever (converts, tries the engines)", timing.child("first", **facts))
    for name, more in (("published size", facts), ("compact", {**facts, "weights": None})):
        runs = [timing.child("first", **more) for _ in range(bench.scale.starts + 1)][1:]
        row(f"later, {name}", sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2])
    heads = ("what", "first caliper, s", "a later one, s", "above a later one, s")
    return f"""## A new process

From its start to the first caliper of a frame of a real cine, one measurement.

{table(heads, rows)}"""


def nine(bench: Bench) -> str:
    """Nine networks on one cine, in a process of their own, as they come."""
    found = _nine(bench)
    return f"""## {bench.scale.networks} networks on one cine

{_ABOUT_NINE.format(frames=bench.scale.cine, networks=bench.about_networks)}

{found}"""


def nine_int8(bench: Bench) -> str:
    """The same after `echomeasure weights quantise`; what its gate refuses stays as it was."""
    told, taken = [], 0
    for store, images, views in _learning(bench):
        size = canvas_size(CATALOG[bench.nine[0]])
        known = [state.measurement for state in store.states() if state.checkpoint is not None]
        kept = [id for id in known if accepted(store.find(id), id, size) is not None]
        if len(kept) == len(known):
            taken += len(kept)
            told.append(f"{', '.join(kept)}: accepted before, with such frames of {views}.")
            continue
        for one in quantise([images], store):
            moved = f"{one.median_px:.2f} px (95 %: {one.p95_px:.2f}; {one.landmarks} landmarks)"
            told.append(f"{one.measurements[0]}: {one.why_not or f'{moved}, accepted.'}")
            taken += not one.why_not
    return f"""## {bench.scale.networks} networks on one cine, in int8

As above, after `echomeasure weights quantise` with {bench.scale.learn} frames that show what the
network measures. Its gate took {taken} of {len(bench.nine)} networks; the others run as they did.
{" ".join(told)}

{_nine(bench)}"""


def _learning(bench: Bench) -> Iterator[tuple[Store, Cine, str]]:
    """Networks in a folder, images to quantise them with, and what these show."""
    frames = range(0, bench.scale.cine, max(1, bench.scale.cine // bench.scale.learn))
    cine = in_memory(read(bench.phantom("plax", bench.scale.cine)), frames)
    if bench.given is None:
        # Those made here measure nothing but that cine.
        yield Store(bench.networks), cine, "the cine"
        return
    for id in bench.nine:
        view = BMODE_MEASUREMENTS[id]
        folder = bench.folder / f"alone-{id}"
        if not folder.exists():
            folder.mkdir()
            path = Store(bench.given).find(id).path
            for file in (path, path.with_suffix(".json")):
                (folder / file.name).symlink_to(file)
        images = cine
        if view != "plax":
            images = read(bench.phantom(view, bench.scale.learn))
        yield Store(folder), images, view


_ABOUT_NINE = """Networks of the published size on a phantom cine of {frames} frames of 768 x 1024
(a parasternal long axis at 37 frames a second), default settings, one network after another in one
process, converted and the engine chosen before. {networks}.
Four measure what other views show. The published way is computed from 4 frames, measured before and
after."""


def _nine(bench: Bench) -> str:
    """The table, and what stands under it."""
    scale = bench.scale
    ids = bench.nine
    file = bench.phantom("plax", scale.cine)
    published = PublishedWay(Store(bench.networks).find(ids[0]).path)
    frame = read(get_testdata_file("color3d_jpeg_baseline.dcm", download=False)).frame(0)
    published.points(frame)
    before = timing.middle(lambda: published.points(frame), 2)
    facts = {"weights": str(bench.networks), "ids": ids, "file": str(file)}
    first = timing.child("converted", **facts)
    found = timing.child("whole", **facts)
    after = timing.middle(lambda: published.points(frame), 2)
    frames = scale.cine * len(ids)
    theirs = (before + after) / 2 * frames
    rows = [
        ["ours", f"{found['seconds']:.0f}", f"{theirs / found['seconds']:.1f}"],
        ["published way, computed", f"{theirs:.0f}", "1"],
    ]
    formats = ", ".join(f"{count} in {name}" for name, count in found["formats"].items())
    run = ", ".join(f"{id} {count}" for id, count in found["frames"].items())
    share = sum(found["frames"].values()) / frames
    return f"""{table(("what", "s", "ratio"), rows)}

Frames that were run: {run}; {share:.0%} of all ({formats}). Measured again in the same process:
{found["again"]:.2f} s. Most memory of that process: **{found["memory"]:.0f} MiB**; of the one that
ran them first {first["memory"]:.0f} MiB, and of the largest of those beside it, which convert a
network or try an engine, {first["elsewhere"]:.0f} MiB."""


def growth(bench: Bench) -> str:
    """What a call costs against frames, networks and processors."""
    scale = bench.scale
    predictor = Predictor(Store(package_folder()))
    rows = []

    def seconds_of(image: Cine, ids: Sequence[str], run: Predictor = predictor) -> float:
        frames = range(image.frame_count)
        return timing.once(lambda: list(run.predict(image, ids, frames)))[0]

    phantom = read(bench.phantom("plax", scale.cine))
    seconds_of(in_memory(phantom, [0]), SIX)
    for count in scale.counts:
        seconds = seconds_of(in_memory(phantom, range(10), count), SIX)
        name = f"{count} frame{'s' * (count > 1)}"
        rows.append([name, "compact, six measurements", f"{1000 * seconds:.0f}"])
    large = Predictor(Store(bench.networks))
    for ids in (bench.nine[:1], bench.nine):
        for _ in range(2):
            seconds = seconds_of(in_memory(phantom, [0]), ids, large)
        name = f"{len(ids)} network{'s' * (len(ids) > 1)}"
        rows.append([name, "published size, one frame, loaded anew", f"{1000 * seconds:.0f}"])
    file = str(bench.phantom("plax", scale.repeats + 1))
    for count in (1, 2):
        for name, weights, ids, repeats in (
            ("compact, six measurements", None, SIX, scale.repeats),
            ("published size", str(bench.networks), SIX[:1], min(3, scale.repeats)),
        ):
            facts = {"file": file, "weights": weights, "ids": ids, "count": repeats}
            found = timing.child("frames", processors=count, **facts)
            words = f"{count} processor{'s' * (count > 1)}"
            rows.append([words, f"{name}, a frame", f"{found['ms']:.1f}"])
    rows.append(["", "a Doppler strip of 1024 x 426 read without a network", f"{_reading():.0f}"])
    return f"""## What it costs against

Landmarks of frames of 768 x 1024 in memory, ten in turn, one process.

{table(("against", "what", "ms"), rows)}"""


def _reading() -> float:
    """Milliseconds of processor for one reading, the least of five."""
    strip = Box(0, 0, 1023, 425)
    plan, box = plan_spectrum("mvpeak", LAYOUTS["1080x1920"], 1), LAYOUTS["1080x1920"].strip.box
    zero = float(plan.baseline_y - box.y0 - 40)
    frame = draw_spectrum(plan)[box.y0 + 40 : box.y0 + 466, box.x0 : box.x0 + 1024]
    region = Region(0, RegionKind.PW, strip, ("s", "cm/s"), (0.0025, -0.5), (0.0, zero))
    return 1000 * min(timing.once(lambda: read_strip(frame, region, zero))[1] for _ in range(5))
