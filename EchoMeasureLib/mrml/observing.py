"""Observers of Slicer nodes that can all be taken back at once."""

from __future__ import annotations

from collections.abc import Callable
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
