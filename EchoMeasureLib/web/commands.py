"""What the page can ask for: a table of names. Whatever is not in it does not happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.desk.answer_words import told_words
from EchoMeasureLib.desk.export_kinds import SPEEDS, Export, Option, Wish
from EchoMeasureLib.desk.frames import CHOICES
from EchoMeasureLib.desk.selection import FILTERS
from EchoMeasureLib.errors import InvalidArgument, InvalidState
from EchoMeasureLib.imaging.manual_calibration import RulerKind
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, Rhythm
from EchoMeasureLib.texts import clean
from EchoMeasureLib.web.light import Light
from EchoMeasureLib.web.view import BUTTONS

if TYPE_CHECKING:
    from EchoMeasureLib.web.messages import Message
    from EchoMeasureLib.web.sitting import Sitting

Command = Callable[["Sitting", "Message"], object]


def _view(sitting: Sitting, message: Message) -> None:
    size = message.number("width"), message.number("height"), message.number("ratio")
    sitting.window.resize(*size)


def _mouse(sitting: Sitting, message: Message) -> None:
    window, kind = sitting.window, message.text("kind")
    place = window.pixel(message.number("x"), message.number("y"))
    keys = message.yes("shift"), message.yes("ctrl")
    if kind == "move":
        window.move(*place, *keys)
    elif kind in ("press", "release"):
        number = message.whole("button")
        if not 0 <= number < len(BUTTONS):
            raise InvalidArgument("There is no such button.")
        act = window.press if kind == "press" else window.release
        act(BUTTONS[number], *place, *keys)
        # The last click of a caliper puts it there before the next key is dealt with.
        sitting.desk.clicking.tick()
    elif kind == "leave":
        window.leave()
    elif kind == "cancel":
        window.release_all()


def _wheel(sitting: Sitting, message: Message) -> None:
    steps = max(-20, min(20, message.whole("steps")))
    if message.yes("ctrl"):
        sitting.window.zoom(1.1 ** (-steps))
    else:
        _step(sitting, steps)


def _step(sitting: Sitting, frames: int) -> None:
    study = sitting.desk.study
    study.show_frame(study.frame + frames)


def _zoom(sitting: Sitting, message: Message) -> None:
    about = (message.known("x"), message.known("y"))
    places = (0.5 if place is None else min(max(0.0, place), 1.0) for place in about)
    sitting.window.zoom(message.number("times"), *places)


def _light(sitting: Sitting, message: Message) -> None:
    sitting.show_in(Light(message.number("brightness"), message.number("contrast")))


def _point_step(sitting: Sitting, message: Message) -> None:
    sitting.hand.step(message.number("x"), message.number("y"), sitting.middle())


def _point_other(sitting: Sitting, message: Message) -> None:
    sitting.hand.other_end(-1 if message.yes("before") else 1)


def _place(sitting: Sitting, message: Message) -> None:
    sitting.hand.let_go()
    sitting.desk.clicking.place(message.text("measurement"))
    sitting.desk.topics.tell("frame")


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


def _filter(sitting: Sitting, message: Message) -> None:
    sitting.desk.selection.filter = _one_of(FILTERS, message.text("filter"))
    sitting.desk.topics.tell("selection")


def _tick(sitting: Sitting, message: Message) -> None:
    possible, ids = set(sitting.possible), set(message.texts("ids"))
    # What is impossible here stays wished for: the next image may allow it.
    sitting.wished = frozenset(ids & possible | (sitting.wished - possible))
    sitting.desk.topics.tell("run")


def _frames(sitting: Sitting, message: Message) -> None:
    sitting.frames = _one_of(CHOICES, message.text("frames"))
    first, last, step = (message.whole(name) for name in ("first", "last", "step"))
    sitting.between = first - 1, last - 1, step
    sitting.desk.topics.tell("run")


def _weights(sitting: Sitting, message: Message) -> None:
    sitting.choose_weights(_one_of(sitting.desk.networks.choices(), message.text("weights")))
    sitting.desk.topics.tell("weights")


def _calibrate(sitting: Sitting, message: Message) -> None:
    kind = RulerKind(_one_of([*RulerKind], message.text("kind")))
    sitting.desk.clicking.calibrate(kind, message.number("amount"))


def _reviewer(sitting: Sitting, message: Message) -> None:
    sitting.name_asked = True
    name = clean(message.text("name")).strip()[:80]
    if name:
        sitting.desk.set_reviewer(name)
        sitting.remembered.keep(name, sitting.desk.lengths)
    sitting.desk.topics.tell("review")


def _lengths(sitting: Sitting, message: Message) -> None:
    lengths = Lengths(_one_of([*Lengths], message.text("lengths")))
    sitting.desk.show_lengths(lengths)
    sitting.remembered.keep(sitting.desk.study.typed_reviewer, lengths)


def _beside(sitting: Sitting, message: Message) -> None:
    name = message.text("name")
    sitting.beside = _one_of(sitting.desk.others.names, name) if name else ""
    sitting.desk.topics.tell("review")


def _describe(sitting: Sitting, message: Message) -> None:
    desk = sitting.desk
    review = desk.study.need_review()
    rhythm, manoeuvre = message.text("rhythm"), message.text("manoeuvre")
    subject = replace(
        review.subject,
        sex=_one_of(("", "F", "M"), message.text("sex")),
        **{name: message.known(name) for name in ("age", "height_cm", "weight_kg")},  # type: ignore[arg-type]
    )
    examination = replace(
        review.examination,
        rhythm=Rhythm(_one_of([*Rhythm], rhythm)) if rhythm else None,
        manoeuvre=Manoeuvre(_one_of([*Manoeuvre], manoeuvre)) if manoeuvre else None,
        group=message.text("group"),
        disease=message.yes("disease"),
        no_jet=message.yes("no_jet"),
        **{id: message.known(id) for id in GIVEN},  # type: ignore[arg-type]
    )
    with review.step("describe"):
        desk.describe(subject)
        desk.examine(examination)


def _wish(sitting: Sitting, message: Message) -> None:
    options = frozenset(Option(_one_of([*Option], one)) for one in message.texts("options"))
    speed = message.number("speed")
    if speed not in SPEEDS:
        raise InvalidArgument("A video is not written at this speed.")
    export = Export(_one_of([*Export], message.text("export")))
    sitting.wish = Wish(export, message.text("form"), options, speed)
    sitting.downloads.tell()


def _one_of(known: Mapping[str, object] | list[str] | tuple[str, ...], word: str) -> str:
    if word not in list(known):
        raise InvalidArgument(f"There is no choice {word[:40]!r} here.")
    return word


COMMANDS: Mapping[str, Command] = {
    "view": _view,
    "mouse": _mouse,
    "wheel": _wheel,
    "fit": lambda s, m: s.window.fit(),
    "zoom": _zoom,
    "pan": lambda s, m: s.window.pan(m.number("x"), m.number("y")),
    "light": _light,
    "frame": lambda s, m: s.desk.study.show_frame(m.whole("frame")),
    "frame_back": lambda s, m: _step(s, -1),
    "frame_on": lambda s, m: _step(s, 1),
    "open": lambda s, m: s.open(m.whole("image")),
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
    "filter": _filter,
    "place": _place,
    "end_tracing": lambda s, m: s.desk.clicking.end_tracing(),
    "take_end": lambda s, m: s.hand.take(),
    "other_end": _point_other,
    "point_step": _point_step,
    "point_set": lambda s, m: s.hand.set(s.middle()),
    "point_back": lambda s, m: s.hand.back(),
    "stop_placing": lambda s, m: s.stop_placing(),
    "tick": _tick,
    "frames": _frames,
    "weights": _weights,
    "measure": lambda s, m: s.measure(),
    "cancel": lambda s, m: s.cancel(),
    "ruler": lambda s, m: s.desk.clicking.begin_ruler(),
    "calibrate": _calibrate,
    "reviewer": _reviewer,
    "lengths": _lengths,
    "beside": _beside,
    "describe": _describe,
    "wish": _wish,
    "save_review": lambda s, m: s.downloads.make_review(),
    "stop_export": lambda s, m: s.downloads.cancel(),
}
"""By the name that the page sends. `export` and `play` are answered by `link`."""

SIGNED = frozenset(
    {
        "accept",
        "reject",
        "accept_together",
        "toggle_beat",
        "mark_ed",
        "mark_es",
        "adopt",
        "snap",
        "caliper_accept",
        "caliper_reject",
        "place",
        "take_end",
        "measure",
    }
)
"""What is signed with a name, which is asked for once where it is not known."""

WHILE_WRITING = frozenset(
    {"view", "wheel", "fit", "zoom", "pan", "light", "frame", "frame_back", "frame_on"}
    | {"stop_export"}
)
"""What can be done while an export is being made from the review."""

KEEPS_TOLD = frozenset({"view", "mouse", "wheel", "fit", "zoom", "pan", "light", "wish"}) | {
    "accept_together",
    "snap",
}
"""After anything else what the last step did is told no longer."""


def run(sitting: Sitting, message: Message) -> None:
    """Do what is asked for.

    Raises `InvalidArgument` for what there is not, `InvalidState` for what cannot be done now,
    and as what is done.
    """
    command = COMMANDS.get(message.do)
    if command is None:
        raise InvalidArgument("The page asked for something that cannot be done here.")
    if sitting.downloads.busy and message.do not in WHILE_WRITING:
        raise InvalidState("Something is being written.", "Wait for it, or stop it.")
    if message.do not in KEEPS_TOLD:
        sitting.told = ""
    command(sitting, message)


def asks_for_name(sitting: Sitting, message: Message) -> bool:
    """Whether the person has to be asked for initials first."""
    if message.do not in SIGNED or sitting.name_asked or sitting.desk.study.cine is None:
        return False
    return not sitting.desk.study.typed_reviewer
