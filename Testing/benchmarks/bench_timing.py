"""Clocks of the benchmarks: in turn, whole processes, and what the processor could do."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch


def once(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall and of processor."""
    start, spent = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - spent


def middle(run: Callable[[], object], count: int) -> float:
    """Wall seconds, the median of so many."""
    return statistics.median(once(run)[0] for _ in range(count))


def in_turn(runs: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Wall seconds of each, in turn, after one uncounted round."""
    spent: list[list[float]] = [[] for _ in runs]
    for number in range(rounds + 1):
        for run, kept in zip(runs, spent, strict=True):
            seconds, _ = once(run)
            if number:
                kept.append(seconds)
    return spent


def whole_process(words: Sequence[str]) -> tuple[float, float]:
    """Wall seconds and peak memory in MiB of a command."""
    code = (
        "import resource, subprocess, sys, time; start = time.perf_counter();"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL,"
        " stderr=subprocess.DEVNULL);"
        "print(time.perf_counter() - start,"
        " resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    seconds, kilobytes = map(float, run.stdout.split())
    return seconds, kilobytes / 1024


def child(work: str, processors: int | None = None, **facts: Any) -> dict[str, Any]:
    """What a piece of work of `bench_child` says, run in a process of its own."""
    more = {} if processors is None else {"OMP_NUM_THREADS": str(processors)}
    words = [sys.executable, str(Path(__file__).with_name("bench_child.py")), work]
    run = subprocess.run(
        [*words, json.dumps(facts)],
        stdout=subprocess.PIPE,
        env={**os.environ, **more},
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def ceiling(precision: str, size: int = 2048) -> float:
    """GFLOP/s of a product of two matrices in this number format, the best of five."""
    if precision == "int8":
        left = torch.ones(size, size, dtype=torch.int8)
        right = torch.ones(size, size, dtype=torch.int8).t()
        best = min(once(lambda: torch._int_mm(left, right))[0] for _ in range(6))
    else:
        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        left, right = (torch.ones(size, size, dtype=dtype) for _ in range(2))
        best = min(once(lambda: left @ right)[0] for _ in range(6))
    return 2 * size**3 / best / 1e9
