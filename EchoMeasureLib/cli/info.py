"""`echomeasure info`: what a file is, how it is calibrated and what can be measured in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.common import DONE, EXIT_CODES
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.region_records import region_record
from EchoMeasureLib.measurable import judge


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "info",
        help="what a file is, how it is calibrated, what can be measured in it",
        description="Say what a file is, how it is calibrated and what can be measured in it.",
        epilog=(
            "examples:\n  echomeasure info echo.dcm\n  echomeasure info echo.dcm --json\n\n"
            f"{EXIT_CODES}"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="DICOM, AVI, MP4, PNG or JPEG")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what the file is."""
    cine = read(args.file)
    if args.json:
        print_json(info_record(cine))
    else:
        print_lines(info_lines(cine))
    return DONE


def info_record(cine: Cine) -> dict[str, Any]:
    """The facts of a file as JSON-ready data."""
    return {
        "kind": cine.kind,
        "rows": cine.rows,
        "columns": cine.columns,
        "frames": cine.frame_count,
        "frame_times_s": list(cine.times) if cine.times is not None else None,
        "time_source": cine.timing.source,
        "time_notes": list(cine.timing.notes),
        "notes": list(cine.notes),
        "r_wave_times_s": list(cine.r_waves),
        "regions": [{**region_record(region), "usable": region.usable} for region in cine.regions],
        "measurable": {
            id: {"ok": not (reason := judge(cine.regions, row).reason), "reason": reason}
            for id, row in CATALOG.items()
        },
    }


def info_lines(cine: Cine) -> list[str]:
    """The facts of a file for people."""
    frames = "1 frame" if cine.frame_count == 1 else f"{cine.frame_count} frames"
    lines = [f"{cine.kind}, {cine.columns} x {cine.rows} pixels, {frames}", _time_line(cine)]
    lines += [f"  {note}" for note in (*cine.timing.notes, *cine.notes)]
    if cine.r_waves:
        lines.append("R waves at " + ", ".join(f"{t:.3f}" for t in cine.r_waves) + " s")
    lines.append("")
    lines += _region_lines(cine)
    lines.append("")
    lines += _measurable_lines(cine)
    return lines


def _time_line(cine: Cine) -> str:
    if cine.frame_count == 1:
        return "A still: no frame times"
    if cine.times is None:
        return "Frame times unknown: the file does not give any"
    mean = cine.times[-1] / (cine.frame_count - 1)
    return (
        f"{cine.times[-1]:.3f} s, one frame every {1000 * mean:.1f} ms "
        f"({1 / mean:.1f} per second), from {cine.timing.source}"
    )


def _region_lines(cine: Cine) -> list[str]:
    if not cine.regions:
        return ["No calibrated regions: lengths can be given in pixels only."]
    lines = ["Regions:"]
    for region in cine.regions:
        box = region.bounds
        scale = " x ".join(
            f"{delta:.6g} {unit}/px" for delta, unit in zip(region.delta, region.units, strict=True)
        )
        state = "usable" if region.usable else "not usable"
        if not region.kind.is_image and not region.kind.is_strip:
            state = "not for measuring"
        lines.append(
            f"  {region.index}: {region.kind.value}, columns {box.x0}-{box.x1}, "
            f"rows {box.y0}-{box.y1}, {scale}, {state}"
        )
        lines += [f"     ! {problem.text}" for problem in region.problems]
    return lines


def _measurable_lines(cine: Cine) -> list[str]:
    reasons = {id: judge(cine.regions, row).reason for id, row in CATALOG.items()}
    possible = [id for id, reason in reasons.items() if not reason]
    lines = ["Can be measured here, if the view shows it:"]
    lines += [f"  {id:<12} {CATALOG[id].name} ({CATALOG[id].view})" for id in possible]
    if not possible:
        lines.append("  nothing")
    by_reason: dict[str, list[str]] = {}
    for id, reason in reasons.items():
        if reason:
            by_reason.setdefault(reason, []).append(id)
    for reason, ids in by_reason.items():
        lines += ["", f"Cannot: {', '.join(ids)}", f"  {reason}"]
    return lines
