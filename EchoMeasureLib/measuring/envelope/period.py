"""How long a beat is on a strip, by how its edges repeat themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from EchoMeasureLib.measuring.envelope.pixels import Floats

BEAT_S = (0.33, 1.7)
"""Shortest and longest beat that is looked for."""

ALIKE = 0.35
"""Correlation of a strip with itself, one beat later, at least."""

FIRST = 0.85
"""The shortest time after which it is so nearly as alike as ever is one beat, not two."""


def find_period(curves: Sequence[Floats], seconds_per_px: float) -> float | None:
    """Columns from one beat to the next; None where edges do not repeat themselves.

    `curves`: the edges of both sides, one height per column.
    """
    total = np.zeros(0)
    for curve in curves:
        centred = curve - curve.mean()
        power = float(np.square(centred).sum())
        if power <= 0:
            continue
        count = len(centred)
        spectrum = np.abs(np.fft.rfft(centred, 2 * count)) ** 2
        # Divided by the columns that overlap, or longer times would count for less.
        overlap = np.arange(count, 0, -1) / count
        alike = np.fft.irfft(spectrum)[:count] / power / overlap
        total = alike if not len(total) else total + alike
    first, last = (round(seconds / seconds_per_px) for seconds in BEAT_S)
    last = min(last, round(0.6 * len(total)))
    if last - first < 3:
        return None
    part = total[first : last + 1] / max(1, len(curves))
    tops = np.flatnonzero((part[1:-1] > part[:-2]) & (part[1:-1] >= part[2:])) + 1
    if not len(tops) or part[tops].max() < ALIKE:
        return None
    return float(first + tops[part[tops] >= FIRST * part[tops].max()][0])
