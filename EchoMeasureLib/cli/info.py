"""`echomeasure info`: what a file is, how it is calibrated and what can be measured in it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.common import DONE, EXIT_CODES
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.region_records import region_record
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.imaging.timing import PTS
from EchoMeasureLib.measurable import TO_CALIBRATE, judge


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
    verdicts = [judge(cine.regions, row) for row in CATALOG.values()]
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
        "pixel_aspect": cine.pixel_aspect,
        "subject": asdict(cine.subject),
        "regions": [_region_facts(cine, region) for region in cine.regions],
        "measurable": {
            one.measurement: {"ok": one.obstacle is None, "reason": one.reason} for one in verdicts
        },
        "only_in_pixels": [one.measurement for one in verdicts if one.in_pixels],
    }


def _region_facts(cine: Cine, region: Region) -> dict[str, Any]:
    facts = {**region_record(region), "usable": region.usable}
    if region.kind.is_spectral:
        velocities = _velocities(region)
        facts["baseline_row"] = region.baseline_y
        facts["drawn_baseline_row"] = _drawn_baseline(cine, region)
        facts["velocities_cm_s"] = None if velocities is None else list(velocities)
    return facts


def _velocities(region: Region) -> tuple[float, float] | None:
    """Velocities at the first and last row of a strip; None when its zero is not known."""
    if region.baseline_y is None or not region.usable:
        return None
    x, top, bottom = region.bounds.x0, region.bounds.y0, region.bounds.y1
    first, last = (region.value_at(PixelPoint(x, y))[1] for y in (top, bottom))
    return None if first is None or last is None else (first, last)


def _drawn_baseline(cine: Cine, region: Region) -> float | None:
    """Row of the baseline in the first frame; None where none is seen, or no frame."""
    try:
        return cine.drawn_baseline(0, region)
    except EchoMeasureError:
        return None


def info_lines(cine: Cine) -> list[str]:
    """The facts of a file for people."""
    frames = "1 frame" if cine.frame_count == 1 else f"{cine.frame_count} frames"
    lines = [f"{cine.kind}, {cine.columns} x {cine.rows} pixels, {frames}", _time_line(cine)]
    lines += [f"  {note}" for note in (*cine.timing.notes, *cine.notes)]
    if cine.r_waves:
        lines.append("R waves at " + ", ".join(f"{t:.3f}" for t in cine.r_waves) + " s")
    lines += subject_lines(cine.subject)
    lines.append("")
    lines += _region_lines(cine)
    lines.append("")
    lines += _measurable_lines(cine)
    return lines


def subject_lines(facts: SubjectFacts) -> list[str]:
    """What the file says of the person, and what it says that is not taken."""
    said = (
        facts.sex,
        f"{facts.age:g} years" if facts.age is not None else "",
        f"{facts.height_cm:g} cm" if facts.height_cm is not None else "",
        f"{facts.weight_kg:g} kg" if facts.weight_kg is not None else "",
        f"heart rate {facts.heart_rate:g}/min" if facts.heart_rate is not None else "",
        f"systolic {facts.systolic:g} mmHg" if facts.systolic is not None else "",
        f"diastolic {facts.diastolic:g} mmHg" if facts.diastolic is not None else "",
    )
    words = ", ".join(word for word in said if word)
    lines = [f"The file says of the person: {words}"] if words else []
    return lines + [f"  not taken from the file: {note}" for note in facts.notes]


def _time_line(cine: Cine) -> str:
    if cine.frame_count == 1:
        return "A still: no frame times"
    if cine.times is None:
        return "Frame times unknown: the file gives none that can be used"
    mean = cine.times[-1] / (cine.frame_count - 1)
    rate = f"{1 / mean:.1f} per second"
    words = f"{cine.times[-1]:.3f} s, one frame every {1000 * mean:.1f} ms"
    if cine.timing.source == PTS:
        return f"{words}: plays at {rate} ({PTS} of the video)"
    return f"{words} ({rate}), from {cine.timing.source}"


def _region_lines(cine: Cine) -> list[str]:
    if not cine.regions:
        words = "No calibrated regions: nothing says what a pixel is in cm, s or cm/s."
        return [words, TO_CALIBRATE]
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
        lines += [f"     {words}" for words in _strip_words(cine, region)]
        lines += [f"     ! {problem.text}" for problem in region.problems]
    return lines


def _strip_words(cine: Cine, region: Region) -> list[str]:
    """What a usable strip shows: its baseline, and what lies between its edges."""
    if not (region.kind.is_strip and region.usable):
        return []
    words: list[str] = []
    if region.kind.is_spectral:
        words += _baseline_words(region.baseline_y, _drawn_baseline(cine, region))
    velocities = _velocities(region)
    if velocities is not None:
        words.append(f"velocities from {velocities[0]:+.1f} to {velocities[1]:+.1f} cm/s")
    if region.kind is RegionKind.M_MODE:
        words.append(f"{abs(region.delta[1]) * region.bounds.height:.1f} cm from top to bottom")
    if region.times_known:
        words.append(f"{abs(region.delta[0]) * region.bounds.width:.2f} s from left to right")
    return ["; ".join(words)]


def _baseline_words(given: float | None, drawn: float | None) -> list[str]:
    seen = "" if drawn is None else f"drawn at row {drawn:.1f}"
    if given is None:
        return [f"baseline {seen}, not given by the file" if seen else "baseline unknown"]
    return [f"baseline at row {given:.1f}" + (f", {seen}" if seen else "")]


def _measurable_lines(cine: Cine) -> list[str]:
    verdicts = [judge(cine.regions, row) for row in CATALOG.values()]
    possible = [CATALOG[v.measurement] for v in verdicts if v.obstacle is None]
    if possible:
        lines = ["Can be measured here, if the view shows it:"]
        lines += [f"  {row.id:<12} {row.name} ({row.view})" for row in possible]
    else:
        lines = ["Nothing can be measured here in cm or cm/s."]
    by_reason: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.reason and verdict.obstacle is None:
            by_reason.setdefault(("By hand only", verdict.reason), []).append(verdict.measurement)
        elif verdict.obstacle is not None:
            what = "Only in pixels" if verdict.in_pixels else "Cannot"
            by_reason.setdefault((what, verdict.reason), []).append(verdict.measurement)
    for (what, reason), ids in by_reason.items():
        lines += ["", f"{what}: {', '.join(ids)}", f"  {reason}"]
    return lines
