"""When each frame was taken: PS3.3 C.7.6.5 (Cine) and C.7.6.6 (Multi-frame).

FrameIncrementPointer says which tag applies. Values that cannot be (zero,
negative, not a number, absurd) are passed over, and a note says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import accumulate, pairwise

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from EchoMeasureLib.imaging.cine import Timing
from EchoMeasureLib.imaging.header import number, numbers

MIN_STEP_S, MAX_STEP_S = 0.0002, 10.0
"""From 5000 frames per second (ultrafast imaging) to one in ten seconds."""

MAX_R_WAVE_S = 3600.0
"""R waves lie within a cine, or a beat or two beside it."""

MIN_RR_S, MAX_RR_S = 0.2, 10.0
"""From 300 beats a minute to the longest pause; others are no milliseconds, or no R waves."""

_ORDER = ("FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate")

DISPLAYED = _ORDER[-1]
"""How fast to play the frames, which need not be how fast they were taken."""

FAR_OTHER = 1.25
"""Rates that differ by more contradict each other; whole numbers round less."""

NOT_TIME = (
    *("PageNumberVector", "SliceLocationVector", "SliceVector"),
    *("FramePrimaryAngleVector", "FrameSecondaryAngleVector", "RotationVector"),
)
"""What FrameIncrementPointer names where frames are pages, slices or angles (C.7.6.6, C.8.6.3)."""

STILL, UNKNOWN = "still", "unknown"

_MANY = 4
"""Steps that grow each time, so many of them, are the times themselves."""

PTS = "PTS"
"""Source of times that come from a video's container: those at which it plays."""


class _Unusable(Exception):
    """Why a tag does not give the times."""


def read_timing(dataset: Dataset, frames: int) -> Timing:
    """Frame times and R waves of a DICOM data set with this many frames."""
    notes: list[str] = []
    waves = _r_waves(dataset, notes)
    if frames == 1:
        return Timing((0.0,), STILL, waves, tuple(notes))
    other = _other_increment(dataset)
    if other:
        notes.append(f"The frames follow each other by {other}, so their times are not known.")
        return Timing(None, UNKNOWN, waves, tuple(notes))
    preferred = _preferred(dataset)
    for place, keyword in enumerate(preferred):
        values = numbers(dataset, keyword)
        if not values:
            continue
        try:
            times = _READERS[keyword](values, frames, notes)
        except _Unusable as reason:
            notes.append(f"{keyword} is passed over: {reason}.")
            continue
        notes += _contradictions(dataset, keyword, times, preferred[place + 1 :])
        return Timing(times, keyword, waves, tuple(notes))
    return Timing(None, UNKNOWN, waves, tuple(notes))


def _contradictions(
    dataset: Dataset, believed: str, times: Sequence[float], others: Sequence[str]
) -> list[str]:
    """What to say of tags that give far other times than those that are believed."""
    found = _other_duration(dataset, believed, times)
    for keyword in others:
        if keyword == DISPLAYED:
            continue
        with suppress(_Unusable):
            values = numbers(dataset, keyword)
            other = _READERS[keyword](values, len(times), []) if values else times
            ratio = other[-1] / times[-1]
            if not 1 / FAR_OTHER <= ratio <= FAR_OTHER:
                rates = [(len(times) - 1) / of[-1] for of in (times, other)]
                found.append(
                    f"The file contradicts itself: {rates[0]:.3g} frames per second by {believed}, "
                    f"which is believed, and {rates[1]:.3g} by {keyword}."
                )
    return found


def _other_duration(dataset: Dataset, believed: str, times: Sequence[float]) -> list[str]:
    """What to say of (0018,0072), seconds for which data were taken, where it is far other."""
    total = number(dataset, "EffectiveDuration") or 0.0
    last_step = times[-1] / (len(times) - 1)
    shortest, longest = times[-1] / FAR_OTHER, (times[-1] + last_step) * FAR_OTHER
    if total <= 0 or shortest <= total <= longest:
        return []
    return [
        f"The file contradicts itself: its frames span {times[-1]:.3g} s by {believed}, which is "
        f"believed, and {total:.3g} s by EffectiveDuration."
    ]


