"""`echomeasure pacs fetch`: studies from a server into a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES, FAILED, progress_bar
from EchoMeasureLib.cli.server_options import (
    add_query,
    add_server,
    is_open,
    modality_of,
    queries_of,
    say_left_out,
    settings_of,
)
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.errors import InvalidArgument, ServerProblem
from EchoMeasureLib.files import make_folder

if TYPE_CHECKING:
    from EchoMeasureLib.pacs.fetching import Fetched

EPILOG = f"""Objects come as the server has them, compressed ones stay so, each into a file named by
its UID in a folder named by that of its study. A file is there whole or not at all. What is there
is not fetched again: run a command that broke off once more, and it goes on. A study that does not
come is said, and the next one is fetched; the exit code is 1 then.
Files have all that the server knows of the patient in them.

examples:
  echomeasure pacs fetch archive --study 1.2.840.99.7 --out studies
  echomeasure pacs fetch archive --days 1 --out studies
  echomeasure pacs fetch archive --accession A4711 --modality any --out studies

{EXIT_CODES}"""


def add_parser(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser(
        "fetch",
        help="studies from a server into a folder",
        description="Fetch studies, of these the series of ultrasound unless another modality is "
        "named.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_server(parser)
    add_query(parser)
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the studies")
    add("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fetch, and print what lies where."""
    from EchoMeasureLib.pacs.fetching import fetch_studies
    from EchoMeasureLib.pacs.receiving import Receiver
    from EchoMeasureLib.pacs.server_opening import open_server

    if is_open(args):
        raise InvalidArgument(
            "That would be everything the server has.", "Name studies, days, or a patient."
        )
    queries, settings = queries_of(args), settings_of(args)
    receiver = Receiver(make_folder(args.out), settings.most_bytes)
    done: list[Fetched] = []
    failed: list[str] = []

    def not_fetched(study: str, problem: ServerProblem) -> None:
        failed.append(study)
        say(f"{study} is not fetched: {problem}")

    with open_server(settings) as server:
        studies = list(
            dict.fromkeys(one.uid for q in queries for one in server.studies(q, say_left_out))
        )
        if not studies:
            raise ServerProblem(
                "The server has no such study.", "Look with `echomeasure pacs find`."
            )
        asked = (server, studies, receiver, modality_of(args))
        with progress_bar() as monitor:
            for fetched in fetch_studies(*asked, not_fetched, monitor):
                done.append(fetched)
                if not args.json:
                    print_lines([f"{fetched.folder}: {fetched.new} new, {fetched.present} there"])
    if args.json:
        print_json(
            [
                {
                    "study": one.study,
                    "folder": str(one.folder),
                    "new": one.new,
                    "present": one.present,
                }
                for one in done
            ]
        )
    new = sum(one.new for one in done)
    say(f"{new} object{'s' * (new != 1)} fetched, {receiver.bytes / 1e6:.1f} MB.")
    if failed:
        count = len(failed)
        say(f"{count} stud{'ies are' if count > 1 else 'y is'} not fetched: run the command again.")
    return FAILED if failed else DONE
