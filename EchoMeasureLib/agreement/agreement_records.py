"""A comparison as JSON and as tables, for programs. No name of a patient, no file's name."""

from __future__ import annotations

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.agreement.bland_altman import WIDTH
from EchoMeasureLib.agreement.comparing import Comparison, Finding, allowed_difference
from EchoMeasureLib.agreement.distributions import CONFIDENCE
from EchoMeasureLib.agreement.estimates import Estimate
from EchoMeasureLib.agreement.pairing import Pair, Unpaired, known_uid
from EchoMeasureLib.exporting.measurement_records import Record, software_record
from EchoMeasureLib.measuring.grading import uncertainty

AGREEMENT_SCHEMA = "echomeasure-agreement-1"

ESTIMATES = ("bias", "sd", "lower", "upper", "icc_2_1", "icc_3_1", "ccc")
"""Statistics with an interval, in the order of the table."""

FINDING_COLUMNS = (
    *("measurement", "name", "group", "unit", "pairs", "patients", "level", "repeated"),
    *(f"{name}{end}" for name in ESTIMATES for end in ("", "_low", "_high", "_reason")),
    *("mean_absolute", "root_mean_square", "mean_percent"),
    *("published", "published_percent", "published_cv_percent", "published_sd", "in_band"),
)

PAIR_COLUMNS = (
    *("measurement", "name", "group", "patient", "study", "image", "unit", "a", "b"),
    *("difference", "mean", "percent", "band", "beats_a", "beats_b"),
    *(f"{what}_{side}" for what in ("frame", "beat", "time_s", "source") for side in "ab"),
)

UNPAIRED_COLUMNS = (
    *("side", "measurement", "reason", "patient", "study", "image"),
    *("frame", "beat", "time_s", "source"),
)


def agreement_record(comparison: Comparison) -> Record:
    """Everything that is known of a comparison; its form is `agreement.schema.json`."""
    pairing = comparison.pairing
    return {
        "schema": AGREEMENT_SCHEMA,
        "notice": RESEARCH_USE_ONLY,
        "software": software_record(),
        "published_bands": uncertainty.VERSION,
        "a": {"name": comparison.names[0], "kind": comparison.kinds[0]},
        "b": {"name": comparison.names[1], "kind": comparison.kinds[1]},
        "difference": "b minus a",
        "confidence": CONFIDENCE,
        "limits_at": WIDTH,
        "level": pairing.level.value,
        "level_words": pairing.level.words,
        "paired_by": pairing.placed_by,
        "group_by": comparison.group_by,
        "findings": [_finding_record(finding) for finding in comparison.findings],
        "pairs": [pair_line(pair) for pair in pairing.pairs],
        "unpaired": [unpaired_line(one) for one in pairing.unpaired],
    }


def finding_line(finding: Finding, comparison: Comparison) -> Record:
    """A finding as a line of a table, in stored units."""
    record = _finding_record(finding)
    line = {key: record[key] for key in FINDING_COLUMNS if key in record}
    for name in ESTIMATES:
        estimate = record[name]
        line[name] = estimate["value"]
        line |= {f"{name}_{end}": estimate[end] for end in ("low", "high", "reason")}
    line["mean_percent"] = record["mean_percent"]["value"]
    line["level"] = comparison.pairing.level.value
    band = record["published"]
    line["published"] = band["source"] if band else ""
    if band:
        line |= {f"published_{key}": band[key] for key in ("percent", "cv_percent", "sd")}
    return line


def pair_line(pair: Pair) -> Record:
    """A pair as a line of a table, in stored units."""
    size = (abs(pair.first) + abs(pair.second)) / 2
    first, second = pair.places
    line: Record = {
        "measurement": pair.quantity.id,
        "name": pair.quantity.name,
        "group": pair.group,
        "patient": pair.patient,
        "study": known_uid(first.study) or known_uid(second.study),
        "image": known_uid(first.image) or known_uid(second.image),
        "unit": pair.quantity.unit,
        "a": pair.first,
        "b": pair.second,
        "difference": pair.difference,
        "mean": pair.mean,
        "percent": 100 * abs(pair.difference) / size if size else None,
        "band": allowed_difference(pair.quantity, pair.mean),
    }
    for side, place, beats in zip("ab", pair.places, pair.beats, strict=True):
        line[f"beats_{side}"] = beats
        line |= {
            f"{what}_{side}": getattr(place, what) for what in ("frame", "beat", "time_s", "source")
        }
    return line


def unpaired_line(one: Unpaired) -> Record:
    """One that is in no pair as a line of a table."""
    place = one.place
    return {
        "side": "ab"[one.side],
        "measurement": one.measurement,
        "reason": one.reason,
        "patient": one.patient,
        "study": known_uid(place.study),
        "image": known_uid(place.image),
        "frame": place.frame,
        "beat": place.beat,
        "time_s": place.time_s,
        "source": place.source,
    }


def _finding_record(finding: Finding) -> Record:
    limits, band = finding.limits, finding.band
    published = None
    if band is not None:
        published = {
            "source": band.source,
            "percent": band.difference_percent,
            "cv_percent": band.deviation_percent,
            "sd": band.deviation,
        }
    return {
        "measurement": finding.quantity.id,
        "name": finding.quantity.name,
        "group": finding.group,
        "unit": finding.quantity.unit,
        "pairs": limits.n,
        "patients": limits.patients,
        "repeated": limits.repeated,
        "bias": _estimate(limits.bias),
        "sd": _estimate(limits.sd),
        "lower": _estimate(limits.lower),
        "upper": _estimate(limits.upper),
        "icc_2_1": _estimate(finding.icc_agreement),
        "icc_3_1": _estimate(finding.icc_consistency),
        "ccc": _estimate(finding.concordance),
        "mean_absolute": finding.mean_absolute,
        "root_mean_square": finding.root_mean_square,
        "mean_percent": _estimate(finding.mean_percent),
        "published": published,
        "in_band": finding.in_band,
    }


def _estimate(estimate: Estimate) -> Record:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "reason": estimate.reason,
    }
