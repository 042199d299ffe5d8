"""What can change on the desk, and who wants to hear of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

Topic: TypeAlias = Literal[
    "image", "review", "selection", "frame", "run", "ruler", "weights", "saving", "views"
]
"""What has changed."""


class Topics:
    """Tells everybody who has subscribed."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Topic], None]] = []

    def subscribe(self, listener: Callable[[Topic], None]) -> None:
        """Be told what has changed."""
        self._listeners.append(listener)

    def tell(self, topic: Topic) -> None:
        """Tell everybody what has changed."""
        for listener in tuple(self._listeners):
            listener(topic)

    def end(self) -> None:
        """Tell nobody any longer."""
        self._listeners.clear()
