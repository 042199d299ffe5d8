"""How good the picture is, in plain words."""

from __future__ import annotations

from EchoMeasureLib.inference.quality_findings import Quality, Standing


def quality_words(quality: Quality | None) -> str:
    """What to know of the picture that was measured; empty where there is nothing to know.

    Such as "Nothing moves in the 24 frames that were looked at. What the networks found in it
    is flagged." Notices, such as that of a missing ECG, follow.
    """
    if quality is None:
        return ""
    poor = [finding.sentence for finding in quality.of(Standing.POOR)]
    said = [*poor, "What the networks found in it is flagged."] if poor else []
    said += [finding.sentence for finding in quality.of(Standing.NOTICE)]
    return " ".join(said)


def checks_words(quality: Quality | None) -> str:
    """Every check with its answer, a line each, for a tool tip; empty before any was made."""
    if quality is None:
        return ""
    return "\n".join(
        f"{finding.check.replace('_', ' ')}: {finding.standing.value}. {finding.sentence}"
        for finding in quality.findings
    )
