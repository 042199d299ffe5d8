"""A comparison in words and columns for people, in the units that they read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from EchoMeasureLib.agreement.comparing import REPEATED, Comparison, Finding
from EchoMeasureLib.agreement.estimates import Estimate
from EchoMeasureLib.agreement.pairing import Pairing
from EchoMeasureLib.agreement.quantities import Quantity, quantity
from EchoMeasureLib.rounding import written

AGREEMENT_HEADS = (
    *("Value", "Pairs", "Patients", "Bias", "SD", "Lower limit", "Upper limit"),
    *("MAE", "RMSE", "MAE, %"),
)

RELIABILITY_HEADS = ("Value", "ICC(2,1)", "ICC(3,1)", "CCC", "Published", "In band")

NONE = "-"


def agreement_cells(finding: Finding) -> tuple[str, ...]:
    """A finding under `AGREEMENT_HEADS`, each interval on a second line; a dash for no number."""
    limits, what = finding.limits, finding.quantity
    name = f"{what.name}, {what.shown_unit}" if what.shown_unit else what.name
    percent = finding.mean_percent.value
    return (
        _row_name(finding, name),
        str(limits.n),
        str(limits.patients),
        _sized(limits.bias, what),
        NONE if limits.sd.value is None else what.number(limits.sd.value),
        _sized(limits.lower, what),
        _sized(limits.upper, what),
        what.number(finding.mean_absolute),
        what.number(finding.root_mean_square),
        NONE if percent is None else written(percent, 1),
    )


def reliability_cells(finding: Finding) -> tuple[str, ...]:
    """The same under `RELIABILITY_HEADS`."""
    within = finding.in_band
    return (
        _row_name(finding, finding.quantity.name),
        _share(finding.icc_agreement),
        _share(finding.icc_consistency),
        _share(finding.concordance),
        band_words(finding),
        NONE if within is None else f"{written(100 * within, 0)} %",
    )


def band_words(finding: Finding) -> str:
    """How far two readers differ as published, such as "differ by 4 %"."""
    band, what = finding.band, finding.quantity
    if band is None:
        return NONE
    if band.deviation is not None:
        return f"SD {what.number(band.deviation)} {what.shown_unit}"
    if band.deviation_percent is not None:
        return f"CV {band.deviation_percent:g} %"
    return f"differ by {written(band.difference_percent or 0, 0)} %"


def missing_lines(comparison: Comparison) -> list[str]:
    """Why numbers and intervals are missing: a line per reason, with what it is true of."""
    said: dict[tuple[str, str], list[str]] = {}
    for finding in comparison.findings:
        for missing in _missing(finding):
            names = said.setdefault(missing, [])
            # What is missing of all pairs is missing of every group too.
            if finding.quantity.name not in names:
                names.append(_full_name(finding))
    return [f"no {what}: {reason} ({', '.join(names)})" for (what, reason), names in said.items()]


def _missing(finding: Finding) -> Iterator[tuple[str, str]]:
    limits = finding.limits
    numbers = {"SD": limits.sd, "limits": limits.lower, **_correlations(finding)}
    intervals = {"bias": limits.bias, **_correlations(finding)}
    for end, reasons in (
        ("", {name: one.reason for name, one in numbers.items() if one.value is None}),
        (
            "interval of ",
            # What is true of all repeated measurements is said once, above.
            {
                name: one.reason
                for name, one in intervals.items()
                if one.value is not None and one.reason not in ("", REPEATED)
            },
        ),
    ):
        for reason in dict.fromkeys(reasons.values()):
            names = [name for name, why in reasons.items() if why == reason]
            yield f"{end}{', '.join(names)}", reason


def _correlations(finding: Finding) -> dict[str, Estimate]:
    return {
        "ICC(2,1)": finding.icc_agreement,
        "ICC(3,1)": finding.icc_consistency,
        "CCC": finding.concordance,
    }


def _full_name(finding: Finding) -> str:
    name = finding.quantity.name
    return f"{name} of {finding.group}" if finding.group else name


def agreement_lines(comparison: Comparison) -> list[str]:
    """A table of all findings, what is missing in it, and a count of what is in no pair."""
    pairing = comparison.pairing
    lines = list(head_lines(comparison))
    for heads, cells in (
        (AGREEMENT_HEADS, agreement_cells),
        (RELIABILITY_HEADS, reliability_cells),
    ):
        if comparison.findings:
            lines += ["", *_columns(heads, map(cells, comparison.findings))]
    if comparison.findings:
        lines += ["", *interval_lines(comparison), *missing_lines(comparison)]
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
    """The intervals of bias and limits, a line per finding that has any."""
    for finding in comparison.findings:
        what, limits = finding.quantity, finding.limits
        parts = [
            f"{word} {_interval(one, what)}"
            for word, one in (
                ("bias", limits.bias),
                ("lower limit", limits.lower),
                ("upper limit", limits.upper),
            )
            if one.low is not None
        ]
        if parts:
            yield f"{_full_name(finding)}, 95 % intervals: {'; '.join(parts)}"


def unpaired_lines(pairing: Pairing) -> list[str]:
    """What is in no pair, counted by value, side and reason."""
    rows = unpaired_rows(pairing)
    if not rows:
        return []
    return [
        "",
        "Not compared:",
        *(
            f"  {name}, {side}: {reason}" + (f" ({times} times)" if times != "1" else "")
            for name, side, reason, times in rows
        ),
    ]


def unpaired_rows(pairing: Pairing) -> list[tuple[str, str, str, str]]:
    """The same as rows: what it is, of A or B, the reason, and how often."""
    counted = Counter((one.measurement, "AB"[one.side], one.reason) for one in pairing.unpaired)
    return [
        (named(id, pairing), side, reason, str(count))
        for (id, side, reason), count in counted.items()
    ]


def named(id: str, pairing: Pairing) -> str:
    """What people call a value; a whole study or image where there is none."""
    if not id:
        return "everything"
    what = quantity(id, pairing.level)
    return what.name if isinstance(what, Quantity) else id


def _columns(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A table in columns, without the intervals."""
    plain = [heads, *(tuple(cell.partition("\n")[0] for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    return [
        "  ".join(
            word.ljust(width) if place == 0 else word.rjust(width)
            for place, (word, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in plain
    ]


def _row_name(finding: Finding, name: str) -> str:
    return f"  {finding.group}" if finding.group else name


def _sized(estimate: Estimate, what: Quantity) -> str:
    if estimate.value is None:
        return NONE
    number = what.number(estimate.value)
    return number if estimate.low is None else f"{number}\n{_interval(estimate, what)}"


def _interval(estimate: Estimate, what: Quantity) -> str:
    assert estimate.low is not None
    assert estimate.high is not None
    return f"{what.number(estimate.low)} to {what.number(estimate.high)}"


def _share(estimate: Estimate) -> str:
    if estimate.value is None:
        return NONE
    number = written(estimate.value, 2)
    if estimate.low is None or estimate.high is None:
        return number
    return f"{number}\n{written(estimate.low, 2)} to {written(estimate.high, 2)}"
