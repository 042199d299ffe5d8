"""Points put and moved by keys alone: a cross-hair over the image, in source pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.decisions import LOCKED, NONE_CHOSEN, UNSEEN
from EchoMeasureLib.desk.words import reason_words, value_words
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.tracing_points import (
    kept_in_time,
    with_point_beside,
    without_point,
)

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.review.entries import Entry

ELSEWHERE = "The selected caliper lies on another frame. Choose it in the table to go there."

NO_TRACING = "Only a traced wave takes more points, or fewer."


class KeyHand:
    """Sets the points of what is being placed, or holds an end of the selected caliper."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._entry = ""
        """Id of the caliper that is held; empty for none."""
        self._taken: tuple[PixelPoint, ...] = ()
        """Where its points lay when it was taken."""
        self._points: list[PixelPoint] = []
        """Where they would lie."""
        self._end = 0
        self._cross: PixelPoint | None = None
        """The cross-hair while points are placed."""

    @property
    def held(self) -> Entry | None:
        """The caliper of which an end is held, if it still lies where it was taken."""
        entry = self._desk.study.entry(self._entry)
        if entry is None or entry.locked or not self._on_display(entry):
            return None
        return entry if _points_of(entry) == self._taken else None

    @property
    def traced(self) -> bool:
        """Whether it is a traced wave of which a point is held."""
        entry = self.held
        return entry is not None and CATALOG[entry.measurement].traced

    @property
    def point(self) -> PixelPoint | None:
        """Where the cross-hair is; None where there is none."""
        if self._desk.clicking.measurement:
            return self._cross
        return self._points[self._end] if self.held is not None else None

    @property
    def line(self) -> tuple[PixelPoint, ...]:
        """The line as it would be, along its points; empty for points that no line joins."""
        id, entry = self._desk.clicking.measurement, self.held
        if not id and entry is None:
            return ()
        row = CATALOG[id or (entry.measurement if entry is not None else "")]
        if not (row.caliper.is_line or row.traced):
            return ()
        if id:
            return self._desk.clicking.points + (() if self._cross is None else (self._cross,))
        return (*self._points, self._points[0]) if row.traced else tuple(self._points)

    @property
    def words(self) -> str:
        """What the keys do now; empty where no hand is needed."""
        id = self._desk.clicking.measurement
        if id:
            row = CATALOG[id]
            count = len(self._desk.clicking.points)
            what = (
                "its edge, from its onset" if row.traced else row.points[min(count, row.fewest - 1)]
            )
            return f"{row.name}, point {count + 1}: {what}."
        entry = self.held
        if entry is None:
            return ""
        row = CATALOG[entry.measurement]
        now = self._desk.study.need_review().preview(entry.id, self._points)
        names = row.labels(len(self._points))
        value = value_words(now, self._desk.lengths)
        which = "point" if row.traced else "end"
        place = f"{which} {self._end + 1} of {len(names)}: {names[self._end]}"
        known = any(one.value is not None for one in now.values)
        return f"{row.short_name} {value}; {place}. {'' if known else reason_words(now)}".rstrip()

    def take(self) -> None:
        """Take hold of an end of the selected caliper; again, of its next one.

        Raises `InvalidState` where no caliper is selected, or it stays or lies elsewhere.
        """
        entry = self._desk.selection.entry
        if entry is None:
            raise InvalidState(NONE_CHOSEN)
        if entry.image != self._desk.study.image:
            raise InvalidState(UNSEEN)
        if not self._on_display(entry):
            raise InvalidState(ELSEWHERE)
        if entry.locked:
            raise InvalidState(LOCKED)
        if self.held is not None and self._entry == entry.id:
            self.other_end(1)
            return
        self.take_point(entry, 0)

    def take_point(self, entry: Entry, index: int) -> None:
        """Take hold of one of its points, counted from 0."""
        self._entry, self._end = entry.id, index
        self._taken = _points_of(entry)
        self._points = list(self._taken)

    def add_point(self) -> None:
        """Add a point to the traced wave that is held, after the one in hand, and hold that.

        Raises `InvalidState` where none is held, or it has as many as it may.
        """
        self._need_traced()
        self._end, points = with_point_beside(self._points, self._end)
        self._points = list(points)

    def delete_point(self) -> None:
        """Take away the point of the traced wave that is held, and hold the next.

        Raises `InvalidState` where none is held, or it has as few as it may.
        """
        self._need_traced()
        self._points = list(without_point(self._points, self._end))
        self._end %= len(self._points)

    def other_end(self, steps: int) -> None:
        """Go on with the next end, or the one before."""
        if self.held is not None:
            self._end = (self._end + steps) % len(self._points)

    def step(self, across: float, down: float, middle: PixelPoint) -> None:
        """Move the cross-hair; where there was none it begins in the middle of what is seen."""
        if self._desk.clicking.measurement:
            self._cross = self._inside(self._cross or middle, across, down)
        elif self.held is not None:
            place = self._inside(self._points[self._end], across, down)
            if self.traced:
                place = kept_in_time(self._points, self._end, place)
            self._points[self._end] = place

    def set(self, middle: PixelPoint) -> None:
        """Set a point where the cross-hair is; keep what was moved, as one step of the review."""
        if self._desk.clicking.measurement:
            self._cross = self._cross or middle
            self._desk.clicking.add_point(self._cross)
            return
        entry, points = self.held, tuple(self._points)
        self.let_go()
        if entry is not None and points != _points_of(entry):
            self._desk.study.need_review().move(entry.id, points)

    def back(self) -> None:
        """Take back the last point, or what was moved; with nothing to take back, leave off."""
        clicking = self._desk.clicking
        if clicking.measurement and not clicking.take_point_back():
            clicking.stop()
        if not clicking.measurement:
            self.let_go()

    def let_go(self) -> None:
        """Hold nothing, and show no cross-hair."""
        self._entry, self._points, self._end, self._cross = "", [], 0, None
        self._taken = ()

    def _need_traced(self) -> None:
        if not self.traced:
            raise InvalidState(NO_TRACING)

    def _on_display(self, entry: Entry) -> bool:
        study = self._desk.study
        return (entry.image, entry.frame) == (study.image, study.frame)

    def _inside(self, point: PixelPoint, across: float, down: float) -> PixelPoint:
        cine = self._desk.study.need_cine()
        x = min(max(0.0, point.x + across), cine.columns - 1.0)
        return PixelPoint(x, min(max(0.0, point.y + down), cine.rows - 1.0))


def _points_of(entry: Entry) -> tuple[PixelPoint, ...]:
    return tuple(landmark.point for landmark in entry.caliper.points)
