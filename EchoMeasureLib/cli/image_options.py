"""The images of a study on the command line: where their files are, and what of them is drawn."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable, Iterator

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.cli.study_options import add_files, folders_of
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.drawn_images import as_reviewed, drawn_image
from EchoMeasureLib.exporting.picture_folders import NumberedImage
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.review.image_files import found_images
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
    """The images of a review that have calipers to be shown, as their files are met.

    Only these `keys` where they are given. Raises as `reviewed_images`, and `UnknownMeasurement`.
    """
    only = {definition(id).id for id in args.measurements}
    entries = review.entries.values()
    wanted = {entry.image for entry in entries if not only or entry.measurement in only}
    numbers = {key: number for number, key in enumerate(review.images, 1)}
    chosen = wanted if keys is None else wanted.intersection(keys)
    for key, cine in reviewed_images(args, review, chosen):
        drawn = drawn_image(review, key, cine, only)
        if drawn.calipers:
            yield NumberedImage(numbers[key], drawn)


def reviewed_images(
    args: argparse.Namespace, review: Review, keys: Collection[str]
) -> Iterator[tuple[str, Cine]]:
    """Key and cine of these images, calibrated as the review has them, as their files are met.

    Raises `InvalidArgument` where the file of one is not at hand or not as it was measured.
    """
    folders = folders_of(args)
    left = {key: number for number, key in enumerate(review.images, 1) if key in keys}
    for key, cine in found_images(keys, args.file, folders):
        del left[key]
        yield key, as_reviewed(review, key, cine)
    if left:
        missing = ", ".join(f"{number} ({key})" for key, number in left.items())
        raise InvalidArgument(
            f"No file of these images of the study was found: {missing}.",
            "Name their files with --file.",
        )
