"""Networks of the published size that are trained, on phantoms alone, for the bench of int8.

    python Testing/benchmarks/trained_networks.py --out build/bench-networks --device cuda

One DeepLabV3-ResNet50 learns the points of all nine measurements of images at once; what is
written are nine checkpoints in EchoNet's format, each with all layers but the last in common.
`--minutes` bounds the training: on a card six are enough for sharp peaks; two cores take a night
for the same. The seeds are those of the trainer, so no phantom of the bench is among them. What
was learned stays in `trained.pt` beside them; it is learned again only where that is missing.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from bench_scale import NINE

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.files import make_folder, written_whole
from EchoMeasureLib.inference.checkpoints import ECHONET_PREFIX
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.dataset import prepare
from EchoMeasureLib.training.loop import train
from EchoMeasureLib.training.phantom_source import HELD_OUT_SEEDS, TRAINING_SEEDS, PhantomSource
from EchoMeasureLib.training.recipe import log_line
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.trainees import DeepLabTrainee, echonet_network

PASS_OVER = 100_000
"""Seeds left out before the first, which other trainings use."""
LIFELIKE = 0.5
"""Share of lifelike phantoms."""
RATE = 7e-4
"""Highest learning rate; nothing is pretrained."""
WORKERS = max(1, (os.cpu_count() or 1) // 2)
"""Processes that draw phantoms."""


def learn(out: Path, samples: int, config: Config) -> Path:
    """Trains one network for all nine; returns the file of its weights."""
    path = out / "trained.pt"
    if path.exists():
        return path
    torch.manual_seed(config.seed)
    heads = Heads.of(NINE)
    trainee = DeepLabTrainee(heads, None, range(heads.channels))
    tell = log_line("DeepLabV3")
    stores = [
        prepare(PhantomSource(heads, 1, first, count, LIFELIKE), out / "pictures", WORKERS, tell)
        for first, count in ((TRAINING_SEEDS + PASS_OVER, samples), (HELD_OUT_SEEDS, 96))
    ]
    outcome = train(trainee, stores[0], stores[1], config, out / "training", tell)
    with written_whole(path) as beside:
        torch.save(outcome.state, beside)
    return path


def split(trained: Path, out: Path, ids: Sequence[str] = NINE) -> list[Path]:
    """Checkpoints of these in EchoNet's format, with sidecars, of the network of all nine.

    Raises `InvalidDocument` for a file that is not that network's weights.
    """
    heads = Heads.of(NINE)
    try:
        state = torch.load(trained, map_location="cpu", weights_only=True)
        whole = {key: value.float() for key, value in state.items()}
        plain = {key[len(ECHONET_PREFIX) :]: value for key, value in whole.items()}
        echonet_network(heads.channels, plain)
    except (RuntimeError, OSError, EOFError, AttributeError, pickle.UnpicklingError) as error:
        raise InvalidDocument(
            f"{trained} does not hold the network of nine measurements.",
            "Remove it; it is then trained again.",
        ) from error
    make_folder(out)
    last = [f"{ECHONET_PREFIX}classifier.4.{part}" for part in ("weight", "bias")]
    paths = []
    slices = heads.slices()
    for id in ids:
        row = CATALOG[id]
        assert row.network is not None
        own = dict(whole)
        for key in last:
            rows = whole[key][slices[id]]
            own[key] = torch.empty_like(rows)
            own[key][list(row.channels)] = rows
        path = out / Path(row.network.file).name
        with written_whole(path) as beside:
            torch.save(own, beside)
        facts = {"set": WeightSet.DEMO.value, "measurement": id, "note": "Trained on phantoms."}
        path.with_suffix(".json").write_text(json.dumps(facts) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def main(argv: Sequence[str] | None = None) -> int:
    """Trains and writes; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench-networks"))
    parser.add_argument("--minutes", type=float, default=6.0, help="of training (default 6)")
    parser.add_argument("--steps", type=int, default=20_000, help="at most so many")
    parser.add_argument("--samples", type=int, default=3000, help="phantoms to learn from")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args(argv)
    config = Config(
        steps=args.steps,
        batch=args.batch,
        rate=RATE,
        seed=7,
        precision="bfloat16",
        minutes=args.minutes,
        device=args.device,
        watch_steps=1000,
    )
    for path in split(learn(args.out, args.samples, config), args.out):
        print(path)
    return 0


if __name__ == "__main__":
    # The processes that draw phantoms must not inherit a card that is in use.
    multiprocessing.set_start_method("spawn")
    sys.exit(main())
