"""Steps of the audit trail as JSON records and back."""

from __future__ import annotations

from typing import Any

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.fields import Fields, as_coordinate, as_list, as_maybe_number
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.review.entries import Action, AuditEvent, EntryState, Status


def event_record(event: AuditEvent) -> dict[str, Any]:
    """One step of the audit trail."""
    record: dict[str, Any] = {
        "number": event.number,
        "time": event.time,
        "who": event.who,
        "action": event.action.value,
        "entry": event.entry,
        "before": _state_record(event.before),
        "after": _state_record(event.after),
    }
    for key, text in (("why", event.why), ("detail", event.detail)):
        if text:
            record[key] = text
    return record


def parse_event(fields: Fields) -> AuditEvent:
    """Raises `InvalidDocument` naming the place of what is wrong."""
    return AuditEvent(
        fields.integer("number", 1),
        fields.text("time"),
        fields.text("who"),
        fields.choice("action", Action),
        fields.text("entry"),
        _state(fields, "before"),
        _state(fields, "after"),
        fields.text("why") if fields.has("why") else "",
        fields.text("detail") if fields.has("detail") else "",
    )


def _state_record(state: EntryState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    record: dict[str, Any] = {
        "points": [[float(x), float(y)] for x, y in state.points],
        "values": [None if value is None else float(value) for value in state.values],
        "status": state.status.value,
    }
    told = (("reason", state.reason), ("notes", state.notes), ("left_out", state.left_out))
    for key, text in told:
        if text:
            record[key] = text
    if state.phase:
        record["phase"] = state.phase.value
    return record


def _state(event: Fields, key: str) -> EntryState | None:
    if event.any(key) is None:
        return None
    fields = event.object(key)

    def point(value: Any, where: str) -> PixelPoint:
        return PixelPoint(*as_list(value, where, as_coordinate, 2))

    return EntryState(
        fields.list("points", point),
        fields.list("values", as_maybe_number),
        fields.choice("status", Status),
        fields.text("reason") if fields.has("reason") else "",
        fields.text("notes") if fields.has("notes") else "",
        fields.choice("phase", Phase) if fields.has("phase") else None,
        fields.text("left_out") if fields.has("left_out") else "",
    )
