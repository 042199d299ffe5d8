"""One markups node that shows the caliper of the frame on display, and hears the user drag it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from EchoMeasureLib.catalog import CATALOG, Phase
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.mrml import markups
from EchoMeasureLib.mrml.mapping import PixelMap, share_transform
from EchoMeasureLib.review.entries import Entry


class Owner(Protocol):
    """Who is told of what the user does to a markup."""

    def preview(self, id: str, points: Sequence[PixelPoint]) -> Caliper:
        """The caliper as it would be with these points."""

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of this caliper is known to be in."""

    def moved(self, id: str, points: Sequence[PixelPoint]) -> Entry | None:
        """The user has put the points of a caliper there; returns what is now to be shown."""


class CaliperNode:
    """A markups node for one measurement, filled anew for every frame.

    Filling is silent: only what the user does reaches the owner. A drag is one move,
    told when the button is released, or when the frame changes under it.
    """

    def __init__(self, node: Any, measurement: str, volume: Any, owner: Owner) -> None:
        """`node`: a markups node of `markups.node_class`, new or from a saved scene."""
        self.row = CATALOG[measurement]
        self.node = node
        self.entry: Entry | None = None
        """What is shown; None on a frame without such a caliper."""
        self.hidden = False
        """Whether the user has closed this measurement's eye in the Data module."""
        self._volume = volume
        self._owner = owner
        self._filling = False
        self._dragged: str | None = None
        self._lost_hold = False
        self._shown = False
        self._in_view = True
        node.SetNodeReferenceID(markups.VOLUME_ROLE, volume.GetID())
        markups.dress(node, self.row)
        self._tags = [
            (event, node.AddObserver(event, self._quietly(do)))
            for event, do in (
                (node.PointStartInteractionEvent, self._taken),
                (node.PointModifiedEvent, self._modified),
                (node.PointEndInteractionEvent, self._released),
                (node.PointPositionUndefinedEvent, self._put_back),
                (node.DisplayModifiedEvent, self._display_changed),
            )
        ]

    @property
    def dragging(self) -> bool:
        """Whether the user holds a point with the mouse."""
        return self._dragged is not None

    def show(self, entry: Entry | None) -> None:
        """Show this caliper, or none."""
        if self._dragged is not None and not self._lost_hold:
            if entry is not None and entry.id == self._dragged:
                self.entry = entry
                return
            self._lose_hold()
        self.entry = entry
        with self._filling_node():
            if entry is not None:
                self._fill(entry)
            self._set_visible()

    def set_views(self, view_ids: Sequence[str]) -> None:
        """Show it in these slice views only; in none when there are none."""
        with self._filling_node():
            self._in_view = bool(view_ids)
            display = self.node.GetDisplayNode()
            if display is not None and view_ids and display.GetViewNodeIDs() != tuple(view_ids):
                display.SetViewNodeIDs(tuple(view_ids))
            self._set_visible()

    def forget(self) -> None:
        """Hear no more of the node."""
        for _, tag in self._tags:
            self.node.RemoveObserver(tag)
        self._tags.clear()

    def points(self) -> tuple[PixelPoint, ...]:
        """Where the markup's points lie, in source pixels."""
        pixels = PixelMap(self._volume)
        return tuple(pixels.from_local(position) for position in markups.positions(self.node))

    def _fill(self, entry: Entry) -> None:
        pixels = PixelMap(self._volume)
        places = [pixels.to_local(landmark.point) for landmark in entry.caliper.points]
        share_transform(self.node, self._volume)
        if self.node.GetLocked() != entry.locked:
            self.node.SetLocked(entry.locked)
        phase = self._owner.phase_of(entry)
        texts = markups.label_texts(entry.caliper, phase, pixels.columns)
        markups.put(self.node, places, texts)
        markups.show_values(self.node, entry.caliper, phase)

    def _set_visible(self) -> None:
        display = self.node.GetDisplayNode()
        if display is None:
            return
        self._shown = self.entry is not None and self._in_view and not self.hidden
        if bool(display.GetVisibility()) != self._shown:
            display.SetVisibility(self._shown)

    # What the user does

    def _taken(self) -> None:
        if self.entry is not None:
            self._dragged, self._lost_hold = self.entry.id, False

    def _modified(self) -> None:
        if self.entry is None:
            return
        if self._lost_hold:
            # The mouse still holds a caliper of another frame: this one stays where it is.
            self.show(self.entry)
        elif self._dragged is not None:
            self._relabel(self._owner.preview(self._dragged, self.points()))
        elif self._complete:
            # Moved without the mouse: in the Markups module's table, or by a script.
            self._commit(self.entry.id)

    def _released(self) -> None:
        dragged, lost = self._dragged, self._lost_hold
        self._dragged, self._lost_hold = None, False
        if dragged is not None and not lost:
            self._commit(dragged)

    def _put_back(self) -> None:
        if self.entry is not None and not self.dragging:
            self.show(self.entry)

    def _display_changed(self) -> None:
        display = self.node.GetDisplayNode()
        if display is not None and self.entry is not None and self._in_view:
            self.hidden = not display.GetVisibility()

    def _lose_hold(self) -> None:
        dragged = self._dragged
        self._lost_hold = True
        if dragged is not None:
            self._owner.moved(dragged, self.points())

    def _commit(self, id: str) -> None:
        self.show(self._owner.moved(id, self.points()))

    def _relabel(self, caliper: Caliper) -> None:
        phase = self._owner.phase_of(self.entry) if self.entry is not None else None
        with self._filling_node():
            columns = PixelMap(self._volume).columns
            markups.label(self.node, markups.label_texts(caliper, phase, columns))
            markups.show_values(self.node, caliper, phase)

    @property
    def _complete(self) -> bool:
        return bool(self.node.GetNumberOfDefinedControlPoints() == len(self.row.points))

    @contextmanager
    def _filling_node(self) -> Iterator[None]:
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before

    def _quietly(self, do: Callable[[], None]) -> Callable[..., None]:
        def hear(*_: Any) -> None:
            if not self._filling:
                do()

        return hear
