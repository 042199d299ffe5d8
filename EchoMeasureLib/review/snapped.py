"""Calipers that were put on the peaks of their waves by one key, and back by the same one."""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.envelope.snapping import Snap
from EchoMeasureLib.review.entries import Action, AuditEvent, Entry, EntryState

SNAPPED, BACK = "snapped to the wave", "back from the wave"
"""What the audit trail says beside the points."""

THERE = "It is on the peak of its wave already."


def peaks(caliper: Caliper, snaps: Sequence[Snap]) -> list[PixelPoint]:
    """The points on the peaks of their waves; those that cannot go there as they are.

    Raises `InvalidState` where none moves, with the reason.
    """
    if all(snap.peak is None or snap.there for snap in snaps):
        raise InvalidState(_whys(snaps, len(snaps)))
    return [
        point.point if snap.peak is None or snap.there else snap.peak
        for point, snap in zip(caliper.points, snaps, strict=True)
    ]


def staying(snaps: Sequence[Snap]) -> str:
    """Which points cannot go to a peak, and why, in sentences; empty where all can."""
    return _whys([snap for snap in snaps if snap.peak is None], len(snaps))


def _whys(left: Sequence[Snap], of: int) -> str:
    whys = {snap.label: snap.why or THERE for snap in left}
    if len(left) == of and len(set(whys.values())) == 1:
        return next(iter(whys.values()))
    return " ".join(f"{label} stays: {why[:1].lower()}{why[1:]}" for label, why in whys.items())


def before_snapping(entry: Entry, audit: Sequence[AuditEvent]) -> EntryState | None:
    """What a caliper was before it snapped to where it lies; None when it lies there otherwise."""
    last = _last_move(entry.id, audit)
    if last is None or last.action is not Action.SNAP or last.after is None:
        return None
    return last.before if last.after.points == EntryState.of(entry).points else None


def _last_move(id: str, audit: Sequence[AuditEvent]) -> AuditEvent | None:
    """What put a caliper where it lies, whatever was undone and done again since."""
    done: list[AuditEvent] = []
    undone: list[AuditEvent] = []
    for event in audit:
        if event.entry != id or _points(event.before) == _points(event.after):
            continue
        if event.action is Action.UNDO:
            undone += done[-1:]
            del done[-1:]
        elif event.action is Action.REDO:
            done += undone[-1:]
            del undone[-1:]
        else:
            done.append(event)
            undone.clear()
    return done[-1] if done else None


def _points(state: EntryState | None) -> object:
    return None if state is None else state.points
