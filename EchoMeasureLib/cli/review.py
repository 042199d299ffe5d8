"""`echomeasure review`: a review document made, read and decided from a script."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import EXIT_CODES
from EchoMeasureLib.cli.length_options import add_lengths
from EchoMeasureLib.cli.network_options import add_measurements, add_options
from EchoMeasureLib.cli.reader_options import add_reader
from EchoMeasureLib.cli.review_deciding import run_decision
from EchoMeasureLib.cli.review_decisions import DECISIONS
from EchoMeasureLib.cli.review_making import run_add, run_init
from EchoMeasureLib.cli.review_showing import run_show
from EchoMeasureLib.exporting.measurements_reading import NOBODY

EPILOG = f"""A review document is the one that the panel saves: what is begun here can be gone on
with there, and the other way round. Decisions go into the layer of --reviewer, are
signed with that name, and touch no other reviewer's. Several programs may write at once.
Undo is within a session of the panel only; here every command is a session of its own:
reopen, reset, count and delete take things back, and the audit trail keeps them.

examples:
  echomeasure review init a.dcm b.dcm --out review.json -m lvid -m ivs
  echomeasure review show review.json
  echomeasure review place review.json lvotvmax --points 300,580 --reviewer AB
  echomeasure review place review.json lvotvti --points 262,549 300,612 352,549 --reviewer AB
  echomeasure review snap review.json lvotvmax-f0 --reviewer AB
  echomeasure review accept review.json --all-unflagged --reviewer AB
  echomeasure review reject review.json lvid-f12 --reason "off axis" --reviewer AB

{EXIT_CODES}"""

NEEDS_FILE = """The numbers are computed anew, so the file of the image is needed: beside the review
document, or named with --file."""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "review",
        help="make, show and decide a review document",
        description=f"Make, show and decide a review document. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_making(actions)
    show = actions.add_parser("show", help="the images, calipers and values of a review")
    show.add_argument("review", type=Path, help="a review document (JSON)")
    show.add_argument("--reviewer", help="whose layer (default: the one saved last)")
    add_lengths(show)
    show.add_argument("--json", action="store_true", help="print JSON only")
    show.set_defaults(run=run_show)
    for decision in DECISIONS:
        one = actions.add_parser(
            decision.name,
            help=decision.what,
            description=f"{decision.what[0].upper()}{decision.what[1:]}.",
            epilog=NEEDS_FILE if decision.opens else decision.epilog,
        )
        one.add_argument("review", type=Path, help="a review document (JSON)")
        decision.arguments(one)
        one.add_argument("--reviewer", required=True, help="whose decision it is")
        if decision.opens:
            one.add_argument(
                "--file", type=Path, action="append", default=[], help="file of an image"
            )
        one.add_argument("--json", action="store_true", help="print JSON only")
        one.set_defaults(run=run_decision, decision=decision)


def _add_making(actions: Any) -> None:
    init = actions.add_parser("init", help="begin the review of one or more images of a study")
    init.add_argument("files", type=Path, nargs="+", metavar="FILE", help="images of one study")
    init.add_argument("--out", type=Path, required=True, metavar="REVIEW", help="document to make")
    init.add_argument(
        "--reviewer",
        default=NOBODY,
        help=f"whose review it is (default: {NOBODY}, from which every reviewer can begin)",
    )
    init.set_defaults(run=run_init)
    add = actions.add_parser("add", help="add images, or what networks find in them")
    add.add_argument("review", type=Path, help="a review document (JSON)")
    add.add_argument("files", type=Path, nargs="+", metavar="FILE", help="images of its study")
    add.add_argument("--reviewer", required=True, help="whose review they are added to")
    add.set_defaults(run=run_add)
    for one in (init, add):
        add_measurements(one, required=False)
        add_reader(one)
        add_options(one)
        one.add_argument("--json", action="store_true", help="print JSON only")
