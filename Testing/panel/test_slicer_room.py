"""The height that the panel borrows from Slicer's help section and data probe, and gives back."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from open_module import OpenModule


class Part:
    """A widget of Slicer's main window, as far as its name and whether it is hidden."""

    def __init__(self, name: str, *parts: Part) -> None:
        self.name = name
        self.helpAndAcknowledgmentVisible = True
        self._parts, self._hidden = parts, False

    def children(self) -> tuple[Part, ...]:
        return self._parts

    def isHidden(self) -> bool:
        return self._hidden

    def setVisible(self, visible: bool) -> None:
        self._hidden = not visible


@pytest.fixture
def window(opened: OpenModule, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A main window with both, which this headless Slicer lacks."""
    import slicer

    panel, probe = Part("ModulePanel"), Part("DataProbeCollapsibleWidget")
    window = Part("qSlicerMainWindow", panel, probe)
    monkeypatch.setattr(slicer.util, "mainWindow", lambda: window)
    yield SimpleNamespace(panel=panel, probe=probe)
    opened.panel.room.give_back()


def shown(window: Any) -> tuple[bool, bool]:
    return window.panel.helpAndAcknowledgmentVisible, not window.probe.isHidden()


def test_both_make_room_while_the_module_is_in_front(opened: OpenModule, window: Any) -> None:
    opened.widget.exit()
    assert shown(window) == (True, True)
    opened.widget.enter()
    assert shown(window) == (False, False)
    opened.widget.exit()
    assert shown(window) == (True, True)
    opened.widget.enter()


def test_what_the_user_had_hidden_stays_hidden(opened: OpenModule, window: Any) -> None:
    opened.widget.exit()
    window.probe.setVisible(False)
    opened.widget.enter()
    opened.widget.exit()
    assert shown(window) == (True, False)
    opened.widget.enter()
