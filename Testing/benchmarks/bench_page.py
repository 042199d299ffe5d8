"""Docs/performance.md, section by section, from what `make bench` measured."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]

HEAD = """# Performance

Written by `make bench`. Ratios are taken round by round, in one run, so that other work on the
machine falls on both; the range says how much there was. Times are those of the run alone, whose
revision, machine, load and length stand under each section.
`python Testing/benchmarks/bench.py --only SECTION` measures one again.
"""

TAIL = """
An older revision beside the present one, in turn: `make bench-compare REV=...`. What a decision, a
cohort and its tables and the page in a browser cost: `Testing/benchmarks/accepting.py`,
`cohort_scale.py` and `page_speed.py`, which `make bench` prints.
"""

MARK = "<!-- {} -->"
"""Stands over a section on the page, which is kept until the same one is measured again."""


def with_section(page: str, order: Sequence[str], name: str, text: str) -> str:
    """The page with this section in it, the others as they were; `order` has all names."""
    kept = _sections(page, order)
    kept[name] = text.strip()
    body = [f"{MARK.format(name)}\n\n{kept[name]}\n" for name in order if name in kept]
    return "\n".join([HEAD, *body]) + TAIL


def _sections(page: str, order: Sequence[str]) -> dict[str, str]:
    found = {}
    body = page.removesuffix(TAIL)
    for name in order:
        _, mark, after = body.partition(MARK.format(name))
        if mark:
            found[name] = after.partition("<!-- ")[0].strip()
    return found


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def ratios(found: Sequence[float]) -> str:
    """Median and range."""
    return f"{statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"


def distances(found: Sequence[float]) -> str:
    """Median, 95th percentile and maximum."""
    if not found:
        return ""
    return (
        f"{statistics.median(found):.2f}, 95 % {np.quantile(found, 0.95):.2f}, "
        f"at most {max(found):.2f} px"
    )


def foot(load_before: float, seconds: float) -> str:
    """Under a section: on what it was measured."""
    load = f"{load_before:.1f} at its beginning and {os.getloadavg()[0]:.1f} at its end"
    return f"*Revision {revision()}, {machine()}; load {load}; {seconds:.0f} s.*"


def revision() -> str:
    """Of the checkout, in short, and whether it was changed since."""
    words = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.strip() or "unknown"


def machine() -> str:
    """The processor and the versions."""
    told = Path("/proc/cpuinfo")
    words = told.read_text(encoding="utf-8") if told.exists() else ""
    model = next(
        (line.rpartition(":")[2].strip() for line in words.splitlines() if "model name" in line),
        platform.processor(),
    )
    flags = [
        name
        for name in ("avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8")
        if name in words
    ]
    versions = [f"{name} {metadata.version(name)}" for name in ("torch", "openvino", "numpy")]
    on = f"{model}, {os.cpu_count()} processors, {' '.join(flags) or platform.machine()}"
    return f"{on}; Python {platform.python_version()}, {', '.join(versions)}"
