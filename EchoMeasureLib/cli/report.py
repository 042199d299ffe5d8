"""`echomeasure report`: a study as one page for people."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_study, study_files_of
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.report.printing import find_browser, pdf_of
from EchoMeasureLib.exporting.report.report_page import report_page
from EchoMeasureLib.exporting.report.shown_frames import shown_frames
from EchoMeasureLib.files import write_bytes, write_text
from EchoMeasureLib.imaging.named_person import NamedPerson, read_named_person
from EchoMeasureLib.review.image_files import found_images
from EchoMeasureLib.review.session import Review

EPILOG = f"""One page that needs nothing else: values with ranges and beats, grades with their
rules, pictures with their calipers, the audit trail, and where all of it is from.
Nothing is measured or computed anew.
Pictures are made from the files of the images: those named with --file, else those beside
the reviews. Where one is missing its place says so.
The page names no person unless --with-identity is given.

examples:
  echomeasure report review.json --out report.html
  echomeasure report a/measurements.json b/measurements.json --file a.dcm b.dcm --out report.html

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "report",
        help="a study as one page for people",
        description=f"A study as one page for people. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    add = parser.add_argument
    add("--out", type=Path, metavar="HTML", help="the page to write")
    add("--pdf", type=Path, metavar="PDF", help="also as PDF, printed by Chromium, Chrome or Edge")
    add("--file", type=Path, nargs="+", default=[], metavar="IMAGE", help="files of the images")
    add("--with-identity", action="store_true", help="name the person, as the files do")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the page, as HTML and as PDF."""
    if args.out is None and args.pdf is None:
        raise InvalidArgument("There is nothing to write.", "Give --out report.html.")
    if args.pdf is not None:
        find_browser()
    study = study_files_of(args)
    folders = list(dict.fromkeys(path.resolve().parent for path in args.files))
    with progress_bar() as monitor:
        frames = shown_frames(study.review, args.file, folders, monitor)
    person = _person(study.review, args.file, folders) if args.with_identity else None
    page = report_page(study, frames, datetime.now(timezone.utc), person)
    for reason in dict.fromkeys(frame.reason for frame in frames if frame.reason):
        say(f"Without a picture: {reason}")
    if args.out is not None:
        write_text(args.out, page)
        say(f"Report: {args.out}")
    if args.pdf is not None:
        write_bytes(args.pdf, pdf_of(page))
        say(f"Report: {args.pdf}")
    return DONE


def _person(review: Review, named: list[Path], folders: list[Path]) -> NamedPerson:
    """As the first file says that can be found."""
    for _, cine in found_images(review.images, named, folders):
        if cine.path is not None:
            return read_named_person(cine.path)
    raise InvalidArgument(
        "No file of the images is at hand, and nothing else says whose they are.",
        "Name one with --file, or leave --with-identity out.",
    )
