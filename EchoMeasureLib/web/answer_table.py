"""The answers as rows, and what can be decided about the selected one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.answer_words import (
    beat_words,
    image_words,
    missing_words,
    normal_words,
    number_words,
    tip_words,
    together_tip,
    why_words,
)
from EchoMeasureLib.desk.decisions import TIPS
from EchoMeasureLib.measuring.sheet_values import OUTPUT_OF
from EchoMeasureLib.review.answers import Before, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from EchoMeasureLib.definitions import Lengths
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.review.answers import Answer
    from EchoMeasureLib.web.sitting import Sitting

NOTHING_YET = "Nothing measured yet. Press Measure, or place a caliper by hand."


def answers(sitting: Sitting) -> Any:
    """One row per value, its beats below it; all that is missing in one line."""
    desk = sitting.desk
    found, review = desk.answering.answers, desk.study.review
    if review is None or not review.entries:
        return {"words": NOTHING_YET, "rows": [], "missing": None, "beside": ""}
    before = sitting.values_beside()
    chosen, beat = desk.answering.answer, desk.answering.beat
    shown = [a for a in found if a.entries or a.state is not State.MISSING]
    absent = [a for a in found if not a.entries and a.state is State.MISSING]
    keys = list(review.images)
    number = keys.index(desk.study.image) + 1 if desk.study.image in keys else 1
    ready = len(desk.answering.together().ready)
    return {
        "words": image_words(number, len(keys), desk.answering.here(), ready),
        "rows": [_row(answer, desk.lengths, before) for answer in shown],
        "missing": _missing(absent),
        "beside": sitting.beside,
        "chosen": chosen.id if chosen is not None else "",
        "beat": list(beat.entries) if beat is not None else [],
    }


def _row(answer: Answer, lengths: Lengths, before: Mapping[str, Before]) -> dict[str, Any]:
    other = before.get(answer.id)
    return {
        "id": answer.id,
        "name": answer.row.name,
        "value": number_words(answer, lengths),
        "n": answer.row.n or 0,
        "normal": normal_words(answer.row, answer.normal, lengths),
        "other": "" if other is None else OUTPUT_OF[answer.id].answer_number(other.value, lengths),
        "apart": other is not None and other.apart,
        "state": answer.state.name.lower(),
        "stateWords": answer.state.value,
        "why": answer.why if answer.state is State.MISSING else "",
        "tip": tip_words(answer, lengths),
        "beats": [
            {
                "entry": beat.entries[0] if beat.entries else "",
                "words": list(beat_words(answer, beat, lengths)),
                "tip": beat.why_not,
            }
            for beat in answer.row.beats
        ],
    }


def _missing(absent: list[Answer]) -> Any:
    if not absent:
        return None
    rows = ((answer, CATALOG[answer.measurement]) for answer in absent)
    return {
        "words": missing_words(absent),
        "rows": [
            {
                "id": answer.id,
                "measurement": row.id,
                "words": f"{answer.row.name}: {row.view}, {row.mode}",
                "tip": row.convention,
            }
            for answer, row in rows
        ],
    }


def decisions(sitting: Sitting) -> Any:
    """What can be done now; a button that cannot says why."""
    desk = sitting.desk
    answering, obstacles = desk.answering, desk.decisions.obstacles()
    answer, entry, found = answering.answer, desk.selection.entry, answering.together()
    buttons = {
        "accept": (answering.obstacle("accept"), TIPS["answer"]),
        "reject": (answering.obstacle("reject"), TIPS["answer_wrong"]),
        "next": (answering.obstacle("next"), TIPS["next_answer"]),
        "place": (obstacles["place"], TIPS["place"]),
        "note": (obstacles["note"], TIPS["note"]),
    }
    for name in ("undo", "redo", "reset", "reopen", "delete", "snap"):
        buttons[name] = (obstacles[name], TIPS[name])
    for name in ("accept", "reject", "next"):
        buttons[f"caliper_{name}"] = (obstacles[name], TIPS[name])
    tip = together_tip(found)
    nothing = "" if found.ready else f"Nothing here can be accepted together.\n{tip}".rstrip()
    buttons["accept_together"] = (nothing, tip)
    return {
        "buttons": {name: list(said) for name, said in buttons.items()},
        "together": len(found.ready),
        "adoptable": desk.decisions.adoptable,
        "snappable": desk.decisions.snappable,
        "why": sitting.told or why_words(answer, entry.caliper if entry is not None else None),
        "entry": entry.id if entry is not None else "",
        "note": (entry.notes or entry.reason) if entry is not None else "",
        "place": _place_for(desk, answer),
    }


def _place_for(desk: Desk, answer: Answer | None) -> str:
    """What is most likely to be placed by hand: what the selected answer misses."""
    return answer.measurement if answer is not None and not answer.entries else ""
