"""What one caliper of the review is and how it came to be so, in plain words."""

from __future__ import annotations

from EchoMeasureLib.desk.words import unused_words
from EchoMeasureLib.review.entries import Entry


def status_words(entry: Entry) -> str:
    """Such as "accepted, ED, not used"."""
    words = [entry.status.value]
    if entry.phase is not None:
        words.append(entry.phase.brief)
    if entry.left_out:
        words.append("left out")
    elif entry.reviewed and entry.excluded:
        words.append("not used")
    return ", ".join(words)


def place_words(entry: Entry) -> str:
    """The frame, counted from 1, and on a strip where: "3", "1, 0.56 s"."""
    frame, along = str(entry.frame + 1), entry.caliper.strip_s
    return frame if along is None else f"{frame}, {along:.2f} s"


def history_words(entry: Entry) -> str:
    """Who decided what and when, why, and what was noted, a line each."""
    parts = [entry.status.value]
    if entry.reviewer:
        parts.append(f"by {entry.reviewer}")
    if entry.time:
        parts.append(f"at {entry.time}")
    phase = f"Counts as {entry.phase.words}" if entry.phase is not None else ""
    reason = f"Reason: {entry.reason}" if entry.reason else ""
    lines = [" ".join(parts), phase, reason, entry.notes, unused_words(entry)]
    return "\n".join(line for line in lines if line)
