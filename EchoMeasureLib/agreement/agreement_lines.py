"""A comparison in words and columns for people, in the units that they read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from EchoMeasureLib.agreement.comparing import Comparison, Finding
from EchoMeasureLib.agreement.estimates import Estimate
from EchoMeasureLib.agreement.pairing import Pairing
from EchoMeasureLib.agreement.quantities import Quantity, quantity
from EchoMeasureLib.rounding import written

HEADS = (
    *("value", "pairs", "patients", "bias", "SD", "lower limit", "upper limit"),
    *("MAE", "RMSE", "ICC(2,1)", "ICC(3,1)", "CCC", "in band"),
)

NONE = "-"


def finding_cells(finding: Finding, intervals: bool = True) -> tuple[str, ...]:
    """A finding under `HEADS`; a dash for a number that there is not (see `finding_reasons`)."""
    limits, what = finding.limits, finding.quantity
    name = f"{what.name}, {what.shown_unit}" if what.shown_unit else what.name
    return (
        f"  {finding.group}" if finding.group else name,
        str(limits.n),
        str(limits.patients),
        _sized(limits.bias, what, intervals),
        _sized(limits.sd, what, False),
        *(_sized(one, what, intervals) for one in (limits.lower, limits.upper)),
        what.number(finding.mean_absolute),
        what.number(finding.root_mean_square),
        *(
            _share(one, intervals)
            for one in (finding.icc_agreement, finding.icc_consistency, finding.concordance)
        ),
        NONE if finding.in_band is None else f"{written(100 * finding.in_band, 0)} %",
    )


def finding_reasons(finding: Finding) -> list[str]:
    """Why numbers or intervals of a finding are missing, each reason once."""
    of = {
        "bias": finding.limits.bias,
        "SD": finding.limits.sd,
        "limits": finding.limits.lower,
        "ICC(2,1)": finding.icc_agreement,
        "ICC(3,1)": finding.icc_consistency,
        "CCC": finding.concordance,
    }
    said: dict[str, list[str]] = {}
    for name, estimate in of.items():
        if estimate.reason:
            what = name if estimate.value is None else f"interval of {name}"
            said.setdefault(estimate.reason, []).append(what)
    return [f"no {', '.join(names)}: {reason}" for reason, names in said.items()]


def agreement_lines(comparison: Comparison) -> list[str]:
    """A table of all findings, what is missing in it, and a count of what is in no pair."""
    pairing = comparison.pairing
    lines = list(head_lines(comparison))
    if comparison.findings:
        rows = [HEADS, *(finding_cells(finding, False) for finding in comparison.findings)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines += ["", *(_line(row, widths) for row in rows)]
        lines += ["", *interval_lines(comparison)]
    lines += unpaired_lines(pairing)
    return lines


def head_lines(comparison: Comparison) -> Iterator[str]:
    """What is compared, and what to know of it."""
    first, second = comparison.names
    pairing = comparison.pairing
    count = len(pairing.pairs)
    yield (
        f"{second} minus {first}: {count} {'pair' if count == 1 else 'pairs'}, brought together "
        f"by {pairing.placed_by}; {pairing.level.words}."
    )
    if comparison.repeated:
        yield (
            "Patients have several pairs: limits are those for repeated measurements (Bland and "
            "Altman 2007); ICC and CCC take each pair for a patient of its own, and have no "
            "interval."
        )


def interval_lines(comparison: Comparison) -> Iterator[str]:
    """The intervals of bias and limits in words, and why numbers are missing."""
    for finding in comparison.findings:
        what, limits = finding.quantity, finding.limits
        name = f"{what.name}, {finding.group}" if finding.group else what.name
        parts = [
            f"{word} {_interval(one, what)}"
            for word, one in (
                ("bias", limits.bias), ("lower limit", limits.lower), ("upper limit", limits.upper),
            )
            if one.low is not None
        ]  # fmt: skip
        if parts:
            yield f"{name}: 95 % intervals: {'; '.join(parts)}"
        for reason in finding_reasons(finding):
            yield f"{name}: {reason}"


def unpaired_lines(pairing: Pairing) -> list[str]:
    """What is in no pair, counted by value, side and reason."""
    if not pairing.unpaired:
        return []
    counted = Counter((one.measurement, "AB"[one.side], one.reason) for one in pairing.unpaired)
    lines = ["", "Not compared:"]
    for (id, side, reason), count in counted.items():
        times = f" ({count} times)" if count > 1 else ""
        lines.append(f"  {named(id, pairing)}, {side}: {reason}{times}")
    return lines


def named(id: str, pairing: Pairing) -> str:
    """What people call a value; a whole study or image where there is none."""
    if not id:
        return "everything"
    what = quantity(id, pairing.level)
    return what.name if isinstance(what, Quantity) else id


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        word.ljust(width) if place == 0 else word.rjust(width)
        for place, (word, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join((first, *others)).rstrip()


def _sized(estimate: Estimate, what: Quantity, interval: bool) -> str:
    if estimate.value is None:
        return NONE
    number = what.number(estimate.value)
    return (
        f"{number}\n{_interval(estimate, what)}"
        if interval and estimate.low is not None
        else number
    )


def _interval(estimate: Estimate, what: Quantity) -> str:
    assert estimate.low is not None
    assert estimate.high is not None
    return f"{what.number(estimate.low)} to {what.number(estimate.high)}"


def _share(estimate: Estimate, interval: bool) -> str:
    if estimate.value is None:
        return NONE
    number = written(estimate.value, 2)
    if not interval or estimate.low is None or estimate.high is None:
        return number
    return f"{number}\n{written(estimate.low, 2)} to {written(estimate.high, 2)}"
