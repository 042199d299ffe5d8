"""Clocks of the benchmarks: in turn, whole processes, and what the processor could do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch


def once(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall and of processor."""
    start, spent = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - spent


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


def on_processors(count: int) -> float:
    """Wall seconds of a frame of 768 x 1024 on so many processors, the present revision."""
    words = [sys.executable, str(Path(__file__).with_name("compare.py")), "--work", "auto"]
    run = subprocess.run(
        words,
        input="frame\n" * 12,
        env={**os.environ, "OMP_NUM_THREADS": str(count)},
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(float(line.split()[0]) for line in run.stdout.splitlines()[2:])[5]


def ceiling(precision: str, size: int = 2048) -> float:
    """GFLOP/s of a product of two matrices in this number format, the best of five."""
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    left, right = (torch.ones(size, size, dtype=dtype) for _ in range(2))
    best = min(once(lambda: left @ right)[0] for _ in range(6))
    return 2 * size**3 / best / 1e9
