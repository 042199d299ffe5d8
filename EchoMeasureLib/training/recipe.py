"""How the weights that the package brings are made: phantoms, two compact networks, one seed.

    python -m EchoMeasureLib.training.recipe --out EchoMeasureLib/inference/phantom_weights

First on plain phantoms, from scratch (`--plain` is that part alone); then on a mixture of plain and
lifelike ones, so that what was learned on the plain ones is kept (`--start FOLDER` is that part
alone, with the next seed); then strips once more on the same mixture, in smaller steps
(`--start FOLDER --settle`, with the seed after that). Both networks at once, each on one thread: on
two cores that is faster than one after the other on both. Pictures and resumable checkpoints lie in
`build/training`; the same command goes on where it was stopped.
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

from EchoMeasureLib.hashes import file_sha256
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
    lifelike: float = 0.0
    """Share of lifelike phantoms among them."""


PLAIN_PLANS: Mapping[CanvasKind, Plan] = MappingProxyType(
    {
        CanvasKind.IMAGE: Plan(samples=9000, held_out=320, steps=5000),
        CanvasKind.STRIP: Plan(samples=7000, held_out=320, steps=4000),
    }
)
"""The first part. About 45 minutes of one core each on a server CPU with bfloat16."""

PLANS: Mapping[CanvasKind, Plan] = MappingProxyType(
    {
        CanvasKind.IMAGE: Plan(7500, 320, 5000, rate=1.4e-3, lifelike=0.65),
        CanvasKind.STRIP: Plan(7500, 320, 4500, rate=1.4e-3, lifelike=0.65),
    }
)
"""The second part, which starts from the first."""

SETTLING: Mapping[CanvasKind, Plan] = MappingProxyType(
    {CanvasKind.STRIP: Plan(7500, 320, 3000, rate=6e-4, lifelike=0.65)}
)
"""The third part: strips were still learning at the end of the second, images were not."""


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
    start: Path | None = None,
) -> Path:
    """Draws the phantoms, trains, and writes `out/KIND.ckpt` and `.json`; returns the checkpoint.

    `start`: folder of the checkpoints to start from; None: from scratch. `minutes` bounds the
    training alone. `work` keeps pictures and the resumable state. On a `device` "cuda" the draws
    are the same as on the processor, the rounding is not.
    """
    import torch

    from EchoMeasureLib.training.checkpoint_files import Facts, write_checkpoint
    from EchoMeasureLib.training.config import Config
    from EchoMeasureLib.training.dataset import digest, prepare
    from EchoMeasureLib.training.fine_tuning import from_checkpoint, from_scratch
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
    if start is None:
        trainee, started = from_scratch(heads, Architecture.COMPACT, seed), {}
    else:
        before = start / f"{kind.value}.ckpt"
        trainee = from_checkpoint(heads, before, seed=seed)
        # Thousands of samples say what normalisation needs to know.
        trainee.fixed_statistics = False
        started = {"file": before.name, "sha256": file_sha256(before)}
    sources = [
        PhantomSource(heads, trainee.reduction, first, count, plan.lifelike)
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
    outcome = train(trainee, samples, held_out, config, work / f"{kind.value}-{seed}", tell)
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
        started,
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
    parser.add_argument("--plain", action="store_true", help="the first part alone")
    parser.add_argument("--start", type=Path, help="a later part alone, from this folder")
    parser.add_argument("--settle", action="store_true", help="with --start: the third part")
    args = parser.parse_args(argv)
    if args.plain or args.start is not None:
        plans = PLAIN_PLANS if args.plain else SETTLING if args.settle else PLANS
        return _run(args, plans, args.start, args.out, args.seed)
    plain = args.work / "plain"
    for plans, start, out, seed in (
        (PLAIN_PLANS, None, plain, args.seed),
        (PLANS, plain, args.out, args.seed + 1),
        (SETTLING, args.out, args.out, args.seed + 2),
    ):
        failed = _run(args, plans, start, out, seed)
        if failed:
            return failed
    return 0


def _run(
    args: argparse.Namespace,
    plans: Mapping[CanvasKind, Plan],
    start: Path | None,
    out: Path,
    seed: int,
) -> int:
    kinds = [kind for kind in plans if args.only in (None, kind.value)]
    bounds = (args.minutes, args.workers, args.threads, None)
    jobs = [
        (kind, out, args.work, seed, *bounds, plans[kind], args.device, start) for kind in kinds
    ]
    if len(jobs) <= 1:
        for job in jobs:
            print(make_network(*job))
        return 0
    # Not a pool: its workers may not have the children that draw phantoms.
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=make_network, args=job) for job in jobs]
    for process in running:
        process.start()
    for process in running:
        process.join()
    return max(abs(process.exitcode or 0) for process in running)


if __name__ == "__main__":
    sys.exit(main())
