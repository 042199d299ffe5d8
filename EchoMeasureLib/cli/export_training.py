"""`echomeasure export training`: what reviewers corrected, for `echomeasure train`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.image_options import FILES
from EchoMeasureLib.cli.site_key import site_key
from EchoMeasureLib.cli.streams import print_lines, say
from EchoMeasureLib.cli.study_options import add_files, add_study, finder_of
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.drawn_images import reviewed_images
from EchoMeasureLib.exporting.study_files import read_study
from EchoMeasureLib.exporting.training_packs import (
    MANIFEST,
    PackedImage,
    packed_image,
    write_training_pack,
)
from EchoMeasureLib.review.session import Review

EPILOG = f"""The files may be of many studies and patients. A caliper teaches when a reviewer has
accepted, moved or placed it; a strip, when every beat on it was decided.
The pack names nobody: pixels outside of the calibrated regions are black, patients and
images have pseudonyms (HMAC with the key of --key-file, which is made where it is not
there yet, and which you keep), and there is no date and nothing that anybody wrote. The
same key gives the same pseudonyms and the same split by patient.
{FILES}

examples:
  echomeasure export training review.json --key-file ~/site.key --out pack
  echomeasure train --manifest pack/manifest.json -m lvid --start image.ckpt --out lvid.ckpt

{EXIT_CODES}"""


def add_parser(kinds: Any) -> None:
    """Add the kind."""
    parser = kinds.add_parser(
        "training",
        help="corrected calipers with their frames, without identity, for training",
        description=f"Write what reviewers corrected for training. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    add_files(parser)
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the pack")
    add("--key-file", type=Path, required=True, metavar="FILE", help="the key of the site")
    add(
        "--keep-screen",
        action="store_true",
        help="keep whole screens, names and all, and not the calibrated regions alone",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the pack, and say what is in it."""
    if args.out.resolve() in args.key_file.resolve().parents:
        raise InvalidArgument(
            "The key would lie in the pack, and everybody who gets that would have it.",
            "Keep it elsewhere.",
        )
    studies = _studies(args.files, args.reviewer)
    key = site_key(args.key_file)
    with progress_bar() as monitor:
        images = _images(args, studies)
        report = write_training_pack(args.out, images, key, args.keep_screen, monitor)
    for note in report.notes:
        say(note)
    splits = ", ".join(f"{count} {split}" for split, count in sorted(report.splits.items()))
    print_lines([f"{report.examples} frames of {report.patients} patient(s): {splits}"])
    if len(report.splits) < 2:
        say("All are in one split: with few patients nothing may be left to check a training with.")
    say(f"Training pack: {args.out / MANIFEST}")
    return DONE


def _studies(paths: Sequence[Path], reviewer: str | None) -> list[Review]:
    """The files of each study as one review; a file that names no study is one of its own."""
    by_study: dict[str, list[Path]] = {}
    for path in paths:
        images = read_study([path], reviewer).review.images.values()
        uids = [uid for facts in images if (uid := facts.identity.study_instance_uid)]
        by_study.setdefault(uids[0] if uids else str(path), []).append(path)
    found: list[Review] = []
    for files in by_study.values():
        study = read_study(files, reviewer)
        for note in study.notes:
            say(note)
        found.append(study.review)
    return found


def _images(args: argparse.Namespace, studies: Sequence[Review]) -> Iterator[PackedImage]:
    for review in studies:
        reviewed = {entry.image for entry in review.entries.values() if entry.reviewed}
        for key, cine in reviewed_images(review, finder_of(args), reviewed):
            yield packed_image(review, key, cine)
