"""`make bench`: how fast it is here, beside the published way, written to Docs/performance.md.

The published way: DeepLabV3-ResNet50 in eager float32, one frame at a time, heat maps brought to
640 x 480 and decoded there. Every engine runs the same untrained network in EchoNet's format on the
same real frames, in turn with it, after a warm-up; the ratio is that of each round. With
`--weights DIR --file FILE -m ID` only number formats are compared, on any network and file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import bench_page
import bench_timing as timing
import numpy as np
from bench_published import PublishedWay
from pydicom.data import get_testdata_file

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.demo_weights import write_demo_checkpoint
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.settings import EngineName, Precision, Settings
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.phantoms.doppler import draw_spectrum, plan_spectrum
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.phantoms.layouts import LAYOUTS

MEASUREMENT = "rv_base"
GFLOP = 383.0
"""Of DeepLabV3-ResNet50 for one canvas of 640 x 480."""

ENGINES = [
    (engine, precision)
    for engine in (EngineName.TORCH, EngineName.OPENVINO)
    for precision in (Precision.FLOAT32, Precision.BFLOAT16)
]
COMPACT = ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la")


def engines(checkpoint: Path, rounds: int, count: int) -> Iterator[bench_page.Row]:
    """Each engine beside the published way, on frames of a real cine."""
    file = get_testdata_file("color3d_jpeg_baseline.dcm", download=False)
    # Two of the same image in turn, since what was found in an open one is known.
    pair = [read(str(file)), read(str(file))]
    step = pair[0].frame_count // count
    frames = list(range(0, pair[0].frame_count, step))[:count]
    published = PublishedWay(checkpoint)
    store = Store(checkpoint.parent)
    predictors = [
        (how, Predictor(store, Settings(engine=how[0], precision=how[1]))) for how in ENGINES
    ]

    def run(predictor: Predictor) -> None:
        pair.reverse()
        list(predictor.predict(pair[0], [MEASUREMENT], frames))

    spent = timing.in_turn(
        [lambda: [published.points(pair[0].frame(frame)) for frame in frames]]
        + [lambda p=predictor: run(p) for _, predictor in predictors],
        rounds,
    )
    yield bench_page.Row("published way", "float32", statistics.median(spent[0]) / count, [1.0])
    for ((engine, precision), _), seconds in zip(predictors, spent[1:], strict=True):
        ratios = [p / s for p, s in zip(spent[0], seconds, strict=True)]
        yield bench_page.Row(
            engine,
            precision,
            statistics.median(seconds) / count,
            ratios,
            moved(store, pair[0], MEASUREMENT, frames, engine, precision),
            trained(engine, precision),
            GFLOP * count / statistics.median(seconds),
            timing.ceiling(precision),
        )


def moved(
    store: Store, cine: Cine, id: str, frames: list[int], engine: EngineName, precision: Precision
) -> list[float]:
    """Distances in source pixels to torch's landmarks in float32."""
    ways = (
        Settings(engine=EngineName.TORCH, precision=Precision.FLOAT32),
        Settings(engine=engine, precision=precision),
    )
    exact, other = (list(Predictor(store, way).predict(cine, [id], frames)) for way in ways)
    return [
        float(np.hypot(a.x - b.x, a.y - b.y))
        for one, two in zip(exact, other, strict=True)
        for a, b in zip(one.points, two.points, strict=True)
    ]


def trained(engine: EngineName, precision: Precision) -> list[float]:
    """The same for the network of the package on a phantom."""
    store = Store(package_folder())
    with tempfile.TemporaryDirectory() as name:
        cine = read(write(generate("plax", "768x1024", 41, 6), Path(name))[0])
        found = (moved(store, cine, id, list(range(6)), engine, precision) for id in COMPACT)
        return [distance for distances in found for distance in distances]


