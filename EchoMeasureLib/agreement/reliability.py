"""Intraclass correlation (Shrout and Fleiss, Psychol Bull 1979;86:420-428; intervals of ICC(2,1)
as McGraw and Wong, Psychol Methods 1996;1:30-46) and the concordance correlation coefficient
(Lin, Biometrics 1989;45:255-268, its error as corrected in 2000;56:324-325)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from EchoMeasureLib.agreement import distributions
from EchoMeasureLib.agreement.bland_altman import EXACT, Numbers
from EchoMeasureLib.agreement.distributions import TAILS
from EchoMeasureLib.agreement.estimates import Estimate

TOO_FEW = "there are fewer than three pairs"
NOTHING_TO_TELL_APART = "the values are all the same"
ALIKE = "the two agree exactly"
SHIFTED = "the two differ by nothing but a constant"
OPPOSITE = "the two mirror each other exactly"


def icc_agreement(ratings: Sequence[Sequence[float]]) -> Estimate:
    """ICC(2,1): single ratings by readers who stand for any readers, bias counted as error.

    `ratings`: a row per target, a column per reader. Raises `MissingPackage` without scipy.
    """
    x, missing = _table(ratings)
    if missing is not None:
        return missing
    n, k = x.shape
    rows, columns, rest = _mean_squares(x)
    value = (rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n)
    if value >= 1 - EXACT:
        return Estimate(1.0, reason=ALIKE)
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    df = (a * columns + b * rest) ** 2 / (
        (a * columns) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1))
    )
    down = distributions.fisher(TAILS[1], n - 1, df)
    up = distributions.fisher(TAILS[1], df, n - 1)
    low = n * (rows - down * rest) / (down * (k * columns + (k * n - k - n) * rest) + n * rows)
    high = n * (up * rows - rest) / (k * columns + (k * n - k - n) * rest + n * up * rows)
    return Estimate(value, low, high)


def icc_consistency(ratings: Sequence[Sequence[float]]) -> Estimate:
    """ICC(3,1): single ratings by these readers and no others, bias passed over.

    `ratings` and errors as of `icc_agreement`.
    """
    x, missing = _table(ratings)
    if missing is not None:
        return missing
    n, k = x.shape
    rows, columns, rest = _mean_squares(x)
    value = (rows - rest) / (rows + (k - 1) * rest)
    if value >= 1 - EXACT:
        return Estimate(1.0, reason=SHIFTED if columns > EXACT * rows else ALIKE)
    ratio, df = rows / rest, (n - 1) * (k - 1)
    low = ratio / distributions.fisher(TAILS[1], n - 1, df)
    high = ratio * distributions.fisher(TAILS[1], df, n - 1)
    return Estimate(value, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1))


def concordance(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Lin's coefficient: correlation with the line on which both are equal.

    Its interval is that of Fisher's z. Raises `MissingPackage` without scipy.
    """
    x, missing = _table(list(zip(first, second, strict=True)))
    if missing is not None:
        return missing
    n = len(x)
    (sxx, sxy), (_, syy) = np.cov(x, rowvar=False, ddof=0)
    shift = float(x[:, 1].mean() - x[:, 0].mean())
    value = float(2 * sxy / (sxx + syy + shift**2))
    if abs(value) >= 1 - EXACT:
        return Estimate(1.0, reason=ALIKE) if value > 0 else Estimate(-1.0, reason=OPPOSITE)
    tiny = (EXACT * float(np.abs(x).max())) ** 2
    if min(sxx, syy) <= tiny or abs(sxy) <= tiny:
        return Estimate(value, reason="the two do not vary together")
    r = float(sxy / math.sqrt(sxx * syy))
    u = shift**2 / math.sqrt(sxx * syy)
    # Lin's u squared is u here.
    variance = (
        (1 - r**2) * value**2 / ((1 - value**2) * r**2)
        + 2 * value**3 * (1 - value) * u / (r * (1 - value**2) ** 2)
        - value**4 * u**2 / (2 * r**2 * (1 - value**2) ** 2)
    ) / (n - 2)
    if not variance >= 0:
        return Estimate(value, reason="there are too few pairs for its error")
    half = distributions.normal(TAILS[1]) * math.sqrt(variance)
    return Estimate(value, math.tanh(math.atanh(value) - half), math.tanh(math.atanh(value) + half))


def _table(ratings: Sequence[Sequence[float]]) -> tuple[Numbers, Estimate | None]:
    """The ratings, and why they say nothing."""
    x = np.asarray(ratings, float)
    if len(x) < 3:
        return x, Estimate.missing(TOO_FEW)
    if float(np.ptp(x)) <= EXACT * float(np.abs(x).max()):
        return x, Estimate.missing(NOTHING_TO_TELL_APART)
    return x, None


def _mean_squares(x: Numbers) -> tuple[float, float, float]:
    """Between targets, between readers, and what is left."""
    n, k = x.shape
    mean = x.mean()
    rows, columns = x.mean(axis=1), x.mean(axis=0)
    rest = x - rows[:, None] - columns[None, :] + mean
    return (
        float(k * ((rows - mean) ** 2).sum() / (n - 1)),
        float(n * ((columns - mean) ** 2).sum() / (k - 1)),
        float((rest**2).sum() / ((n - 1) * (k - 1))),
    )
