"""How far two sets agree: one finding per value, over all pairs and over those of each group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from EchoMeasureLib.agreement.bland_altman import WIDTH, Limits, limits_of_agreement
from EchoMeasureLib.agreement.estimates import Estimate
from EchoMeasureLib.agreement.pairing import Pair, Pairing
from EchoMeasureLib.agreement.quantities import Quantity
from EchoMeasureLib.agreement.reliability import concordance, icc_agreement, icc_consistency
from EchoMeasureLib.measuring.grading.uncertainty import BANDS, Band
from EchoMeasureLib.measuring.sheet_values import MEASURED_AS

REPEATED = "pairs of one patient are not independent"


@dataclass(frozen=True, slots=True)
class Finding:
    """How far the two agree on one value. Second minus first, in the unit of the quantity."""

    quantity: Quantity
    group: str
    """Empty for all pairs."""
    pairs: tuple[Pair, ...]
    limits: Limits
    mean_absolute: float
    root_mean_square: float
    mean_percent: Estimate
    """Mean of the absolute difference in per cent of the mean of the two."""
    icc_agreement: Estimate
    """ICC(2,1)."""
    icc_consistency: Estimate
    """ICC(3,1)."""
    concordance: Estimate
    """Lin's coefficient."""
    band: Band | None
    """How far two readers differ as published; None where nothing is."""
    in_band: float | None
    """Share of the pairs that differ by no more than 95 % of two such readers would."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of measurements side by side."""

    names: tuple[str, str]
    """What the two are called. Neither is a patient."""
    kinds: tuple[str, str]
    """What each was read from."""
    pairing: Pairing
    group_by: str
    """Empty where nothing was asked."""
    findings: tuple[Finding, ...]
    """In the order of a report; of each value all pairs first, then its groups."""

    @property
    def repeated(self) -> bool:
        """Whether any patient has several pairs of a value."""
        return any(finding.limits.repeated for finding in self.findings)


def compared(
    pairing: Pairing,
    names: tuple[str, str] = ("A", "B"),
    kinds: tuple[str, str] = ("", ""),
    group_by: str = "",
) -> Comparison:
    """What the pairs say. Raises `MissingPackage` without scipy."""
    found = []
    for own in _divided(pairing.pairs, lambda pair: pair.quantity.id).values():
        found.append(_finding(own, ""))
        if group_by:
            groups = _divided(own, lambda pair: pair.group)
            found += [_finding(groups[group], group) for group in sorted(groups)]
    return Comparison(names, kinds, pairing, group_by, tuple(found))


def _divided(pairs: Sequence[Pair], by: Callable[[Pair], str]) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(by(pair), []).append(pair)
    return found


def allowed_difference(quantity: Quantity, size: float) -> float | None:
    """Between what two published readers stay, 95 % of the time, where their mean is `size`.

    In the unit of the quantity; None where nothing is published. Two readings differ with a
    standard deviation of sqrt(2) times that of one.
    """
    band = band_of(quantity)
    return None if band is None else WIDTH * math.sqrt(2) * band.of(size)


def band_of(quantity: Quantity) -> Band | None:
    """What is published for a value; None where nothing is."""
    return BANDS.get(MEASURED_AS.get(quantity.id, quantity.id))


def _finding(pairs: Sequence[Pair], group: str) -> Finding:
    first, second = [pair.first for pair in pairs], [pair.second for pair in pairs]
    differences = [pair.difference for pair in pairs]
    what = pairs[0].quantity
    limits = limits_of_agreement(
        first, second, [pair.patient or str(i) for i, pair in enumerate(pairs)]
    )
    ratings = list(zip(first, second, strict=True))

    def of_independent(statistic: Callable[[], Estimate]) -> Estimate:
        found = statistic()
        if limits.repeated and found.low is not None:
            return Estimate(found.value, reason=REPEATED)
        return found

    within = [_in_band(pair) for pair in pairs]
    return Finding(
        what,
        group,
        tuple(pairs),
        limits,
        math.fsum(map(abs, differences)) / len(pairs),
        math.sqrt(math.fsum(d * d for d in differences) / len(pairs)),
        _mean_percent(pairs),
        of_independent(lambda: icc_agreement(ratings)),
        of_independent(lambda: icc_consistency(ratings)),
        of_independent(lambda: concordance(first, second)),
        band_of(what),
        None if None in within else sum(map(bool, within)) / len(within),
    )


def _in_band(pair: Pair) -> bool | None:
    most = allowed_difference(pair.quantity, pair.mean)
    return None if most is None else abs(pair.difference) <= most


def _mean_percent(pairs: Sequence[Pair]) -> Estimate:
    sizes = [(abs(pair.first) + abs(pair.second)) / 2 for pair in pairs]
    if pairs[0].quantity.unit == "%":
        return Estimate.missing("the value is in per cent itself")
    if not all(sizes):
        return Estimate.missing("a value is zero")
    parts = (100 * abs(p.difference) / size for p, size in zip(pairs, sizes, strict=True))
    return Estimate(math.fsum(parts) / len(pairs))
