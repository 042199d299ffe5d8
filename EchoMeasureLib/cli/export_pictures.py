"""`echomeasure export pictures`: frames with their calipers, and heat maps over them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, frames_of, progress_bar
from EchoMeasureLib.cli.image_options import FILES, add_images, images_of
from EchoMeasureLib.cli.network_options import add_running, predictor_of
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_study, study_of
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.exporting.drawn_images import NumberedImage
from EchoMeasureLib.exporting.picture_folders import (
    CAPTURE,
    FORMS,
    Looking,
    showing_counted,
    write_pictures,
)
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.progress import Monitor
from EchoMeasureLib.review.session import Review

if TYPE_CHECKING:
    from EchoMeasureLib.inference.heat_maps import HeatMap

COUNTED = "counted"

EPILOG = f"""A picture per frame that has calipers, at the resolution of the screen, black outside
of the calibrated regions. Its name has the number of the image in the study, from 1, and
that of the frame, from 0.
{FILES}
--heat-map runs the networks again on these frames, and writes for each measurement where
they saw its points, alone (-heat) and over the picture (-overlay).

examples:
  echomeasure export pictures review.json --out pictures
  echomeasure export pictures review.json --frames 0,12 -m lvid --heat-map --out pictures
  echomeasure export pictures results/measurements.json --file plax.dcm --out pictures
  echomeasure export pictures review.json --format dcm --out captures

{EXIT_CODES}"""


def add_parser(kinds: Any) -> None:
    """Add the kind."""
    parser = kinds.add_parser(
        "pictures",
        help="frames with their calipers, and heat maps over them",
        description=f"Write frames with their calipers. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    add_images(parser)
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the pictures")
    add(
        "--frames",
        default=COUNTED,
        metavar="WHICH",
        help="counted (default: those whose calipers give the values or were reviewed), "
        "all, N,N,... or A:B:STEP",
    )
    add(
        "--format",
        choices=[*FORMS, CAPTURE],
        default="png",
        dest="form",
        help="png (default), jpg, or dcm: secondary captures in the study",
    )
    add("--heat-map", action="store_true", help="run the networks again and show what they saw")
    add_running(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the pictures."""
    review = study_of(args)
    with progress_bar() as monitor:
        look = _looking(args, monitor) if args.heat_map else None
        images = _images(args, review)
        notes = write_pictures(args.out, images, args.keep_screen, look, args.form, monitor)
    for note in notes:
        say(note)
    say(f"Pictures: {args.out}")
    return DONE


def _images(args: argparse.Namespace, review: Review) -> Iterator[NumberedImage]:
    """With the frames that were asked for. Raises `CannotMeasure` where none has a caliper."""
    any_shown = False
    images = images_of(args, review)
    counted = args.frames == COUNTED
    for image in showing_counted(review, images, say) if counted else _named(args, review, images):
        any_shown = any_shown or bool(image.drawn.calipers)
        yield image
    if not any_shown:
        raise CannotMeasure("No frame that was asked for has a caliper to be shown.")


def _named(
    args: argparse.Namespace, review: Review, images: Iterator[NumberedImage]
) -> Iterator[NumberedImage]:
    for image in images:
        frames = frames_of(args.frames, review.images[image.key].frame_count)
        yield replace(image, drawn=image.drawn.only_frames(frames))


def _looking(args: argparse.Namespace, monitor: Monitor) -> Looking:
    from EchoMeasureLib.inference.heat_maps import heat_maps

    predictor = predictor_of(args)

    def look(cine: Cine, measurements: Sequence[str], frames: Sequence[int]) -> Iterator[HeatMap]:
        return heat_maps(predictor, cine, measurements, frames, monitor)

    return look
