"""`make bench`: EchoMeasure's default beside the published way, in one run on this machine.

The published way: DeepLabV3-ResNet50 in eager float32, one frame at a time, heat maps
brought to 640 x 480 and decoded there. Both run the same untrained network in EchoNet's
format on the same real frames, in turn, after a warm-up; medians and ratios are printed.
Landmarks are compared between number formats on the same network and on a shipped one; with
`--weights DIR --file FILE -m ID` on any other. A Doppler strip is read without a network.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from pydicom.data import get_testdata_file
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.demo_weights import write_demo_checkpoint
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.torch_engine import best_precision
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.phantoms.doppler import draw_spectrum, plan_spectrum
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.phantoms.layouts import LAYOUTS

MEASUREMENT = "rv_base"


class PublishedWay:
    """What the published scripts do per frame, written from their description."""

    def __init__(self, checkpoint: Path) -> None:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        self.network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2)
        self.network.load_state_dict({k.removeprefix("m."): v for k, v in state.items()})
        self.network.eval()

    def points(self, frame: np.ndarray) -> list[tuple[float, float]]:
        canvas = torch.from_numpy(frame.transpose(2, 0, 1)[None] / 255.0).float()
        with torch.no_grad():
            maps = torch.sigmoid(self.network(canvas)["out"])[0].numpy()
        rows, columns = np.mgrid[: maps.shape[1], : maps.shape[2]]
        return [
            (float((m * columns).sum() / m.sum()), float((m * rows).sum() / m.sum())) for m in maps
        ]


def side_by_side(
    first: Callable[[], object], second: Callable[[], object], rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of each, in turn, after one uncounted round."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for run, kept in zip((first, second), times, strict=True):
            start = time.perf_counter()
            run()
            if number:
                kept.append(time.perf_counter() - start)
    return times


def whole_process(words: Sequence[str]) -> tuple[float, float]:
    """Wall seconds and peak memory in MiB of a command."""
    code = (
        "import resource, subprocess, sys, time; start = time.perf_counter();"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL,"
        " stderr=subprocess.DEVNULL);"
        "print(time.perf_counter() - start,"
        " resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    seconds, kilobytes = map(float, run.stdout.split())
    return seconds, kilobytes / 1024


def ratio_line(title: str, published: list[float], ours: list[float], per: int) -> str:
    """Medians per frame and the median of the ratios pair by pair."""
    ratios = [p / o for p, o in zip(published, ours, strict=True)]
    return (
        f"{title:<34} {statistics.median(published) / per:8.3f} s "
        f"{statistics.median(ours) / per:8.3f} s   {statistics.median(ratios):5.2f}x  "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


def landmark_differences(
    store: Store, cine: Cine, measurement: str, frames: list[int]
) -> list[float]:
    """Distances in source pixels between the default's landmarks and float32's."""
    found = []
    for precision in ("float32", "auto"):
        predictor = Predictor(store, Settings(precision=precision))
        found.append(list(predictor.predict(cine, [measurement], frames)))
    again = sum(p.model.precision == "float32" for p in found[1])
    if best_precision(torch.device("cpu")) == "float32":
        print("This processor has no bfloat16: the default is float32.")
    elif again:
        print(f"{again} of {len(frames)} frames had a tie and were computed again in float32.")
    return [
        float(np.hypot(a.x - b.x, a.y - b.y))
        for exact, quick in zip(*found, strict=True)
        for a, b in zip(exact.points, quick.points, strict=True)
    ]


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=4, help="frames per round")
    parser.add_argument("--weights", help="compare number formats with these weights, no timing")
    parser.add_argument("--file", help="on this file")
    parser.add_argument("-m", "--measurement", default="lvid", help="and this measurement")
    args = parser.parse_args()
    if args.weights:
        compare_formats(args.weights, args.file, args.measurement, args.frames)
        return
    file = get_testdata_file("color3d_jpeg_baseline.dcm", download=False)
    cine = read(str(file))
    frames = list(range(0, cine.frame_count, cine.frame_count // args.frames))[: args.frames]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = write_demo_checkpoint(folder, MEASUREMENT, seed=1)
        published = PublishedWay(checkpoint)
        predictor = Predictor(Store(folder), Settings())
        print(
            f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, "
            f"torch {torch.__version__}, {args.rounds} rounds of {len(frames)} frames\n"
        )
        print(f"{'':<34} {'published':>10} {'default':>10}   ratio (range)")
        times = side_by_side(
            lambda: [published.points(cine.frame(frame)) for frame in frames],
            lambda: list(predictor.predict(cine, [MEASUREMENT], frames)),
            args.rounds,
        )
        print(ratio_line("one network, per frame", *times, len(frames)))
        cold = [[], []]
        peaks = []
        for _ in range(3):
            for kept, words in zip(
                cold, _cold_commands(str(file), folder, checkpoint), strict=True
            ):
                seconds, memory = whole_process(words)
                kept.append(seconds)
                peaks.append(memory)
        print(ratio_line("first caliper from a cold start", *cold, 1))
        print(
            f"{'peak memory of that':<34} {max(peaks[0::2]):8.0f} MiB {max(peaks[1::2]):6.0f} MiB"
        )
        print("\nLandmarks of the default against float32:")
        untrained = landmark_differences(Store(folder), cine, MEASUREMENT, frames)
        print(difference_line("untrained DeepLabV3, wide blobs", untrained))
        study = generate("lvid", "768x1024", 1)
        phantom = read(write(study, folder)[0])
        count = phantom.frame_count
        chosen = list(range(0, count, max(1, count // 6)))
        trained = landmark_differences(Store(package_folder()), phantom, "lvid", chosen)
        print(difference_line("shipped network on a phantom", trained))
    print(f"\nA Doppler strip of 1024 x 426 read without a network: {reading_ms():.0f} ms")


def reading_ms() -> float:
    """CPU time of one reading, the least of five."""
    strip = Box(0, 0, 1023, 425)
    plan, box = plan_spectrum("mvpeak", LAYOUTS["1080x1920"], 1), LAYOUTS["1080x1920"].strip.box
    zero = float(plan.baseline_y - box.y0 - 40)
    frame = draw_spectrum(plan)[box.y0 + 40 : box.y0 + 466, box.x0 : box.x0 + 1024]
    region = Region(0, RegionKind.PW, strip, ("s", "cm/s"), (0.0025, -0.5), (0.0, zero))
    times = []
    for _ in range(5):
        start = time.process_time()
        read_strip(frame, region, zero)
        times.append(time.process_time() - start)
    return 1000 * min(times)


def compare_formats(weights: str, file: str, measurement: str, count: int) -> None:
    """How far bfloat16 moves the landmarks of the user's own networks on the user's own file."""
    cine = read(file)
    step = max(1, cine.frame_count // count)
    frames = list(range(0, cine.frame_count, step))[:count]
    moved = landmark_differences(Store(weights), cine, measurement, frames)
    print(difference_line(f"{measurement}, {len(frames)} frame(s)", moved))


def difference_line(title: str, distances: list[float]) -> str:
    """Median and maximum."""
    return (
        f"{title:<34} median {statistics.median(distances):.2f} px, "
        f"at most {max(distances):.2f} px ({len(distances)} points)"
    )


def _cold_commands(file: str, folder: Path, checkpoint: Path) -> tuple[list[str], list[str]]:
    """One frame from a new process: the published way, and `echomeasure measure`."""
    published = [
        sys.executable,
        __file__,
        "--rounds",
        "0",
        "--only-published",
        file,
        str(checkpoint),
    ]
    ours = [sys.executable, "-m", "EchoMeasureLib.cli.main", "measure", file, "-m", MEASUREMENT]
    ours += ["--frames", "0", "--weights", str(folder), "--out", str(folder / "out"), "--json"]
    return published, ours


if __name__ == "__main__":
    if "--only-published" in sys.argv:
        import pydicom

        where = sys.argv.index("--only-published")
        pixels = pydicom.dcmread(sys.argv[where + 1]).pixel_array
        print(json.dumps(PublishedWay(Path(sys.argv[where + 2])).points(pixels[0])))
    else:
        main()
