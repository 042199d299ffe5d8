"""`echomeasure measure`: run the networks and write what they find."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE, frames_of, progress_bar
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.exporting.labels import label_lines
from EchoMeasureLib.exporting.measurement_records import document, source_record
from EchoMeasureLib.exporting.results import results_folder, write_results
from EchoMeasureLib.geometry import lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.engines import ENGINES
from EchoMeasureLib.inference.settings import (
    Decoder,
    EngineName,
    Precision,
    Settings,
    set_warnings,
)
from EchoMeasureLib.measurable import Verdict, judge
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.running import predict_calipers
from EchoMeasureLib.review.images import image_key

SHOWN_LINES = 24

EPILOG = f"""Writes measurements.json, measurements.csv and one picture per frame with its calipers,
into a folder that belongs to this run: it takes the place of earlier results of the same
image as a whole, and of nothing else.
Pictures show the calibrated regions, and are black elsewhere: a screen may show a name.

examples:
  echomeasure measure plax.dcm -m ivs -m lvid -m lvpw --out results
  echomeasure measure plax.dcm -m lvid --frames 0:60:5 --video --out results
  echomeasure measure inflow.dcm -m mvpeak --weights ~/echonet --json

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "measure",
        help="run the networks and write what they find",
        description=f"Run the networks and write what they find. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", type=Path, help="DICOM, AVI, MP4, PNG or JPEG")
    add(
        "-m",
        "--measurement",
        action="append",
        required=True,
        dest="measurements",
        metavar="ID",
        help=f"one of {', '.join(CATALOG)}; may be given several times",
    )
    add("--frames", default="all", metavar="WHICH", help="all (default), N,N,... or A:B:STEP")
    add(
        "--weights",
        type=Path,
        metavar="DIR",
        help="folder of checkpoints (default: $ECHOMEASURE_WEIGHTS, the user's data folder, "
        "then the weights of the package)",
    )
    add(
        "--decoder",
        choices=[*Decoder],
        default=Decoder.ROBUST,
        help="robust (default), or parity: as the published scripts decode",
    )
    add(
        "--engine",
        choices=[EngineName.AUTO, *ENGINES],
        default=EngineName.AUTO,
        help="what runs the networks",
    )
    add(
        "--precision",
        choices=[*Precision],
        default=Precision.AUTO,
        help="auto (default) takes bfloat16 where the processor is made for it, and float32 for "
        "the frames where rounding could decide and for --decoder parity",
    )
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
    add("--video", action="store_true", help="also write an MP4 with the calipers")
    add("--keep-screen", action="store_true", help="show the whole screen in pictures")
    add("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure, write and print; exit code 5 when something asked for cannot be measured here."""
    rows = {id: definition(id) for id in args.measurements}
    cine = read(args.file)
    frames = frames_of(args.frames, cine.frame_count)
    verdicts = [judge(cine.regions, row) for row in rows.values()]
    wanted = [verdict.measurement for verdict in verdicts if verdict.may_look]
    refused = {v.measurement: v.reason for v in verdicts if not v.may_look}
    for line in dict.fromkeys(map(_before, verdicts)):
        if line:
            say(line)
    if not wanted:
        return NOT_HERE
    folder = args.out or default_folder(cine)
    # Minutes of work must not end at a folder that cannot be written to.
    with results_folder(folder, source_record(cine), args.overwrite) as new:
        calipers = _run_networks(args, cine, wanted, frames)
        found = document(cine, calipers, refused)
        with progress_bar() as monitor:
            notes = write_results(new, cine, calipers, found, args.video, args.keep_screen, monitor)
    if args.json:
        print_json(found)
    else:
        print_lines(summary_lines(cine, calipers))
    for note in notes:
        say(note)
    say(f"Results: {folder}")
    return NOT_HERE if refused else DONE


def _before(verdict: Verdict) -> str:
    """What to know before a network has run for minutes; empty when a number can be had."""
    if verdict.refusal or verdict.obstacle is None:
        return verdict.refusal
    return f"{verdict.measurement} can have no number here. {verdict.reason}"


def _run_networks(
    args: argparse.Namespace, cine: Cine, measurements: Sequence[str], frames: Sequence[int]
) -> list[Caliper]:
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.weight_store import Store

    settings = Settings(decoder=args.decoder, engine=args.engine, precision=args.precision)
    predictor = Predictor(Store(args.weights), settings)
    with progress_bar() as monitor:
        calipers = list(predict_calipers(cine, measurements, frames, predictor, monitor))
    if not calipers:
        raise CannotMeasure("The networks gave no result.")
    return calipers


def default_folder(cine: Cine) -> Path:
    """A folder for the results of this image, named by a hash of its identity, never by a name."""
    return Path("echomeasure-results") / hashlib.sha256(image_key(cine).encode()).hexdigest()[:12]


def summary_lines(cine: Cine, calipers: Sequence[Caliper]) -> list[str]:
    """The results for people, a line per caliper as far as they fit on a screen."""
    lines = [*set_warnings(c.model.set for c in calipers if c.model is not None)]
    for caliper in calipers[:SHOWN_LINES]:
        time = f" {cine.times[caliper.frame]:7.3f} s" if cine.times and cine.frame_count > 1 else ""
        confidence = lowest_confidence(caliper.points) or 0.0
        flags = ", ".join(flag.words for flag in caliper.flags)
        lines.append(
            f"frame {caliper.frame:4d}{time}  {'; '.join(label_lines(caliper)):<40} "
            f"confidence {confidence:.2f}" + (f"  ({flags})" if flags else "")
        )
    if len(calipers) > SHOWN_LINES:
        lines.append(f"... and {len(calipers) - SHOWN_LINES} more in measurements.csv")
    reasons = dict.fromkeys(v.reason for c in calipers for v in c.values if v.reason)
    lines += [f"No number: {reason}" for reason in reasons]
    lines += dict.fromkeys(v.doubt for c in calipers for v in c.values if v.doubt)
    return lines
