"""Files of the images, and whether the person is named: said the same way for every report."""

from __future__ import annotations

import argparse

from EchoMeasureLib.cli.study_options import add_files, finder_of
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.named_person import NamedPerson, read_named_person
from EchoMeasureLib.review.session import Review


def add_identity(parser: argparse.ArgumentParser) -> None:
    """Add `--file` and `--with-identity`."""
    add_files(parser)
    parser.add_argument(
        "--with-identity", action="store_true", help="name the person, as the files do"
    )


def person_of(args: argparse.Namespace, review: Review) -> NamedPerson | None:
    """The person as the first file says that can be found; None where nobody asked.

    Raises `InvalidArgument` where there is no file.
    """
    if not args.with_identity:
        return None
    for _, cine in finder_of(args)(review.images):
        if cine.path is not None:
            return read_named_person(cine.path)
    raise InvalidArgument(
        "No file of the images is at hand, and nothing else says whose they are.",
        "Name one with --file, or leave --with-identity out.",
    )
