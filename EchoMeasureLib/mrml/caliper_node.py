"""One markups node that shows the caliper of the frame on display, and hears the user move it.

An edit is a drag, or one position set by itself: what the table of the Markups module
does with a typed number, and a script that sets one control point on the user's behalf;
of a tracing also a point that is added to its line or taken away, as Slicer's own curves do.
Hardened transforms and other changes of several points at once come as a block, which
nobody can type; they are put back, as is every change of a locked caliper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import EchoMeasureError, InvalidState
from EchoMeasureLib.exporting.labels import label_texts
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.tracing_points import kept_in_time
from EchoMeasureLib.mrml import markups
from EchoMeasureLib.mrml.label_node import DIM
from EchoMeasureLib.mrml.mapping import PixelMap, share_transform, shares_transform
from EchoMeasureLib.mrml.observing import NodeHearing
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.positions import SAME_POINT_PX


class Owner(Protocol):
    """Who is told of what the user does to a markup."""

    def preview(self, id: str, points: Sequence[PixelPoint]) -> Caliper:
        """The caliper as it would be with these points."""

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of this caliper is known to be in."""

    def moved(self, id: str, points: Sequence[PixelPoint]) -> Entry | None:
        """The user has put the points of a caliper there; returns what is now to be shown."""

    def refused(self, error: EchoMeasureError) -> None:
        """A change was put back, and this is why."""

    def labels_changed(self) -> None:
        """What a label says has changed, or whether it is to be seen."""


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
        self.locked = False
        """Whether the user has locked this measurement in Slicer; an acceptance locks besides."""
        self.said: Caliper | None = None
        """What its label says now: the entry's caliper or, during a drag, that to be."""
        self._volume = volume
        self._owner = owner
        self._dragged: str | None = None
        self._lost_hold = False
        self._told = False
        self._shown = False
        self._view_ids: tuple[str, ...] | None = None
        node.SetNodeReferenceID(markups.VOLUME_ROLE, volume.GetID())
        markups.dress(node, self.row)
        self._hearing = NodeHearing(node)
        self._hearing.event(node.PointStartInteractionEvent, self._taken)
        self._hearing.event(node.PointEndInteractionEvent, self._released)
        self._hearing.event(node.PointPositionUndefinedEvent, self._put_back)
        self._hearing.event(node.PointPositionDefinedEvent, self._number_changed)
        self._hearing.event(node.LockModifiedEvent, self._lock_changed)
        self._hearing.event(node.TransformModifiedEvent, self._transformed)
        self._hearing.event(node.DisplayModifiedEvent, self._display_changed)
        self._hearing.points(self._modified)

    @property
    def dragging(self) -> bool:
        """Whether the user holds a point with the mouse."""
        return self._dragged is not None

    @property
    def shown(self) -> bool:
        """Whether it is to be seen in a view."""
        return self._shown

    @property
    def _in_view(self) -> bool:
        return self._view_ids is None or bool(self._view_ids)

    def set_dim(self, dim: bool) -> None:
        """Step back, or not, behind the calipers that count."""
        display = self.node.GetDisplayNode()
        opacity = DIM if dim else 1.0
        if display is not None and display.GetOpacity() != opacity:
            display.SetOpacity(opacity)

    def show(self, entry: Entry | None) -> None:
        """Show this caliper, or none."""
        if self._dragged is not None and not self._lost_hold:
            if entry is not None and entry.id == self._dragged:
                self.entry = entry
                return
            self._lose_hold()
        self.entry = entry
        with self._hearing.silenced():
            share_transform(self.node, self._volume)
        self._show_again()

    def settle(self) -> None:
        """Back under the transform of the image, and drawn, when somebody saw to the contrary."""
        drawn = self.node.GetDisplayNode() is not None
        if not self.dragging and not (drawn and shares_transform(self.node, self._volume)):
            self.show(self.entry)

    def set_views(self, view_ids: Sequence[str]) -> None:
        """Show it in these slice views only; in none when there are none."""
        with self._hearing.silenced():
            self._view_ids = tuple(view_ids)
            self._set_views()
            self._set_visible()

    def forget(self) -> None:
        """Hear no more of the node."""
        self._hearing.forget()

    def points(self) -> tuple[PixelPoint, ...]:
        """Where the markup's points lie, in source pixels."""
        pixels = PixelMap(self._volume)
        places = markups.positions(self.node)
        return tuple(pixels.from_node(position, self.node) for position in places)

    def _show_again(self) -> None:
        with self._hearing.silenced():
            if self.node.GetDisplayNode() is None:
                markups.dress(self.node, self.row)
                self._set_views()
            if self.entry is not None:
                self._fill(self.entry)
            self._set_locked()
            self._set_visible()

    def _set_views(self) -> None:
        display = self.node.GetDisplayNode()
        ids = self._view_ids
        if display is not None and ids and display.GetViewNodeIDs() != ids:
            display.SetViewNodeIDs(ids)

    def _fill(self, entry: Entry) -> None:
        pixels = PixelMap(self._volume)
        points = [landmark.point for landmark in entry.caliper.points]
        places = [pixels.to_node(point, self.node) for point in points]
        phase = self._owner.phase_of(entry)
        texts = label_texts(entry.caliper, phase)
        markups.put(self.node, places, texts, fixed=not self.row.traced)
        markups.show_values(self.node, entry.caliper, phase)
        self.said = entry.caliper

    def _set_locked(self) -> None:
        locked = self.locked or (self.entry is not None and self.entry.locked)
        if bool(self.node.GetLocked()) != locked:
            self.node.SetLocked(locked)

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

    def _modified(self, alone: bool) -> None:
        """`alone`: one point was set by itself, and not several in a block."""
        if self.entry is None:
            return
        if self._lost_hold:
            # The mouse still holds a caliper of another frame: this one stays where it is.
            self.show(self.entry)
        elif self._dragged is not None:
            self._keep_in_time()
            self._relabel(self._owner.preview(self._dragged, self.points()))
        elif alone and not self.node.GetLocked() and self._points_moved() == 1:
            # Moved without the mouse: in the Markups module's table, or by a script.
            self._commit(self.entry.id)
        else:
            self._undo_change(alone)

    def _keep_in_time(self) -> None:
        """The point of a traced wave that is dragged stays between its neighbours in time."""
        if self.entry is None or not self.row.traced or not self._complete:
            return
        points, there = self.points(), [landmark.point for landmark in self.entry.caliper.points]
        pairs = enumerate(zip(points, there, strict=True))
        moved = [i for i, (here, point) in pairs if not math.dist(here, point) <= SAME_POINT_PX]
        if len(moved) != 1:
            return
        kept = kept_in_time(points, moved[0], points[moved[0]])
        if kept != points[moved[0]]:
            position = PixelMap(self._volume).to_node(kept, self.node)
            with self._hearing.silenced():
                self.node.SetNthControlPointPosition(moved[0], *position)

    def _number_changed(self) -> None:
        """A point of a tracing was added or taken away; of any other caliper it is put back."""
        count = self.node.GetNumberOfControlPoints()
        if self.entry is None or self.dragging or count == len(self.entry.caliper.points):
            return
        if not self.row.traced or not self.row.takes(count) or self.node.GetLocked():
            self._show_again()
        elif count == self.node.GetNumberOfDefinedControlPoints():
            self._commit(self.entry.id)

    def _undo_change(self, alone: bool) -> None:
        """Put back what no person did, and what may not be done to a locked caliper."""
        moved, locked = self._points_moved(), bool(self.node.GetLocked())
        # A hardened transform is no attempt at an edit, so nothing is said of it.
        hardened = not alone and self.node.GetParentTransformNode() is not None
        self._show_again()
        if self.entry is None or not moved or hardened:
            return
        if alone and locked:
            self._owner.refused(_locked_error(self.row.name, self.entry.locked))
        elif not self._told:
            # Whatever moves it so may go on doing it, many times a second.
            self._told = True
            self._owner.refused(_not_by_hand_error(self.row.name))

    def _points_moved(self) -> int:
        """How many points are elsewhere than the caliper has them; 0 when some are missing."""
        if self.entry is None or not self._complete:
            return 0
        there = [landmark.point for landmark in self.entry.caliper.points]
        pairs = zip(self.points(), there, strict=True)
        # What is no number is nowhere.
        return sum(not math.dist(here, point) <= SAME_POINT_PX for here, point in pairs)

    def _released(self) -> None:
        dragged, lost = self._dragged, self._lost_hold
        self._dragged, self._lost_hold = None, False
        if dragged is not None and not lost:
            self._commit(dragged)

    def _put_back(self) -> None:
        if self.entry is None or self.dragging:
            return
        if self.node.GetNumberOfControlPoints() == len(self.entry.caliper.points):
            self.show(self.entry)
        else:
            self._number_changed()

    def _lock_changed(self) -> None:
        self.locked = bool(self.node.GetLocked())
        if self.entry is not None and self.entry.locked:
            # Whoever wants to move an accepted caliper takes the acceptance back first.
            with self._hearing.silenced():
                self._set_locked()

    def _transformed(self) -> None:
        """A transform over the caliper alone must not draw it over other pixels than it measures.

        `settle` takes it out from under the transform, which cannot be done here.
        """
        if not self.dragging and self._points_moved():
            self._show_again()

    def _display_changed(self) -> None:
        display = self.node.GetDisplayNode()
        if display is None or not self._in_view:
            return
        visible = bool(display.GetVisibility())
        if self.entry is not None:
            self.hidden, self._shown = not visible, visible
            self._owner.labels_changed()
        elif visible:
            # Its eye was opened where there is nothing to see: it shows on its own frames.
            self.hidden = False
            with self._hearing.silenced():
                self._set_visible()

    def _lose_hold(self) -> None:
        dragged = self._dragged
        self._lost_hold = True
        if dragged is not None:
            self._owner.moved(dragged, self.points())

    def _commit(self, id: str) -> None:
        self.show(self._owner.moved(id, self.points()))

    def _relabel(self, caliper: Caliper) -> None:
        phase = self._owner.phase_of(self.entry) if self.entry is not None else None
        with self._hearing.silenced():
            markups.label(self.node, label_texts(caliper, phase))
            markups.show_values(self.node, caliper, phase)
        self.said = caliper
        self._owner.labels_changed()

    @property
    def _complete(self) -> bool:
        count = self.node.GetNumberOfDefinedControlPoints()
        return self.entry is not None and bool(count == len(self.entry.caliper.points))


def _not_by_hand_error(name: str) -> EchoMeasureError:
    return InvalidState(
        f"{name} was moved, but not with the mouse, and was put back.",
        "Drag it, type a position into the Markups module, or have a script call review.move.",
    )


def _locked_error(name: str, accepted: bool) -> EchoMeasureError:
    if accepted:
        return InvalidState(f"{name} is accepted and stays where it is.", "Reopen it to move it.")
    return InvalidState(f"{name} is locked and stays where it is.", "Unlock it to move it.")
