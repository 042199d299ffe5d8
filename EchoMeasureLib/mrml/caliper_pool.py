"""The markups nodes that calipers are shown with: made, taken over, and told from their copies."""

from __future__ import annotations

from typing import Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.mrml import markups
from EchoMeasureLib.mrml.hierarchy import put_beside
from EchoMeasureLib.mrml.observing import Observers
from EchoMeasureLib.mrml.placing import place_mode_kept


class CaliperPool:
    """Nodes for the calipers of one volume. Those of a saved scene are used before new ones."""

    def __init__(self, scene: Any, volume: Any) -> None:
        self._scene = scene
        self._volume = volume
        self._used: list[Any] = []
        self._unused: dict[str, list[Any]] = {}
        self._making = False
        self._observers = Observers()
        self.gather()
        for node in markups.in_scene(scene):
            if not node.GetNodeReferenceID(markups.VOLUME_ROLE):
                self._check(node)

    def take(self, measurement: str) -> Any:
        """A node of the right class for this measurement, in its place in the tree."""
        waiting = self._unused.get(measurement)
        node = waiting.pop(0) if waiting else self._made(measurement)
        self._used.append(node)
        put_beside(self._scene, node, self._volume)
        return node

    def give_up(self, node: Any) -> None:
        """A node that was taken out of the scene is no longer used."""
        self._used = [used for used in self._used if used is not node]

    def gather(self) -> None:
        """Hide what shows nothing of this image: a scene brings such nodes, and undo in it.

        Nobody follows the calipers of another image: they would lie over this one, on every frame.
        """
        for node in markups.in_scene(self._scene):
            if node.GetNodeReferenceID(markups.VOLUME_ROLE) not in (None, "", self._volume.GetID()):
                node.SetDisplayVisibility(False)
        self._unused = markups.of_volume(self._scene, self._volume)
        for measurement, nodes in self._unused.items():
            self._unused[measurement] = [n for n in nodes if not self._uses(n)]
            for node in self._unused[measurement]:
                node.SetDisplayVisibility(False)

    def appeared(self, node: Any) -> None:
        """A node was added to the scene. The Data module copies into an empty one afterwards."""
        if node.IsA("vtkMRMLMarkupsNode") and not self._making:
            self._observers.event(node, "ModifiedEvent", lambda: self._check(node))
            self._check(node)

    def close(self, remove_nodes: bool) -> None:
        """Watch no more; the nodes go, if they are to."""
        self._observers.remove_all()
        if remove_nodes:
            unused = [node for nodes in self._unused.values() for node in nodes]
            for node in (*self._used, *unused):
                self._scene.RemoveNode(node)

    def _made(self, measurement: str) -> Any:
        row = CATALOG[measurement]
        self._making = True
        try:
            with place_mode_kept(self._scene):
                return self._scene.AddNewNodeByClass(markups.node_class(row), row.short_name)
        finally:
            self._making = False

    def _check(self, node: Any) -> None:
        """The copy of a caliper is none: it would keep the value of where it was copied."""
        passing = self._uses(node) or self._scene.IsUndoing() or self._scene.IsImporting()
        if not passing and markups.is_copy(node, self._volume):
            markups.make_plain(node)

    def _uses(self, node: Any) -> bool:
        return any(used is node for used in self._used)
