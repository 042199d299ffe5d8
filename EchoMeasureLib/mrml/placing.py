"""Points clicked by the user in a slice view: Slicer's place mode for one markup.

The markup lives only as long as it is being placed. What becomes of the points is
for others to say: a caliper of the review, or the two ends of a ruler.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from EchoMeasureLib.exporting.node_colours import rgb
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml.cine_nodes import CineNodes
from EchoMeasureLib.mrml.mapping import PixelMap
from EchoMeasureLib.mrml.observing import Observers
from EchoMeasureLib.mrml.views import slice_views_of

CURVE = "vtkMRMLMarkupsCurveNode"
"""What a traced edge is while it is clicked: closed, it would run back after every click."""

_KINDS = {1: "vtkMRMLMarkupsFiducialNode", 2: "vtkMRMLMarkupsLineNode"}


class Placement:
    """Points in the making, on the image of these nodes.

    One or two, or those of a traced edge: as many as are clicked until place mode is left.
    """

    def __init__(
        self,
        scene: Any,
        app_logic: Any,
        nodes: CineNodes,
        count: int,
        name: str,
        colour: str,
        open_end: bool = False,
    ) -> None:
        """`count` points, with `open_end` so many at least; `colour`: "#rrggbb".

        Place mode begins at once.
        """
        kind = CURVE if open_end else _KINDS[count]
        self._scene = scene
        self._nodes = nodes
        self._count = count
        self._open_end = open_end
        self._selection = app_logic.GetSelectionNode()
        self._interaction = app_logic.GetInteractionNode()
        self.node = scene.AddNewNodeByClass(kind, name)
        self._id = self.node.GetID()
        # A half-placed markup is nothing to save with the scene.
        self.node.SetSaveWithScene(False)
        self.frame: int | None = None
        """The frame on which the first point was clicked; None before that."""
        defined = self.node.PointPositionDefinedEvent
        self._tag = self.node.AddObserver(defined, self._clicked)
        if open_end:
            self.node.SetCurveTypeToLinear()
        self.node.CreateDefaultDisplayNodes()
        _draw(self.node.GetDisplayNode(), colour)
        self._observers = Observers()
        self._keep_to_the_image()
        for composite in slice_views_of(scene, nodes.volume).composites:
            self._observers.event(composite, "ModifiedEvent", self._keep_to_the_image)
        self._selection.SetReferenceActivePlaceNodeClassName(kind)
        self._selection.SetActivePlaceNodeID(self.node.GetID())
        self._interaction.SetPlaceModePersistence(int(open_end))
        self._interaction.SetCurrentInteractionMode(self._interaction.Place)

    @property
    def complete(self) -> bool:
        """Whether every point has been clicked; of an open end, whether the user has left off."""
        if not self._alive or self.node.GetNumberOfDefinedControlPoints() < self._count:
            return False
        return not (self._open_end and self._placing)

    @property
    def abandoned(self) -> bool:
        """Whether the user has left place mode, or deleted the markup, before the last point."""
        if not self._alive:
            return True
        return not self._placing and not self.complete

    def points(self) -> tuple[PixelPoint, ...]:
        """The points in source pixels, in the order of the clicks."""
        pixels = PixelMap(self._nodes.volume)
        return tuple(
            pixels.from_world(self.node.GetNthControlPointPositionWorld(i))
            for i in range(self.node.GetNumberOfDefinedControlPoints())
        )

    def add(self, point: PixelPoint) -> None:
        """Set a point without a click."""
        self.node.AddControlPointWorld(*PixelMap(self._nodes.volume).to_world(point))

    def take_back(self) -> bool:
        """Take the last point away; whether there was one."""
        last = self.node.GetNumberOfDefinedControlPoints() - 1
        if last < 0:
            return False
        self.node.RemoveNthControlPoint(last)
        if last == 0:
            self.frame = None
        return True

    def leave_off(self) -> None:
        """The open end ends here."""
        self._give_up()

    def end(self) -> None:
        """Take the markup away and leave place mode, if it is still this one's."""
        self._observers.remove_all()
        self._give_up()
        if self._alive:
            self.node.RemoveObserver(self._tag)
            self._scene.RemoveNode(self.node)

    def _clicked(self, *_: Any) -> None:
        if self.frame is None:
            self.frame = self._nodes.current_frame

    def _keep_to_the_image(self) -> None:
        """Clicks count in the slice views that show the image, and in no other view.

        A display node without view ids is drawn, and placed, in every view.
        """
        views = slice_views_of(self._scene, self._nodes.volume)
        display = self.node.GetDisplayNode()
        if display is None:
            self._give_up()
        elif views.showing:
            display.SetViewNodeIDs(views.showing)
        elif views.composites and not self.complete:
            # The image has left every view: the next click would lie on another one.
            self._give_up()

    def _give_up(self) -> None:
        active = self._selection.GetActivePlaceNodeID()
        if active == self._id or not (active or self._alive or not self._placing):
            # Of a markup that was deleted nothing is active any longer, and in place mode the
            # next click would make a line of Slicer's own.
            self._selection.SetActivePlaceNodeID("")
            self._interaction.SetCurrentInteractionMode(self._interaction.ViewTransform)

    @property
    def _placing(self) -> bool:
        return bool(self._interaction.GetCurrentInteractionMode() == self._interaction.Place)

    @property
    def _alive(self) -> bool:
        return self.node is not None and self.node.GetScene() is not None


@contextmanager
def place_mode_kept(scene: Any) -> Iterator[None]:
    """Whatever markups are added meanwhile, the user goes on placing what they were placing.

    Slicer makes every new markup the one that the next click goes into.
    """
    selection = scene.GetFirstNodeByClass("vtkMRMLSelectionNode")
    if selection is None:
        yield
        return
    before = selection.GetActivePlaceNodeID(), selection.GetActivePlaceNodeClassName()
    try:
        yield
    finally:
        if selection.GetActivePlaceNodeID() != before[0]:
            selection.SetReferenceActivePlaceNodeClassName(before[1])
            selection.SetActivePlaceNodeID(before[0])


def _draw(display: Any, colour: str) -> None:
    display.SetSelectedColor(*rgb(colour))
    display.SetColor(*rgb(colour))
    display.SetGlyphTypeFromString("CrossDot2D")
    display.SetGlyphScale(1.5)
    display.SetPropertiesLabelVisibility(False)
    display.SetPointLabelsVisibility(False)
