"""`echomeasure agreement`: how far two readers, or a reader and a program, agree."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE, progress_bar
from EchoMeasureLib.cli.length_options import add_lengths, lengths_of
from EchoMeasureLib.cli.streams import print_json, print_lines, say

EPILOG = f"""A and B are each a review, a measurements.json, a folder with those of many studies, or
a table (CSV). Differences are B minus A. Values are brought together by study, image or
patient; units are converted, and what could not be compared is listed with its reason.
Levels: study (what is reported for a study), image (means over its beats), beat (single
beats), frame (single calipers on the same frame).
The reviewer EchoMeasure stands for the networks: what they said before anybody decided.

examples:
  echomeasure agreement reader1.json reader2.json
  echomeasure agreement study.json study.json --reviewer-a EchoMeasure --reviewer-b AB
  echomeasure agreement reviews core-lab.csv --mapping-b columns.json --out agreement
  echomeasure agreement reader1 reader2 --level beat --group-by manufacturer --json

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "agreement",
        help="how far two sets of measurements agree",
        description=f"Bias, limits of agreement, ICC and CCC of two sets. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for side in "ab":
        parser.add_argument(
            side,
            type=Path,
            metavar=side.upper(),
            help="a review, measurements, a table or a folder",
        )
    parser.add_argument(
        "--level", default="study", metavar="LEVEL",
        help="what is compared: study (default), image, beat or frame",
    )  # fmt: skip
    parser.add_argument(
        "--measurement", "-m", action="append", dest="measurements", metavar="ID",
        help="only these values, such as lvidd; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--group-by",
        metavar="NAME",
        help="also for each manufacturer, model, sex, rhythm, view, or reviewed; or by a column",
    )
    for side in "ab":
        parser.add_argument(
            f"--reviewer-{side}", metavar="NAME",
            help=f"whose layer of the reviews in {side.upper()} (default: the one saved last)",
        )  # fmt: skip
    for side in "ab":
        parser.add_argument(
            f"--mapping-{side}", type=Path, metavar="FILE",
            help=f"what the columns of the table {side.upper()} mean (JSON)",
        )  # fmt: skip
    parser.add_argument(
        "--patients", type=Path, metavar="FILE",
        help="a table that says which study is of which patient, so that several count as one",
    )  # fmt: skip
    parser.add_argument(
        "--names", nargs=2, default=["A", "B"], metavar=("A", "B"),
        help="what to call the two in tables and plots",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder for tables, plots, page")
    add_lengths(parser)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print how far the two agree; exit code 5 when nothing could be paired."""
    from EchoMeasureLib.agreement.agreement_folder import write_agreement
    from EchoMeasureLib.agreement.agreement_lines import agreement_lines
    from EchoMeasureLib.agreement.agreement_records import agreement_record
    from EchoMeasureLib.agreement.reading_two_sets import ReadingSet, compare_sets

    first = ReadingSet(args.a, args.reviewer_a, args.mapping_a)
    second = ReadingSet(args.b, args.reviewer_b, args.mapping_b)
    comparison = compare_sets(
        first,
        second,
        args.level,
        args.measurements or (),
        args.group_by,
        tuple(args.names),
        lengths_of(args),
        args.patients,
    )
    if args.out is not None:
        with progress_bar() as monitor:
            for note in write_agreement(args.out, comparison, monitor):
                say(note)
    if args.json:
        print_json(agreement_record(comparison))
    else:
        print_lines([*agreement_lines(comparison), "", RESEARCH_USE_ONLY])
    return DONE if comparison.findings else NOT_HERE
