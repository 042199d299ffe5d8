"""`echomeasure pacs find`: which studies a server has."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES
from EchoMeasureLib.cli.server_options import (
    add_query,
    add_server,
    queries_of,
    say_left_out,
    settings_of,
)
from EchoMeasureLib.cli.streams import print_json, print_lines, say

if TYPE_CHECKING:
    from EchoMeasureLib.pacs.queries import StudyFound

EPILOG = f"""Names, ids and descriptions are shown with --with-identity only.

examples:
  echomeasure pacs find archive --days 7
  echomeasure pacs find archive --from 2026-03-01 --to 2026-03-02 --json
  echomeasure pacs find archive --patient-id 4711 --modality any --with-identity

{EXIT_CODES}"""

PERSON = ("patient_name", "patient_id", "accession", "description")


def add_parser(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser(
        "find",
        help="which studies a server has",
        description="List the studies of a server, those with ultrasound unless another modality "
        "is named.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_server(parser)
    add_query(parser)
    add = parser.add_argument
    add("--with-identity", action="store_true", help="name the patients")
    add("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the studies, the newest first."""
    from EchoMeasureLib.pacs.server_opening import open_server

    queries = queries_of(args)
    found: dict[str, StudyFound] = {}
    with open_server(settings_of(args)) as server:
        for query in queries:
            found |= {study.uid: study for study in server.studies(query, say_left_out)}
    studies = sorted(found.values(), key=lambda one: (one.date, one.time, one.uid), reverse=True)
    if args.json:
        print_json([_record(study, args.with_identity) for study in studies])
        return DONE
    print_lines(_lines(studies, args.with_identity))
    say("1 study." if len(studies) == 1 else f"{len(studies)} studies.")
    return DONE


def _record(study: StudyFound, person: bool) -> dict[str, Any]:
    return {key: value for key, value in asdict(study).items() if person or key not in PERSON}


def _lines(studies: Sequence[StudyFound], person: bool) -> list[str]:
    cells = [_cells(study, person) for study in studies]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    filled = (zip(line, widths, strict=True) for line in cells)
    return ["  ".join(cell.ljust(width) for cell, width in line).rstrip() for line in filled]


def _cells(study: StudyFound, person: bool) -> tuple[str, ...]:
    day = study.day
    count = "" if study.instances is None else str(study.instances)
    return (
        f"{day:%Y-%m-%d}" if day else "no date",
        f"{study.time[:2]}:{study.time[2:4]}" if study.time[:4].isdecimal() else "",
        "/".join(study.modalities),
        f"{count:>4} objects" if count else "",
        study.uid,
        *((getattr(study, key) for key in PERSON) if person else ()),
    )
