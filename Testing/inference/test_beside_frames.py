"""Which frames are run beside those that are asked for."""

from __future__ import annotations

import pytest

from EchoMeasureLib.inference.beside_frames import cost_words, frames_beside


def times(fps: float, count: int = 60) -> list[float]:
    return [i / fps for i in range(count)]


@pytest.mark.parametrize(
    ("fps", "beside"),
    [
        (15, (28, 29, 31, 32)),
        (30, (26, 28, 32, 34)),
        (60, (23, 26, 34, 37)),
        (5, ()),
        (8, (29, 31)),
    ],
)
def test_two_on_each_side_within_150_ms(fps: float, beside: tuple[int, ...]) -> None:
    assert frames_beside(times(fps), [30]) == beside


def test_at_a_border_there_are_only_those_on_one_side() -> None:
    assert frames_beside(times(30), [0]) == (2, 4)


def test_those_that_are_asked_for_are_not_run_twice() -> None:
    assert frames_beside(times(30), range(60)) == ()
    assert frames_beside(times(30), [30, 32]) == (26, 28, 34, 36)


def test_without_times_none_is_near() -> None:
    assert frames_beside(None, [3]) == ()


@pytest.mark.parametrize(
    ("ids", "frames", "words"),
    [
        (["lvid"], [30], "4 neighbouring frames run too"),
        (["lvid", "trvmax"], [30], "4 neighbouring frames run too"),
        (["trvmax"], [30], ""),
        (["lvid"], list(range(60)), ""),
    ],
)
def test_the_cost_is_said(ids: list[str], frames: list[int], words: str) -> None:
    assert cost_words(times(30), ids, frames) == words
