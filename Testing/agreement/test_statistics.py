"""The statistics of agreement give what their papers give, and no number where there is none."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import numpy as np
import pytest
from published_agreement import CARDIAC_OUTPUT, JUDGES, MINI, WRIGHT

from EchoMeasureLib.agreement.bland_altman import Limits, limits_of_agreement
from EchoMeasureLib.agreement.reliability import concordance, icc_agreement, icc_consistency

PERSONS = [str(number) for number in range(17)]


def of_persons(first: Sequence[float], second: Sequence[float]) -> Limits:
    return limits_of_agreement(first, second, [str(n) for n in range(len(first))])


def test_peak_flow_of_bland_and_altman_1986() -> None:
    """Large minus mini meter: bias -2.1, SD 38.8; their limits -79.7 and 75.5 are at 2 SD."""
    found = limits_of_agreement(MINI, WRIGHT, PERSONS)
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd.value == pytest.approx(38.8, abs=0.05)
    assert found.lower.value == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.1)
    assert found.upper.value == pytest.approx(-2.1 + 1.96 * 38.8, abs=0.1)
    # "-22.0 to 17.8"
    assert (found.bias.low, found.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    # Theirs, -114.3 to -45.1 and 40.9 to 110.1, are an approximation that is known to be narrow
    # on the outer side (Carkeet and Goh 2018).
    assert found.lower.low is not None
    assert found.upper.high is not None
    assert -130 < found.lower.low < -114.3
    assert 110.1 < found.upper.high < 125


def test_repeated_measurements_of_bland_and_altman_2007() -> None:
    """RV minus IC: bias 0.6021667, SD 0.99062408, limits -1.3394565 and 2.5437899."""
    patients, rv, ic = zip(*CARDIAC_OUTPUT, strict=True)
    found = limits_of_agreement(ic, rv, patients)
    assert (found.n, found.patients, found.repeated) == (60, 12, True)
    assert found.bias.value == pytest.approx(0.6021667, abs=1e-6)
    assert found.sd.value == pytest.approx(0.99062408, abs=1e-7)
    assert found.lower.value == pytest.approx(-1.3394565, abs=1e-6)
    assert found.upper.value == pytest.approx(2.5437899, abs=1e-6)
    alone = of_persons(ic, rv)
    # Taken for 60 patients, the limits would be narrower.
    assert alone.sd.value is not None
    assert found.sd.value is not None
    assert alone.sd.value < found.sd.value


def test_judges_of_shrout_and_fleiss_1979() -> None:
    """ICC(2,1) = .29 and ICC(3,1) = .71; their intervals as R's psych has them."""
    single, fixed = icc_agreement(JUDGES), icc_consistency(JUDGES)
    assert single.value == pytest.approx(0.29, abs=0.005)
    assert fixed.value == pytest.approx(0.71, abs=0.005)
    assert (single.low, single.high) == pytest.approx((0.019, 0.761), abs=0.001)
    assert (fixed.low, fixed.high) == pytest.approx((0.342, 0.946), abs=0.001)


def test_concordance_by_hand_and_of_the_peak_flow() -> None:
    """2 s12 / (s1^2 + s2^2 + (m1 - m2)^2): of 1 2 3 4 against 2 3 4 5 2.5/(2.5 + 1) = 5/7."""
    assert concordance([1, 2, 3, 4], [2, 3, 4, 5]).value == pytest.approx(5 / 7)
    assert concordance([1, 2, 3, 4], [4, 3, 2, 1]).value == pytest.approx(-1)
    (sxx, sxy), (_, syy) = np.cov(WRIGHT, MINI, ddof=0)
    shift = statistics.fmean(WRIGHT) - statistics.fmean(MINI)
    expected = 2 * sxy / (sxx + syy + shift**2)
    assert concordance(WRIGHT, MINI).value == pytest.approx(expected)
    assert round(expected, 2) == 0.94


def test_two_readers_by_hand() -> None:
    """Readers 1 2 3 and 2 3 4: all that differs is a bias of 1, which ICC(3,1) passes over.

    Mean squares: targets 2, readers 1.5, rest 0. ICC(2,1) = 2 / (2 + 2 * 1.5 / 3) = 2/3.
    """
    ratings = [(1, 2), (2, 3), (3, 4)]
    assert icc_agreement(ratings).value == pytest.approx(2 / 3)
    fixed = icc_consistency(ratings)
    assert (fixed.value, fixed.low) == (1.0, None)
    assert "constant" in fixed.reason


@pytest.mark.parametrize(
    ("first", "second", "bias", "no_limits"),
    [
        ([4.0], [4.5], 0.5, "only one pair"),
        ([4.0, 5.0, 6.0], [4.5, 5.5, 6.5], 0.5, "all the same"),
        # 4.7 - 4.6 and 3.2 - 3.1 differ in the last bit only.
        ([4.6, 3.1, 2.2], [4.7, 3.2, 2.3], 0.1, "all the same"),
    ],
)
def test_too_little_gives_a_bias_and_the_reason(
    first: list[float], second: list[float], bias: float, no_limits: str
) -> None:
    found = of_persons(first, second)
    assert found.bias.value == pytest.approx(bias)
    assert (found.bias.low, found.bias.high) == (None, None)
    for limit in (found.lower, found.upper):
        assert limit.value is None
        assert no_limits in limit.reason


