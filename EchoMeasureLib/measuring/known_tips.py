"""How well the tip of a wave is known that the package's network of strips has found.

Two look at it that know little of each other: the network, whose peak probability says how far off
it usually is, and the picture itself, on which the wave is seen to end somewhere, more or less
clearly. Where both say the same, the number is better known than by either; where they do not, it
is the less clear one that is probably off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.envelope.kept_votes import find_vote
from EchoMeasureLib.measuring.envelope.timelines import WaveKind
from EchoMeasureLib.measuring.resolution import MOST_SHARE, wave_heights

FITTED = "0c156ab8f945a1bee5142faf58fdc2f63a9675828fc77c3cb1b294639f438762"
"""SHA-256 of the package's network of strips, of which the next numbers are: another one's peak
probability may say something else."""

TIP_PX = {WaveKind.TISSUE: 80.0, WaveKind.INFLOW: 57.0, WaveKind.JET: 57.0}
TIP_POWER = 1.5
"""Canvas pixels by which it is off at the tip of a wave (1 deviation), over its peak probability p:
TIP_PX (1 - p) ** TIP_POWER, for E 1.8 at 0.90 and 3.3 at 0.85. Fitted to the distance from the
truth on phantoms that it had not seen (2,000 tips of seeds 81000 and 87000, where it told more than
grey, contrast or sweep; 1,740 of 94000 and 95000 by kind of wave)."""

LEAST_SHARE = 0.01
"""Share of a wave's height that it is known to at best, by either."""

SAME_TOP = 0.25
"""What is seen farther away, as a share of its height, is the top of something else."""

MOST_CHANCE = 0.1
"""Chance of being more than `MOST_SHARE` off above which a number is in doubt."""


def unsure_tips(
    cine: Cine, frame: int, region: Region, kind: WaveKind, points: Sequence[Landmark]
) -> str:
    """Why a velocity, or the ratio of two, at points of the network `FITTED` is not well known.

    In words; empty where it is. `points` are the tips of the waves (source pixels).
    """
    if region.baseline_y is None:
        return ""
    places = [point.point for point in points]
    heights = wave_heights((cine.columns, cine.rows), region, region.baseline_y, places)
    if len(heights) != len(points) or not heights or min(heights) <= 0:
        return ""
    off, spread = 0.0, 0.0
    for number, (point, height) in enumerate(zip(points, heights, strict=True)):
        probability = point.confidence or 0.0
        own = max(LEAST_SHARE, TIP_PX[kind] * (1 - probability) ** TIP_POWER / height)
        beyond, deviation = _with_picture(cine, frame, region, point, own)
        # Of a ratio both count, and what both are off by the same way does not.
        off += -beyond if number else beyond
        spread = math.hypot(spread, deviation)
    chance = 1 - _normal((MOST_SHARE - off) / spread) + _normal((-MOST_SHARE - off) / spread)
    if chance <= MOST_CHANCE:
        return ""
    sure = " and ".join(f"{point.confidence or 0.0:.2f}" for point in points)
    return (
        f"By the network's peak probability ({sure}) and by what the picture shows of the wave's "
        f"tip, the chance is {100 * chance:.0f} % that this is more than {100 * MOST_SHARE:g} % "
        "off."
    )


def _with_picture(
    cine: Cine, frame: int, region: Region, point: Landmark, own: float
) -> tuple[float, float]:
    """By how much a point is probably too high and how well that is known, shares of the height.

    `own` is the deviation by the network alone.
    """
    try:
        vote = find_vote(cine, frame, region, point.point)
    except UnreadableFile:
        return 0.0, own  # what cannot be seen says nothing
    top = vote.top
    if top is None or vote.at_least or not math.isfinite(top.doubt):
        return 0.0, own
    assert region.baseline_y is not None
    apart = abs(point.y - region.baseline_y) / top.height - 1
    if abs(apart) > SAME_TOP:
        return 0.0, own
    seen = max(LEAST_SHARE, top.doubt)
    both = math.hypot(own, seen)
    return apart * own**2 / both**2, own * seen / both


def _normal(deviations: float) -> float:
    return 0.5 * (1 + math.erf(deviations / math.sqrt(2)))
