"""What the page can ask for: a table of names. Whatever is not in it does not happen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.desk.export_kinds import SPEEDS, Export, Option, Wish
from EchoMeasureLib.desk.frames import CHOICES
from EchoMeasureLib.desk.selection import FILTERS
from EchoMeasureLib.errors import InvalidArgument, InvalidState
from EchoMeasureLib.imaging.manual_calibration import RulerKind
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, Rhythm, check_pressures
from EchoMeasureLib.texts import clean
from EchoMeasureLib.web.deciding_commands import DECIDING
from EchoMeasureLib.web.messages import Command, Message, known
from EchoMeasureLib.web.tracing_commands import TRACING
from EchoMeasureLib.web.view_commands import VIEWING

if TYPE_CHECKING:
    from EchoMeasureLib.web.sitting import Sitting


def _place(sitting: Sitting, message: Message) -> None:
    sitting.hand.let_go()
    sitting.desk.clicking.place(message.text("measurement"))
    sitting.desk.topics.tell("frame")


def _filter(sitting: Sitting, message: Message) -> None:
    sitting.desk.selection.filter = message.one_of("filter", FILTERS)
    sitting.desk.topics.tell("selection")


def _tick(sitting: Sitting, message: Message) -> None:
    possible, ids = set(sitting.possible), set(message.texts("ids"))
    # What is impossible here stays wished for: the next image may allow it.
    sitting.wished = frozenset(ids & possible | (sitting.wished - possible))
    sitting.desk.topics.tell("run")


def _tick_all(sitting: Sitting, message: Message) -> None:
    sitting.wish_for_all()


def _frames(sitting: Sitting, message: Message) -> None:
    sitting.frames = message.one_of("frames", CHOICES)
    first, last, step = (message.whole(name) for name in ("first", "last", "step"))
    sitting.between = first - 1, last - 1, step
    sitting.desk.topics.tell("run")


def _weights(sitting: Sitting, message: Message) -> None:
    sitting.choose_weights(message.one_of("weights", sitting.desk.networks.choices()))
    sitting.desk.topics.tell("weights")


def _calibrate(sitting: Sitting, message: Message) -> None:
    kind = RulerKind(message.one_of("kind", [*RulerKind]))
    sitting.desk.clicking.calibrate(kind, message.number("amount"))


def _reviewer(sitting: Sitting, message: Message) -> None:
    sitting.name_asked = True
    name = clean(message.text("name")).strip()[:80]
    if name:
        sitting.desk.set_reviewer(name)
        sitting.remembered.keep(name, sitting.desk.lengths)
    sitting.desk.topics.tell("review")


def _lengths(sitting: Sitting, message: Message) -> None:
    lengths = Lengths(message.one_of("lengths", [*Lengths]))
    sitting.desk.show_lengths(lengths)
    sitting.remembered.keep(sitting.desk.study.typed_reviewer, lengths)


def _beside(sitting: Sitting, message: Message) -> None:
    name = message.text("name")
    sitting.beside = message.one_of("name", sitting.desk.others.names) if name else ""
    sitting.desk.topics.tell("review")


def _describe(sitting: Sitting, message: Message) -> None:
    desk = sitting.desk
    review = desk.study.need_review()
    rhythm, manoeuvre = message.text("rhythm"), message.text("manoeuvre")
    subject = replace(
        review.subject,
        sex=message.one_of("sex", ("", "F", "M")),
        **{name: message.known(name) for name in ("age", "height_cm", "weight_kg")},  # type: ignore[arg-type]
    )
    examination = replace(
        review.examination,
        rhythm=Rhythm(message.one_of("rhythm", [*Rhythm])) if rhythm else None,
        manoeuvre=Manoeuvre(message.one_of("manoeuvre", [*Manoeuvre])) if manoeuvre else None,
        group=message.text("group"),
        disease=message.yes("disease"),
        no_jet=message.yes("no_jet"),
        **{id: message.known(id) for id in GIVEN},  # type: ignore[arg-type]
    )
    check_pressures(review.examination, examination)
    with review.step("describe"):
        desk.describe(subject)
        desk.examine(examination)


def _wish(sitting: Sitting, message: Message) -> None:
    options = frozenset(Option(known(one, [*Option])) for one in message.texts("options"))
    speed = message.number("speed")
    if speed not in SPEEDS:
        raise InvalidArgument("A video is not written at this speed.")
    export = Export(message.one_of("export", [*Export]))
    sitting.wish = Wish(export, message.text("form"), options, speed)
    sitting.downloads.tell()


COMMANDS: Mapping[str, Command] = {
    **VIEWING,
    **DECIDING,
    **TRACING,
    "open": lambda s, m: s.open(m.whole("image")),
    "filter": _filter,
    "place": _place,
    "end_tracing": lambda s, m: s.desk.clicking.end_tracing(),
    "stop_placing": lambda s, m: s.stop_placing(),
    "tick": _tick,
    "tick_all": _tick_all,
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
