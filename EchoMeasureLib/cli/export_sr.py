"""`echomeasure export sr`: a structured report in DICOM."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_files, add_study, finder_of, study_of
from EchoMeasureLib.exporting.structured_report.report_contents import contents_of
from EchoMeasureLib.exporting.structured_report.report_document import Signature, read_previous
from EchoMeasureLib.exporting.structured_report.report_writing import (
    Template,
    make_report,
    write_report,
)
from EchoMeasureLib.exporting.structured_report.source_images import find_sources

EPILOG = f"""The report belongs to the patient and the study of the images, so their files are
needed: beside the documents, or named with --file. It holds what a reviewer has accepted
or edited; what nobody has reviewed only with --include-unreviewed, and then it says so.
It is partial and unverified unless you say otherwise. A corrected report is a new file that
names the one before: --previous.

examples:
  echomeasure export sr review.json --template 5300 --out echo.dcm
  echomeasure export sr review.json --template 1500 --out points.dcm --file plax.dcm
  echomeasure export sr review.json --template 5300 --out echo2.dcm --previous echo.dcm
  echomeasure export sr review.json --template 5300 --out echo.dcm --complete \\
      --verified-by "Berg^Anna" --organisation "Echo laboratory"

{EXIT_CODES}"""


def add_parser(kinds: Any) -> None:
    """Add the kind."""
    parser = kinds.add_parser(
        "sr",
        help="a structured report in DICOM (TID 5300 or TID 1500)",
        description="Write what was reviewed as a structured report in DICOM.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    add = parser.add_argument
    add("--template", required=True, choices=[*Template], help="5300: echo report; 1500: points")
    add("--out", type=Path, required=True, metavar="FILE", help="the DICOM file to write")
    add_files(parser)
    add("--include-unreviewed", action="store_true", help="also what nobody has reviewed")
    add("--complete", action="store_true", help="say that nothing is missing in the report")
    add("--verified-by", default="", metavar="NAME", help="say who stands behind it")
    add("--organisation", default="", metavar="NAME", help="of the one who verifies")
    add("--previous", type=Path, metavar="FILE", help="the report that this one corrects")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the report, and say what is not in it."""
    review = study_of(args)
    signature = Signature(args.complete, args.verified_by, args.organisation)
    contents = contents_of(review, args.include_unreviewed)
    used = dict.fromkeys(value.entry.image for value in contents.values)
    sources = find_sources([review.images[key] for key in used], finder_of(args))
    previous = read_previous(args.previous) if args.previous else None
    report = make_report(contents, sources, Template(args.template), signature, previous)
    write_report(args.out, report)
    for absent in contents.left_out:
        say(f"Not in the report: {absent}.")
    count = len(contents.values)
    say(f"Structured report: {args.out}, {count} value{'s' * (count != 1)} of calipers.")
    return DONE