def costs() -> Iterator[tuple[str, str]]:
    """What a call costs against frames, measurements and processors; the compact network."""
    predictor = Predictor(Store(package_folder()), Settings())
    pixels = np.random.default_rng(1).integers(0, 256, (10, 480, 640, 3), np.uint8)
    region = Region(0, RegionKind.TWO_D, Box(0, 0, 639, 479), ("cm", "cm"), (0.03, 0.03))

    def cine(count: int) -> Cine:
        repeated = np.broadcast_to(pixels, (count // 10 + 1, *pixels.shape))
        return Cine(
            ArraySource(repeated.reshape(-1, *pixels.shape[1:])[:count]), Timing(None, ""), [region]
        )

    def seconds_of(image: Cine, ids: Sequence[str]) -> float:
        frames = range(image.frame_count)
        return timing.once(lambda: list(predictor.predict(image, ids, frames)))[0]

    seconds_of(cine(1), COMPACT)
    for count in (1, 10, 100, 1000):
        image = cine(count)
        seconds, again = seconds_of(image, COMPACT), seconds_of(image, COMPACT)
        yield f"{count} frame{'s' * (count > 1)}, six measurements", f"{1000 * seconds:.0f} ms"
        if count == 100:
            yield "the same 100 frames asked a second time", f"{1000 * again:.0f} ms"
    for ids in (COMPACT[:1], COMPACT):
        seconds = seconds_of(cine(10), ids)
        yield f"10 frames, {len(ids)} measurement{'s' * (len(ids) > 1)}", f"{1000 * seconds:.0f} ms"
    for processors in (1, 2):
        yield (
            f"a frame of 768 x 1024, six measurements, {processors} processor(s)",
            f"{1000 * timing.on_processors(processors):.1f} ms",
        )
    yield "a Doppler strip of 1024 x 426 read without a network", f"{reading_ms():.0f} ms"


def reading_ms() -> float:
    """CPU time of one reading, the least of five."""
    strip = Box(0, 0, 1023, 425)
    plan, box = plan_spectrum("mvpeak", LAYOUTS["1080x1920"], 1), LAYOUTS["1080x1920"].strip.box
    zero = float(plan.baseline_y - box.y0 - 40)
    frame = draw_spectrum(plan)[box.y0 + 40 : box.y0 + 466, box.x0 : box.x0 + 1024]
    region = Region(0, RegionKind.PW, strip, ("s", "cm/s"), (0.0025, -0.5), (0.0, zero))
    return 1000 * min(timing.once(lambda: read_strip(frame, region, zero))[1] for _ in range(5))


def starts(checkpoint: Path) -> Iterator[tuple[str, str]]:
    """From a new process to the first caliper: the published way, ours at first, and later."""
    file = str(get_testdata_file("color3d_jpeg_baseline.dcm", download=False))
    published = [sys.executable, __file__, "--only-published", file, str(checkpoint)]
    ours = [sys.executable, "-m", "EchoMeasureLib.cli.main", "measure", file, "-m", MEASUREMENT]
    ours += ["--frames", "0", "--weights", str(checkpoint.parent), "--json"]
    ours += ["--out", str(checkpoint.parent / "out")]
    found = {"published way": timing.whole_process(published)}
    found["first run ever (converts, tries the engines)"] = timing.whole_process(ours)
    found["later runs"] = min(timing.whole_process(ours) for _ in range(3))
    for name, (seconds, memory) in found.items():
        yield f"{name}, DeepLabV3", f"{seconds:.1f} s, {memory:.0f} MiB at the peak"


def compare_formats(weights: str, file: str, id: str, count: int) -> None:
    """How far other number formats and engines move the landmarks of one's own networks."""
    cine = read(file)
    frames = list(range(0, cine.frame_count, max(1, cine.frame_count // count)))[:count]
    for engine, precision in ENGINES[1:]:
        distances = moved(Store(weights), cine, id, frames, engine, precision)
        print(f"{id}, {engine} {precision}: {bench_page.distances(distances)}")


def main() -> None:
    """Run everything, print it and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=4, help="frames per round")
    parser.add_argument("--page", type=Path, help="where to write it, such as Docs/performance.md")
    parser.add_argument("--weights", help="compare number formats with these weights, no timing")
    parser.add_argument("--file", help="on this file")
    parser.add_argument("-m", "--measurement", default="lvid", help="and this measurement")
    args = parser.parse_args()
    if args.weights:
        compare_formats(args.weights, args.file, args.measurement, args.frames)
        return
    with tempfile.TemporaryDirectory() as name:
        os.environ["ECHOMEASURE_DATA"] = str(Path(name) / "data")
        loads = [os.getloadavg()[0]]
        checkpoint = write_demo_checkpoint(Path(name), MEASUREMENT, seed=1)
        rows = list(engines(checkpoint, args.rounds, args.frames))
        page = bench_page.page(rows, list(starts(checkpoint)), list(costs()), loads, args.rounds)
    print(page)
    if args.page:
        args.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    if "--only-published" in sys.argv:
        import pydicom

        place = sys.argv.index("--only-published")
        shown = pydicom.dcmread(sys.argv[place + 1]).pixel_array
        print(json.dumps(PublishedWay(Path(sys.argv[place + 2])).points(shown[0])))
    else:
        main()
