"""The frames at which a diameter is largest, one for each beat."""

from __future__ import annotations

import math

import pytest

from EchoMeasureLib.measuring.largest import largest_frames

FPS = 50.0
TIMES = [frame / FPS for frame in range(120)]


def wave(frame: int, period: float = 40.0, shift: float = 20.0) -> float:
    """3.5 cm, 0.4 more at its largest: on frames 20, 60 and 100."""
    return 3.5 + 0.4 * math.cos(2 * math.pi * (frame - shift) / period)


def test_one_for_each_beat_where_it_is_seen_from_both_sides() -> None:
    assert largest_frames({i: wave(i) for i in range(120)}, TIMES) == (20, 60, 100)


def test_one_at_the_border_may_go_on() -> None:
    assert largest_frames({i: wave(i) for i in range(100)}, TIMES) == (20, 60)
    assert largest_frames({i: wave(i) for i in range(20, 100)}, TIMES) == (60,)


@pytest.mark.parametrize(
    "diameters",
    [
        {},
        {5: 3.5},
        dict.fromkeys(range(120), 3.5),
        {i: 3.5 + (0.3 if i % 2 else 0.0) for i in range(120)},
        {i: 3.0 + i / 100 for i in range(120)},
        {i: wave(i) for i in range(0, 120, 10)},
    ],
)
def test_what_shows_no_heartbeat_has_none(diameters: dict[int, float]) -> None:
    assert largest_frames(diameters, TIMES) == ()


def test_a_single_wild_frame_is_none() -> None:
    diameters = {i: wave(i) for i in range(120)} | {30: 5.5}
    assert largest_frames(diameters, TIMES) == (20, 60, 100)
