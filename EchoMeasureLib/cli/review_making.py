"""`echomeasure review init` and `add`: images and what networks find in them, into a document."""

from __future__ import annotations

import argparse

from EchoMeasureLib.cli.filling import Filling
from EchoMeasureLib.cli.reader_options import Readers
from EchoMeasureLib.cli.review_showing import print_review
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.on_disk import changed
from EchoMeasureLib.review.session import Review


def run_init(args: argparse.Namespace) -> int:
    """Make the document; exit code 5 when something asked for can be measured in no file."""
    if args.out.exists():
        raise InvalidArgument(
            f"{args.out} is there already.",
            "Name another file, or add to that one with `echomeasure review add`.",
        )
    readers = Readers.expecting(args)
    cines = [read(path) for path in args.files]
    # Minutes of work must not end at a folder that cannot be written to.
    make_folder(args.out.resolve().parent)
    review = Review(cines[0], args.reviewer)
    filling = Filling(args, cines, readers)
    filling.fill(review)
    save(review, args.out)
    print_review(args, args.out, review)
    return filling.outcome()


def run_add(args: argparse.Namespace) -> int:
    """Add to the document; exit code 5 as for `run_init`."""
    readers = Readers.expecting(args)
    filling = Filling(args, [read(path) for path in args.files], readers)
    review = changed(args.review, args.reviewer, filling.fill)
    print_review(args, args.review, review)
    return filling.outcome()
