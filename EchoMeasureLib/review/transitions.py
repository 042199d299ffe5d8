"""What each decision of a reviewer, and each word of a network, makes of an entry.

Entries in, entries out: who may decide, the audit trail and undo are the ledger's matter.
A decision that changes nothing gives the very entry back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.flags import BESIDE
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.review.entries import LEFT_OUT, Entry, Status, allowed_phases


@dataclass(frozen=True, slots=True)
class Signature:
    """Who decides, and when."""

    reviewer: str
    time: str
    """ISO 8601 in UTC."""


def signed(entry: Entry, status: Status, by: Signature) -> Entry:
    """The entry with this status; the reason of a rejection goes with any other decision."""
    return replace(entry, status=status, reviewer=by.reviewer, time=by.time, reason="")


def unsigned(entry: Entry) -> Entry:
    """The entry as nobody has decided on it yet."""
    return replace(entry, status=Status.UNREVIEWED, reviewer="", time="", reason="")


def moved(entry: Entry, caliper: Caliper, by: Signature) -> Entry:
    """Put elsewhere: an acceptance was given to another position, and falls."""
    if caliper == entry.caliper:
        return entry
    return replace(signed(entry, Status.EDITED, by), caliper=caliper)


def adopted(entry: Entry, caliper: Caliper, by: Signature) -> Entry:
    """Taken over; `caliper` has the same points as the reviewer's own.

    Where other frames or calipers speak against it, it is accepted too, so that they no longer do.
    """
    if caliper == entry.caliper and entry.status is Status.EDITED:
        return entry
    status = Status.ACCEPTED if BESIDE & set(entry.caliper.flags) else Status.EDITED
    return replace(signed(entry, status, by), caliper=caliper)


def accepted(entry: Entry, by: Signature) -> Entry:
    """Agreed with where it lies."""
    return entry if entry.status is Status.ACCEPTED else signed(entry, Status.ACCEPTED, by)


def rejected(entry: Entry, reason: str, by: Signature) -> Entry:
    """No good, for this reason, which may be empty."""
    if entry.status is Status.REJECTED and entry.reason == reason:
        return entry
    return replace(signed(entry, Status.REJECTED, by), reason=reason)


def reopened(entry: Entry, by: Signature) -> Entry:
    """Without an acceptance or a rejection; one that was put by hand stays edited.

    One that was not is where the network says by now.
    """
    if entry.status in (Status.UNREVIEWED, Status.EDITED):
        return entry
    if not entry.caliper.origin.by_hand:
        return reset(entry)
    return signed(entry, Status.EDITED, by)


def reset(entry: Entry) -> Entry:
    """As the network said. Raises `InvalidArgument` for a caliper that none has seen."""
    if entry.predicted is None:
        raise InvalidArgument(
            f"The caliper '{entry.id}' was placed by hand; there is no prediction to go back to.",
            "Delete it instead.",
        )
    return replace(unsigned(entry), caliper=entry.predicted)


def predicted_anew(entry: Entry, caliper: Caliper) -> Entry:
    """With what a reader says now; one that the reviewer has handled stays where it is."""
    others = (said for said in entry.said if said.origin is not caliper.origin)
    return _told(entry, [caliper, *others])


def predicted_no_longer(entry: Entry, reader: Origin) -> Entry | None:
    """Without the word of a reader that sees it no longer; None where no other one is left."""
    left = [said for said in entry.said if said.origin is not reader]
    return _told(entry, left) if left else None


def _told(entry: Entry, said: Sequence[Caliper]) -> Entry:
    """A network's word goes before that of the envelope reader, where it has found anything."""
    first, *others = sorted(
        said, key=lambda one: (not is_found(one), one.origin is Origin.ENVELOPE)
    )
    new = replace(entry, predicted=first, second=others[0] if others else None)
    return replace(new, caliper=first) if entry.status is Status.UNREVIEWED else new


def is_found(caliper: Caliper) -> bool:
    """Whether whoever put it there saw anything: else its place is chance."""
    return all(point.found for point in caliper.points)


def left_out(entry: Entry, reason: str) -> Entry:
    """Counting for nothing, for this reason, which may be empty."""
    return replace(entry, left_out=reason.strip() or LEFT_OUT)


def counting(entry: Entry) -> Entry:
    """Left out no longer."""
    return replace(entry, left_out="")


def noted(entry: Entry, text: str) -> Entry:
    """With other notes."""
    return replace(entry, notes=text)


def chosen_for(entry: Entry, phase: Phase | None) -> Entry:
    """Counting for a phase, or for none.

    Raises `InvalidArgument` for a phase in which this measurement is not made.
    """
    allowed = allowed_phases(entry.measurement)
    if phase is not None and phase not in allowed:
        words = " or ".join(phase.words for phase in allowed)
        raise InvalidArgument(f"{entry.measurement} can be chosen for {words} only.")
    return replace(entry, phase=phase)


def displaced(chosen: Entry, others: Iterable[Entry]) -> list[Entry]:
    """Those of the same measurement that were chosen for the same phase, and are no longer."""
    if chosen.phase is None:
        return []
    return [
        replace(other, phase=None)
        for other in others
        if other.phase is chosen.phase and other.id != chosen.id
    ]
