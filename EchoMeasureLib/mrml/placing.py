"""Points clicked by the user in a slice view: Slicer's place mode for one markup.

The markup lives only as long as it is being placed. What becomes of the points is
for others to say: a caliper of the review, or the two ends of a ruler.
"""

from __future__ import annotations

from typing import Any

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml.colours import rgb
from EchoMeasureLib.mrml.mapping import PixelMap
from EchoMeasureLib.mrml.volumes import CineNodes


class Placement:
    """One or two points in the making, on the image of these nodes."""

    def __init__(
        self, scene: Any, app_logic: Any, nodes: CineNodes, count: int, name: str, colour: str
    ) -> None:
        """`count`: 1 or 2 points; `colour`: "#rrggbb". Place mode begins at once."""
        kind = "vtkMRMLMarkupsLineNode" if count == 2 else "vtkMRMLMarkupsFiducialNode"
        self._scene = scene
        self._nodes = nodes
        self._count = count
        self._selection = app_logic.GetSelectionNode()
        self._interaction = app_logic.GetInteractionNode()
        self.node = scene.AddNewNodeByClass(kind, name)
        # A half-placed markup is nothing to save with the scene.
        self.node.SetSaveWithScene(False)
        self.frame: int | None = None
        """The frame on which the first point was clicked; None before that."""
        defined = self.node.PointPositionDefinedEvent
        self._tag = self.node.AddObserver(defined, self._clicked)
        self.node.CreateDefaultDisplayNodes()
        _draw(self.node.GetDisplayNode(), colour)
        self._selection.SetReferenceActivePlaceNodeClassName(kind)
        self._selection.SetActivePlaceNodeID(self.node.GetID())
        self._interaction.SetPlaceModePersistence(0)
        self._interaction.SetCurrentInteractionMode(self._interaction.Place)

    @property
    def complete(self) -> bool:
        """Whether every point has been clicked."""
        return self._alive and self.node.GetNumberOfDefinedControlPoints() >= self._count

    @property
    def abandoned(self) -> bool:
        """Whether the user has left place mode, or deleted the markup, before the last point."""
        if not self._alive:
            return True
        placing = self._interaction.GetCurrentInteractionMode() == self._interaction.Place
        return not placing and not self.complete

    def points(self) -> tuple[PixelPoint, ...]:
        """The points in source pixels, in the order of the clicks."""
        pixels = PixelMap(self._nodes.volume)
        return tuple(
            pixels.from_world(self.node.GetNthControlPointPositionWorld(i))
            for i in range(self.node.GetNumberOfDefinedControlPoints())
        )

    def end(self) -> None:
        """Take the markup away and leave place mode, if it is still this one's."""
        if not self._alive:
            return
        self.node.RemoveObserver(self._tag)
        if self._selection.GetActivePlaceNodeID() == self.node.GetID():
            self._selection.SetActivePlaceNodeID("")
            self._interaction.SetCurrentInteractionMode(self._interaction.ViewTransform)
        self._scene.RemoveNode(self.node)

    def _clicked(self, *_: Any) -> None:
        if self.frame is None:
            self.frame = self._nodes.current_frame

    @property
    def _alive(self) -> bool:
        return self.node is not None and self.node.GetScene() is not None


def _draw(display: Any, colour: str) -> None:
    display.SetSelectedColor(*rgb(colour))
    display.SetColor(*rgb(colour))
    display.SetGlyphTypeFromString("CrossDot2D")
    display.SetGlyphScale(1.5)
    display.SetPropertiesLabelVisibility(False)
    display.SetPointLabelsVisibility(False)
