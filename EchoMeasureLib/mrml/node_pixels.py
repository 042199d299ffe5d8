"""The pixels of Slicer nodes as frames, for when the file they came from cannot be found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from EchoMeasureLib.errors import UnsupportedPixels
from EchoMeasureLib.imaging.frame import Frame


class NodeSource:
    """Frames held by volume nodes, one node per frame: the items of a sequence, or a still."""

    def __init__(self, nodes: Sequence[Any]) -> None:
        """Raises `UnsupportedPixels` when a node holds no single picture."""
        self._nodes = tuple(nodes)
        sizes = {_size(node) for node in self._nodes}
        if len(sizes) != 1:
            raise UnsupportedPixels("The frames of the series differ in size.")
        self._size = sizes.pop()
        self._bits = max(8, _bits(image_array(self._nodes[0])))

    @property
    def frame_count(self) -> int:
        return len(self._nodes)

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    def decode(self, index: int) -> Frame:
        """Frame as RGB; deeper pixels are scaled from the bits that the first frame uses."""
        array = image_array(self._nodes[index])
        if self._bits > 8:
            array = np.clip(array, 0, 2**self._bits - 1) // 2 ** (self._bits - 8)
        narrow = np.clip(array, 0, 255).astype(np.uint8)
        if narrow.shape[2] < 3:
            return np.repeat(narrow[:, :, :1], 3, axis=2)
        return np.ascontiguousarray(narrow[:, :, :3])


def image_array(node: Any) -> npt.NDArray[Any]:
    """The picture of a volume node, shape (rows, columns, components), without copying."""
    image = node.GetImageData()
    columns, rows, _ = image.GetDimensions()
    scalars = vtk_to_numpy(image.GetPointData().GetScalars())
    return np.asarray(scalars).reshape(rows, columns, -1)


def set_image(node: Any, frame: Frame) -> None:
    """Give a vector volume node this RGB picture (rows, columns, 3) uint8."""
    import vtk

    rows, columns, components = frame.shape
    image = vtk.vtkImageData()
    image.SetDimensions(columns, rows, 1)
    flat = np.ascontiguousarray(frame).reshape(-1, components)
    image.GetPointData().SetScalars(numpy_to_vtk(flat, deep=True))
    node.SetAndObserveImageData(image)


def _size(node: Any) -> tuple[int, int]:
    image = node.GetImageData() if node is not None else None
    if image is None or image.GetPointData().GetScalars() is None:
        raise UnsupportedPixels("A frame of the series holds no picture.")
    columns, rows, slices = image.GetDimensions()
    if slices != 1:
        raise UnsupportedPixels(
            f"The volume {node.GetName()} is a stack of {slices} slices, not a cine.",
            "Load the series again in the DICOM module as an image sequence.",
        )
    return columns, rows


def _bits(array: npt.NDArray[Any]) -> int:
    return int(array.max()).bit_length() if array.size else 0
