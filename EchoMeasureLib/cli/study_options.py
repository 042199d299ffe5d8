"""The files of one study on the command line, read as one review."""

from __future__ import annotations

import argparse
from pathlib import Path

from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.exporting.study_files import StudyFiles, read_study
from EchoMeasureLib.review.session import Review


def add_study(parser: argparse.ArgumentParser) -> None:
    """Add the files of a study, and whose layer of the reviews is meant."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="reviews and measurements.json"
    )
    parser.add_argument("--reviewer", help="whose layer of the reviews (default: the last saved)")


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
