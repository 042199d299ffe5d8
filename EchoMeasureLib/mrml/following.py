"""A review and its markups in a Slicer scene, each following the other.

There is one markups node per measurement, not one per caliper (`frame_calipers`): it is filled from
the review whenever the frame changes. So browsing writes nothing back, a caliper shows
only on its own frame, and a cine of any length needs no more than a handful of nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.exporting.slicer_places import IjkToRas
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.mrml.caliper_node import CaliperNode
from EchoMeasureLib.mrml.cine_nodes import CINE_ATTRIBUTE, CineNodes
from EchoMeasureLib.mrml.description import describe
from EchoMeasureLib.mrml.frame_calipers import FrameCalipers
from EchoMeasureLib.mrml.hierarchy import put_under_study
from EchoMeasureLib.mrml.keeping import SceneKeeping
from EchoMeasureLib.mrml.mapping import ijk_to_ras
from EchoMeasureLib.mrml.observing import Observers
from EchoMeasureLib.mrml.scene_labels import SceneLabels
from EchoMeasureLib.mrml.shown_frame import NO_FRAME
from EchoMeasureLib.mrml.views import slice_views_of
from EchoMeasureLib.review.entries import Action, Entry, ReviewChange, Status
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.session import Review

DELETED = "deleted in the scene"
"""Reason given when the user deletes a markup in the Data module."""

LOST = (
    "The picture on display is none of this image's frames: its sequence was changed, or another "
    "one is shown in its place. The review was closed; choose the image again to go on."
)
"""Why a review closes that cannot tell the frame."""

Later = Callable[[Callable[[], None]], None]
"""Runs something when the present event has been dealt with."""


def at_once(action: Callable[[], None]) -> None:
    """The scheduler of scripts and tests: no waiting."""
    action()


class SceneReview:
    """Shows the calipers of a review on the frames they belong to, and takes in what is dragged.

    Lives until `close`, or until the scene or the image is closed. Rejected calipers
    are not shown. `failed` hears of an edit that the review does not take; the markup
    then goes back to where it was.
    """

    def __init__(
        self,
        review: Review,
        scene: Any,
        nodes: CineNodes,
        image: str | None = None,
        *,
        later: Later = at_once,
        failed: Callable[[EchoMeasureError], None] | None = None,
    ) -> None:
        """`image`: key of the image in the review, by default its first.

        `later`: in Slicer `lambda do: qt.QTimer.singleShot(0, do)`. With it, closing the
        study in the Data module, which deletes its markups first, rejects nothing.
        """
        self.review = review
        self.nodes = nodes
        self.image = image if image is not None else image_key(review.cine())
        self.is_open = True
        self.trouble = ""
        """Why it closed by itself; empty when it did not, or when its nodes were deleted."""
        self._scene = scene
        self._later = later
        self._failed = failed
        self._frame = NO_FRAME
        self._matrix: IjkToRas | None = None
        self._described: Sequence[Region] | None = None
        self._phases_behind = False
        self._looks: tuple[object, ...] = ()
        self._selected: str | None = None
        self._shown = FrameCalipers(scene, nodes.volume, self, lambda: self._views)
        self.labels = SceneLabels(scene, nodes.volume)
        put_under_study(scene, nodes.volume, review.images[self.image].identity.study_instance_uid)
        self._describe()
        self._keeping = SceneKeeping(scene, review)
        self._observers = Observers()
        self._observe()
        self._unsubscribe = review.subscribe(self._review_changed)
        nodes.pictures.lead()
        if self.frame == NO_FRAME:
            nodes.show_frame(0)
        self.refresh()

    @property
    def frame(self) -> int:
        """The frame on display, counted from 0; `NO_FRAME` when that cannot be told."""
        return self.nodes.current_frame

    @property
    def calipers(self) -> tuple[CaliperNode, ...]:
        """Every caliper node, shown or not."""
        return self._shown.all

    @property
    def dragging(self) -> bool:
        """Whether the user holds a point with the mouse."""
        return self._shown.dragging

    def node_of(self, id: str) -> Any:
        """The markups node that shows this entry now; None when it is not on display."""
        return self._shown.node_of(id)

    def show(self, id: str) -> None:
        """Go to the frame of this entry."""
        self.nodes.show_frame(self.review.entry(id).frame)

    def select(self, id: str | None) -> None:
        """Let the label of this entry stand out, or none."""
        if id != self._selected:
            self._selected = id
            self.labels_changed()

    def show_lengths(self, lengths: Lengths) -> None:
        """Write lengths in this unit."""
        if lengths is not self.labels.lengths:
            self.labels.lengths = lengths
            self.labels_changed()

    def tick(self) -> None:
        """Look after what waits. Call it now and then from a timer."""
        if not self.is_open:
            return
        self._look()
        self._shown.settle()
        if self._phases_behind:
            self._relabel()
        if self.labels.is_behind(self._views):
            self.labels_changed()

    def close(self, remove_nodes: bool = True) -> None:
        """Stop following. The markups go; the review's text stays in the scene."""
        if not self.is_open:
            return
        self._stop()
        self._shown.close(remove_nodes)
        self.labels.close(remove_nodes=True)

    def refresh(self) -> None:
        """Show the calipers of the frame on display as the review has them."""
        if not self.is_open:
            return
        self._frame = self.frame
        self._matrix = ijk_to_ras(self.nodes.volume)
        self._looks = self._looks_now()
        here = self.review.on_frame(self._frame, self.image)
        self._shown.show(entry for entry in here if entry.status is not Status.REJECTED)
        self.labels_changed()

    # What the user does to a markup (see `caliper_node.Owner`)

    def preview(self, id: str, points: Sequence[PixelPoint]) -> Caliper:
        """The caliper as it would be with these points."""
        return self.review.preview(id, points)

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of this caliper is known to be in."""
        return self.review.phase_of(entry)

    def moved(self, id: str, points: Sequence[PixelPoint]) -> Entry | None:
        """Take a drag into the review as one step; not of what was rejected while it was held."""
        entry = self.review.entries.get(id)
        if entry is None or entry.status is Status.REJECTED:
            return None
        try:
            self.review.move(id, points)
        except EchoMeasureError as error:
            self.refused(error)
        entry = self.review.entries.get(id)
        return entry if entry is not None and entry.frame == self.frame else None

    def refused(self, error: EchoMeasureError) -> None:
        """A change was put back, and this is why."""
        if self._failed is not None:
            self._failed(error)

    def labels_changed(self) -> None:
        """Write the labels of what is to be seen, and let step back what does not count."""
        if self.is_open:
            self.labels.show(self._shown.by_key, self.review, self._selected, self._views)

    # What else happens

    @property
    def _views(self) -> tuple[str, ...]:
        return slice_views_of(self._scene, self.nodes.volume).showing

    def _observe(self) -> None:
        scene, nodes = self._scene, self.nodes
        hear = self._observers
        hear.node_event(scene, scene.NodeRemovedEvent, self._node_removed)
        hear.event(scene, scene.StartCloseEvent, self._scene_closes)
        hear.event(scene, scene.EndUndoEvent, self._taken_back)
        hear.event(scene, scene.EndImportEvent, self._shown.imported)
        hear.event(nodes.volume, "ModifiedEvent", self._look)
        hear.event(nodes.volume, nodes.volume.TransformModifiedEvent, self._look)
        hear.event(nodes.volume, nodes.volume.ReferenceModifiedEvent, self._transform_chosen)
        hear.event(nodes.volume, nodes.volume.ReferenceAddedEvent, self._transform_chosen)
        hear.event(nodes.volume, nodes.volume.ReferenceRemovedEvent, self._transform_chosen)
        if nodes.browser is not None:
            hear.event(nodes.browser, "ModifiedEvent", self._look)
        hear.node_event(scene, scene.NodeAddedEvent, self._node_added)
        for composite in slice_views_of(scene, nodes.volume).composites:
            hear.event(composite, "ModifiedEvent", self._views_changed)

    def _review_changed(self, change: ReviewChange) -> None:
        if not self.is_open:
            return
        self._keeping.write()
        entries = self.review.entries
        here = (
            id not in entries or (entries[id].frame, entries[id].image) == (self._frame, self.image)
            for id in change.entries
        )
        if not change.entries or any(here):
            self.refresh()
        elif change.action is Action.PREDICT:
            # They come by the hundred, and each can move the beats.
            self._phases_behind = True
        else:
            self._relabel()
        self._describe()

    def _relabel(self) -> None:
        """What happens on other frames can say which phase this one is in, and what counts."""
        self._phases_behind = False
        if not self.dragging and self._looks_now() != self._looks:
            self.refresh()

    def _looks_now(self) -> tuple[object, ...]:
        """All that decides how the calipers of the frame on display look."""
        review = self.review
        counting = {id for item in review.measured().values() for id in item.entries}
        measured = frozenset(review.entry(id).measurement for id in counting)
        here = review.on_frame(self._frame, self.image)
        return measured, *((e, review.phase_of(e), e.id in counting) for e in here)

    def _look(self) -> None:
        """The picture, or where it lies, may have changed."""
        if self._scene.IsUndoing():
            return
        if self.frame == NO_FRAME:
            self.trouble = LOST
            self.close()
        elif self.frame != self._frame or ijk_to_ras(self.nodes.volume) != self._matrix:
            self.refresh()

    def _taken_back(self) -> None:
        """The scene took back a step of its own. The review did not, and has its own undo."""
        self._shown.taken_back()
        self._keeping.restore()
        self.refresh()
        self._look()

    def _transform_chosen(self) -> None:
        self._shown.show_again()

    def _views_changed(self) -> None:
        self._shown.show_in(self._views)
        self.labels_changed()

    def _node_added(self, node: Any) -> None:
        if node.IsA("vtkMRMLSliceCompositeNode"):
            self._observers.event(node, "ModifiedEvent", self._views_changed)
        else:
            self._shown.appeared(node)

    def _node_removed(self, node: Any) -> None:
        if node in (self.nodes.volume, self.nodes.browser, self.nodes.sequence):
            self.close()
            return
        if self._scene.IsUndoing():
            return
        self._keeping.removed(node)
        gone = self._shown.removed(node)
        if gone is not None:
            self._later(lambda: self._reject_deleted(gone.row.id, gone.entry))

    def _reject_deleted(self, measurement: str, entry: Entry | None) -> None:
        """A deleted node stands for the caliper it showed, or else for all of its measurement."""
        if not self.is_open:
            return
        live = [
            other.id
            for other in self.review.entries.values()
            if (other.measurement, other.image) == (measurement, self.image)
            and other.status is not Status.REJECTED
            and (entry is None or other.id == entry.id)
        ]
        with self.review.step(f"delete {CATALOG[measurement].name}"):
            for id in live:
                self.review.reject(id, DELETED)
        self.refresh()

    def _scene_closes(self) -> None:
        self._stop()
        self._shown.close(remove_nodes=False)
        self.labels.close(remove_nodes=False)

    def _stop(self) -> None:
        self.is_open = False
        self._unsubscribe()
        self._observers.remove_all()
        self._keeping.close()
        self._shown.forget()

    def _describe(self) -> None:
        """Keep the calibration, made by hand or not, with the pixels."""
        cine = self.review.cine(self.image)
        if cine.regions is self._described:
            return
        self._described = cine.regions
        text = describe(cine)
        if self.nodes.carrier.GetAttribute(CINE_ATTRIBUTE) != text:
            self.nodes.carrier.SetAttribute(CINE_ATTRIBUTE, text)
