"""`echomeasure export markups`: the calipers of a study for Slicer's Markups module."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_files, add_study, finder_of, study_of
from EchoMeasureLib.exporting.markup_files import markups_folder, write_markups
from EchoMeasureLib.exporting.slicer_places import places_in_slicer
from EchoMeasureLib.review.entries import Status

EPILOG = f"""One .mrk.json per caliper that was not rejected, as the panel in Slicer writes them,
and a sidecar with what such a file cannot hold. Points lie where Slicer's DICOM module puts
the pixels of the image, so the files of the images are needed: beside the reviews, or
named with --file. The folder is made, or belongs to markups alone and is written anew.

examples:
  echomeasure export markups review.json --out markups

{EXIT_CODES}"""


def add_parser(kinds: Any) -> None:
    """Add the kind."""
    parser = kinds.add_parser(
        "markups",
        help="calipers as .mrk.json for 3D Slicer",
        description="Write every caliper as a markup for 3D Slicer.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of its own")
    add_files(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the markups."""
    review = study_of(args)
    entries = [e for e in review.entries.values() if e.status is not Status.REJECTED]
    keys = dict.fromkeys(entry.image for entry in entries)
    places = places_in_slicer(keys, finder_of(args))
    with markups_folder(args.out) as new, progress_bar() as monitor:
        written = write_markups(new, review, entries, places, monitor)
    say(f"{args.out}: {len(written) // 2} markups")
    return DONE
