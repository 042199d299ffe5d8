"""Source pixels to Slicer's millimetres and back, through IJKToRAS and every parent transform.

Local coordinates are RAS in mm as the volume's own IJKToRAS gives them. Markups are
kept under the parent transform of their volume, so they hold local coordinates and
follow the transform, linear or not. World coordinates have all transforms applied;
through them goes a markup that somebody has put under another transform.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import vtk

from EchoMeasureLib.exporting.slicer_places import IjkToRas
from EchoMeasureLib.geometry import PixelPoint

Position: TypeAlias = tuple[float, float, float]
"""Right, anterior, superior in mm."""


class PixelMap:
    """The map between source pixels and positions, for a volume node as it stands now."""

    def __init__(self, volume: Any) -> None:
        self._volume = volume
        self._to_local = np.array(ijk_to_ras(volume), np.float64)
        self._to_source = np.asarray(np.linalg.inv(self._to_local), np.float64)

    def to_local(self, point: PixelPoint) -> Position:
        """Local RAS position (mm) of a point in source pixels."""
        return _applied(self._to_local, (point.x, point.y, 0.0))

    def from_local(self, position: Position) -> PixelPoint:
        """Source pixels under a local RAS position (mm); the distance to the plane is dropped."""
        x, y, _ = _applied(self._to_source, position)
        return PixelPoint(x, y)

    def to_world(self, point: PixelPoint) -> Position:
        """World RAS position (mm) of a point in source pixels."""
        return _transformed(self._volume, self.to_local(point), to_world=True)

    def from_world(self, position: Position) -> PixelPoint:
        """Source pixels under a world RAS position (mm)."""
        return self.from_local(_transformed(self._volume, position, to_world=False))

    def to_node(self, point: PixelPoint, node: Any) -> Position:
        """Where a point in source pixels lies in the local coordinates of another node."""
        if shares_transform(node, self._volume):
            return self.to_local(point)
        return _transformed(node, self.to_world(point), to_world=False)

    def from_node(self, position: Position, node: Any) -> PixelPoint:
        """Source pixels under a position in the local coordinates of another node."""
        if shares_transform(node, self._volume):
            return self.from_local(position)
        return self.from_world(_transformed(node, position, to_world=True))


def ijk_to_ras(volume: Any) -> IjkToRas:
    """The volume's 4 x 4 matrix from columns, rows and slices to local RAS in mm."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return tuple(tuple(float(matrix.GetElement(i, j)) for j in range(4)) for i in range(4))


def share_transform(node: Any, volume: Any) -> None:
    """Put a node under the parent transform of the volume, so that it keeps to its pixels.

    Never in an event of the node itself: Slicer ends when a transform is taken away again
    while it is being set.
    """
    if not shares_transform(node, volume):
        node.SetAndObserveTransformNodeID(volume.GetTransformNodeID())


def shares_transform(node: Any, volume: Any) -> bool:
    """Whether both are under the same parent transform, or under none."""
    return bool(node.GetTransformNodeID() == volume.GetTransformNodeID())


def _applied(matrix: npt.NDArray[np.float64], position: Position) -> Position:
    x, y, z, _ = matrix @ (*position, 1.0)
    return float(x), float(y), float(z)


def _transformed(node: Any, position: Position, to_world: bool) -> Position:
    parent = node.GetParentTransformNode()
    if parent is None:
        return position
    transform = vtk.vtkGeneralTransform()
    if to_world:
        parent.GetTransformToWorld(transform)
    else:
        parent.GetTransformFromWorld(transform)
    x, y, z = transform.TransformPoint(position)
    return float(x), float(y), float(z)
