"""A beat of a strip against the other beats of the same wave: is it one of them?

Beats differ with breathing by some per cent and in atrial fibrillation by up to a third. What is
farther from the middle value of the others than they are from each other is another wave, or none.
And an M-mode is known by its usual beat: where that is unsure, one clear beat is chance.
The limits are EchoMeasure's own.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from EchoMeasureLib.inference.view_check import SEEN_ON_STRIP

FEWEST = 3
"""Beats that are needed to say anything."""

ODD = 0.2
"""Share of the others' middle value by which a beat may differ: on phantoms no beat in sinus
rhythm differs more, and 1 in 40 in atrial fibrillation."""

SPREADS = 4.0
"""And so many times the middle distance of the others from it."""


def find_odd_beats(numbers: Sequence[float], stands: Sequence[bool]) -> dict[int, float]:
    """The beats that do not fit, by position, with the middle value of the others.

    `stands`: whether a reviewer stands behind a beat; such a one is never odd.
    """
    found: dict[int, float] = {}
    if len(numbers) < FEWEST:
        return found
    for place, number in enumerate(numbers):
        others = [*numbers[:place], *numbers[place + 1 :]]
        middle = statistics.median(others)
        spread = statistics.median(abs(other - middle) for other in others)
        room = max(ODD * abs(middle), SPREADS * spread)
        if not stands[place] and abs(number - middle) > room:
            found[place] = middle
    return found


def unsure_strip(confidences: Sequence[float]) -> str:
    """Why no beat of an M-mode is sure, in words, by the confidences of all that a network of the
    package found there; empty where the usual one is that of a view that is seen."""
    if len(confidences) < FEWEST or (usual := statistics.median(confidences)) >= SEEN_ON_STRIP:
        return ""
    return (
        f"Of the {len(confidences)} beats of this M-mode the usual one has a peak probability of "
        f"{usual:.2f}, so that it may show something else."
    )
