"""What is still to be run on workers that may be lost: each item once, unless its worker died."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from EchoMeasureLib.batch.chunks import Chunk
from EchoMeasureLib.batch.journal import MOST_DEATHS

_Item = TypeVar("_Item")


class TaskList(Generic[_Item]):
    """Items, one task each, that are handed out one by one."""

    def __init__(
        self,
        items: Iterable[_Item],
        function: Callable[[_Item], Any],
        name: Callable[[_Item], str | None],
    ) -> None:
        """`function` is run on each; `name` is that of a task, the same for whoever runs it."""
        self.function = function
        self._items, self._name = iter(items), name
        self._again: list[_Item] = []
        self._deaths: dict[str, int] = {}

    def next(self) -> _Item | None:
        """The next one; None when there is none left."""
        return self._again.pop() if self._again else next(self._items, None)

    def key(self, item: _Item) -> str | None:
        """Of the scheduler: a chunk that another client has begun is not begun twice."""
        name = self._name(item)
        return None if name is None else f"{name}-{self._deaths.get(name, 0)}"

    def again(self, items: Iterable[_Item]) -> None:
        """Run these once more."""
        self._again += items

    def once_more(self, item: _Item) -> bool:
        """Run an item again whose workers died, unless that cannot come to an end."""
        name = self._name(item) or ""
        self._deaths[name] = self._deaths.get(name, 0) + 1
        files = item.size if isinstance(item, Chunk) else 1
        self._again.append(item)
        return self._deaths[name] <= MOST_DEATHS * files
