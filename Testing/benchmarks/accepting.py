"""What one acceptance costs in a scene of 1,080 calipers: 9 measurements on 120 frames.

    python Testing/benchmarks/accepting.py [--steps 40] [--profile]

Milliseconds of processor time, medians: the review alone, with its answers asked for after each
step as the panel does, and at the desk with the scene that follows (slicer-core, nothing drawn).
"""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing" / "support")]

import numpy as np  # noqa: E402
from ultrasound_files import region, write_ultrasound  # noqa: E402

from EchoMeasureLib.geometry import Landmark  # noqa: E402
from EchoMeasureLib.imaging.reading import read  # noqa: E402
from EchoMeasureLib.inference.prediction import Prediction, Provenance  # noqa: E402
from EchoMeasureLib.review.answers import answers_of  # noqa: E402
from EchoMeasureLib.review.session import Review  # noqa: E402

FRAMES = 120
MEASUREMENTS = ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la", "rv_base", "pa", "ivc")
MODEL = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")


def clip(folder: Path) -> Path:
    """A black clip of 120 frames, 25 a second, 0.5 mm a pixel."""
    pixels = np.zeros((FRAMES, 240, 320, 3), np.uint8)
    box = region((0, 0, 319, 239), (0.05, 0.05))
    return write_ultrasound(folder / "clip.dcm", pixels, [box], {"FrameTime": "40"})


def predictions() -> list[Prediction]:
    """A ventricle of 5 to 3 cm that beats once in 0.8 s; all others of 1 cm."""
    found = []
    for id in MEASUREMENTS:
        for frame in range(FRAMES):
            beat = 80 + 20 * np.cos(2 * np.pi * frame / 20) if id == "lvid" else 20
            points = (Landmark(160, 60, confidence=0.9), Landmark(160, 60 + beat, confidence=0.9))
            found.append(Prediction(id, frame, points, MODEL))
    return found


def filled(path: Path) -> Review:
    """The review of all of them."""
    review = Review(read(path), "AB")
    review.add_predictions(predictions())
    assert len(review.entries) == 1080
    return review


def timed(steps: int, review: Review, after: Callable[[], object]) -> list[float]:
    """Milliseconds of each acceptance, of all measurements in turn."""
    ids = [f"{id}-f{frame}" for frame in range(FRAMES) for id in MEASUREMENTS][:: FRAMES // 5]
    times = []
    after()
    for id in ids[:steps]:
        start = time.process_time()
        review.accept(id)
        after()
        times.append(1000 * (time.process_time() - start))
    return times


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--profile", action="store_true", help="where the time of the desk goes")
    args = parser.parse_args()
    os.environ.setdefault("ECHOMEASURE_DATA", tempfile.mkdtemp(prefix="echomeasure-"))
    with tempfile.TemporaryDirectory() as name:
        path = clip(Path(name))
        print(f"{platform.processor() or platform.machine()}, {args.steps} acceptances")
        alone = filled(path)
        show("the review alone", timed(args.steps, alone, lambda: None))
        asked = filled(path)
        show("with its answers", timed(args.steps, asked, lambda: answers_of(asked)))
        at_desk(path, args)


def at_desk(path: Path, args: argparse.Namespace) -> None:
    """With markups, labels and text in the scene, and everything that the panel asks the desk."""
    from slicer_scene import headless_slicer

    from EchoMeasureLib.desk.desk import Desk

    app = headless_slicer()
    desk = Desk(app.scene, app.app.app_logic)
    desk.load_file(path)
    desk.set_reviewer("AB")
    review = desk.study.need_review()
    review.add_predictions(predictions())

    def panel() -> None:
        desk.answering.answers, desk.answering.together(), desk.decisions.obstacles()
        review.sheet(desk.lengths)
        review.derived()

    profile = cProfile.Profile()
    if args.profile:
        profile.enable()
    times = timed(args.steps, review, panel)
    profile.disable()
    show("at the desk, scene and all", times)
    if args.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    desk.close()


def show(title: str, times: list[float]) -> None:
    """Median, and the range."""
    low, high = min(times), max(times)
    print(f"{title:<28} median {statistics.median(times):6.1f} ms ({low:.1f} to {high:.1f})")


if __name__ == "__main__":
    main()
