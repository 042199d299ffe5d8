"""A beat of a strip against the other beats of the same wave: is it one of them?

Beats differ with breathing by some per cent and in atrial fibrillation by up to a third. What is
farther from the middle value of the others than they are from each other is another wave, or none.
And an M-mode is known by its usual beat: where that is unsure, one clear beat is chance.
The limits are EchoMeasure's own.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise

from EchoMeasureLib.inference.view_check import SEEN_ON_STRIP

FEWEST = 3
"""Beats that are needed to say anything."""

ODD, ODD_UNEVEN = 0.2, 0.4
"""Share of the others' middle value by which a beat may differ, where beats come evenly and where
they do not: on phantoms no beat in sinus rhythm differs more than the first, but 1 in 40 in atrial
fibrillation, where a long beat fills the heart."""

UNEVEN = 0.08
"""Share of a beat by which one comes earlier or later than in even rhythm; one that was not found
leaves a gap of two."""

SPREADS = 4.0
"""And so many times the middle distance of the others from it."""


def find_odd_beats(
    numbers: Sequence[float], stands: Sequence[bool], times: Sequence[float] = ()
) -> dict[int, float]:
    """The beats that do not fit, by position, with the middle value of the others.

    `stands`: whether a reviewer stands behind a beat; such a one is never odd. `times` of the
    beats, s, where all are known.
    """
    found: dict[int, float] = {}
    if len(numbers) < FEWEST:
        return found
    most = ODD_UNEVEN if _is_uneven(times) else ODD
    for place, number in enumerate(numbers):
        others = [*numbers[:place], *numbers[place + 1 :]]
        middle = statistics.median(others)
        spread = statistics.median(abs(other - middle) for other in others)
        room = max(most * abs(middle), SPREADS * spread)
        if not stands[place] and abs(number - middle) > room:
            found[place] = middle
    return found


def _is_uneven(times: Sequence[float]) -> bool:
    steps = [later - earlier for earlier, later in pairwise(sorted(times))]
    beat = min(steps, default=0.0)
    if beat <= 0:
        return False
    beat = statistics.median(step / max(1, round(step / beat)) for step in steps)
    return any(abs(step / beat - max(1, round(step / beat))) > UNEVEN for step in steps)


def unsure_strip(confidences: Sequence[float]) -> str:
    """Why no beat of an M-mode is sure, in words, by the confidences of all that a network of the
    package found there; empty where the usual one is that of a view that is seen."""
    if len(confidences) < FEWEST or (usual := statistics.median(confidences)) >= SEEN_ON_STRIP:
        return ""
    return (
        f"Of the {len(confidences)} beats of this M-mode the usual one has a peak probability of "
        f"{usual:.2f}, so that it may show something else."
    )
