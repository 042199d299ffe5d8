"""Heart rate and rhythm, by arithmetic."""

from __future__ import annotations

import pytest

from EchoMeasureLib.measuring.rhythm import HeartRhythm, heart_rhythm, index_beats


@pytest.mark.parametrize(
    ("times", "rate", "words"),
    [
        ((), None, ""),
        ((1.0,), None, ""),
        # Two beats have one interval, whose spread nobody knows.
        ((0.2, 1.0), 75.0, ""),
        ((0.0, 0.8, 1.6), 75.0, "regular"),
        # RR 0.76 and 0.84: SD 0.0566 of a mean of 0.8 s, 7 %.
        ((0.0, 0.76, 1.6), 75.0, "regular"),
        # RR 0.70 and 0.90: SD 0.1414 of 0.8 s, 18 %.
        ((0.0, 0.7, 1.6), 75.0, "irregular: rhythm?"),
        # In any order, and twice the same is once.
        ((1.6, 0.0, 0.8, 0.8), 75.0, "regular"),
        ((0.0, float("nan"), 0.5, float("inf"), 1.0), 120.0, "regular"),
    ],
)
def test_rate_is_60_over_the_mean_rr_and_rhythm_its_spread(
    times: tuple[float, ...], rate: float | None, words: str
) -> None:
    found = heart_rhythm(times)
    assert found.rate == (None if rate is None else pytest.approx(rate))
    assert found.words == words


def test_nothing_gives_nothing() -> None:
    assert HeartRhythm() == heart_rhythm([])


def test_an_index_beat_follows_two_alike_rr() -> None:
    """RR 700, 760, 640, 580, 500, 505, 520: pairs differ by 60, 120, 60, 80, 5 and 15 ms.

    The last but one pair holds an RR of 500 ms, which is not over 500 ms.
    """
    times = [0.0]
    for rr in (0.700, 0.760, 0.640, 0.580, 0.500, 0.505, 0.520):
        times.append(round(times[-1] + rr, 3))
    assert index_beats(times) == (2, 4, 7)


@pytest.mark.parametrize("times", [(), (1.0,), (1.0, 2.0)])
def test_without_two_rr_there_is_no_index_beat(times: tuple[float, ...]) -> None:
    assert index_beats(times) == ()
