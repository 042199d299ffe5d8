"""Docs/performance.md, from what `make bench` measured."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Row(NamedTuple):
    """An engine with a number format."""

    engine: str
    precision: str
    seconds: float
    """A frame."""
    ratios: Sequence[float]
    """To the published way, round by round."""
    untrained: Sequence[float] = ()
    trained: Sequence[float] = ()
    """How far landmarks lie from float32, source pixels."""
    gflops: float = 0.0
    ceiling: float = 0.0


def page(
    rows: Sequence[Row],
    starts: Sequence[tuple[str, str]],
    costs: Sequence[tuple[str, str]],
    loads: Sequence[float],
    rounds: int,
) -> str:
    """The whole page."""
    load = f"{loads[0]:.1f} at its beginning and {os.getloadavg()[0]:.1f} at its end"
    heads = ("engine", "format", "s a frame", "ratio (range)", "untrained network")
    heads += ("shipped network", "GFLOP/s of ceiling")
    lines = [
        "# Performance",
        "",
        "Written by `make bench`. Ratios are taken round by round, in one run, so that other work",
        "on the machine falls on both; the range says how much there was. Absolute times are those",
        f"of this run only, with a load of {load}.",
        "",
        *machine(),
        "",
        "## One network",
        "",
        f"DeepLabV3-ResNet50, end to end on a 480 x 640 frame, {rounds} rounds. Networks: how far",
        "landmarks lie from torch's in float32, source pixels.",
        "",
        f"| {' | '.join(heads)} |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row) for row in rows]
    for title, facts in (("A new process", starts), ("The compact network", costs)):
        lines += ["", f"## {title}", "", "| what | it takes |", "|---|---|"]
        lines += [f"| {what} | {takes} |" for what, takes in facts]
    lines += [
        "",
        "An older revision beside the present one, in turn: `make bench-compare REV=...`.",
        "What a decision, a cohort and its tables cost: `Testing/benchmarks/accepting.py` and",
        "`Testing/benchmarks/cohort_scale.py`, which `make bench` prints.",
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    ratio = f"{statistics.median(row.ratios):.2f} ({min(row.ratios):.2f} to {max(row.ratios):.2f})"
    share = f"{row.gflops:.0f} of {row.ceiling:.0f}" if row.gflops else ""
    cells = (row.engine, row.precision, f"{row.seconds:.3f}", ratio)
    moved = (distances(row.untrained), distances(row.trained))
    return "| " + " | ".join((*cells, *moved, share)) + " |"


def distances(found: Sequence[float]) -> str:
    """Median, 95th percentile and maximum."""
    if not found:
        return ""
    return (
        f"{statistics.median(found):.2f}, 95 % {np.quantile(found, 0.95):.2f}, "
        f"at most {max(found):.2f} px"
    )


def machine() -> list[str]:
    """The processor and the versions."""
    told = Path("/proc/cpuinfo")
    words = told.read_text(encoding="utf-8") if told.exists() else ""
    model = next(
        (line.rpartition(":")[2].strip() for line in words.splitlines() if "model name" in line),
        platform.processor(),
    )
    flags = [
        name for name in ("avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16") if name in words
    ]
    versions = [f"{name} {metadata.version(name)}" for name in ("torch", "openvino", "numpy")]
    return [
        f"* Processor: {model}, {os.cpu_count()} in use, {', '.join(flags) or platform.machine()}",
        f"* Python {platform.python_version()}, {', '.join(versions)}",
    ]
