"""Keys of the review, which work while the module is in front (see `panel.Panel.keys`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

FOCUS_CHANGED = "focusChanged(QWidget*,QWidget*)"

TYPE_AHEAD = ("QComboBox", "QAbstractItemView")
"""Widgets in which a letter goes to the row that begins with it."""


class Shortcuts:
    """Keys that work while the module is entered, in every window of the application.

    So they work in a slice view that was taken out of the main window too. Line edits and
    spin boxes keep their own keys, lists in which one can type ahead get them, except the
    tables of answers and of calipers.
    """

    def __init__(self, window: Any, *tables: Any) -> None:
        """`window` owns the keys; `tables` are the lists in which they work."""
        import slicer

        self._window = window
        self._tables = [table.objectName for table in tables]
        self._shortcuts: list[Any] = []
        self._wanted = self._typing = False
        self._pauses = 0
        slicer.app.connect(FOCUS_CHANGED, self._focus_changed)

    def listen(self, actions: Mapping[str, Callable[[], None]]) -> None:
        """Do this at these keys."""
        import qt

        for key, action in actions.items():
            shortcut = qt.QShortcut(qt.QKeySequence(key), self._window)
            shortcut.context = qt.Qt.ApplicationShortcut
            shortcut.activated.connect(action)
            self._shortcuts.append(shortcut)
        self._apply()

    def set_active(self, active: bool) -> None:
        """Listen, or leave the keys to others."""
        self._wanted = active
        self._apply()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the keys alone meanwhile: what runs lets events through to show its progress."""
        self._pauses += 1
        self._apply()
        try:
            yield
        finally:
            self._pauses -= 1
            self._apply()

    def remove(self) -> None:
        """Give the keys back for good."""
        import slicer

        if self._shortcuts:
            slicer.app.disconnect(FOCUS_CHANGED, self._focus_changed)
        self.set_active(False)
        for shortcut in self._shortcuts:
            shortcut.deleteLater()
        self._shortcuts.clear()

    def _focus_changed(self, before: Any, now: Any) -> None:
        ahead = now is not None and any(now.inherits(kind) for kind in TYPE_AHEAD)
        self._typing = ahead and now.objectName not in self._tables
        self._apply()

    def _apply(self) -> None:
        active = self._wanted and not self._typing and not self._pauses
        for shortcut in self._shortcuts:
            shortcut.enabled = active
