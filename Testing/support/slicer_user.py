"""What people do to a scene in Slicer's own modules: Transforms, Data, Sequences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import slicer
import vtk

from EchoMeasureLib.mrml.cine_nodes import CineNodes


def transform(scene: Any, shift: float = 10.0, scale: float = 1.0) -> Any:
    """A linear transform node: everything larger, and so many mm to the right."""
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "T")
    matrix = vtk.vtkMatrix4x4()
    for axis in range(3):
        matrix.SetElement(axis, axis, scale)
    matrix.SetElement(0, 3, shift)
    node.SetMatrixTransformToParent(matrix)
    return node


def bending(scene: Any) -> Any:
    """A thin-plate spline: it moves the middle of the picture and no linear map does the same."""
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bend")
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for x, y, moved in ((0, 0, 0), (-160, 0, 0), (0, -96, 0), (-160, -96, 0), (-80, -48, 9)):
        source.InsertNextPoint(x, y, 0)
        target.InsertNextPoint(x + moved, y, 0)
    spline = vtk.vtkThinPlateSplineTransform()
    spline.SetBasisToR()
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    node.SetAndObserveTransformToParent(spline)
    return node


def harden(tree: Any, item: int) -> None:
    """Data module, right click, Harden transform."""
    slicer.vtkSlicerSubjectHierarchyModuleLogic.HardenTransformOnBranch(tree, item)


def cloned(scene: Any, node: Any) -> Any:
    """Data module, right click, Clone; returns the copy."""
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    with every_node_in_the_tree(scene, tree):
        logic = slicer.vtkSlicerSubjectHierarchyModuleLogic
        item = logic.CloneSubjectHierarchyItem(tree, tree.GetItemByDataNode(node))
    return tree.GetItemDataNode(item)


@contextmanager
def every_node_in_the_tree(scene: Any, tree: Any) -> Iterator[None]:
    """What the Qt side of Slicer does: every new node gets an item."""

    def added(caller: Any, event: str, node: Any) -> None:
        if not tree.GetItemByDataNode(node):
            tree.CreateItem(tree.GetSceneItemID(), node)

    tag = scene.AddObserver(scene.NodeAddedEvent, vtk.calldata_type(vtk.VTK_OBJECT)(added))
    try:
        yield
    finally:
        scene.RemoveObserver(tag)


def second_browser(nodes: CineNodes) -> Any:
    """A browser that drives the same volume as the one of these nodes."""
    browser = nodes.volume.GetScene().AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "second")
    browser.SetAndObserveMasterSequenceNodeID(nodes.sequence.GetID())
    browser.AddProxyNode(nodes.volume, nodes.sequence, False)
    return browser
