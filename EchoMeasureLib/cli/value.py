"""`echomeasure value`: the value of a caliper placed by hand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE, point
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.definitions import Output
from EchoMeasureLib.exporting.measurement_records import caliper_record
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measurable import Obstacle, judge
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.texts import each_once

EPILOG = f"""Points are source pixels: column,row, with 0,0 the centre of the top-left pixel.
For mvpeak give E first and then A (it gives e, a and e_a_ratio); for tapse end-diastole
first and then end-systole.
Velocities are signed, towards the probe positive.

examples:
  echomeasure value aorta.dcm -m aorta --points 629,319 689,435
  echomeasure value inflow.dcm -m mvpeak --points 301.5,420 388,471 --json

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "value",
        help="the value of a caliper placed by hand",
        description="Give the value of a caliper placed by hand at these source pixels.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="DICOM, AVI, MP4, PNG or JPEG")
    parser.add_argument(
        "-m", "--measurement", required=True, metavar="ID", help=f"one of {', '.join(CATALOG)}"
    )
    parser.add_argument(
        "--points",
        required=True,
        nargs="+",
        type=point,
        metavar="X,Y",
        help="one or two points, or those of a traced edge",
    )
    parser.add_argument("--frame", type=int, default=0, help="frame, counted from 0 (default 0)")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the value; exit code 5 when this file has no place for the measurement."""
    row = definition(args.measurement)
    cine = read(args.file)
    caliper = measure(cine, row, pixel_points(args.points), args.frame)
    if args.json:
        print_json(caliper_record(caliper))
    else:
        print_lines(value_lines(caliper))
    return NOT_HERE if judge(cine.regions, row).obstacle is Obstacle.NO_PLACE else DONE


def value_lines(caliper: Caliper) -> list[str]:
    """A caliper for people: value or reason with the flags, then what these mean."""
    row = CATALOG[caliper.measurement]
    several = len(caliper.values) > 1
    reasons = {value.reason for value in caliper.values}
    doubts = [f"  {text}" for text in each_once(*(value.doubts for value in caliper.values))]
    if several and len(reasons) == 1 and "" not in reasons:
        # One reason is said once, whatever the values that it takes away.
        ids = ", ".join(value.id for value in caliper.values)
        flags = [_flag_line(caliper.flags)] if caliper.flags else []
        return [f"{row.id} ({ids}): no number. {reasons.pop()}", *flags, *doubts]
    lines: list[str] = []
    for value in caliper.values:
        name = f"{row.id} {value.id}" if several else row.id
        lines.append(f"{name}: {_value_words(row.output(value.id), value)}")
        if value.flags:
            lines.append(_flag_line(value.flags))
    return [*lines, *doubts]


def _value_words(output: Output, value: Value) -> str:
    if value.value is not None:
        sign = "-" if value.value < 0 else ""
        text = f"{sign}{output.text(value.value)}"
    elif value.pixels is not None:
        text = f"{value.pixels:.2f} px, no number in {output.unit}. {value.reason}"
    else:
        text = f"no number. {value.reason}"
    if value.interval_s is not None:
        text += f" (time between the points {value.interval_s:.3f} s)"
    return text


def _flag_line(flags: Sequence[Flag]) -> str:
    return "  flagged: " + ", ".join(flag.words for flag in flags)
