"""What the page can ask of the points of a traced wave: one more, one less, or one in hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.tracing_points import with_point, without_point
from EchoMeasureLib.mrml.view_window import ViewWindow, window_of
from EchoMeasureLib.review.entries import Status

if TYPE_CHECKING:
    from EchoMeasureLib.review.entries import Entry
    from EchoMeasureLib.web.messages import Command, Message
    from EchoMeasureLib.web.sitting import Sitting

NEAR = 10.0
"""So near, in pixels of a usual screen, a mouse is at a point or a line."""

NOWHERE = (
    "Put the mouse on a point of a traced wave that is not accepted, or take hold of one by M."
)


def _double_click(sitting: Sitting, message: Message) -> None:
    """On the edge of a traced wave, one point more; on a point, that one in hand."""
    if sitting.desk.clicking.measurement:
        return
    sitting.hand.set(sitting.middle())
    window, place = _under(sitting, message)
    near = NEAR * window.text * abs(window.step[1])
    found = _point_at(sitting, place, near)
    if found is not None:
        sitting.desk.selection.choose(found[0].id)
        sitting.hand.take_point(*found)
        return
    for entry in _tracings(sitting):
        if (more := with_point(_points(entry), place, near)) is not None:
            sitting.desk.study.need_review().move(entry.id, more[1])
            sitting.desk.selection.choose(entry.id)
            return


def _delete_point(sitting: Sitting, message: Message) -> None:
    """Take away the point in hand, else the one under the mouse.

    Raises `InvalidState` where there is none, or too few would be left.
    """
    if sitting.hand.held is not None:
        sitting.hand.delete_point()
        return
    sitting.window.release_all()
    window, place = _under(sitting, message)
    found = _point_at(sitting, place, NEAR * window.text * abs(window.step[1]))
    if found is None:
        raise InvalidState(NOWHERE)
    entry, index = found
    sitting.desk.study.need_review().move(entry.id, without_point(_points(entry), index))
    sitting.desk.selection.choose(entry.id)


def _under(sitting: Sitting, message: Message) -> tuple[ViewWindow, PixelPoint]:
    """The view, and the source pixel at shares of its width and height."""
    located = sitting.desk.study.need_located()
    window = window_of(sitting.window.slice_node, located.nodes.volume)
    if window is None:
        raise InvalidState("No image is to be seen.")
    across, down = message.number("x"), message.number("y")
    return window, window.from_screen(across * window.size[0], down * window.size[1])


def _point_at(sitting: Sitting, place: PixelPoint, near: float) -> tuple[Entry, int] | None:
    """The nearest point of the tracings on display that lies within `near` px, and its index."""
    points = (
        (math.dist(point, place), entry, index)
        for entry in _tracings(sitting)
        for index, point in enumerate(_points(entry))
    )
    found = min(points, key=lambda one: one[0], default=None)
    return None if found is None or found[0] > near else (found[1], found[2])


def _tracings(sitting: Sitting) -> Iterator[Entry]:
    """Those on the frame on display whose points can be changed."""
    study = sitting.desk.study
    for entry in study.need_review().on_frame(study.frame, study.image):
        free = not entry.locked and entry.status is not Status.REJECTED
        if free and CATALOG[entry.measurement].traced:
            yield entry


def _points(entry: Entry) -> tuple[PixelPoint, ...]:
    return tuple(landmark.point for landmark in entry.caliper.points)


TRACING: Mapping[str, Command] = {
    "double_click": _double_click,
    "add_point": lambda s, m: s.hand.add_point(),
    "delete_point": _delete_point,
}
"""By the name that the page sends."""
