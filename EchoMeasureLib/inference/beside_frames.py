"""Which frames are run beside those that are asked for, and what that costs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from EchoMeasureLib.catalog import definition

NEAR_S = 0.15
"""Frames within this time are neighbours."""
OFFSETS_S = (-0.12, -0.06, 0.06, 0.12)
"""Where neighbours are wanted, s from the frame: two on each side show how it moves."""
CLOSEST_S = (-0.06, 0.06)
"""Where one on each side is enough."""


def frames_beside(
    times: Sequence[float] | None,
    frames: Collection[int],
    offsets_s: Sequence[float] = OFFSETS_S,
) -> tuple[int, ...]:
    """Which frames to run besides those that are asked for: one for each offset at most, rising.

    None where frames have no times, or all that lie within 0.15 s are asked for.
    """
    if times is None:
        return ()
    asked = set(frames)
    found: set[int] = set()
    for frame in frames:
        for offset in offsets_s:
            beside = _nearest(times, frame, offset)
            if beside is not None:
                found.add(beside)
    return tuple(sorted(found - asked))


def near_frames(times: Sequence[float], frame: int) -> tuple[int, ...]:
    """All frames within `NEAR_S` of one, without it."""
    at = times[frame]
    return tuple(n for n, t in enumerate(times) if n != frame and abs(t - at) <= NEAR_S + 1e-6)


def _nearest(times: Sequence[float], frame: int, offset: float) -> int | None:
    """The frame nearest to this time beside another, on the same side of it."""
    step = 1 if offset > 0 else -1
    best, place = None, frame + step
    while 0 <= place < len(times) and abs(times[place] - times[frame]) <= NEAR_S + 1e-6:
        away = abs(times[place] - times[frame] - offset)
        if best is None or away < best[0]:
            best = (away, place)
        place += step
    return None if best is None else best[1]


def cost_words(
    times: Sequence[float] | None, measurements: Sequence[str], frames: Sequence[int]
) -> str:
    """What is run besides, for people, such as "4 neighbouring frames run too"; else empty.

    Raises `UnknownMeasurement`.
    """
    if all(definition(id).on_strip for id in measurements):
        return ""
    extra = len(frames_beside(times, frames))
    if not extra:
        return ""
    return f"{extra} neighbouring frame{'s run' if extra > 1 else ' runs'} too"
