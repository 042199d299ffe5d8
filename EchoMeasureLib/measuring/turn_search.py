"""Which frames of a cine show where a diameter turns: a coarse row, then those about the turns.

What is found on these frames is what is found on all: the middle of a top or bottom is where the
smoothed curve says, from frames a little apart, and the caliper is that of the frame there. So the
frames about a turn lie a little apart, and all of them are run in its middle only.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from EchoMeasureLib.measuring.breathing import read_ivc
from EchoMeasureLib.measuring.cycle import find_events
from EchoMeasureLib.measuring.smoothing import zigzag
from EchoMeasureLib.measuring.turns import Curve, measured_curve

ROW_S = 0.11
"""Longest time from a frame of the row to the next."""
PER_BEAT = 7
"""Fewest frames of the row in a beat."""
PAIR_S, APART_S = 0.056, 0.034
"""Frames about a turn lie this far apart at most: every second one, or more of a fast cine. Between
slow frames the middle of a turn is told from less."""
ABOUT_S = 0.1
"""So long before and after a turn: its top, and what the smoothing about it needs. A little more
where the frames there lie apart."""
MIDDLE_S, MIDDLE_FRAMES = 0.055, 3.5
"""In the middle every frame is run: so long, and so many, before and after it."""
TURN = 0.25
"""Share of the movement by which the curve turns back; a coarse curve hides some of it."""
LEAST_MOVEMENT = 0.03
"""Share of the diameter; a curve that moves less has no turns."""
BREATH_ROW_S = 0.12
"""Of a vena cava: breaths last over a second, and sizes are means over the frames about a turn."""
SNIFF_S = 0.25
"""So long about a narrowest vena cava the frames lie as about other turns: a sniff is short."""


def coarse_row(times: Sequence[float], rr_s: float) -> tuple[int, ...]:
    """Frames of a row, the first and the last: `times` in s, rising, and the length of a beat."""
    return _row(times, min(ROW_S, rr_s / PER_BEAT))


def breath_row(times: Sequence[float]) -> tuple[int, ...]:
    """The same for what moves with the breath, or does not move."""
    return _row(times, BREATH_ROW_S)


def about_turns(
    times: Sequence[float],
    sizes: Mapping[int, float],
    ran: Collection[int],
    r_waves: Sequence[float] = (),
) -> set[int]:
    """The frames about the turns that a diameter by frame shows; the middles once those are run.

    `ran`: the frames that were run, of which `sizes` has those with a number. With `r_waves`, in
    s, those that are ED and ES by them too.
    """
    curve = measured_curve(sizes, times)
    if curve is None or curve.span < LEAST_MOVEMENT * float(np.mean(curve.smooth)):
        return set()
    middles = [turn.time for turn in curve.placed(zigzag(curve.smooth, TURN * curve.span))]
    if r_waves:
        middles += [event.turn.time for event in find_events(curve, sorted(r_waves))[0]]
    about = ABOUT_S + (_fine_step(times) - 1) * _spacing(times)
    found = _finely(times, middles, about)
    found |= _beside_wild(curve, sizes, len(times) - 1)
    if found <= {*ran}:
        reach = max(MIDDLE_S, MIDDLE_FRAMES * _spacing(times))
        found |= {f for f, at in enumerate(times) if _near(at, middles, reach)}
    return found


def about_breath(times: Sequence[float], sizes: Mapping[int, float]) -> set[int]:
    """The frames about the narrowest vena cava that its diameters by frame show, in any unit."""
    narrowest = [times[frame] for frame in read_ivc(sizes, times).min_frames]
    curve = measured_curve(sizes, times)
    beside = set() if curve is None else _beside_wild(curve, sizes, len(times) - 1)
    return beside | _finely(times, narrowest, SNIFF_S)


def within(times: Sequence[float], frames: Iterable[int], near_s: float) -> Iterator[int]:
    """The frames within so many seconds of any of these."""
    for frame in frames:
        yield from (f for f, at in enumerate(times) if abs(at - times[frame]) <= near_s + 1e-6)


def _spacing(times: Sequence[float]) -> float:
    return statistics.median(b - a for a, b in pairwise(times))


def _fine_step(times: Sequence[float]) -> int:
    spacing = _spacing(times)
    return max(1, min(2, int(PAIR_S / spacing + 0.05)), int(APART_S / spacing + 0.05))


def _row(times: Sequence[float], most_s: float) -> tuple[int, ...]:
    """Frames at most so far apart, where it can be some of those of the fine step."""
    spacing, fine = _spacing(times), _fine_step(times)
    fit = max(1, int(most_s / spacing + 0.05))
    return _every(times, fit - fit % fine if fit >= fine else fit)


def _every(times: Sequence[float], step: int) -> tuple[int, ...]:
    """With the last one, so that nothing lies beyond."""
    return tuple(sorted({*range(0, len(times), step), len(times) - 1}))


def _finely(times: Sequence[float], middles: Iterable[float], reach: float) -> set[int]:
    """Frames of the fine step that lie so near to any of these."""
    return {f for f in _every(times, _fine_step(times)) if _near(times[f], middles, reach)}


def _near(time: float, others: Iterable[float], reach: float) -> bool:
    return any(abs(time - other) <= reach + 1e-6 for other in others)


def _beside_wild(curve: Curve, sizes: Mapping[int, float], last: int) -> set[int]:
    """Beside the frames that stand out, which may hide a turn."""
    wild = sizes.keys() - set(curve.frames.tolist())
    return {min(max(f + step, 0), last) for f in wild for step in (-1, 1)}
