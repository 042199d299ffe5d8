"""`echomeasure pacs`: studies from an archive and reports to it, one file of code per action."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import EXIT_CODES

ACTIONS = ("find", "fetch", "send", "watch")
"""Each is `pacs_ACTION.py` beside this file, whose `add_parser` adds what it takes."""

EPILOG = f"""The servers are named in one file, servers.toml in the folder for data of EchoMeasure:
Docs/pacs.md describes it; --config or $ECHOMEASURE_PACS name another one. Passwords are never in
it: they are in the environment or the keyring.

examples:
  echomeasure pacs find archive --days 2
  echomeasure pacs fetch archive --study 1.2.840.99.7 --out studies
  echomeasure pacs send archive report.dcm
  echomeasure pacs watch

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand with its actions."""
    parser = subparsers.add_parser(
        "pacs",
        help="find, fetch and send over DICOMweb and DIMSE",
        description=f"Studies from an archive, and reports to it. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action in ACTIONS:
        import_module(f"EchoMeasureLib.cli.pacs_{action}").add_parser(actions)
