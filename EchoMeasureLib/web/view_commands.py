"""What the page can ask of the picture: its size, mouse, frames, light, and points by keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.web.light import Light
from EchoMeasureLib.web.view import BUTTONS

if TYPE_CHECKING:
    from EchoMeasureLib.web.messages import Command, Message
    from EchoMeasureLib.web.sitting import Sitting


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


VIEWING: Mapping[str, Command] = {
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
    "take_end": lambda s, m: s.hand.take(),
    "other_end": _point_other,
    "point_step": _point_step,
    "point_set": lambda s, m: s.hand.set(s.middle()),
    "point_back": lambda s, m: s.hand.back(),
}
"""By the name that the page sends."""
