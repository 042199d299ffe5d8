"""In which unit lengths are printed: as the site has chosen, or as is typed."""

from __future__ import annotations

import argparse

from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.measuring.site import lengths_of_this_site


def add_lengths(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--mm",
        action="store_true",
        help="print lengths in mm (default: cm, or what $ECHOMEASURE_LENGTHS says); files and JSON "
        "keep their units",
    )


def lengths_of(args: argparse.Namespace) -> Lengths:
    """The unit of printed lengths; of a command without the option, that of the site."""
    return Lengths.MM if getattr(args, "mm", False) else lengths_of_this_site()
