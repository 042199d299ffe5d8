"""How good the picture is, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from EchoMeasureLib.inference.quality_findings import CHECKS, Quality, Standing

FLAGGED = "What the networks found in it is flagged."


def picture_words(quality: Quality | None, kept: Iterable[str] = ()) -> str:
    """What is wrong with the picture that was measured, and why; empty where nothing is.

    Such as "Picture: does not move; no ECG" and, below, "Nothing moves in the 24 frames that
    were looked at. What the networks found in it is flagged." Where nobody has looked in this
    session, `kept` are the reasons that go with what was found in an earlier one.
    """
    if quality is None:
        reasons = list(dict.fromkeys(reason for reason in kept if reason))
        wrong = ["poor"] if reasons else []
    else:
        poor = quality.of(Standing.POOR)
        reasons = [finding.sentence for finding in poor]
        found = (*poor, *quality.of(Standing.NOTICE))
        wrong = [CHECKS[finding.check].wrong for finding in found]
    lines = [f"Picture: {'; '.join(wrong)}"] if wrong else []
    return "\n".join([*lines, " ".join([*reasons, FLAGGED])] if reasons else lines)


def checks_words(quality: Quality | None) -> str:
    """Every check with its answer, a line each, for a tool tip; empty before any was made."""
    if quality is None:
        return ""
    return "\n".join(
        f"{finding.check.replace('_', ' ')}: {finding.standing.value}. {finding.sentence}"
        for finding in quality.findings
    )
