"""`echomeasure export markups`: the calipers of a study for Slicer's Markups module."""

from __future__ import annotations

import argparse
import fnmatch
from pathlib import Path
from typing import Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_files, add_study, folders_of, study_of
from EchoMeasureLib.errors import InvalidArgument, OutputProblem
from EchoMeasureLib.exporting.markup_files import write_markups
from EchoMeasureLib.exporting.slicer_places import loaded_by_slicer
from EchoMeasureLib.files import folder_written_whole
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.image_files import found_images

EPILOG = f"""One .mrk.json per caliper that was not rejected, as the panel in Slicer writes them,
and a sidecar with what such a file cannot hold. Points lie where Slicer's DICOM module puts
the pixels of the image, so the files of the images are needed: beside the reviews, or
named with --file. The folder is made, or belongs to markups alone and is written anew.

examples:
  echomeasure export markups review.json --out markups

{EXIT_CODES}"""

NAMES = ("*.mrk.json", "*.echomeasure.json")


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
    found = found_images(keys, args.file, folders_of(args))
    places = {key: loaded_by_slicer(cine) for key, cine in found}
    missing = [key for key in keys if key not in places]
    if missing:
        raise InvalidArgument(
            f"The file of image {missing[0]} is not at hand, and nothing else says how large its "
            "pixels are in Slicer.",
            "Put it beside the review, or name it with --file.",
        )
    with folder_written_whole(args.out, _check_folder) as new, progress_bar() as monitor:
        written = write_markups(new, review, entries, places, monitor)
    say(f"{args.out}: {len(written) // 2} markups")
    return DONE


def _check_folder(folder: Path) -> None:
    """Raises `OutputProblem` for a folder that holds anything but markups."""
    for item in sorted(folder.iterdir()):
        if not any(fnmatch.fnmatchcase(item.name, name) for name in NAMES):
            raise OutputProblem(
                f"{folder} is no folder for markups: it holds {item.name}.", "Name a new folder."
            )
