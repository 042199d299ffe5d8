"""A value beside those of its neighbours: what jumps, and what only moves with the heart."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from long_axis_frames import Lines, long_axis_clip

from EchoMeasureLib.measuring.neighbours import Sample, find_jumps

IDS = ("ivs", "lvid", "lvpw", "aortic_root", "aorta", "la")


def series(times: Sequence[float], mm: Sequence[float]) -> list[Sample]:
    return [Sample(time, float(length)) for time, length in zip(times, mm, strict=True)]


def sizes(frames: Sequence[Lines], id: str) -> np.ndarray:
    """mm"""
    return np.array([10 * math.dist(*frame[id]) for frame in frames])


@pytest.mark.parametrize("fps", [15, 30, 60, 120])
@pytest.mark.parametrize("sinus", [True, False], ids=["sinus", "fibrillation"])
@pytest.mark.parametrize("jitter", [0.0, 1.0], ids=["true", "as a network reads it"])
def test_what_moves_with_the_heart_does_not_jump(fps: int, sinus: bool, jitter: float) -> None:
    flagged = count = 0
    for seed in range(3):
        clip = long_axis_clip(
            seed, fps, beats=1.5, sinus=sinus, lifelike=bool(seed % 2), jitter=jitter
        )
        for id in IDS:
            samples = series(clip.times, sizes(clip.frames, id))
            flagged += len(find_jumps(id, samples))
            count += len(samples)
    assert flagged <= 0.005 * count


@pytest.mark.parametrize("id", ["lvid", "lvpw", "aortic_root"])
@pytest.mark.parametrize("run", [1, 3])
def test_wrong_frames_jump_alone_and_in_a_row(id: str, run: int) -> None:
    """At 30 frames a second, one and three of them: 85 % of those in a row are told."""
    wrong = told = 0
    for seed in range(6):
        clip = long_axis_clip(seed, 30, beats=2, jitter=1.0)
        true, false = sizes(clip.frames, id), sizes(clip.wrong, id)
        for start in range(4, len(true) - 4 - run, 9):
            read = true.copy()
            read[start : start + run] = false[start : start + run]
            found = find_jumps(id, series(clip.times, read))
            for frame in range(start, start + run):
                if abs(false[frame] - true[frame]) > 3:
                    wrong += 1
                    told += frame in found
    assert wrong > 20
    assert told >= (0.95 if run == 1 else 0.85) * wrong


def test_a_jump_says_what_would_fit() -> None:
    """48 mm on every frame but one."""
    times = [i / 30 for i in range(15)]
    found = find_jumps("lvid", series(times, [48.0] * 7 + [61.0] + [48.0] * 7))
    assert {place: round(jump.expected_mm) for place, jump in found.items()} == {7: 48}


def test_four_neighbours_are_enough() -> None:
    """61 mm where two frames on either side lie on a line from 50 to 46."""
    times = [0.0, 0.06, 0.12, 0.18, 0.24]
    assert list(find_jumps("lvid", series(times, [50, 49, 61, 47, 46]))) == [2]
    assert not find_jumps("lvid", series(times, [50, 49, 48, 47, 46]))


def test_of_three_the_middle_one_jumps() -> None:
    assert list(find_jumps("la", series([0.0, 0.06, 0.12], [30, 50, 30]))) == [1]


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_neighbours_say_nothing(count: int) -> None:
    assert not find_jumps("lvid", series([0.0, 0.04][:count], [50.0, 20.0][:count]))


def test_frames_farther_away_say_nothing() -> None:
    assert not find_jumps("lvid", series([0.0, 0.2, 0.4, 0.6], [50, 20, 50, 20]))


def test_a_vessel_keeps_its_width() -> None:
    """24 mm in systole, 40 % of the frames: each is told, and those of 33 mm are not."""
    times = [i / 30 for i in range(30)]
    read = [24.0 if i % 10 < 3 else 33.0 for i in range(30)]
    found = find_jumps("aortic_root", series(times, read))
    assert set(found) == {i for i in range(30) if i % 10 < 3}
    assert all(jump.clip and not jump.torn for jump in found.values())


def test_where_two_sizes_are_as_frequent_neither_is_trusted() -> None:
    times = [i / 30 for i in range(20)]
    found = find_jumps("aorta", series(times, [24.0, 33.0] * 10))
    assert len(found) == 20
    assert all(jump.torn for jump in found.values())


def test_what_a_reviewer_stands_behind_never_jumps_and_is_the_measure() -> None:
    times = [i / 30 for i in range(20)]
    samples = series(times, [24.0, 33.0] * 10)
    samples[3] = Sample(times[3], 33.0, stands=True)
    assert set(find_jumps("aorta", samples)) == set(range(0, 20, 2))


def test_doubtful_values_are_no_witnesses() -> None:
    """Both neighbours on either side are in doubt: they say nothing of the frame between them."""
    times = [i * 0.06 for i in range(5)]
    read = series(times, [50, 50, 61, 50, 50])
    doubted = [Sample(s.time, s.mm, witness=place == 2) for place, s in enumerate(read)]
    assert not find_jumps("lvid", doubted)


@pytest.mark.parametrize(
    ("annulus_mm", "flagged"),
    [
        # 33 mm at 38 mm from the ventricle, and 25 at 26: the annulus was read in systole.
        (26.0, "smaller"),
        # At one level nothing says which size is right.
        (38.0, "all"),
    ],
)
def test_of_two_sizes_the_smaller_and_nearer_one_is_the_annulus(
    annulus_mm: float, flagged: str
) -> None:
    small = [k % 10 >= 5 for k in range(20)]
    samples = [
        Sample(k / 25, 25.0 if off else 33.0, reach_mm=annulus_mm if off else 38.0)
        for k, off in enumerate(small)
    ]
    wrong = {k for k, off in enumerate(small) if off}
    assert set(find_jumps("aortic_root", samples)) == (
        wrong if flagged == "smaller" else {*range(20)}
    )