def unlikely_step(times: Sequence[float]) -> str:
    """What cannot be about the steps between these times (seconds), in words; else empty."""
    for before, after in pairwise(times):
        if not MIN_STEP_S <= after - before <= MAX_STEP_S:
            return f"{1000 * (after - before):g} ms between frames cannot be"
    return ""


def _pointed(dataset: Dataset, keywords: Iterable[str]) -> list[str]:
    """Those of these keywords that FrameIncrementPointer names, in the order given."""
    found = numbers(dataset, "FrameIncrementPointer")
    pointers = {int(pointer) for pointer in found if 0 < pointer < math.inf}
    return [keyword for keyword in keywords if tag_for_keyword(keyword) in pointers]


def _other_increment(dataset: Dataset) -> str:
    """What the frames follow each other by, such as SliceLocationVector; empty where by time."""
    others = _pointed(dataset, NOT_TIME)
    return others[0] if others and not _pointed(dataset, _ORDER) else ""


def _preferred(dataset: Dataset) -> tuple[str, ...]:
    """The tags in the order in which they are believed."""
    return tuple(dict.fromkeys((*_pointed(dataset, _ORDER), *_ORDER)))


def _from_step(values: tuple[float, ...], frames: int, notes: list[str]) -> tuple[float, ...]:
    step = _checked_step(_only(values) / 1000, f"{values[0]:g} ms between frames")
    return tuple(index * step for index in range(frames))


def _from_rate(values: tuple[float, ...], frames: int, notes: list[str]) -> tuple[float, ...]:
    words = f"{_only(values):g} frames per second"
    if values[0] <= 0:
        raise _Unusable(f"{words} cannot be")
    step = _checked_step(1 / values[0], words)
    return tuple(index * step for index in range(frames))


def _only(values: tuple[float, ...]) -> float:
    if len(set(values)) > 1:
        raise _Unusable(f"it has {len(values)} values where one belongs")
    return values[0]


def _checked_step(step: float, words: str) -> float:
    if math.isnan(step):
        raise _Unusable("it is no number")
    if not MIN_STEP_S <= step <= MAX_STEP_S:  # false for NaN too
        raise _Unusable(f"{words} cannot be")
    return step


def _from_vector(values: tuple[float, ...], frames: int, notes: list[str]) -> tuple[float, ...]:
    if len(values) == frames - 1:
        # The increment of the first frame, which is 0 by definition, was left out.
        increments = values
        notes.append("FrameTimeVector has no entry for the first frame.")
    elif len(values) >= frames:
        increments = values[1:frames]
        if values[0] != 0:
            notes.append("FrameTimeVector does not begin with 0; times count from the first frame.")
        if len(values) > frames:
            notes.append(f"FrameTimeVector has {len(values)} entries for {frames} frames.")
    else:
        raise _Unusable(f"it has {len(values)} entries for {frames} frames")
    grow = len(increments) >= _MANY and all(a < b for a, b in pairwise(increments))
    if grow and increments[-1] > 2 * increments[0] > 0:
        raise _Unusable("its entries grow from frame to frame, so they are no steps")
    for value in increments:
        _checked_step(value / 1000, f"{value:g} ms between frames")
    return tuple(accumulate((value / 1000 for value in increments), initial=0.0))


_READERS: dict[str, Callable[[tuple[float, ...], int, list[str]], tuple[float, ...]]] = {
    "FrameTime": _from_step,
    "FrameTimeVector": _from_vector,
    "CineRate": _from_rate,
    "RecommendedDisplayFrameRate": _from_rate,
}


def _r_waves(dataset: Dataset, notes: list[str]) -> tuple[float, ...]:
    """R waves in seconds from the first frame, in order, each once."""
    values = numbers(dataset, "RWaveTimeVector")
    sound = sorted({value / 1000 for value in values if abs(value) <= 1000 * MAX_R_WAVE_S})
    if len(sound) != len(values):
        notes.append("RWaveTimeVector holds values that are repeated or cannot be.")
    for before, after in pairwise(sound):
        if not MIN_RR_S <= after - before <= MAX_RR_S:
            gap = f"{1000 * (after - before):.6g} ms between R waves cannot be"
            notes.append(f"RWaveTimeVector is passed over: {gap}.")
            return ()
    return tuple(sound)
