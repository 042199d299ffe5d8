"""Documents of version 3 kept all beats of a strip in one entry; here each gets its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from EchoMeasureLib.fields import Fields, as_coordinate

CHOSEN = "one beat was chosen in an earlier version"
REJECTED = "the caliper of all beats was rejected in an earlier version"
WHO = "EchoMeasure"
"""No person and no network made the new entries."""

Record = dict[str, Any]


def with_beats_apart(layer: Any, where: str) -> Record:
    """The layer with an entry for each beat, and with an event for each entry that is new.

    The old entry stays on its own beat. Where the reviewer had decided on it, or had laid it on
    another beat than the network's, the other beats count for nothing, as they did before. Raises
    `InvalidDocument`.
    """
    fields = Fields(layer, where)
    old = fields.objects("entries")
    events = [dict(event.record) for event in fields.objects("audit")]
    taken = {entry.text("id") for entry in old} | {str(event.get("entry")) for event in events}
    entries: list[Record] = []
    for entry in old:
        beats = [dict(beat.record) for beat in entry.objects("beats")]
        own = {key: value for key, value in entry.record.items() if key != "beats"}
        own["left_out"] = ""
        if not beats:
            entries.append(own)
            continue
        if own.get("predicted") is not None and own["predicted"] not in beats:
            beats.append(dict(entry.object("predicted").record))
        at = _nearest(entry.object("caliper").record, beats, entry.where)
        why = _why_left_out(own, beats[at])
        for number, beat in enumerate(beats):
            if number == at:
                entries.append({**own, "predicted": beat})
                continue
            id = _free(f"{own['id']}-b{number + 1}", taken)
            new = _new_entry(id, own, beat, why)
            entries.append(new)
            detail = f"beat {number + 1} of {len(beats)}, which was part of {own['id']}"
            events.append(_event(len(events) + 1, fields.text("saved"), new, detail))
    return {**fields.record, "entries": entries, "audit": events}


def _why_left_out(entry: Mapping[str, Any], beat: Record) -> str:
    """Why the other beats count for nothing; empty where nobody had decided."""
    if entry.get("status") == "rejected":
        return REJECTED
    decided = entry.get("status") != "unreviewed" or entry.get("phase") is not None
    return CHOSEN if decided or beat != entry.get("predicted") else ""


def _nearest(caliper: Mapping[str, Any], beats: Sequence[Record], where: str) -> int:
    """Which of the beats the caliper lies on or nearest to."""
    here = _places(caliper, where)
    away = [
        sum(math.dist(p, q) for p, q in zip(here, _places(beat, where), strict=False))
        for beat in beats
    ]
    return away.index(min(away))


def _places(caliper: Mapping[str, Any], where: str) -> list[tuple[float, float]]:
    points = Fields(caliper, where).objects("points")
    return [
        (as_coordinate(p.any("x"), p.at("x")), as_coordinate(p.any("y"), p.at("y"))) for p in points
    ]


def _free(id: str, taken: set[str]) -> str:
    found, copy = id, 2
    while found in taken:
        found, copy = f"{id}-{copy}", copy + 1
    taken.add(found)
    return found


def _new_entry(id: str, old: Mapping[str, Any], beat: Record, why: str) -> Record:
    return {
        "id": id,
        "image": old.get("image"),
        "status": "unreviewed",
        "reviewer": "",
        "time": "",
        "reason": "",
        "notes": "",
        "phase": None,
        "caliper": beat,
        "predicted": beat,
        "left_out": why,
    }


def _event(number: int, time: str, entry: Record, detail: str) -> Record:
    values = Fields(entry["caliper"], f"entry {entry['id']}").objects("values")
    after: Record = {
        "points": [list(place) for place in _places(entry["caliper"], entry["id"])],
        "values": [value.maybe_number("value") for value in values],
        "status": entry["status"],
    }
    if entry["left_out"]:
        after["left_out"] = entry["left_out"]
    return {
        "number": number,
        "time": time,
        "who": WHO,
        "action": "predict",
        "entry": entry["id"],
        "before": None,
        "after": after,
        "detail": detail,
    }
