"""Bias and limits of agreement.

One pair per patient: Bland and Altman, Lancet 1986;327:307-310, with the exact intervals of the
limits, taken one by one, of Carkeet, Optom Vis Sci 2015;92:e71-e80. Several pairs per patient:
Bland and Altman, J Biopharm Stat 2007;17:571-582, for a true value that varies, with intervals by
variance estimates recovery, as Zou, Stat Methods Med Res 2013;22:630-642.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.agreement import distributions
from EchoMeasureLib.agreement.distributions import TAILS
from EchoMeasureLib.agreement.estimates import Estimate

Numbers = npt.NDArray[np.float64]

WIDTH = 1.96
"""Standard deviations from the bias to either limit: 95 % of normal differences lie between."""

ONE_PAIR = "there is only one pair"
NO_SPREAD = "the differences are all the same"
ONE_PATIENT = "all pairs are of one patient"

EXACT = 1e-9
"""Spread below this share of the size of the values is what is left of rounding."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the differences, second minus first, say. All in the unit of the values."""

    n: int
    """Pairs."""
    patients: int
    bias: Estimate
    """Mean difference."""
    sd: Estimate
    """Standard deviation of the difference of one pair."""
    lower: Estimate
    upper: Estimate
    """Limits between which 95 % of such differences are expected."""

    @property
    def repeated(self) -> bool:
        """Whether a patient has several pairs, which then are not independent."""
        return self.n > self.patients


def limits_of_agreement(
    first: Sequence[float], second: Sequence[float], patients: Sequence[str]
) -> Limits:
    """Of one or more pairs; `patients` says of whom each one is.

    Raises `MissingPackage` without scipy.
    """
    one, other = np.asarray(first, float), np.asarray(second, float)
    d = other - one
    size = float(np.max(np.abs([one, other])))
    n, count = len(d), len(set(patients))
    if n == 1:
        bias = Estimate(float(d[0]), reason=ONE_PAIR)
        missing = Estimate.missing(ONE_PAIR)
        return Limits(n, count, bias, missing, missing, missing)
    if float(np.ptp(d)) <= EXACT * size:
        missing = Estimate.missing(NO_SPREAD)
        bias = Estimate(float(d.mean()), reason=NO_SPREAD)
        return Limits(n, count, bias, Estimate(0.0, reason=NO_SPREAD), missing, missing)
    if count == n:
        return _of_single(d)
    if count == 1:
        missing = Estimate.missing(ONE_PATIENT)
        bias = Estimate(float(d.mean()), reason=ONE_PATIENT)
        return Limits(n, 1, bias, missing, missing, missing)
    own: dict[str, list[float]] = {}
    for patient, difference in zip(patients, d.tolist(), strict=True):
        own.setdefault(patient, []).append(difference)
    return _of_repeated([np.array(numbers) for numbers in own.values()])


def _of_single(d: Numbers) -> Limits:
    n, bias, sd = len(d), float(d.mean()), float(d.std(ddof=1))
    half = distributions.student(TAILS[1], n - 1) * sd / math.sqrt(n)
    low, high = (distributions.chi_square(p, n - 1) for p in TAILS)
    spread = Estimate(sd, sd * math.sqrt((n - 1) / high), sd * math.sqrt((n - 1) / low))
    # The limit is a quantile of a normal distribution, so its estimate follows a noncentral t.
    shift = WIDTH * math.sqrt(n)
    near, far = (
        sd * distributions.noncentral_student(p, n - 1, shift) / math.sqrt(n) for p in TAILS
    )
    return Limits(
        n,
        n,
        Estimate(bias, bias - half, bias + half),
        spread,
        Estimate(bias - WIDTH * sd, bias - far, bias - near),
        Estimate(bias + WIDTH * sd, bias + near, bias + far),
    )


def _of_repeated(by_patient: Sequence[Numbers]) -> Limits:
    counts = np.array([len(own) for own in by_patient], float)
    means = np.array([own.mean() for own in by_patient])
    pairs, k = float(counts.sum()), len(counts)
    bias = float(counts @ means / pairs)
    within = float(sum(((own - own.mean()) ** 2).sum() for own in by_patient)) / (pairs - k)
    between = float(counts @ (means - bias) ** 2) / (k - 1)
    divisor = (pairs**2 - float(counts @ counts)) / ((k - 1) * pairs)
    sd = math.sqrt(within + max(0.0, (between - within) / divisor))

    # Patients, not pairs, are independent: of them the bias has its error.
    error = math.sqrt(k / (k - 1) * float((counts**2) @ (means - bias) ** 2)) / pairs
    half = distributions.student(TAILS[1], k - 1) * error

    # Variances of the means of patients and within patients, each with its own interval.
    share = 1 - float(np.mean(1 / counts))
    parts = ((float(means.var(ddof=1)), k - 1), (share * within, pairs - k))
    down, up = (
        math.sqrt(sum((v * (df / distributions.chi_square(p, df) - 1)) ** 2 for v, df in parts))
        for p in (TAILS[1], TAILS[0])
    )
    least, most = math.sqrt(max(0.0, sd**2 - down)), math.sqrt(sd**2 + up)
    near = WIDTH * sd - math.hypot(half, WIDTH * (sd - least))
    far = WIDTH * sd + math.hypot(half, WIDTH * (most - sd))
    return Limits(
        int(pairs),
        k,
        Estimate(bias, bias - half, bias + half),
        Estimate(sd, least, most),
        Estimate(bias - WIDTH * sd, bias - far, bias - near),
        Estimate(bias + WIDTH * sd, bias + near, bias + far),
    )
