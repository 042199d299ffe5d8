"""`echomeasure pacs send`: reports and secondary captures to a server."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES, FAILED, progress_bar
from EchoMeasureLib.cli.server_options import add_server, settings_of
from EchoMeasureLib.cli.streams import print_json, print_lines, say

EPILOG = f"""Sent are structured reports, secondary captures and printed reports, and nothing else.
The command ends with 1 unless the server has stored every file.

examples:
  echomeasure export sr review.json --template 5300 --out report.dcm
  echomeasure pacs send archive report.dcm

{EXIT_CODES}"""


def add_parser(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser(
        "send",
        help="reports and secondary captures to a server",
        description="Send reports and secondary captures, and say what the server did with each.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_server(parser)
    add = parser.add_argument
    add("files", type=Path, nargs="+", metavar="FILE", help="DICOM files")
    add("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Send, and print what became of each file; exit code 1 when one was not stored."""
    from EchoMeasureLib.pacs.sending import send
    from EchoMeasureLib.pacs.server_opening import open_server

    with open_server(settings_of(args)) as server, progress_bar() as monitor:
        answers = list(send(server, args.files, monitor))
    if args.json:
        print_json(
            [
                {
                    "file": str(one.path),
                    "sop_instance_uid": one.uid,
                    "stored": one.stored,
                    "words": one.words,
                }
                for one in answers
            ]
        )
    else:
        for one in answers:
            words = f": {one.words}" if one.words else ""
            print_lines([f"{one.path} {'stored' if one.stored else 'NOT stored'}{words}"])
    failed = sum(not one.stored for one in answers)
    if failed:
        say(f"{failed} of {len(answers)} files were not stored.")
    return FAILED if failed else DONE
