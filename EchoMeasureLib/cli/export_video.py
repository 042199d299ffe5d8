"""`echomeasure export video`: a cine with moving calipers and the course of their values."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.image_options import FILES, add_images, images_of
from EchoMeasureLib.cli.review_showing import image_numbered
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_study, study_of
from EchoMeasureLib.errors import CannotMeasure, InvalidArgument
from EchoMeasureLib.exporting.pictures import part_to_show
from EchoMeasureLib.review.session import Review

EPILOG = f"""MP4 (H.264) or AVI (Motion JPEG), as the name ends. Below the picture runs the course
of the values with end-diastole and end-systole. Every frame is shown for as long as it
lasted, also where frames last unequally long; --speed 0.5 plays at half of that, and the
axis keeps the times of the heart. Pixels outside of the calibrated regions are black.
{FILES}

examples:
  echomeasure export video review.json --out lvid.mp4
  echomeasure export video review.json --image 2 -m lvid --speed 0.25 --out lvid.avi
  echomeasure export video results/measurements.json --file plax.dcm --out plax.mp4

{EXIT_CODES}"""


def add_parser(kinds: Any) -> None:
    """Add the kind."""
    parser = kinds.add_parser(
        "video",
        help="a cine with moving calipers, and their values over time below",
        description=f"Write a cine with its calipers as a video. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    add_images(parser)
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="VIDEO", help="NAME.mp4 or NAME.avi")
    add("--image", type=int, metavar="N", help="number of the image (default: the only cine)")
    add("--speed", type=float, default=1.0, help="1 (default) as the heart went, 0.5 at half of it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the video."""
    from EchoMeasureLib.exporting.caliper_videos import Playback, write_caliper_video
    from EchoMeasureLib.imaging.video_writing import VIDEO_ENDINGS

    if args.out.suffix.lower() not in VIDEO_ENDINGS:
        raise InvalidArgument(
            f"{args.out} is no name for a video.", f"End it in {' or '.join(VIDEO_ENDINGS)}."
        )
    playback = Playback(args.speed)
    review = study_of(args)
    key = _chosen(args, review)
    image = next(images_of(args, review, [key]), None)
    if image is None:
        raise CannotMeasure("The image has no caliper of what is to be shown.")
    part = part_to_show(image.drawn.cine, args.keep_screen)
    with progress_bar() as monitor:
        write_caliper_video(args.out, image.drawn, part, playback, monitor)
    say(f"Video: {args.out}")
    return DONE


def _chosen(args: argparse.Namespace, review: Review) -> str:
    """The key of the cine: the one named, else the only one that has calipers."""
    if args.image is not None:
        return image_numbered(review, args.image)
    cines = list(_cines(review))
    if len(cines) != 1:
        numbers = ", ".join(str(number) for number, _ in cines) or "none"
        raise InvalidArgument(
            f"The study has {len(cines)} cines with calipers (images: {numbers}).",
            "Say which with --image N; `echomeasure review show` numbers them."
            if cines
            else "A still is shown by `echomeasure export pictures`.",
        )
    return cines[0][1]


def _cines(review: Review) -> Iterator[tuple[int, str]]:
    measured = {entry.image for entry in review.entries.values()}
    for number, (key, facts) in enumerate(review.images.items(), 1):
        if facts.frame_count > 1 and key in measured:
            yield number, key
