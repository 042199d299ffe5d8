"""`echomeasure quality`: is the picture good enough to be measured."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.quality import assess, open_network
from EchoMeasureLib.inference.quality_findings import CHECKS, Quality, Standing
from EchoMeasureLib.inference.weight_store import Store

EPILOG = f"""Each line has a check, its number, the limit and what follows from it:
  good        within the limit
  notice      to be known; it flags nothing
  poor        what a network finds in this picture is flagged poor_quality
  not judged  it cannot be told here, and why
What the checks are and how their limits were found: Docs/quality.md.

The video quality network is asked where its weights are there ({{file}}, which
EchoMeasure does not bring). It was made for parasternal long axes and says nothing of other
views. The exit code is 0 for a poor picture too: scripts read "poor" with --json.

examples:
  echomeasure quality plax.dcm
  echomeasure quality plax.dcm --weights ~/echonet --json

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    from EchoMeasureLib.inference.quality_weights import PUBLISHED

    parser = subparsers.add_parser(
        "quality",
        help="is the picture good enough to be measured",
        description=f"Judge the picture of a file. {RESEARCH_USE_ONLY}",
        epilog=EPILOG.format(file=PUBLISHED.file),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="DICOM, AVI, MP4, PNG or JPEG")
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="DIR",
        help="folder with the video quality network (default: $ECHOMEASURE_WEIGHTS, then the "
        "user's data folder)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what was found of the picture."""
    cine = read(args.file)
    network = open_network(Store(args.weights))
    with progress_bar() as monitor:
        quality = assess(cine, network, monitor=monitor)
    if args.json:
        print_json(quality.record())
    else:
        print_lines(quality_lines(quality))
    return DONE


def quality_lines(quality: Quality) -> list[str]:
    """The findings for people, a line per check."""
    frames = "1 frame" if quality.frame_count == 1 else f"{quality.frame_count} frames"
    lines = [f"{frames}, {quality.looked_at} looked at"]
    for finding in quality.findings:
        check = CHECKS[finding.check]
        number = "-" if finding.value is None else check.number(finding.value)
        lines.append(f"{check.id:<10} {number:<28} {check.limit:<13} {finding.standing.value}")
        if finding.value is None or finding.standing is not Standing.GOOD:
            lines.append(f"           {finding.sentence}")
    if quality.model is not None:
        lines.append(f"Network: {quality.model.words}, SHA-256 {quality.model.sha256}")
    verdict = "poor: what networks find in it is flagged" if quality.poor else "nothing against it"
    return [*lines, f"The picture: {verdict}."]
