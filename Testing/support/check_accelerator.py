"""What a machine with a card of NVIDIA (CUDA) or Apple (MPS) must show, by running there

    python Testing/support/check_accelerator.py

The card's landmarks lie beside those of the processor in float32, for the networks of the package
and for one of the published size; a card that is full hands the work to the processor, and the
trainer learns on it (CUDA only). Prints what it measured; exit code 1 when something does not hold,
2 without a card. `rehearse` does as little of everything as runs, on the processor: that the script
is whole.

It needs numpy, scipy, pillow, rich, torch and torchvision, and pydicom (3.0, one wheel without
compiled parts); neither openvino nor SimpleITK nor the package itself has to be installed. One to
two minutes, half of them drawing phantoms on the processor; 2 GB of the card's memory.

On a card of Apple's nobody has run it yet (Docs/decisions/apple-cards.md).
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from EchoMeasureLib.inference.engines import Engine
    from EchoMeasureLib.inference.networks import LandmarkNetwork
    from EchoMeasureLib.inference.settings import EngineName, Precision
    from EchoMeasureLib.training.recipe import Plan

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing" / "benchmarks")]

STUDIES = {
    "plax": ("ivs", "lvid", "lvpw", "aortic_root", "la"),
    "avvmax": ("avvmax",),
    "mvpeak": ("mvpeak",),
}
MEDIAN_PX, WORST_PX = 0.15, 1.0
"""How far landmarks may lie from float32 on the processor."""
LARGE_MEDIAN_PX, LARGE_WORST_PX = 0.5, 1.5
"""The same for a network of the published size, whose last layer alone was fitted."""
LARGE = ("lvid", "ivs")
SHARE_LEARNED = 0.8
"""To what share of its first value the loss must fall in the short training."""

REHEARSAL = "rehearse"


def engine_name() -> EngineName:
    """What uses the card of this machine."""
    import torch

    from EchoMeasureLib.inference.settings import EngineName

    apple = torch.backends.mps.is_available()
    return EngineName.MPS if apple else EngineName.TORCH


def landmarks(
    folder: Path, precision: str, weights: str = "", engine: str = "torch"
) -> dict[str, list[list[float]]]:
    """Every landmark of every study in `folder`, by study, measurement and frame.

    Without `weights`, a folder of them, by the networks of the package. Says which engine gave
    them where that is not the one that was asked.
    """
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.settings import EngineName, Precision, Settings
    from EchoMeasureLib.inference.weight_store import Store, package_folder

    settings = Settings(engine=EngineName(engine), precision=Precision(precision))
    predictor = Predictor(Store(weights or package_folder()), settings)
    found: dict[str, list[list[float]]] = {}
    for path in sorted(folder.glob("*.dcm")):
        cine = read(path)
        wanted = LARGE if weights else STUDIES[path.stem.partition("-")[0]]
        for prediction in predictor.predict(cine, wanted, range(cine.frame_count)):
            key = f"{path.stem} {prediction.measurement} {prediction.frame}"
            found[key] = [[p.x, p.y] for p in prediction.points]
            if not prediction.model.engine.startswith(f"{engine} "):
                print(f"{key}: {prediction.model.engine}; {predictor.notes}", file=sys.stderr)
    return found


def on_the_processor(folder: Path, weights: str = "") -> dict[str, list[list[float]]]:
    """The same in float32, in a process that sees no card."""
    done = subprocess.run(
        [sys.executable, __file__, "landmarks", str(folder), weights],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, list[list[float]]] = json.loads(done.stdout)
    return found


def compare(folder: Path, weights: str, median_px: float, worst_px: float) -> bool:
    """The card's landmarks beside the processor's."""
    exact, well = on_the_processor(folder, weights), True
    for precision in ("float32", "auto"):
        started = time.perf_counter()
        here = landmarks(folder, precision, weights, engine_name().value)
        seconds = time.perf_counter() - started
        assert here.keys() == exact.keys()
        away = [
            math.dist(p, q) for key in exact for p, q in zip(here[key], exact[key], strict=True)
        ]
        middle, worst = statistics.median(away), max(away)
        print(
            f"{'published size' if weights else 'compact'}, {precision}: {len(away)} landmarks, "
            f"{middle:.3f} px from the processor's in the median, {worst:.3f} at most; "
            f"{seconds:.1f} s with reading and decoding",
            flush=True,
        )
        well &= middle <= median_px and worst <= worst_px
    return well


def speed(frames: int) -> None:
    """DeepLabV3 frames a second by batch, medians of five rounds after a warm-up."""
    import numpy as np
    import torch

    from EchoMeasureLib.inference.canvas import Canvas
    from EchoMeasureLib.inference.settings import EngineName, Precision

    formats = (Precision.FLOAT32, Precision.BFLOAT16)
    for precision in formats[:1] if engine_name() is EngineName.MPS else formats:
        engine = _untrained(precision)
        told = []
        for batch in (1, 4, 16)[:frames]:
            canvases = [Canvas.of(np.zeros((480, 640, 3), np.uint8))] * batch
            rounds = []
            for _ in range(min(8, 2 * frames)):
                started = time.perf_counter()
                # What comes back is in the processor's memory: the card is done.
                engine.run(canvases)
                rounds.append((time.perf_counter() - started) / batch)
            told.append(f"{1000 * statistics.median(rounds[-5:]):.1f} ms by {batch}")
        print(f"DeepLabV3 in {precision}, a frame: {', '.join(told)}", flush=True)
    if torch.cuda.is_available():
        print(f"most of the card's memory: {torch.cuda.max_memory_allocated() >> 20} MiB")


def hands_over() -> bool:
    """A card without memory left: the engine goes on with the processor."""
    import numpy as np
    import torch

    from EchoMeasureLib.inference.canvas import Canvas
    from EchoMeasureLib.inference.engine_choice import FallingBack
    from EchoMeasureLib.inference.settings import EngineName, Precision

    canvas = Canvas.of(np.zeros((480, 640, 3), np.uint8))
    if engine_name() is EngineName.MPS:
        told: list[str] = []
        torch.mps.set_per_process_memory_fraction(1e-4)
        taken = FallingBack(_untrained(Precision.FLOAT32), _on_processor, told.append)
        taken.run([canvas])
        torch.mps.set_per_process_memory_fraction(1.0)
        print(f"card full: {' '.join(told)}")
        return taken.name is EngineName.TORCH
    engine = _untrained(Precision.FLOAT32)
    before = engine.run([canvas])["lvid"]
    torch.cuda.empty_cache()
    held = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(torch.cuda.memory_reserved() / held + 1e-4)
    after = engine.run([canvas])["lvid"]
    torch.cuda.set_per_process_memory_fraction(1.0)
    apart = float(np.abs(before - after).max())
    device = getattr(engine, "device", None)
    print(f"card full: went on with the {device}, maps {apart:.4f} apart at most")
    return device == torch.device("cpu")


def _untrained(precision: Precision) -> Engine:
    from EchoMeasureLib.inference.mps_engine import MpsEngine
    from EchoMeasureLib.inference.settings import EngineName
    from EchoMeasureLib.inference.torch_engine import TorchEngine

    kind = MpsEngine if engine_name() is EngineName.MPS else TorchEngine
    return kind(_deeplab(), precision)


def _on_processor() -> Engine:
    import torch

    from EchoMeasureLib.inference.settings import Precision
    from EchoMeasureLib.inference.torch_engine import TorchEngine

    return TorchEngine(_deeplab(), Precision.FLOAT32, torch.device("cpu"))


def _deeplab() -> LandmarkNetwork:
    from torchvision.models.segmentation import deeplabv3_resnet50

    from EchoMeasureLib.inference.network_facts import NetworkFacts
    from EchoMeasureLib.inference.networks import LandmarkNetwork

    module = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2)
    return LandmarkNetwork(module, NetworkFacts({"lvid": 2}, compact=False))


def learns(folder: Path, plan: Plan, device: str) -> bool:
    """A bounded training of the compact strip network."""
    from EchoMeasureLib.training.recipe import make_network
    from EchoMeasureLib.training.tasks import CanvasKind

    started = time.perf_counter()
    path = make_network(
        CanvasKind.STRIP,
        folder / "out",
        folder / "work",
        7,
        minutes=1.0,
        workers=os.cpu_count() or 1,
        plan=plan,
        device=device,
    )
    facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    history = [row["loss"] for row in facts["metrics"]["history"]]
    print(
        f"training: {facts['steps']} steps, loss {history[0]:.4f} to {history[-1]:.4f}, "
        f"{facts['wall_seconds']:.0f} s, {time.perf_counter() - started:.0f} s with drawing"
    )
    return len(history) > 1 and history[-1] < SHARE_LEARNED * history[0]


def main() -> int:
    """Everything, one line each."""
    if sys.argv[1:2] == ["landmarks"]:
        print(json.dumps(landmarks(Path(sys.argv[2]), "float32", sys.argv[3])))
        return 0
    rehearsal = sys.argv[1:2] == [REHEARSAL]
    import torch
    from bench_networks import fitted  # type: ignore[import-not-found]

    from EchoMeasureLib.phantoms.generate import generate, write
    from EchoMeasureLib.training.recipe import Plan

    apple = torch.backends.mps.is_available()
    if not rehearsal and not apple and not torch.cuda.is_available():
        print("There is no card of NVIDIA or Apple here.")
        return 2
    of_nvidia = "" if rehearsal or apple else torch.cuda.get_device_name(0)
    card = "no card" if rehearsal else of_nvidia or "a card of Apple's"
    print(f"{card}, torch {torch.__version__}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # What engine was chosen before on this machine says nothing here.
        os.environ["ECHOMEASURE_DATA"] = str(folder / "data")
        small, large = folder / "small", folder / "large"
        small.mkdir()
        large.mkdir()
        for view in STUDIES:
            for seed in (21,) if rehearsal else (21, 22):
                made, _ = write(generate(view, "768x1024", seed, 1 if rehearsal else 6), small)
                made.rename(small / f"{view}-{seed}.dcm")
        cine, _ = write(generate("plax", "768x1024", 71, 2 if rehearsal else 40), large)
        fitted(folder / "networks", LARGE, cine)
        well = compare(small, "", MEDIAN_PX, WORST_PX)
        networks = str(folder / "networks")
        well &= compare(large, networks, LARGE_MEDIAN_PX, LARGE_WORST_PX)
        speed(1 if rehearsal else 4)
        if rehearsal:
            learns(folder / "training", Plan(samples=8, held_out=2, steps=4), "cpu")
        else:
            well &= hands_over()
        if not rehearsal and not apple:
            well &= learns(folder / "training", Plan(samples=480, held_out=32, steps=1200), "cuda")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
