"""`echomeasure value`: the value of a caliper placed by hand."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE, point
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.exporting.measurement_records import caliper_record
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measurable import Obstacle, judge
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points

EPILOG = f"""Points are source pixels: column,row, with 0,0 the centre of the top-left pixel.
For mvpeak give E first and then A; for tapse end-diastole first and then end-systole.
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
        "--points", required=True, nargs="+", type=point, metavar="X,Y", help="one or two points"
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
    """A caliper for people: value or reason, then the flags."""
    row = CATALOG[caliper.measurement]
    lines = []
    for value in caliper.values:
        output = row.output(value.id)
        name = value.id if row.output(value.id) is not row.outputs[0] else row.id
        if value.value is not None:
            sign = "-" if value.value < 0 else ""
            text = f"{name}: {sign}{output.text(value.value)}"
        elif value.pixels is not None:
            text = f"{name}: {value.pixels:.2f} px, no number in {output.unit}. {value.reason}"
        else:
            text = f"{name}: no number. {value.reason}"
        if value.interval_s is not None:
            text += f" (time between the points {value.interval_s:.3f} s)"
        lines.append(text)
        if value.flags:
            lines.append("  flags: " + ", ".join(flag.value for flag in value.flags))
        if value.doubt:
            lines.append(f"  {value.doubt}")
    return lines
