"""How the weights that the package brings are made: phantoms, two compact networks, one seed.

    python -m EchoMeasureLib.training.recipe \\
        --out EchoMeasureLib/inference/phantom_weights --seed 2026

Both networks at once, each on one thread: on two cores that is faster than one after the
other on both. Pictures and resumable checkpoints lie in `build/training`; the same command
goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from EchoMeasureLib.progress import Monitor, Progress
from EchoMeasureLib.training.tasks import CanvasKind, Heads, all_of


@dataclass(frozen=True, slots=True)
class Plan:
    """One network's share of the recipe."""

    samples: int
    """Phantoms to learn from."""
    held_out: int
    """Phantoms to watch with."""
    steps: int
    batch: int = 8
    rate: float = 2e-3
    """Highest learning rate."""


PLANS: Mapping[CanvasKind, Plan] = MappingProxyType(
    {
        CanvasKind.IMAGE: Plan(samples=9000, held_out=320, steps=5000),
        CanvasKind.STRIP: Plan(samples=7000, held_out=320, steps=4000),
    }
)
"""About 45 minutes of one core each on a server CPU with bfloat16."""


def make_network(
    kind: CanvasKind,
    out: Path,
    work: Path,
    seed: int,
    minutes: float | None = None,
    workers: int = 1,
    threads: int = 1,
    monitor: Monitor | None = None,
    plan: Plan | None = None,
    device: str = "cpu",
) -> Path:
    """Draws the phantoms, trains, and writes `out/KIND.ckpt` and `.json`; returns the checkpoint.

    `minutes` bounds the training alone. `work` keeps pictures and the resumable state. On a
    `device` "cuda" the draws are the same as on the processor, the rounding is not.
    """
    import torch

    from EchoMeasureLib.training.checkpoint_files import Facts, write_checkpoint
    from EchoMeasureLib.training.config import Config
    from EchoMeasureLib.training.dataset import digest, prepare
    from EchoMeasureLib.training.fine_tuning import from_scratch
    from EchoMeasureLib.training.loop import train
    from EchoMeasureLib.training.phantom_source import (
        HELD_OUT_SEEDS,
        TRAINING_SEEDS,
        PhantomSource,
    )
    from EchoMeasureLib.training.trainees import Architecture

    torch.set_num_threads(threads)
    plan = plan or PLANS[kind]
    tell = monitor or log_line(kind.value)
    heads = Heads.of(all_of(kind))
    trainee = from_scratch(heads, Architecture.COMPACT, seed)
    sources = [
        PhantomSource(heads, trainee.reduction, first, count)
        for first, count in ((HELD_OUT_SEEDS, plan.held_out), (TRAINING_SEEDS, plan.samples))
    ]
    held_out, samples = (prepare(source, work / "pictures", workers, tell) for source in sources)
    config = Config(
        steps=plan.steps,
        batch=plan.batch,
        rate=plan.rate,
        seed=seed,
        precision="bfloat16",
        minutes=minutes,
        device=device,
        watch_steps=400,
    )
    outcome = train(trainee, samples, held_out, config, work / kind.value, tell)
    data = {
        name: {"sha256": digest(store.identity), **store.identity}
        for name, store in (("train", samples), ("held_out", held_out))
    }
    metrics: dict[str, Any] = {"loss": outcome.loss, "history": list(outcome.history)}
    if outcome.watch is not None:
        metrics["held_out"] = asdict(outcome.watch)
    facts = Facts(
        Architecture.COMPACT.value,
        heads.ids,
        data,
        asdict(config),
        metrics,
        seed,
        outcome.steps,
        outcome.wall_seconds,
    )
    path = out / f"{kind.value}.ckpt"
    write_checkpoint(path, outcome.state, facts)
    return path


def log_line(name: str, every_s: float = 15.0) -> Monitor:
    """A monitor that prints a line with the time, at most every `every_s` seconds."""
    last = [0.0]

    def tell(progress: Progress) -> None:
        now = time.monotonic()
        if now - last[0] < every_s and progress.done != progress.total:
            return
        last[0] = now
        clock = time.strftime("%H:%M:%S")
        print(f"{clock} {name} {progress.done}/{progress.total} {progress.stage}", flush=True)

    return tell


def main(argv: Sequence[str] | None = None) -> int:
    """Makes both networks, or the one that is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m EchoMeasureLib.training.recipe")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--minutes", type=float, help="most minutes of training per network")
    parser.add_argument("--only", choices=[kind.value for kind in CanvasKind])
    parser.add_argument("--workers", type=int, default=1, help="processes that draw phantoms")
    parser.add_argument("--threads", type=int, default=1, help="threads per network")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    args = parser.parse_args(argv)
    kinds = [CanvasKind(args.only)] if args.only else list(CanvasKind)
    jobs = [
        (kind, args.out, args.work, args.seed, args.minutes, args.workers, args.threads)
        for kind in kinds
    ]
    if len(jobs) == 1:
        print(make_network(*jobs[0], device=args.device))
        return 0
    # Not a pool: its workers may not have the children that draw phantoms.
    context = multiprocessing.get_context("spawn")
    running = [
        context.Process(target=make_network, args=job, kwargs={"device": args.device})
        for job in jobs
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
    return max(abs(process.exitcode or 0) for process in running)


if __name__ == "__main__":
    sys.exit(main())
