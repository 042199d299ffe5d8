"""Which frame of a cine is on display, told by its picture.

A browser counts the items that its sequence holds now: they can be removed, added or put
elsewhere, and another browser can drive the same volume. What is seen is the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from vtk.util.numpy_support import vtk_to_numpy

NO_FRAME = -1
"""The frame of a picture that is none of the cine's: nothing lies on it."""

SAMPLE = 4099
"""Pictures are compared at every so many values first, which tells most of them apart."""


class Pictures:
    """The pictures of a cine as they were when it was opened, one per frame.

    They are held, so what Slicer does to the sequence afterwards takes none away.
    """

    def __init__(self, volume: Any, sequence: Any = None, browser: Any = None) -> None:
        """`volume`: the node on display; without a sequence it is the only picture."""
        self._volume = volume
        self._sequence = sequence
        self._browser = browser
        if sequence is None:
            self._images = (volume.GetImageData(),)
            self._values: tuple[str, ...] = ()
        else:
            items = range(sequence.GetNumberOfDataNodes())
            self._images = tuple(_image(sequence.GetNthDataNode(item)) for item in items)
            self._values = tuple(str(sequence.GetNthIndexValue(item)) for item in items)
        self._seen: tuple[Any, int] | None = None
        self._frame = NO_FRAME

    @property
    def count(self) -> int:
        """How many frames the cine has."""
        return len(self._images)

    @property
    def frame(self) -> int:
        """The frame on display, counted from 0; `NO_FRAME` where that cannot be told."""
        image = self._volume.GetImageData()
        state = (image, 0 if image is None else int(image.GetMTime()))
        if state != self._seen:
            self._frame = self._frame_of(image)
            self._seen = state
        return self._frame

    def pixels(self, frame: int) -> npt.NDArray[np.uint8]:
        """One frame, as (rows, columns, 3) or, where it has no colour, (rows, columns)."""
        image = self._images[frame]
        width, height, _ = image.GetDimensions()
        values = vtk_to_numpy(image.GetPointData().GetScalars())
        return np.asarray(values.reshape(height, width, -1).squeeze(), np.uint8)

    def show(self, frame: int) -> None:
        """Put this frame on display; one whose item was removed cannot be."""
        item = self._item_of(frame)
        if item is None:
            return
        master = self._browser.GetMasterSequenceNode()
        if master is None or master.GetID() == self._sequence.GetID():
            self._browser.SetSelectedItemNumber(item)
        else:
            value = self._sequence.GetNthIndexValue(item)
            self._browser.SetSelectedItemByIndexValue(value, False)
        if self.frame != frame:
            # It was at this item already, while another browser showed one of its own.
            self._browser.Modified()

    def lead(self) -> None:
        """Have the browser count the frames of this clip, where those it counts are others.

        Slicer plays clips of one instance number together, by the frames of the first.
        """
        master = None if self._browser is None else self._browser.GetMasterSequenceNode()
        if master is not None and master.GetID() != self._sequence.GetID():
            counted = [master.GetNthIndexValue(i) for i in range(master.GetNumberOfDataNodes())]
            if not set(self._values) <= set(counted):
                self._browser.SetAndObserveMasterSequenceNodeID(self._sequence.GetID())

    def _frame_of(self, image: Any) -> int:
        if image is None:
            return NO_FRAME
        # Of equal pictures it is the one that a browser of this volume stands at.
        for frame in self._claims():
            if _same(image, self._images[frame]):
                return frame
        found = [frame for frame, other in enumerate(self._images) if _same(image, other)]
        return found[0] if len(found) == 1 else NO_FRAME

    def _claims(self) -> Iterator[int]:
        """Frames at which the browsers of this volume say they are, the own one first."""
        if self._browser is None:
            return
        yield from self._claimed(self._browser, self._sequence)
        scene = self._volume.GetScene()
        for browser in browsers(scene):
            for sequence in sequences_of(browser):
                if browser.GetProxyNode(sequence) is self._volume:
                    yield from self._claimed(browser, sequence)

    def _claimed(self, browser: Any, sequence: Any) -> Iterator[int]:
        item = selected_item(browser, sequence)
        if 0 <= item < sequence.GetNumberOfDataNodes():
            value = sequence.GetNthIndexValue(item)
            if value in self._values:
                yield self._values.index(value)

    def _item_of(self, frame: int) -> int | None:
        """The item of the sequence that holds the picture of this frame now."""
        if self._sequence is None or not 0 <= frame < self.count:
            return None
        count = self._sequence.GetNumberOfDataNodes()
        there = self._sequence.GetItemNumberFromIndexValue(self._values[frame], True)
        for item in (there, *range(count)):
            node = self._sequence.GetNthDataNode(item) if 0 <= item < count else None
            if node is not None and _same(_image(node), self._images[frame]):
                return int(item)
        return None


def selected_item(browser: Any, sequence: Any) -> int:
    """The item of this sequence at which the browser stands; negative for none."""
    selected = int(browser.GetSelectedItemNumber())
    master = browser.GetMasterSequenceNode()
    if selected < 0 or master is None or master.GetID() == sequence.GetID():
        return selected
    return int(sequence.GetItemNumberFromIndexValue(master.GetNthIndexValue(selected), False))


def browsers(scene: Any) -> list[Any]:
    """Every sequence browser of the scene."""
    kind = "vtkMRMLSequenceBrowserNode"
    count = scene.GetNumberOfNodesByClass(kind) if scene is not None else 0
    return [scene.GetNthNodeByClass(index, kind) for index in range(count)]


def sequences_of(browser: Any) -> list[Any]:
    """The sequences that a browser plays, its master first."""
    import vtk

    found = vtk.vtkCollection()
    browser.GetSynchronizedSequenceNodes(found, True)
    return [found.GetItemAsObject(i) for i in range(found.GetNumberOfItems())]


def _image(node: Any) -> Any:
    return node.GetImageData() if node is not None and node.IsA("vtkMRMLVolumeNode") else None


def _same(image: Any, other: Any) -> bool:
    """Whether two images hold the same picture, whatever Slicer copied on the way."""
    if image is other:
        return True
    if image is None or other is None or image.GetDimensions() != other.GetDimensions():
        return False
    here, there = _values(image), _values(other)
    if here is None or there is None or (here.shape, here.dtype) != (there.shape, there.dtype):
        return False
    if not np.array_equal(here[::SAMPLE], there[::SAMPLE]):
        return False
    return np.array_equal(here, there)


def _values(image: Any) -> npt.NDArray[Any] | None:
    scalars = image.GetPointData().GetScalars()
    return None if scalars is None else np.asarray(vtk_to_numpy(scalars)).ravel()
