"""Numbers as people round and write them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

WHOLE = 1e15
"""From here on a number in floating point has no decimals worth rounding."""

_BINARY = 9
"""Decimals behind the last that is shown: what differs there is how a computer holds a number."""
_WIDE = Context(prec=60)


def rounded(number: float, decimals: int) -> float:
    """Half up, as people round and as the limits of the guidelines were written.

    Published bands have gaps between their limits (2.8 and 2.9), so a number is rounded to
    the decimals in which it is shown before it is compared. A mean of 4.1, 4.2 and 4.15, which
    floating point may hold as 4.1499999999999995, is 4.15.

    >>> rounded(2.85, 1), rounded(14.5, 0), round(14.5)
    (2.9, 15.0, 14)
    """
    if abs(number) >= WHOLE:
        return number
    step = Decimal(1).scaleb(-decimals)
    meant = Decimal(repr(number)).quantize(step.scaleb(-_BINARY), ROUND_HALF_EVEN, _WIDE)
    return float(meant.quantize(step, ROUND_HALF_UP, _WIDE))


def written(number: float, decimals: int) -> str:
    """The rounded number as it is shown, so that what is compared is what is read.

    >>> written(5.25, 1), f"{5.25:.1f}"
    ('5.3', '5.2')
    """
    return f"{rounded(number, decimals):.{decimals}f}"


def frame_words(frame: int, time_s: float | None = None) -> str:
    """A frame for people, who count from 1, with its time where that is known.

    >>> frame_words(12, 0.2667), frame_words(0)
    ('frame 13 (0.27 s)', 'frame 1')
    """
    words = f"frame {frame + 1}"
    return words if time_s is None else f"{words} ({written(time_s, 2)} s)"


def frames_words(frames: Sequence[int]) -> str:
    """Several frames for people, who count from 1.

    >>> frames_words([0, 40]), frames_words([7])
    ('frames 1 and 41', 'frame 8')
    """
    if len(frames) == 1:
        return frame_words(frames[0])
    *others, last = (str(frame + 1) for frame in frames)
    return f"frames {', '.join(others)} and {last}"


def frame_spans(frames: Sequence[int]) -> str:
    """Many rising frames for people, who count from 1.

    >>> frame_spans([0, 3, 4, 5, 6, 9, 10])
    '1, 4-7, 10-11'
    """
    spans: list[list[int]] = []
    for frame in frames:
        if spans and frame == spans[-1][1] + 1:
            spans[-1][1] = frame
        else:
            spans.append([frame, frame])
    parts = (str(a + 1) if a == b else f"{a + 1}-{b + 1}" for a, b in spans)
    return ", ".join(parts)
