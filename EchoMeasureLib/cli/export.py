"""`echomeasure export`: what leaves EchoMeasure, one file of code per kind."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import EXIT_CODES

KINDS = ("sr", "fhir", "table", "markups", "pictures", "video", "training")
"""Each is `export_KIND.py` beside this file, whose `add_parser` adds what it takes."""

EPILOG = f"""Everything is made from reviews and measurements.json: no number is computed a second
time, and no network runs but for a heat map.

examples:
  echomeasure export sr review.json --template 5300 --out report.dcm
  echomeasure export fhir review.json --out report.fhir.json
  echomeasure export table review.json --out values.csv
  echomeasure export markups review.json --out markups
  echomeasure export pictures review.json --out pictures
  echomeasure export video review.json --speed 0.5 --out lvid.mp4
  echomeasure export training review.json --key-file ~/site.key --out pack

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand with its kinds."""
    parser = subparsers.add_parser(
        "export",
        help="reports, tables and other files of a study for other programs",
        description=f"Write a study for other programs and people. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for kind in KINDS:
        import_module(f"EchoMeasureLib.cli.export_{kind}").add_parser(kinds)
