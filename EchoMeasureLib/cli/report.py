"""`echomeasure report`: a study as one page for people."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.identity_options import add_identity, person_of
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_study, finder_of, study_files_of
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.report.dicom_pdf import encapsulated_pdf
from EchoMeasureLib.exporting.report.printing import find_browser, pdf_of
from EchoMeasureLib.exporting.report.report_page import report_page
from EchoMeasureLib.exporting.report.shown_frames import shown_frames
from EchoMeasureLib.exporting.structured_report.source_images import first_source
from EchoMeasureLib.exporting.study_object import write_study_object
from EchoMeasureLib.files import write_bytes, write_text

EPILOG = f"""One page that needs nothing else: values with ranges and beats, grades with their
rules, pictures with their calipers, the audit trail, and where all of it is from.
Nothing is measured or computed anew.
Pictures are made from the files of the images: those named with --file, else those beside
the reviews. Where one is missing its place says so.
The page names no person unless --with-identity is given. A DICOM object has the
patient and the study of its images in its header, as DICOM objects have.

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
    add("--dicom-pdf", type=Path, metavar="DICOM", help="the PDF as an object of its study")
    add_identity(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the page, as HTML, as PDF and as a DICOM object."""
    if args.out is args.pdf is args.dicom_pdf is None:
        raise InvalidArgument("There is nothing to write.", "Give --out report.html.")
    if args.pdf is not None or args.dicom_pdf is not None:
        find_browser()
    study = study_files_of(args)
    find, images = finder_of(args), study.review.images.values()
    source = first_source(images, find) if args.dicom_pdf is not None else None
    with progress_bar() as monitor:
        frames = shown_frames(study.review, find, monitor)
    person, made = person_of(args, study.review), datetime.now(timezone.utc)
    page = report_page(study, frames, made, person)
    for reason in dict.fromkeys(frame.reason for frame in frames if frame.reason):
        say(f"Without a picture: {reason}")
    if args.out is not None:
        write_text(args.out, page)
        say(f"Report: {args.out}")
    if args.pdf is None and source is None:
        return DONE
    with progress_bar() as monitor:
        pdf = pdf_of(page, monitor)
    if args.pdf is not None:
        write_bytes(args.pdf, pdf)
        say(f"Report: {args.pdf}")
    if source is not None:
        found = encapsulated_pdf(pdf, source, images, made, person is not None)
        write_study_object(args.dicom_pdf, found)
        say(f"Report: {args.dicom_pdf}")
    return DONE
