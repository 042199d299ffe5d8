"""Quantiles that the intervals need, from scipy."""

from __future__ import annotations

from typing import Any

from EchoMeasureLib.errors import MissingPackage

CONFIDENCE = 0.95
"""Of every interval that is given."""

TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)


def normal(p: float) -> float:
    """Of the normal distribution. Raises `MissingPackage` as all of these."""
    return float(_special().ndtri(p))


def student(p: float, df: float) -> float:
    """Of Student's t."""
    return float(_special().stdtrit(df, p))


def noncentral_student(p: float, df: float, shift: float) -> float:
    """Of the noncentral t."""
    return float(_special().nctdtrit(df, shift, p))


def fisher(p: float, numerator: float, denominator: float) -> float:
    """Of Fisher's F with these degrees of freedom."""
    return float(_special().fdtri(numerator, denominator, p))


def chi_square(p: float, df: float) -> float:
    """Of chi-square."""
    return float(_special().chdtri(df, 1 - p))


def _special() -> Any:
    try:
        from scipy import special
    except ModuleNotFoundError as error:
        raise MissingPackage("scipy", "The statistics of agreement", "agreement") from error
    return special
