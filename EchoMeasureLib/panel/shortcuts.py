"""Keys of the review: A accept, R reject, U undo, N next, B next beat, arrows for frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Shortcuts:
    """Keys that work while the module is entered.

    They belong to the main window, so that they work in the slice view too; line edits
    and spin boxes keep their own keys.
    """

    def __init__(self, window: Any, actions: Mapping[str, Callable[[], None]]) -> None:
        import qt

        self._shortcuts: list[Any] = []
        for key, action in actions.items():
            shortcut = qt.QShortcut(qt.QKeySequence(key), window)
            shortcut.activated.connect(action)
            self._shortcuts.append(shortcut)
        self.set_active(False)

    def set_active(self, active: bool) -> None:
        """Listen, or leave the keys to others."""
        for shortcut in self._shortcuts:
            shortcut.enabled = active

    def remove(self) -> None:
        """Give the keys back for good."""
        for shortcut in self._shortcuts:
            shortcut.enabled = False
            shortcut.deleteLater()
        self._shortcuts.clear()
