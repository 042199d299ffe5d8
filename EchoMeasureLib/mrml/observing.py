"""Observers of Slicer nodes: all taken back at once, and deaf to what one does oneself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import vtk


class Observers:
    """What has been subscribed to, until `remove_all`."""

    def __init__(self) -> None:
        self._tags: list[tuple[Any, int]] = []

    def event(self, node: Any, event: int | str, do: Callable[[], None]) -> None:
        """Call `do` at every such event of the node."""

        def hear(caller: Any, event: str) -> None:
            do()

        self._tags.append((node, node.AddObserver(event, hear)))

    def node_event(self, scene: Any, event: int, do: Callable[[Any], None]) -> None:
        """Call `do` with the node that the scene's event is about."""

        def hear(caller: Any, event: str, node: Any) -> None:
            do(node)

        hear = vtk.calldata_type(vtk.VTK_OBJECT)(hear)
        self._tags.append((scene, scene.AddObserver(event, hear)))

    def remove_all(self) -> None:
        """Hear nothing more."""
        for node, tag in self._tags:
            node.RemoveObserver(tag)
        self._tags.clear()


class NodeHearing:
    """Hears what others do to one markups node, until `forget`.

    Not what is done to it while it is `silenced`, nor what Slicer does while that takes the whole
    scene back.
    """

    def __init__(self, node: Any) -> None:
        self._node = node
        self._silent = False
        self._tags: list[int] = []

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """For the time of a block nothing is heard; blocks may lie in each other."""
        before, self._silent = self._silent, True
        try:
            yield
        finally:
            self._silent = before

    def event(self, event: int, do: Callable[[], None]) -> None:
        """Call `do` at every such event."""

        def hear(*_: Any) -> None:
            if self._listening:
                do()

        self._tags.append(self._node.AddObserver(event, hear))

    def points(self, do: Callable[[bool], None]) -> None:
        """Call `do` after every change of points, with whether one was set by itself.

        The event names its point then, and none after a block of several.
        """

        def hear(caller: Any, event: str, point: int | None = None) -> None:
            if self._listening:
                do(point is not None)

        hear = vtk.calldata_type(vtk.VTK_INT)(hear)
        self._tags.append(self._node.AddObserver(self._node.PointModifiedEvent, hear))

    def forget(self) -> None:
        """Hear no more of the node."""
        for tag in self._tags:
            self._node.RemoveObserver(tag)
        self._tags.clear()

    @property
    def _listening(self) -> bool:
        scene = self._node.GetScene()
        return not self._silent and not (scene is not None and scene.IsUndoing())
