"""`echomeasure beats`: the beats of an image or of a reviewed study, and what each one gives."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE
from EchoMeasureLib.cli.filling import Filling
from EchoMeasureLib.cli.length_options import add_lengths, lengths_of
from EchoMeasureLib.cli.network_options import AUTO, add_measurements, add_options
from EchoMeasureLib.cli.reader_options import Readers, add_reader, wanted_by
from EchoMeasureLib.cli.result_lines import image_words, summary_lines, warning_lines
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.cli.study_options import study_of
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.beat_records import beats_of_image
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.study_files import is_document
from EchoMeasureLib.exporting.summaries import alone, summary_rows
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.settings import Reader
from EchoMeasureLib.measurable import judge
from EchoMeasureLib.measuring.examination import GIVEN
from EchoMeasureLib.measuring.sheet_values import BEAT, cycle_of, shown
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.rounding import written

EPILOG = f"""Of an image the networks find the beats: LVID of every frame of a cine, and on a strip
what -m names, or all that the strip allows (what it shows is not recognised: a pulsed-wave
strip is measured as inflow, as LVOT and as e'). A review or measurements.json has its
calipers already: no network runs, and no image is read.
A number in brackets does not count; why not stands below.

examples:
  echomeasure beats plax.dcm
  echomeasure beats tr.dcm -m trvmax --json
  echomeasure beats results/measurements.json
  echomeasure beats review.json --reviewer AB

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "beats",
        help="the beats of an image or a study, and what each one gives",
        description=f"End-diastoles, end-systoles, rate, rhythm, values. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="images, or reviews and measurements"
    )
    parser.add_argument("--reviewer", help="whose layer of a review (default: the one saved last)")
    add_measurements(parser, required=False)
    add_reader(parser)
    add_options(parser)
    add_lengths(parser)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the beats; exit code 5 where there is none."""
    lengths = lengths_of(args)
    review = _review(args)
    images = [beats_of_image(review, key) for key in review.images]
    if args.json:
        print_json({"schema": "echomeasure-beats-1", "notice": RESEARCH_USE_ONLY, "images": images})
    else:
        print_lines(warning_lines(review))
        print_lines(line for image in images for line in _lines(review, image, lengths))
    return DONE if any(image["heart"]["beats"] or image["values"] for image in images) else NOT_HERE


def _review(args: argparse.Namespace) -> Review:
    documents = [is_document(path) for path in args.files]
    if all(documents):
        return study_of(args)
    if any(documents):
        raise InvalidArgument(
            "Some of the files are images and some are documents.", "Ask for one kind at a time."
        )
    readers = Readers.expecting(args)
    cines = [read(path) for path in args.files]
    filling = Filling(args, cines, readers, lambda cine: _unasked(args, cine))
    review = filling.fill(Review(cines[0], NOBODY))
    filling.outcome()  # says what was asked for and can be measured in none of them
    return review


def _unasked(args: argparse.Namespace, cine: Cine) -> list[str]:
    """LVID of a cine, and everything that a strip allows."""
    if args.reader is Reader.ENVELOPE:
        return [AUTO]
    on_strips = [id for id in wanted_by(args, cine, [AUTO]).ids if CATALOG[id].on_strip]
    lvid = cine.frame_count > 1 and judge(cine.regions, CATALOG["lvid"]).may_look
    return ["lvid"] * lvid + on_strips


def _lines(review: Review, image: Record, lengths: Lengths) -> list[str]:
    """One image: what it is, rate and rhythm, a table of its beats, and the values."""
    facts = review.images[image["image"]]
    lines = [f"image {image['number']}: {image_words(facts)}"]
    lines += _heart_lines(image["heart"])
    if image["heart"]["beats"] or image["values"]:
        lines += _table(image, lengths)
    out = _not_counted(image)
    if out:
        lines += ["Not counted:", *out]
    rows = summary_rows(alone(review, image["image"]), lengths)
    return [*lines, *summary_lines(rows, lengths), ""]


def _not_counted(image: Record) -> list[str]:
    """Why beats do not count: what is said of a beat as a whole is not said of each value again."""
    said = {beat["number"]: beat["why_not"] for beat in image["heart"]["beats"] if beat["why_not"]}
    lines = [f"  beat {number}: {why}" for number, why in said.items()]
    for value in image["values"]:
        for beat in value["beats"]:
            if beat["why_not"] and (beat["value"] is not None or beat["number"] not in said):
                one = f"{cycle_of(value['id'])} {beat['number']}"
                lines.append(f"  {one}, {value['name']}: {beat['why_not']}")
    return lines


def _heart_lines(heart: Record) -> list[str]:
    lines = []
    if heart["heart_rate"] is not None:
        rhythm = f", {heart['rhythm']}" if heart["rhythm"] else ""
        gaps = " ".join(written(gap, 2) for gap in heart["rr_s"])
        rate = written(heart["heart_rate"], GIVEN["heart_rate"].decimals)
        lines.append(f"heart rate {rate} per minute{rhythm}; RR {gaps} s")
    if heart["reason"]:
        lines.append(f"No whole beat: {heart['reason']}")
    return [*lines, *heart["warnings"]]


def _table(image: Record, lengths: Lengths) -> list[str]:
    """A line per beat: its ED and ES, or its time on a strip, and what it gives of each value.

    Of a breath each value has a time of its own.
    """
    values = image["values"]
    marks = {beat["number"]: beat for beat in image["heart"]["beats"]}
    given = {v["id"]: {beat["number"]: beat for beat in v["beats"]} for v in values}
    numbers = sorted({*marks, *(number for beats in given.values() for number in beats)})
    cycle, *others = {cycle_of(value["id"]) for value in values} or {BEAT}
    breaths = not marks and not others and cycle != BEAT
    when = ["ED", "ES"] if marks else [] if breaths else ["time"]
    rows = [[cycle if breaths else BEAT, *when, *(value["name"] for value in values)]]
    for number in numbers:
        here = [given[value["id"]].get(number) for value in values]
        if marks:
            mark = marks.get(number, {})
            when = [_when(mark, "ed"), _when(mark, "es")]
        elif not breaths:
            times = [beat["time_s"] for beat in here if beat and beat["time_s"] is not None]
            when = [f"{times[0]:.3f} s" if times else "-"]
        cells = (_cell(*pair, lengths, breaths) for pair in zip(values, here, strict=True))
        rows.append([str(number), *when, *cells])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(word.rjust(n) for word, n in zip(row, widths, strict=True)) for row in rows]


def _when(beat: Record, phase: str) -> str:
    if beat.get(phase) is None:
        return "-"
    time = beat[f"{phase}_s"]
    return f"frame {beat[phase]}" + ("" if time is None else f" {time:.3f} s")


def _cell(value: Record, beat: Record | None, lengths: Lengths, timed: bool) -> str:
    if beat is None or beat["value"] is None:
        return "-"
    text = shown(value["id"], beat["value"], lengths)
    if timed and beat["time_s"] is not None:
        text = f"{text} at {beat['time_s']:.3f} s"
    return f"[{text}]" if beat["why_not"] else text
