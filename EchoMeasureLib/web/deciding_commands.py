"""What the page can ask of answers and calipers: to choose, decide, take back and note."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.answer_words import told_words

if TYPE_CHECKING:
    from EchoMeasureLib.web.messages import Command, Message
    from EchoMeasureLib.web.sitting import Sitting


def _note(sitting: Sitting, message: Message) -> str | None:
    """What was typed and not kept yet; None when nothing was."""
    entry = sitting.desk.selection.entry
    typed = message.text("note", "").strip()
    here = entry is not None and entry.id == message.text("noteOf", "")
    shown = (entry.notes or entry.reason) if entry is not None else ""
    return typed if here and typed != shown.strip() else None


def _keep_note(sitting: Sitting, message: Message) -> None:
    typed = _note(sitting, message)
    if typed is not None and not sitting.desk.selection.unseen:
        sitting.desk.decisions.note(typed)


def _accept(sitting: Sitting, message: Message) -> None:
    sitting.desk.answering.accept(_note(sitting, message))


def _reject(sitting: Sitting, message: Message) -> None:
    sitting.desk.answering.reject(_note(sitting, message) or "")


def _accept_together(sitting: Sitting, message: Message) -> None:
    sitting.told = told_words(sitting.desk.answering.accept_together())


def _snap(sitting: Sitting, message: Message) -> None:
    sitting.told = sitting.desk.decisions.snap()


def _keep(sitting: Sitting, message: Message) -> None:
    """Keep a note with the caliper for which it was typed, though another is selected by now."""
    entry, review = sitting.desk.study.entry(message.text("noteOf", "")), sitting.desk.study.review
    typed = message.text("note", "").strip()
    if entry is not None and review is not None and typed != (entry.notes or entry.reason).strip():
        review.note(entry.id, typed)


def _going(go: Callable[[Sitting], object]) -> Command:
    """A step to somewhere else, before which what was typed is kept."""

    def command(sitting: Sitting, message: Message) -> None:
        _keep_note(sitting, message)
        go(sitting)

    return command


def _choose(sitting: Sitting, message: Message) -> None:
    _keep_note(sitting, message)
    sitting.desk.answering.choose(message.text("answer"), message.text("entry", "") or None)


def _choose_caliper(sitting: Sitting, message: Message) -> None:
    _keep_note(sitting, message)
    sitting.desk.selection.choose(message.text("entry"))


def _accept_caliper(sitting: Sitting, message: Message) -> None:
    sitting.desk.decisions.accept(_note(sitting, message))


def _reject_caliper(sitting: Sitting, message: Message) -> None:
    sitting.desk.decisions.reject(_note(sitting, message) or "")


DECIDING: Mapping[str, Command] = {
    "choose": _choose,
    "choose_caliper": _choose_caliper,
    "next": _going(lambda s: s.desk.answering.next()),
    "previous": _going(lambda s: s.desk.answering.previous()),
    "next_beat": _going(lambda s: s.desk.answering.next_beat()),
    "accept": _accept,
    "reject": _reject,
    "accept_together": _accept_together,
    "toggle_beat": lambda s, m: s.desk.answering.toggle_beat(),
    "mark_ed": lambda s, m: s.desk.answering.mark(Phase.ED),
    "mark_es": lambda s, m: s.desk.answering.mark(Phase.ES),
    "adopt": lambda s, m: s.desk.decisions.adopt(),
    "undo": lambda s, m: s.desk.decisions.undo(),
    "redo": lambda s, m: s.desk.decisions.redo(),
    "note": _keep,
    "snap": _snap,
    "caliper_accept": _accept_caliper,
    "caliper_reject": _reject_caliper,
    "caliper_next": _going(lambda s: s.desk.selection.next()),
    "reset": lambda s, m: s.desk.decisions.reset(),
    "reopen": lambda s, m: s.desk.decisions.reopen(),
    "delete": lambda s, m: s.desk.decisions.delete(),
}
"""By the name that the page sends."""
