"""The images of a study on the command line: where their files are, and what of them is drawn."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.drawn_images import drawn_image
from EchoMeasureLib.exporting.picture_folders import NumberedImage
from EchoMeasureLib.review.image_files import found_images
from EchoMeasureLib.review.session import Review

FILES = """Pixels are read from the files of the images: those named with --file, else those in the
folders of the reviews and measurements."""


def add_images(parser: argparse.ArgumentParser) -> None:
    """Add where the files of the images are, and which measurements and pixels are shown."""
    add = parser.add_argument
    add(
        "--file",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="IMAGE",
        dest="images",
        help="files of the images (default: those beside the reviews and measurements)",
    )
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

    Only these `keys` where they are given. Raises `InvalidArgument` where the file of one is not
    at hand, and `UnknownMeasurement`.
    """
    only = {definition(id).id for id in args.measurements}
    wanted = {
        entry.image for entry in review.entries.values() if not only or entry.measurement in only
    }
    numbers = {
        key: number
        for number, key in enumerate(review.images, 1)
        if key in wanted and (keys is None or key in keys)
    }
    folders = list(dict.fromkeys(path.resolve().parent for path in args.files))
    left = dict(numbers)
    for key, cine in found_images(numbers, args.images, folders):
        del left[key]
        drawn = drawn_image(review, key, cine, only)
        if drawn.calipers:
            yield NumberedImage(numbers[key], drawn)
    if left:
        missing = ", ".join(f"{number} ({key})" for key, number in left.items())
        raise InvalidArgument(
            f"No file of these images of the study was found: {missing}.",
            "Name their files with --file.",
        )
