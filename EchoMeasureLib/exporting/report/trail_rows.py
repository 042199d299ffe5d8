"""The audit trail for people: what a person did step by step, what a program did in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.review.entries import Action, AuditEvent, EntryState
from EchoMeasureLib.review.layers import Layer

_BY_PROGRAMS = (Action.PREDICT, Action.REMEASURE)
"""Done to many calipers at once."""


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One line of the audit trail."""

    number: str
    """Of the event, or of the first and the last."""
    time: str
    who: str
    action: str
    caliper: str
    """Its id, or how many there were."""
    change: str
    """From and to."""
    why: str


def trail_rows(layer: Layer, images: Mapping[str, int]) -> tuple[TrailRow, ...]:
    """Every event of a layer; what networks found in a row is one line.

    `images` has the number of each image by its key.
    """
    measurements = {entry.id: entry.measurement for entry in layer.entries}
    found: list[TrailRow] = []
    for key, group in groupby(layer.audit, _together):
        events = list(group)
        if key is None or len(events) == 1:
            found += (_one(event, measurements, images) for event in events)
        else:
            found.append(_many(events, measurements))
    return tuple(found)


def _together(event: AuditEvent) -> tuple[str, ...] | None:
    if event.action not in _BY_PROGRAMS:
        return None
    return (event.action.value, event.who, event.why, event.detail)


def _one(event: AuditEvent, measurements: Mapping[str, str], images: Mapping[str, int]) -> TrailRow:
    change = "\n".join(_changes(event, measurements.get(event.entry, "")))
    detail = event.detail
    for key, number in images.items():
        detail = detail.replace(f"image {key}", key).replace(key, f"image {number}")
    return TrailRow(
        str(event.number),
        _when(event.time),
        event.who,
        event.action.value,
        event.entry,
        "\n".join(word for word in (change, detail) if word),
        event.why,
    )


def _many(events: Sequence[AuditEvent], measurements: Mapping[str, str]) -> TrailRow:
    first, last = events[0], events[-1]
    kinds = Counter(measurements.get(event.entry, "deleted later") for event in events)
    count = ", ".join(f"{id} {number}" for id, number in kinds.items())
    return TrailRow(
        f"{first.number} to {last.number}",
        _when(first.time),
        first.who,
        first.action.value,
        f"{len(events)} calipers ({count})",
        first.detail,
        first.why,
    )


def _changes(event: AuditEvent, measurement: str) -> Iterator[str]:
    """What is other than before: values, status, and what was written beside it but the reason."""
    before, after = event.before, event.after
    if before is None and after is None:
        return
    values = _values(before, measurement), _values(after, measurement)
    moved = before is not None and after is not None and before.points != after.points
    if values[0] != values[1]:
        yield " \u2192 ".join(text for text in values if text) or "no number"
    elif moved:
        yield "points moved"
    told = (_told(before), _told(after))
    for name in dict.fromkeys((*told[0], *told[1])):
        old, new = (words.get(name, "") for words in told)
        if old != new != event.why:
            start = f"{name}: " if name != "status" else ""
            yield f"{start}{old or 'none'} \u2192 {new or 'none'}" if before else f"{start}{new}"


def _values(state: EntryState | None, measurement: str) -> str:
    """The numbers of a caliper; empty where it is not there, or is of no known kind."""
    row = CATALOG.get(measurement)
    if state is None or row is None:
        return ""
    ids = list(dict.fromkeys(output.id for output in row.outputs))
    outputs = [row.output(id) for id in ids]
    texts = [
        "no number" if value is None else output.text(value)
        for output, value in zip(outputs, state.values, strict=False)
    ]
    return ", ".join(texts)


def _told(state: EntryState | None) -> dict[str, str]:
    if state is None:
        return {}
    return {
        "status": state.status.value,
        "reason": state.reason,
        "note": state.notes,
        "phase": state.phase.words if state.phase else "",
        "left out": state.left_out,
    }


def _when(time: str) -> str:
    """ISO 8601 in UTC to the second, for people."""
    return time[:19].replace("T", " ")
