"""How the weights that the package brings are made: phantoms, two compact networks, one seed.

    python -m EchoMeasureLib.training.recipe --out EchoMeasureLib/inference/phantom_weights

In parts, each of which starts from the one before and takes the next seed: `plain` phantoms, from
scratch; `mixed`, plain and lifelike ones, so that what was learned on the plain ones is kept; five
more of strips alone: `settling`, on the same pictures in smaller steps; `refining`, on others with
holes and large grain over them; `finishing` and `polishing`, on these with the statistics of
normalisation held, at last with less over them; `exact`, on others again as they are, most of them
plain; and `steady`, of images alone, on others with the statistics held. Both networks at once,
each on one thread: on two cores that is faster than one after the other on both. Pictures and
resumable checkpoints lie in `build/training`; the same command goes on where it was stopped.
`--part NAME --start FOLDER` is one part alone.
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

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.progress import Monitor, Progress
from EchoMeasureLib.training.config import Config
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
    pass_over: int = 0
    """Seeds left out before the first, so that the phantoms are others than those of a part
    before."""
    harder: float = 0.0
    """How much strips get of holes, large grain and lifted black, 0 to 1."""
    held: bool = False
    """Whether normalisation keeps the statistics that it came with."""


PARTS: Mapping[str, Mapping[CanvasKind, Plan]] = MappingProxyType(
    {
        # About 45 minutes of one core each on a server CPU with bfloat16.
        "plain": {
            CanvasKind.IMAGE: Plan(samples=9000, held_out=320, steps=5000),
            CanvasKind.STRIP: Plan(samples=7000, held_out=320, steps=4000),
        },
        "mixed": {
            CanvasKind.IMAGE: Plan(7500, 320, 5000, rate=1.4e-3, lifelike=0.65),
            CanvasKind.STRIP: Plan(7500, 320, 4500, rate=1.4e-3, lifelike=0.65),
        },
        "settling": {CanvasKind.STRIP: Plan(7500, 320, 3000, rate=6e-4, lifelike=0.65)},
        # About 20, 15, 30 and 45 minutes on a core that others use too.
        "refining": {
            CanvasKind.STRIP: Plan(
                9000, 320, 2600, rate=1e-3, lifelike=0.5, pass_over=20_000, harder=1.0
            )
        },
        "finishing": {
            CanvasKind.STRIP: Plan(
                9000, 320, 2000, rate=5e-4, lifelike=0.5, pass_over=20_000, harder=1.0, held=True
            )
        },
        "polishing": {
            CanvasKind.STRIP: Plan(
                9000, 320, 2400, rate=6e-4, lifelike=0.5, pass_over=20_000, harder=0.4, held=True
            )
        },
        "exact": {
            CanvasKind.STRIP: Plan(
                9000, 320, 7000, rate=8e-4, lifelike=0.4, pass_over=40_000, held=True
            )
        },
        # On an H200 that two other trainings used: four and a half minutes.
        "steady": {
            CanvasKind.IMAGE: Plan(
                10_016, 320, 4500, batch=16, rate=1.2e-3, lifelike=0.65, pass_over=60_000, held=True
            )
        },
    }
)
"""All parts, in the order in which the weights of the package were made.

On 300 held-out strips of either look the four from `refining` to `exact`, with seeds 2029 to 2032,
left 2 instead of 16 (plain) and 31 instead of 48 (lifelike) of about 390 and 300 confident
landmarks more than 8 px off; the median distance went from 0.81 to 0.67 px (plain) and from 1.62
to 1.64 px (lifelike). On 300 images of either look, of seeds that nothing learned from, `steady`
(seed 2033, 4,491 steps) left 51 instead of 81 (lifelike) of about 1,240 confident landmarks of a
parasternal long axis more than 8 px off, and 9 as before of 1,510 (plain).
"""


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

    from EchoMeasureLib.training.augmenting import harder_strips
    from EchoMeasureLib.training.checkpoint_files import Facts, write_checkpoint
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
    plan = plan or PARTS["mixed"][kind]
    tell = monitor or log_line(kind.value)
    heads = Heads.of(all_of(kind))
    if start is None:
        trainee, started = from_scratch(heads, Architecture.COMPACT, seed), {}
    else:
        before = start / f"{kind.value}.ckpt"
        trainee = from_checkpoint(heads, before, seed=seed)
        # Thousands of samples say what normalisation needs to know.
        trainee.fixed_statistics = plan.held
        started = {"file": before.name, "sha256": file_sha256(before)}
    sources = [
        PhantomSource(heads, trainee.reduction, first, count, plan.lifelike)
        for first, count in (
            (HELD_OUT_SEEDS, plan.held_out),
            (TRAINING_SEEDS + plan.pass_over, plan.samples),
        )
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
        augmentation=harder_strips(plan.harder) if plan.harder else None,
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
    """Makes both networks, or the one that is asked for; returns the exit code.

    Raises `InvalidArgument` before any work is done.
    """
    parser = argparse.ArgumentParser(prog="python -m EchoMeasureLib.training.recipe")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--minutes", type=float, help="most minutes of training per network")
    parser.add_argument("--only", choices=[kind.value for kind in CanvasKind])
    parser.add_argument("--workers", type=int, default=1, help="processes that draw phantoms")
    parser.add_argument("--threads", type=int, default=1, help="threads per network")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    parser.add_argument("--part", choices=list(PARTS), help="this part alone")
    parser.add_argument("--start", type=Path, help="with --part: folder of what it starts from")
    args = parser.parse_args(argv)
    # In this process, where it is one sentence.
    Config(seed=args.seed, minutes=args.minutes, device=args.device)
    if args.workers < 0:
        raise InvalidArgument("Fewer than no processes cannot draw phantoms.", "Give 0 or more.")
    if args.part is not None:
        return _run(args, PARTS[args.part], args.start, args.out, args.seed)
    start = None
    for step, name in enumerate(PARTS):
        out = args.work / name if name == "plain" else args.out
        failed = _run(args, PARTS[name], start, out, args.seed + step)
        if failed:
            return failed
        start = out
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
