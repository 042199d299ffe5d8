"""Numbers are rounded as people round them, by exact arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import pytest

from EchoMeasureLib.measuring.grading.diastole import DiastolicFacts
from EchoMeasureLib.measuring.grading.diastole_2016 import grade_2016
from EchoMeasureLib.rounding import rounded, written


def half_up(number: Fraction, decimals: int) -> float:
    return math.floor(number * 10**decimals + Fraction(1, 2)) / 10**decimals


def ratios() -> Iterator[tuple[Fraction, float, int]]:
    """Average E/e' of E in 0.5 and e' in 0.1 cm/s."""
    for e in range(60, 200):
        for both in range(60, 260, 3):
            yield Fraction(10 * e, both), 2 * (e * 0.5) / (30 * 0.1 + (both - 30) * 0.1), 1


def lengths() -> Iterator[tuple[Fraction, float, int]]:
    """Between points that lie on tenths of pixels of 0.5 mm."""
    for first in range(100, 400, 17):
        for last in range(500, 1300, 3):
            yield Fraction((last - first) * 5, 1000), (last / 10 - first / 10) * 0.05, 1


def means() -> Iterator[tuple[Fraction, float, int]]:
    """Of three beats."""
    for a in range(400, 450, 7):
        for b in range(400, 450, 2):
            for c in range(400, 450, 3):
                yield Fraction(a + b + c, 300), (a / 100 + b / 100 + c / 100) / 3, 1


@pytest.mark.parametrize("cases", [ratios, lengths, means])
def test_a_number_is_rounded_as_the_one_it_stands_for(cases) -> None:
    """Floating point holds one in a few hundred of these halves as a little less."""
    wrong = [(x, d) for exact, x, d in cases() if rounded(x, d) != half_up(exact, d)]
    assert wrong == []


def test_what_is_no_half_is_not_taken_for_one() -> None:
    assert written(2.8499999, 1) == "2.8"
    assert written(2.85, 1) == "2.9"
    assert rounded(123456789012345.4, 0) == 123456789012345.0
    assert rounded(999999999999999.0, 6) == 999999999999999.0
    assert rounded(-0.25, 1) == -0.3


def test_a_ratio_on_the_limit_is_graded_as_it_is_read() -> None:
    """E 84.3, e' 5.9 and 6.1: 14.05 is 14.1, above 14; TR and LAVI are normal, e' is slow."""
    facts = DiastolicFacts(e=84.3, a=70, septal=5.9, lateral=6.1, tr=2.4, lavi=30, ef=60)
    asked = {criterion.id: criterion.holds for criterion in grade_2016(facts).criteria}
    assert asked["e_e"] is True