def test_pairs_of_one_patient_alone_give_no_limits() -> None:
    found = limits_of_agreement([4.0, 5.0, 6.0], [4.1, 5.3, 6.2], ["p", "p", "p"])
    assert found.bias.value == pytest.approx(0.2)
    assert found.upper.value is None
    assert "one patient" in found.upper.reason


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([4.0, 5.0], [4.1, 5.1], "fewer than three"),
        ([4.0, 4.0, 4.0], [4.0, 4.0, 4.0], "all the same"),
    ],
)
def test_no_correlation_of_nothing(first: list[float], second: list[float], reason: str) -> None:
    ratings = list(zip(first, second, strict=True))
    for found in (concordance(first, second), icc_agreement(ratings), icc_consistency(ratings)):
        assert found.value is None
        assert reason in found.reason


def test_one_reader_who_always_says_the_same_agrees_with_nothing() -> None:
    found = concordance([4.0, 4.0, 4.0, 4.0], [3.0, 4.0, 5.0, 6.0])
    assert (found.value, found.low) == (pytest.approx(0.0), None)
    assert found.reason


def test_exact_agreement_is_one_without_an_interval() -> None:
    same = [3.0, 4.0, 5.5, 6.0]
    for found in (concordance(same, same), icc_agreement(list(zip(same, same, strict=True)))):
        assert (found.value, found.low, found.high) == (1.0, None, None)


@pytest.mark.parametrize(
    ("sizes", "between", "within"),
    [
        ([1] * 5, 1.0, 0.0),
        ([1] * 20, 1.0, 0.0),
        ([5] * 12, 1.0, 1.0),
        ([3] * 25, 0.3, 1.0),
        ([2, 3, 5, 6, 4, 5, 5, 6, 3, 5, 6, 6], 1.0, 0.5),
    ],
)
def test_intervals_hold_the_truth_nineteen_times_of_twenty(
    sizes: list[int], between: float, within: float
) -> None:
    """Of 600 studies with normal differences; 3 standard errors of that share are 2.7 %."""
    rng, studies = np.random.default_rng(1979), 600
    sd = math.hypot(between, within)
    patients = [str(who) for who, size in enumerate(sizes) for _ in range(size)]
    held = np.zeros(4)
    for _ in range(studies):
        d = np.concatenate([rng.normal(rng.normal(0.2, between), within, size) for size in sizes])
        found = limits_of_agreement([10.0] * len(d), list(10 + d), patients)
        truth = (0.2, sd, 0.2 - 1.96 * sd, 0.2 + 1.96 * sd)
        estimates = (found.bias, found.sd, found.lower, found.upper)
        held += [
            estimate.low <= true <= estimate.high  # type: ignore[operator]
            for estimate, true in zip(estimates, truth, strict=True)
        ]
    shares = held / studies
    assert shares.min() >= 0.95 - 0.03
    assert shares.max() <= 0.99


def test_intervals_of_correlations_hold_the_truth_nineteen_times_of_twenty() -> None:
    """Of 800 studies of 40 patients: SD of patients 1, of each reader's error 0.5, bias 0.3."""
    rng, studies, n = np.random.default_rng(1989), 800, 40
    fixed = 1 / (1 + 0.5**2)
    lin = 2 / (2 * (1 + 0.5**2) + 0.3**2)
    held = np.zeros(2)
    for _ in range(studies):
        true = rng.normal(5, 1, n)
        first, second = true + rng.normal(0, 0.5, n), true + 0.3 + rng.normal(0, 0.5, n)
        found = icc_consistency(list(zip(first, second, strict=True))), concordance(first, second)
        held += [
            estimate.low <= truth <= estimate.high  # type: ignore[operator]
            for estimate, truth in zip(found, (fixed, lin), strict=True)
        ]
    assert (held / studies).min() >= 0.95 - 0.025
    assert (held / studies).max() <= 0.99


def test_the_statistics_do_not_depend_on_unit_or_order() -> None:
    first, second = [4.1, 5.2, 3.9, 4.8], [4.0, 5.5, 4.1, 4.6]
    plain = of_persons(first, second)
    in_mm = of_persons([10 * x for x in first[::-1]], [10 * x for x in second[::-1]])
    for one, other in ((plain.bias, in_mm.bias), (plain.upper, in_mm.upper), (plain.sd, in_mm.sd)):
        scaled = one.times(10)
        assert (scaled.value, scaled.low, scaled.high) == pytest.approx(
            (other.value, other.low, other.high)
        )
    same = concordance(first, second).value
    assert concordance([10 * x for x in second], [10 * x for x in first]).value == pytest.approx(
        same
    )
