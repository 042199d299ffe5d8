"""The labels of one caliper in the slice views: texts on dark backing, where they hide nothing.

Slicer writes a label right at its point, over the very border that is measured. So the labels
are points of their own, without a glyph. They are neither listed, nor saved, nor to be moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from EchoMeasureLib.exporting.node_colours import rgb
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml import markups
from EchoMeasureLib.mrml.mapping import PixelMap, share_transform
from EchoMeasureLib.mrml.placing import place_mode_kept

KIND = "vtkMRMLMarkupsFiducialNode"

TEXT, SELECTED_TEXT = 3.0, 3.6
"""Slicer's size of the text; that of the selected caliper stands out."""

DIM = 0.45
"""Opacity of what does not count."""

BACKING = 0.65


def text_size(text: str, scale: float) -> tuple[float, float]:
    """Width and height of a label on the screen, in pixels, with a little to spare.

    Measured on slicer-core: 13 letters at scale 3 take 107 x 18 pixels, a second line 14 more.
    """
    lines = text.split("\n")
    return 2.75 * scale * max(len(line) for line in lines) + 4, 5 * scale * len(lines) + 4


class LabelNode:
    """Made when there is something to say, and made anew when somebody has deleted it."""

    def __init__(self, scene: Any, volume: Any, colour: str) -> None:
        self._scene = scene
        self._volume = volume
        self._colour = colour
        self._node: Any = None

    @property
    def node(self) -> Any:
        """The markups node with a point per label; None before there was one."""
        alive = self._node is not None and self._node.GetScene() is not None
        return self._node if alive else None

    def show(
        self,
        texts: Sequence[str],
        corners: Sequence[PixelPoint],
        view_ids: Sequence[str],
        scale: float,
        dim: bool,
    ) -> None:
        """Write the texts with their lower left corners here, in source pixels."""
        node = self.node or self._made()
        share_transform(node, self._volume)
        pixels = PixelMap(self._volume)
        markups.put(node, [pixels.to_node(corner, node) for corner in corners], texts)
        display = node.GetDisplayNode()
        if display.GetViewNodeIDs() != tuple(view_ids):
            display.SetViewNodeIDs(tuple(view_ids))
        display.SetTextScale(scale)
        display.SetOpacity(DIM if dim else 1.0)
        display.SetVisibility(True)

    def hide(self) -> None:
        """Nothing to say."""
        if self.node is not None and self.node.GetDisplayNode().GetVisibility():
            self.node.GetDisplayNode().SetVisibility(False)

    def remove(self) -> None:
        """Out of the scene."""
        if self.node is not None:
            self._scene.RemoveNode(self._node)
        self._node = None

    def _made(self) -> Any:
        node = self._scene.CreateNodeByClass(KIND)
        node.UnRegister(None)
        node.SetName("EchoMeasure labels")
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        node.SetUndoEnabled(False)
        node.SetSelectable(False)
        node.SetLocked(True)
        with place_mode_kept(self._scene):
            self._node = self._scene.AddNode(node)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSaveWithScene(False)
        display.SetSelectedColor(*rgb(self._colour))
        display.SetColor(*rgb(self._colour))
        # There is no glyph of no size; this one is lost under the text.
        display.SetGlyphTypeFromString("Vertex2D")
        display.SetUseGlyphScale(False)
        display.SetGlyphSize(1e-4)
        display.SetPropertiesLabelVisibility(False)
        display.SetPointLabelsVisibility(True)
        text = display.GetTextProperty()
        text.SetBackgroundColor(0.0, 0.0, 0.0)
        text.SetBackgroundOpacity(BACKING)
        text.SetShadow(False)
        return node
