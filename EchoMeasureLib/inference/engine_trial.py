"""A short trial of engines: one canvas of noise through each in turn, a few times."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np

from EchoMeasureLib.errors import EngineProblem
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.engines import Engine
from EchoMeasureLib.inference.settings import EngineName

ROUNDS = 3
"""Runs of each engine in a trial, after one that does not count."""

Try = Callable[[], float]
"""Runs one canvas and gives the seconds that it took. Raises `EngineProblem`."""


def won(tries: Mapping[EngineName, Try]) -> EngineName:
    """Which of these takes the shortest for one canvas, in turn; torch where none does."""
    seconds: dict[EngineName, list[float]] = {name: [] for name in tries}
    for number in range(ROUNDS + 1):
        for name in [*seconds]:
            try:
                taken = tries[name]()
            except EngineProblem:
                del seconds[name]
                continue
            if number:
                seconds[name].append(taken)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return min(medians, key=lambda name: medians[name], default=EngineName.TORCH)


def run_noise(engine: Engine, size: tuple[int, int]) -> float:
    """Run one canvas of noise of this size (columns, rows); the seconds. As `Try`."""
    columns, rows = size
    noise = np.random.default_rng(1).integers(0, 256, (rows, columns, 3), np.uint8)
    start = time.perf_counter()
    engine.run([Canvas.of(noise)])
    return time.perf_counter() - start
