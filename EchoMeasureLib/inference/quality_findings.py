"""What is asked of a picture before its measurements are trusted, and how the answers are kept.

How the limits were found: Docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.choices import Choice
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.inference.prediction import Prediction

Record = dict[str, Any]


class Standing(Choice):
    """What an answer means for the measurements of the picture."""

    GOOD = "good"
    NOTICE = "notice"
    """To be known; it flags nothing."""
    POOR = "poor"
    """What a network finds in this picture is flagged `poor_quality`."""
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the picture: its number and the limits that it should keep."""

    id: str
    asks: str
    """The question in a few words."""
    unit: str
    low: float | None
    high: float | None
    outside: Standing
    """What a number outside the limits means."""
    wrong: str
    """What is wrong then, in a word or two."""
    decimals: int = 0

    def keeps(self, value: float) -> bool:
        """Whether a number lies within the limits."""
        too_low = self.low is not None and value < self.low
        return not (too_low or (self.high is not None and value > self.high))

    def number(self, value: float) -> str:
        """A number of this check with its unit, such as "24 % of the screen"."""
        return f"{value:.{self.decimals}f} {self.unit}".rstrip()

    @property
    def limit(self) -> str:
        """The limits for people, such as "5 or more"."""
        if self.low is not None:
            return f"{self.low:.{self.decimals}f} or more"
        return f"at most {self.high:.{self.decimals}f}" if self.high is not None else ""


POOR, NOTICE = Standing.POOR, Standing.NOTICE
LIT_SHARE, BY_NETWORK = "% of what is lit", "poor by the network"

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.id: check
        for check in (
            Check("sector", "is there a picture", "% of the screen", 6, None, POOR, "none to see"),
            Check("motion", "does it move", "", 0.01, None, POOR, "does not move", 3),
            Check("repeats", "are frames repeated", "% of pairs", None, 25, NOTICE, "repeated"),
            Check("gain_low", "is the gain too low", "of 255", 30, None, POOR, "too dark"),
            Check("gain_high", "is the gain too high", LIT_SHARE, None, 60, POOR, "too bright"),
            Check("sharpness", "is it sharp", "", 0.31, None, POOR, "blurred", 2),
            Check("cover", "is it covered", "% of the picture", None, 50, POOR, "covered"),
            Check("ecg", "is there an ECG", "% of the screen's width", 5, None, NOTICE, "no ECG"),
            Check("network", "what does the network say", "", 0.3, None, POOR, BY_NETWORK, 2),
        )
    }
)
"""Every check by its id, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one check."""

    check: str
    """Id in `CHECKS`."""
    standing: Standing
    sentence: str
    """For people."""
    value: float | None = None
    """In the check's unit; None where it was not judged."""

    def record(self) -> Record:
        """As JSON, with the unit and the limits that it was held against."""
        check = CHECKS[self.check]
        return {
            "check": self.check,
            "standing": self.standing.value,
            "sentence": self.sentence,
            "value": self.value,
            "unit": check.unit,
            "low": check.low,
            "high": check.high,
        }


@dataclass(frozen=True, slots=True)
class QualityModel:
    """Which video quality network was asked."""

    file: str
    """Name of the file, without its folder."""
    sha256: str
    known: bool
    """Whether it is the published file, known by its SHA-256."""

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.file}, {'published' if self.known else 'unknown file'}"


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found of one image."""

    findings: tuple[Finding, ...]
    """In the order of `CHECKS`."""
    looked_at: int
    """Number of frames that were looked at."""
    frame_count: int
    model: QualityModel | None = None
    """None where no video quality network was asked."""

    def of(self, standing: Standing) -> tuple[Finding, ...]:
        """The findings of that standing."""
        return tuple(finding for finding in self.findings if finding.standing is standing)

    @property
    def poor(self) -> bool:
        """Whether anything flags measurements."""
        return bool(self.of(Standing.POOR))

    def doubt(self, row: Definition) -> str:
        """Why what a network finds of this measurement is doubtful; empty where it is not.

        The network knows parasternal long axes alone, and says nothing of other views.
        """
        told = [f for f in self.of(Standing.POOR) if f.check != "network" or is_of_network(row)]
        return " ".join(finding.sentence for finding in told)

    def doubting(self, prediction: Prediction) -> Prediction:
        """What a network found, with what makes it doubtful here."""
        return replace(prediction, quality=self.doubt(definition(prediction.measurement)))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What people should know: the poor first, then the notices."""
        told = (*self.of(Standing.POOR), *self.of(Standing.NOTICE))
        return tuple(finding.sentence for finding in told)

    def record(self) -> Record:
        """As JSON; `quality_of` reads it again."""
        model = self.model
        return {
            "poor": self.poor,
            "frames": self.frame_count,
            "frames_looked_at": self.looked_at,
            "checks": [finding.record() for finding in self.findings],
            "network": model and {"file": model.file, "sha256": model.sha256, "known": model.known},
        }


def is_of_network(row: Definition) -> bool:
    """Whether a measurement is made in the view that the video quality network knows."""
    return "PLAX" in row.view


def quality_of(record: Mapping[str, Any]) -> Quality:
    """The quality of a record that this version wrote."""
    model = record["network"]
    findings = tuple(
        Finding(item["check"], Standing(item["standing"]), item["sentence"], item["value"])
        for item in record["checks"]
    )
    return Quality(
        findings,
        record["frames_looked_at"],
        record["frames"],
        None if model is None else QualityModel(**model),
    )


def judged(id: str, value: float, good: str, outside: str) -> Finding:
    """The finding of a number: one sentence for within the limits, the other for outside."""
    check = CHECKS[id]
    if check.keeps(value):
        return Finding(id, Standing.GOOD, good, value)
    return Finding(id, check.outside, outside, value)


def not_judged(id: str, why: str) -> Finding:
    """The finding of a check that could not be made here."""
    return Finding(id, Standing.NOT_JUDGED, why)
