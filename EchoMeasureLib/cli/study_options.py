"""The files of one study on the command line: its documents as one review, and its images."""

from __future__ import annotations

import argparse
from pathlib import Path

from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.exporting.study_files import StudyFiles, read_study
from EchoMeasureLib.review.image_files import FindImages, found_images
from EchoMeasureLib.review.session import Review


def add_study(parser: argparse.ArgumentParser) -> None:
    """Add the files of a study, and whose layer of the reviews is meant."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="reviews and measurements.json"
    )
    parser.add_argument("--reviewer", help="whose layer of the reviews (default: the last saved)")


def add_files(
    parser: argparse.ArgumentParser, beside: str = "the reviews and measurements"
) -> None:
    """Add `--file`, for images that do not lie beside the documents; it may be given again."""
    parser.add_argument(
        "--file",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="IMAGE",
        help=f"files of the images (default: those beside {beside})",
    )


def folders_of(args: argparse.Namespace) -> list[Path]:
    """Where files of images lie that are not named: beside the documents."""
    return list(dict.fromkeys(path.resolve().parent for path in args.files))


def finder_of(args: argparse.Namespace) -> FindImages:
    """Looks for images among the files named, else beside the documents."""
    return lambda keys: found_images(keys, args.file, folders_of(args))


def study_of(args: argparse.Namespace) -> Review:
    """The study as one review with no image open; what the user should know of it is said.

    Raises as `read_study`.
    """
    return study_files_of(args).review


def study_files_of(args: argparse.Namespace) -> StudyFiles:
    """The same with what each file holds. Raises as `read_study`."""
    study = read_study(args.files, args.reviewer)
    for note in study.notes:
        say(note)
    return study
