"""`echomeasure train`: train or fine-tune a landmark network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.streams import print_lines, say
from EchoMeasureLib.errors import InvalidArgument

EPILOG = f"""Data come from a manifest (see EchoMeasureLib/training/manifest.schema.json), from a
folder of phantoms, or from both. The checkpoint is written with a page of facts beside
it (data hashes, settings, errors, versions). Pictures and the resumable state lie in
OUT.training; --resume goes on from there. `measure --weights FOLDER` finds the checkpoint as
ID.ckpt, such as lvid.ckpt, or as image.ckpt or strip.ckpt with several measurements.

--recipe sets everything itself but --seed (2026 unless it is given), --minutes per network,
--device and --workers. OUT is then a folder, pictures and state lie in build/training, and the
same command goes on where it was stopped.

--teacher distils: the heat maps that large checkpoints see, such as the published ones, are
what one compact network learns, for all measurements of a kind of canvas at once. What
they agree in on held-out frames is printed in mm and cm/s, with the speed gained.

examples:
  echomeasure phantom phantoms --measurement lvid --count 200
  echomeasure train --phantoms phantoms -m lvid --out lvid.ckpt --steps 1000
  echomeasure train --manifest corrected.json -m lvid --start lvid_weights.ckpt \\
      --architecture echonet --freeze-backbone --out tuned/lvid.ckpt --minutes 120
  echomeasure train --teacher ~/echonet/2D_models --unlabelled cines --out image.ckpt
  echomeasure train --recipe phantom --out phantom_weights --seed 2026

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "train",
        help="train or fine-tune a landmark network",
        description="Train a landmark network on phantoms or on corrected calipers.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    data = parser.add_argument_group("data")
    data.add_argument("--manifest", type=Path, metavar="FILE", help="training manifest (JSON)")
    data.add_argument("--phantoms", type=Path, metavar="FOLDER", help="folder of phantoms")
    data.add_argument(
        "--keep-screen",
        action="store_true",
        help="keep what lies outside of the calibrated regions in the prepared pictures",
    )
    data.add_argument(
        "--teacher",
        type=Path,
        metavar="DIR",
        help="learn what these checkpoints see, on --unlabelled, --manifest or --phantoms",
    )
    data.add_argument(
        "--unlabelled", type=Path, metavar="DIR", help="images for --teacher, with no landmarks"
    )
    data.add_argument("--recipe", choices=["phantom"], help="make the weights that are shipped")
    data.add_argument(
        "-m", "--measurement", action="append", metavar="ID", help="what to learn; repeatable"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="checkpoint to write, NAME.ckpt; a folder: --recipe"
    )
    start = parser.add_argument_group("network")
    start.add_argument("--architecture", choices=["compact", "echonet"], default="compact")
    start.add_argument("--start", type=Path, metavar="CHECKPOINT", help="start from these weights")
    start.add_argument(
        "--freeze-backbone", action="store_true", help="leave the encoder of --start as it is"
    )
    how = parser.add_argument_group("training")
    how.add_argument("--steps", type=int, default=2000, help="most steps (default 2000)")
    how.add_argument("--minutes", type=float, help="most minutes")
    how.add_argument("--batch", type=int, default=8, help="pictures per step (default 8)")
    how.add_argument("--rate", type=float, help="highest learning rate")
    how.add_argument("--patience", type=int, default=0, help="stop after so many looks in vain")
    how.add_argument("--seed", type=int, help="what chance follows from (default 0)")
    how.add_argument("--resume", action="store_true", help="go on with an interrupted training")
    how.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    how.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    how.add_argument("--workers", type=int, default=0, help="processes that prepare pictures")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train and write the checkpoint."""
    if args.recipe:
        return _by_recipe(args)
    if args.unlabelled and not args.teacher:
        raise InvalidArgument(
            "Nobody says what is on images without landmarks.", "Give --teacher, or --manifest."
        )
    if not (args.manifest or args.phantoms or args.unlabelled):
        raise InvalidArgument(
            "There is nothing to train on.",
            "Give --manifest, --phantoms or --recipe, or --unlabelled with --teacher.",
        )
    from EchoMeasureLib.inference.weight_store import is_looked_for
    from EchoMeasureLib.training.training_run import TrainingRequest, run_training

    request = TrainingRequest(
        out=args.out,
        manifest=args.manifest,
        phantoms=args.phantoms,
        measurements=tuple(args.measurement or ()),
        architecture=args.architecture,
        start=args.start,
        freeze_backbone=args.freeze_backbone,
        steps=args.steps,
        minutes=args.minutes,
        batch=args.batch,
        rate=args.rate,
        patience=args.patience,
        seed=0 if args.seed is None else args.seed,
        resume=args.resume,
        precision=args.precision,
        device=args.device,
        workers=args.workers,
        keep_screen=args.keep_screen,
        teacher=args.teacher,
        unlabelled=args.unlabelled,
    )
    with progress_bar() as monitor:
        if args.teacher:
            from EchoMeasureLib.training.distilling import run_distilling

            lines = run_distilling(request, monitor).lines()
        else:
            lines = run_training(request, monitor).lines()
    print_lines(lines)
    say(f"Wrote {request.out} and {request.out.with_suffix('.json')}.")
    if not is_looked_for(request.out.name):
        say(
            "measure --weights does not look for that name: call it ID.ckpt, such as lvid.ckpt, "
            "or image.ckpt or strip.ckpt with several measurements, to use it."
        )
    return DONE


_WITH_RECIPE = ("out", "recipe", "seed", "minutes", "device", "workers", "resume")
"""What the recipe leaves open; it always goes on where it was stopped."""


def _by_recipe(args: argparse.Namespace) -> int:
    """Make the shipped weights. Raises `InvalidArgument` for what the recipe sets itself."""
    from EchoMeasureLib.training.recipe import main

    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    usual = parser.parse_args(["train", "--out", "x"])
    others = [
        f"--{name.replace('_', '-')}"
        for name, value in vars(usual).items()
        if name not in _WITH_RECIPE and getattr(args, name) != value
    ]
    if others:
        raise InvalidArgument(
            f"The recipe sets {' and '.join(others)} itself.", "Leave it out, or --recipe."
        )
    words = ["--out", str(args.out), "--device", args.device]
    given = {"--seed": args.seed, "--minutes": args.minutes, "--workers": args.workers or None}
    for flag, value in given.items():
        words += [] if value is None else [f"{flag}={value}"]
    return main(words)
