"""The labels of one caliper in the slice views: texts on dark backing, where they hide nothing.

Slicer writes a label right at its point, over the very border that is measured. So the labels
are points of their own, without a glyph, and a line joins one that lies farther off to its
tracing. They are neither listed, nor saved, nor to be moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from EchoMeasureLib.exporting.markup_files import GLYPH_SCALE
from EchoMeasureLib.exporting.node_colours import rgb
from EchoMeasureLib.exporting.rects import Segment
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml import markups
from EchoMeasureLib.mrml.mapping import PixelMap, share_transform
from EchoMeasureLib.mrml.placing import place_mode_kept

TEXTS, LEADER = "vtkMRMLMarkupsFiducialNode", "vtkMRMLMarkupsLineNode"

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
        self._nodes: dict[str, Any] = {}

    @property
    def node(self) -> Any:
        """The markups node with a point per label; None before there was one."""
        return self._alive(TEXTS)

    @property
    def leader(self) -> Any:
        """The line to a tracing; None before there was one."""
        return self._alive(LEADER)

    def show(
        self,
        texts: Sequence[str],
        corners: Sequence[PixelPoint],
        view_ids: Sequence[str],
        scale: float,
        dim: bool,
        leader: Segment | None = None,
    ) -> None:
        """Write the texts with their lower left corners here, in source pixels."""
        self._put(TEXTS, corners, texts, view_ids, dim)
        self.node.GetDisplayNode().SetTextScale(scale)
        if leader is None:
            _hide(self.leader)
        else:
            self._put(LEADER, leader, ("", ""), view_ids, dim)

    def hide(self) -> None:
        """Nothing to say."""
        for kind in self._nodes:
            _hide(self._alive(kind))

    def remove(self) -> None:
        """Out of the scene."""
        for kind in tuple(self._nodes):
            self._drop(kind)

    def _alive(self, kind: str) -> Any:
        """The node, unless somebody has deleted it, or what Slicer draws it by."""
        node = self._nodes.get(kind)
        if node is None or node.GetScene() is None or node.GetDisplayNode() is None:
            return None
        return node

    def _drop(self, kind: str) -> None:
        node = self._nodes.pop(kind, None)
        if node is not None and node.GetScene() is not None:
            self._scene.RemoveNode(node)

    def _put(
        self,
        kind: str,
        points: Sequence[PixelPoint],
        texts: Sequence[str],
        view_ids: Sequence[str],
        dim: bool,
    ) -> None:
        node = self._alive(kind) or self._made(kind)
        share_transform(node, self._volume)
        pixels = PixelMap(self._volume)
        markups.put(node, [pixels.to_node(point, node) for point in points], texts)
        display = node.GetDisplayNode()
        if display.GetViewNodeIDs() != tuple(view_ids):
            display.SetViewNodeIDs(tuple(view_ids))
        display.SetOpacity(DIM if dim else 1.0)
        display.SetVisibility(True)

    def _made(self, kind: str) -> Any:
        self._drop(kind)
        node = self._scene.CreateNodeByClass(kind)
        node.UnRegister(None)
        node.SetName("EchoMeasure labels")
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        node.SetUndoEnabled(False)
        node.SetSelectable(False)
        node.SetLocked(True)
        with place_mode_kept(self._scene):
            self._nodes[kind] = self._scene.AddNode(node)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSaveWithScene(False)
        display.SetSelectedColor(*rgb(self._colour))
        display.SetColor(*rgb(self._colour))
        # There is no glyph of no size; this one is lost under the text.
        display.SetGlyphTypeFromString("Vertex2D")
        display.SetUseGlyphScale(kind == LEADER)
        display.SetGlyphSize(1e-4)
        # A line is as thick as a share of the glyph: this one as those of calipers.
        display.SetGlyphScale(GLYPH_SCALE)
        display.SetPropertiesLabelVisibility(False)
        display.SetPointLabelsVisibility(kind == TEXTS)
        text = display.GetTextProperty()
        text.SetBackgroundColor(0.0, 0.0, 0.0)
        text.SetBackgroundOpacity(BACKING)
        text.SetShadow(False)
        for index in range(node.GetNumberOfMeasurements()):
            node.GetNthMeasurement(index).SetEnabled(False)
        return node


def _hide(node: Any) -> None:
    if node is not None and node.GetDisplayNode().GetVisibility():
        node.GetDisplayNode().SetVisibility(False)
