"""Transforms as a registration leaves them in a scene."""

from __future__ import annotations

from typing import Any

import vtk


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
