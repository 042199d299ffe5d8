"""`echomeasure measure`: let networks or the envelope reader look, and write what they find."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE, frames_of, progress_bar
from EchoMeasureLib.cli.length_options import add_lengths, lengths_of
from EchoMeasureLib.cli.network_options import add_measurements, add_options
from EchoMeasureLib.cli.reader_options import Readers, add_reader, wanted_by
from EchoMeasureLib.cli.result_lines import (
    caliper_lines,
    doubt_lines,
    frames_lines,
    reason_lines,
    summary_lines,
    warning_lines,
)
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.exporting.drawn_images import drawn_image
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.measurement_records import beat_numbers
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.results import results_folder, write_results
from EchoMeasureLib.exporting.summaries import summary_rows
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.by_envelope import cava_curves
from EchoMeasureLib.review.session import Review

SHOWN_LINES = 24

EPILOG = f"""Writes measurements.json, measurements.csv and one picture per frame with its calipers,
into a folder that belongs to this run: it takes the place of earlier results of the same
image as a whole, and of nothing else. Of a vena cava of an M-mode its diameter over time as
well, in cm against s, as ivc-diameter.csv: empty where its walls are not read.
Pictures show the calibrated regions, and are black elsewhere: a screen may show a name.

examples:
  echomeasure measure plax.dcm -m ivs -m lvid -m lvpw --out results
  echomeasure measure plax.dcm -m lvid --frames 0:60:5 --video --out results
  echomeasure measure inflow.dcm -m mvpeak --weights ~/echonet --json
  echomeasure measure tr.dcm -m trvmax -m trvti --reader envelope --out results
  echomeasure measure lvot.dcm -m auto --reader envelope --out results

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "measure",
        help="run the networks, or the envelope reader, and write what they find",
        description="Run the networks, or read Doppler strips without any, and write what is "
        f"found. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", type=Path, help="DICOM, AVI, MP4, PNG or JPEG")
    add_measurements(parser, required=True)
    add_reader(parser)
    add_options(parser)
    add(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for the results (default: a folder of its own in echomeasure-results)",
    )
    add(
        "--overwrite",
        action="store_true",
        help="replace the results of another image in that folder",
    )
    add(
        "--video",
        action="store_true",
        help="also write an MP4: calipers, and values over time",
    )
    add("--keep-screen", action="store_true", help="show the whole screen in pictures")
    add_lengths(parser)
    add("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure, write and print; exit code 5 when something asked for cannot be measured here."""
    readers = Readers.expecting(args)
    cine = read(args.file)
    asked = wanted_by(args, cine, args.measurements)
    frames_of(args.frames, cine.frame_count)
    lengths = lengths_of(args)
    for line in asked.notes:
        say(line)
    if not asked.ids:
        return NOT_HERE
    review = Review(cine, NOBODY)
    (image,) = review.images
    folder = args.out or default_folder(image)
    # Minutes of work must not end at a folder that cannot be written to.
    with results_folder(folder, image, args.overwrite) as new:
        read_off = readers.find(cine, asked.ids)
        review.add_predictions(read_off.predictions, image)
        missing = asked.refused | read_off.unread
        curves = cava_curves(cine, read_off.predictions)
        found = document(
            review, image, not_measured=missing, quality=read_off.quality, curves=curves
        )
        drawn = drawn_image(review, image, cine)
        with progress_bar() as monitor:
            notes = write_results(new, drawn, found, args.video, args.keep_screen, monitor, curves)
    if args.json:
        print_json(found)
    else:
        print_lines(result_lines(review, lengths))
    for note in notes:
        say(note)
    say(f"Results: {folder}")
    return NOT_HERE if asked.refused or read_off.failed(args.measurements) else DONE


def default_folder(image: str) -> Path:
    """A folder for the results of this image, named by a hash of its key, never by a name."""
    return Path("echomeasure-results") / hashlib.sha256(image.encode()).hexdigest()[:12]


def result_lines(review: Review, lengths: Lengths = Lengths.CM) -> list[str]:
    """The results for people: the values, then the calipers as far as they fit on a screen.

    Those of beats come first: a cine has one for every frame.
    """
    entries = list(review.entries.values())
    calipers = [entry.caliper for entry in entries]
    lines = [*warning_lines(review), *summary_lines(summary_rows(review, lengths), lengths)]
    lines += [*frames_lines(review), ""]
    of_beats = beat_numbers(review)
    shown = sorted(entries, key=lambda entry: entry.id not in of_beats)[:SHOWN_LINES]
    lines += caliper_lines(review, shown, lengths)
    if len(entries) > len(shown):
        lines.append(f"... and {len(entries) - len(shown)} more in measurements.csv")
    lines += reason_lines(calipers)
    return lines + doubt_lines(calipers)
