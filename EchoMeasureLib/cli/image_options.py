"""The images of a study on the command line: where their files are, and what of them is drawn."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from EchoMeasureLib.cli.study_options import add_files, finder_of
from EchoMeasureLib.exporting.drawn_images import NumberedImage, numbered_images
from EchoMeasureLib.review.session import Review

FILES = """Pixels are read from the files of the images: those named with --file, else those in the
folders of the reviews and measurements."""


def add_images(parser: argparse.ArgumentParser) -> None:
    """Add `--file`, and which measurements and pixels are shown."""
    add_files(parser)
    add = parser.add_argument
    add(
        "-m",
        "--measurement",
        action="append",
        default=[],
        dest="measurements",
        metavar="ID",
        help="show these measurements only; may be given several times",
    )
    add(
        "--keep-screen",
        action="store_true",
        help="show the whole screen, names and all, and not the calibrated regions alone",
    )


def images_of(
    args: argparse.Namespace, review: Review, keys: Iterable[str] | None = None
) -> Iterator[NumberedImage]:
    """The images of a review that have calipers to be shown. Raises as `numbered_images`."""
    return numbered_images(review, finder_of(args), args.measurements, keys)
