"""What a machine with a CUDA card must show; run it there: `python Testing/support/check_cuda.py`.

The card's landmarks lie beside those of the processor in float32, a card that is full hands
the work to the processor, and the trainer learns on it. Prints what it measured; exit code 1
when something does not hold, 2 without a card.
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

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

STUDIES = {
    "plax": ("ivs", "lvid", "lvpw", "aortic_root", "la"),
    "avvmax": ("avvmax",),
    "mvpeak": ("mvpeak",),
}
MEDIAN_PX, WORST_PX = 0.15, 1.0
"""How far landmarks may lie from float32 on the processor."""
SHARE_LEARNED = 0.8
"""To what share of its first value the loss must fall in the short training."""


def landmarks(folder: Path, precision: str) -> dict[str, list[list[float]]]:
    """Every landmark of every study in `folder`, by study, measurement and frame."""
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.settings import Precision, Settings
    from EchoMeasureLib.inference.weight_store import Store, package_folder

    predictor = Predictor(Store(package_folder()), Settings(precision=Precision(precision)))
    found: dict[str, list[list[float]]] = {}
    for path in sorted(folder.glob("*.dcm")):
        cine = read(path)
        wanted = STUDIES[path.stem.partition("-")[0]]
        for prediction in predictor.predict(cine, wanted, range(cine.frame_count)):
            key = f"{path.stem} {prediction.measurement} {prediction.frame}"
            found[key] = [[p.x, p.y] for p in prediction.points]
    return found


def on_the_processor(folder: Path) -> dict[str, list[list[float]]]:
    """The same in a process that sees no card."""
    done = subprocess.run(
        [sys.executable, __file__, "landmarks", str(folder)],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[list[float]]] = json.loads(done.stdout)
    return found


def compare(folder: Path) -> bool:
    """The card's landmarks beside the processor's."""
    exact, well = on_the_processor(folder), True
    for precision in ("float32", "auto"):
        here = landmarks(folder, precision)
        assert here.keys() == exact.keys()
        away = [
            math.dist(p, q) for key in exact for p, q in zip(here[key], exact[key], strict=True)
        ]
        middle, worst = statistics.median(away), max(away)
        print(
            f"{precision}: {len(away)} landmarks, {middle:.3f} px from the processor's in the "
            f"median, {worst:.3f} at most"
        )
        well &= middle <= MEDIAN_PX and worst <= WORST_PX
    return well


def speed() -> None:
    """DeepLabV3 frames a second, medians of five rounds after a warm-up."""
    import numpy as np
    import torch
    from torchvision.models.segmentation import deeplabv3_resnet50

    from EchoMeasureLib.inference.network_facts import NetworkFacts
    from EchoMeasureLib.inference.networks import LandmarkNetwork
    from EchoMeasureLib.inference.settings import Precision
    from EchoMeasureLib.inference.torch_engine import TorchEngine

    canvases = [np.zeros((480, 640, 3), np.uint8)] * 4
    for precision in (Precision.FLOAT32, Precision.BFLOAT16):
        network = LandmarkNetwork(
            deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2),
            NetworkFacts({"lvid": 2}, compact=False),
        )
        engine = TorchEngine(network, precision)
        rounds = []
        for _ in range(8):
            started = time.perf_counter()
            engine.run(canvases)
            torch.cuda.synchronize()
            rounds.append((time.perf_counter() - started) / len(canvases))
        print(f"DeepLabV3 {precision}: {1000 * statistics.median(rounds[3:]):.1f} ms a frame")


def hands_over() -> bool:
    """A card without memory left: the engine goes on with the processor."""
    import numpy as np
    import torch
    from torchvision.models.segmentation import deeplabv3_resnet50

    from EchoMeasureLib.inference.network_facts import NetworkFacts
    from EchoMeasureLib.inference.networks import LandmarkNetwork
    from EchoMeasureLib.inference.settings import Precision
    from EchoMeasureLib.inference.torch_engine import TorchEngine

    network = LandmarkNetwork(
        deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2),
        NetworkFacts({"lvid": 2}, compact=False),
    )
    engine = TorchEngine(network, Precision.FLOAT32)
    canvas = np.zeros((480, 640, 3), np.uint8)
    before = engine.run([canvas])["lvid"]
    torch.cuda.empty_cache()
    held = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(torch.cuda.memory_reserved() / held + 1e-4)
    after = engine.run([canvas])["lvid"]
    torch.cuda.set_per_process_memory_fraction(1.0)
    apart = float(np.abs(before - after).max())
    print(f"card full: went on with the {engine.device.type}, maps {apart:.4f} apart at most")
    return engine.device.type == "cpu"


def learns(folder: Path) -> bool:
    """A bounded training of the compact strip network."""
    from EchoMeasureLib.training.recipe import Plan, make_network
    from EchoMeasureLib.training.tasks import CanvasKind

    plan = Plan(samples=480, held_out=32, steps=1200)
    started = time.perf_counter()
    path = make_network(
        CanvasKind.STRIP,
        folder / "out",
        folder / "work",
        7,
        workers=os.cpu_count() or 1,
        plan=plan,
        device="cuda",
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
        print(json.dumps(landmarks(Path(sys.argv[2]), "float32")))
        return 0
    import torch

    from EchoMeasureLib.phantoms.generate import generate, write

    if not torch.cuda.is_available():
        print("There is no CUDA card here.")
        return 2
    print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for view in STUDIES:
            for seed in (21, 22):
                made, _ = write(generate(view, "768x1024", seed, 6), folder)
                made.rename(folder / f"{view}-{seed}.dcm")
        well = compare(folder)
        speed()
        well &= hands_over()
        well &= learns(folder / "training")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
