"""States told by shape before colour: a triangle, a ring, a square, a cross, a pencil, a dash."""

from __future__ import annotations

from typing import Any

from EchoMeasureLib.review.answers import State

SIZE = 14

GREY = "#808080"

COLOURS = {
    State.NEED_EYES: ("#D55E00", "#E69F00"),
    State.UNREVIEWED: (GREY, "#A0A0A0"),
    State.CHANGED: ("#CC79A7", "#CC79A7"),
    State.ACCEPTED: ("#0072B2", "#56B4E9"),
    State.REJECTED: (GREY, "#A0A0A0"),
    State.MISSING: (GREY, "#A0A0A0"),
}
"""On a light and on a dark ground; told apart by every eye (Okabe and Ito)."""

SHAPES = {
    State.NEED_EYES: ((7, 2, 1, 12), (1, 12, 13, 12), (13, 12, 7, 2)),
    State.CHANGED: ((3, 11, 11, 3), (2, 12, 4, 11), (10, 2, 12, 4)),
    State.REJECTED: ((2, 2, 12, 12), (2, 12, 12, 2)),
    State.MISSING: ((3, 7, 11, 7),),
}
"""Lines from (x, y) to (x, y); the ring and the square are drawn as such."""


def is_dark(widget: Any) -> bool:
    """Whether a widget has a dark ground."""
    import qt

    palette = widget.palette
    return bool(palette.color(qt.QPalette.Base).lightness() < 128)


def colour_of(state: State, dark: bool) -> Any:
    """The colour of a state, as Qt takes it."""
    import qt

    return qt.QColor(COLOURS[state][dark])


def blank(width: int, height: int) -> Any:
    """A picture with nothing on it, to be drawn on."""
    import qt

    picture = qt.QPixmap(width, height)
    picture.fill(qt.QColor(0, 0, 0, 0))
    return picture


def icon_of(state: State, dark: bool) -> Any:
    """The shape of a state, drawn."""
    import qt

    picture = blank(SIZE, SIZE)
    painter = qt.QPainter(picture)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    colour = colour_of(state, dark)
    pen = qt.QPen(colour)
    pen.setWidth(2)
    painter.setPen(pen)
    if state is State.UNREVIEWED:
        painter.drawEllipse(3, 3, 8, 8)
    elif state is State.ACCEPTED:
        painter.fillRect(3, 3, 9, 9, colour)
    for line in SHAPES.get(state, ()):
        painter.drawLine(*line)
    painter.end()
    return qt.QIcon(picture)
