"""The bright upright lines of valves that open and close: as wide at their tip as at their foot,
where a wave, however narrow, has sides that slope."""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.sides import Side

LONGEST_MS, BLUR_PX = 32.0, 5.0
"""Such a line lasts no longer, and blur makes it so many columns wide at most."""

TIP, FOOT = (0.7, 0.9), (0.4, 0.6)
"""Shares of the height between which the width of its tip and of its foot are seen."""

UPRIGHT_PX, WIDER = 0.4, 0.06
"""Columns by which a side may lean, and what is added to that of the width."""

BESIDE_MS, LOW, BESIDE_PX = 60.0, 0.7, 3
"""So far from it the edge has fallen to such a share of its height on one side at least, or it is a
streak within a wave; and how far beyond its side the edge has fallen to `FOOT`."""


def is_valve_line(side: Side, edges: Edges, column: int, height: float) -> bool:
    """Whether what reaches `height` pixels from the baseline at a column of the side is such a
    line: both of its sides are upright, or the one that is free of a wave beside it."""
    widest = float(np.hypot(side.columns(LONGEST_MS), BLUR_PX))
    smooth = edges.smooth
    far = round(side.columns(BESIDE_MS)) + 3
    if min(smooth[max(0, column - far)], smooth[min(len(smooth) - 1, column + far)]) > LOW * height:
        return False
    reach = int(widest) + 6
    start = max(0, column - reach)
    part = side.grey[: int(TIP[1] * height) + 1, start : column + reach + 1]
    tip, foot = (
        part[int(low * height) : int(high * height) + 1].mean(axis=0) - np.float32(edges.noise)
        for low, high in (TIP, FOOT)
    )
    near = max(0, column - start - 2)
    crest = near + int(tip[near : column - start + 3].argmax())
    left, right = _half(tip, crest, -1), _half(tip, crest, 1)
    if left is None or right is None or right - left > widest:
        return False
    lean = UPRIGHT_PX + WIDER * (right - left)
    beside = int(BESIDE_PX + widest / 2)
    free = False
    for end, step in ((left, -1), (right, 1)):
        low = _half(foot, crest, step)
        if low is not None and abs(low - end) > lean:
            return False
        places = np.clip(column + step * np.arange(1, beside + 1), 0, len(smooth) - 1)
        free |= low is not None and float(smooth[places].min()) < FOOT[1] * height
    return free


def _half(light: Floats, crest: int, step: int) -> float | None:
    """Where light falls to half of that at a crest on one side; None where it does not."""
    half = 0.5 * float(light[crest])
    place = crest
    while 0 <= place < len(light) and light[place] > half:
        place += step
    if not 0 <= place < len(light) or place == crest:
        return None
    inner, outer = float(light[place - step]), float(light[place])
    return place - step * (half - outer) / max(inner - outer, 1e-6)
