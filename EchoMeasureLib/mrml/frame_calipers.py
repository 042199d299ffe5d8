"""The markups of the frame on display: one node per measurement, filled anew for every frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from EchoMeasureLib.mrml.caliper_node import CaliperNode, Owner
from EchoMeasureLib.mrml.caliper_pool import CaliperPool
from EchoMeasureLib.review.entries import Entry

Key = tuple[str, int]
"""Id of the measurement, and which of its calipers on the frame."""


class FrameCalipers:
    """Shows the calipers that it is given, and knows which node shows which."""

    def __init__(
        self, scene: Any, volume: Any, owner: Owner, views: Callable[[], Sequence[str]]
    ) -> None:
        """`owner` is told of what the user does; `views` gives the slice views to show them in."""
        self._volume = volume
        self._owner = owner
        self._views = views
        self._pool = CaliperPool(scene, volume)
        self._nodes: dict[Key, CaliperNode] = {}

    @property
    def by_key(self) -> Mapping[Key, CaliperNode]:
        """Every caliper node, shown or not."""
        return self._nodes

    @property
    def all(self) -> tuple[CaliperNode, ...]:
        """The same without their keys."""
        return tuple(self._nodes.values())

    @property
    def dragging(self) -> bool:
        """Whether the user holds a point with the mouse."""
        return any(caliper.dragging for caliper in self.all)

    def node_of(self, id: str) -> Any:
        """The markups node that shows this entry; None when it is not on display."""
        return next((c.node for c in self.all if c.entry and c.entry.id == id), None)

    def show(self, entries: Iterable[Entry]) -> None:
        """Show these and no others."""
        wanted: dict[Key, Entry] = {}
        for entry in entries:
            number = 0
            while (entry.measurement, number) in wanted:
                number += 1
            wanted[entry.measurement, number] = entry
        for key in wanted:
            if key not in self._nodes:
                self._nodes[key] = self._new(key[0])
        for key, caliper in tuple(self._nodes.items()):
            entry_now = wanted.get(key)
            if entry_now is not None or caliper.entry is not None:
                caliper.show(entry_now)

    def show_again(self) -> None:
        """Put those on display where they belong: the image was put elsewhere."""
        for caliper in self.all:
            if caliper.entry is not None:
                caliper.show(caliper.entry)

    def show_in(self, views: Sequence[str]) -> None:
        """Show them in these views only."""
        for caliper in self.all:
            caliper.set_views(views)

    def settle(self) -> None:
        """Look after what waits."""
        for caliper in self.all:
            caliper.settle()

    def appeared(self, node: Any) -> None:
        """A node was added to the scene."""
        self._pool.appeared(node)

    def imported(self) -> None:
        """Another scene was loaded into this one."""
        self._pool.gather()

    def removed(self, node: Any) -> CaliperNode | None:
        """A node was taken out of the scene: gives the caliper it was, if it was one."""
        key = next((key for key, c in self._nodes.items() if c.node is node), None)
        return None if key is None else self._drop(key)

    def taken_back(self) -> None:
        """The scene took back a step of its own: some nodes are gone, others there again."""
        for key in [key for key, c in self._nodes.items() if c.node.GetScene() is None]:
            self._drop(key)
        self._pool.gather()

    def forget(self) -> None:
        """Follow the nodes no longer; they stay as they are."""
        for caliper in self.all:
            caliper.forget()

    def close(self, remove_nodes: bool) -> None:
        """For good; the nodes go, if they are to."""
        self._pool.close(remove_nodes)
        self._nodes.clear()

    def _new(self, measurement: str) -> CaliperNode:
        node = self._pool.take(measurement)
        caliper = CaliperNode(node, measurement, self._volume, self._owner)
        caliper.set_views(self._views())
        return caliper

    def _drop(self, key: Key) -> CaliperNode:
        gone = self._nodes.pop(key)
        gone.forget()
        self._pool.give_up(gone.node)
        return gone
