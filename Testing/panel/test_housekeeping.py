"""What the panel does by itself: keeping house, listening to keys, coming back after Reload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from open_module import OpenModule

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.export_kinds import Export

DEFERRED_DELETE = 52
"""QEvent::DeferredDelete"""


@pytest.fixture
def shown_errors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Slicer's own error dialog was asked to show."""
    import slicer

    shown: list[str] = []

    @contextmanager
    def display(message: str, **_: Any) -> Iterator[None]:
        try:
            yield
        except ArithmeticError as error:
            shown.append(f"{message} {error}")

    monkeypatch.setattr(slicer.util, "tryWithErrorDisplay", display)
    return shown


def fail() -> None:
    raise ArithmeticError("of a kind that nobody has thought of")


def test_an_unknown_error_in_the_housekeeping_is_shown_once(
    opened: OpenModule, echo: Path, shown_errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.open_file(echo)
    with monkeypatch.context() as broken:
        broken.setattr(opened.desk.saving, "tick", fail)
        opened.wait(lambda: shown_errors != [])
        beats = opened.panel.housekeeping.beats
        assert not opened.panel.housekeeping.running
        assert opened.visible("troubleBanner")
        assert "not saved by itself" in opened.text("troubleBanner")
    assert len(shown_errors) == 1
    opened.widget.exit()
    opened.widget.enter()
    assert not opened.visible("troubleBanner")
    opened.wait(lambda: opened.panel.housekeeping.beats > beats + 1)
    assert len(shown_errors) == 1


def test_after_reload_the_panel_listens_and_keeps_house(opened: OpenModule, echo: Path) -> None:
    """Slicer's reload cleans up, makes the widget anew and sets it up; it never enters it."""
    from PySide6 import QtWidgets

    opened.open_file(echo)
    opened.predict(echo, 0, 1)
    node = opened.desk.study.node
    opened.widget.cleanup()
    opened.ui.inputSelector.setMRMLScene(None)
    while opened.frame.layout().count():
        opened.frame.layout().takeAt(0).widget().deleteLater()
    QtWidgets.QApplication.sendPostedEvents(None, DEFERRED_DELETE)
    opened.widget = type(opened.widget)(opened.frame)
    opened.widget.setup()
    opened.widget.panel.dialogs = opened.answers
    assert opened.desk.study.node is node
    assert opened.panel.housekeeping.running
    opened.click_row(0)
    opened.key("A", "calipersTable")
    assert [row[4] for row in opened.table()] == ["accepted", "unreviewed"]


def test_reload_leaves_no_dialog_on_the_main_window(opened: OpenModule) -> None:
    from PySide6 import QtWidgets

    opened.click("weightsButton")
    dialog = opened.panel.weights.dialog.widget
    assert dialog.isVisible()
    opened.widget.cleanup()
    assert not dialog.isVisible()
    QtWidgets.QApplication.sendPostedEvents(None, DEFERRED_DELETE)
    assert list(opened.frame.window().findChildren(QtWidgets.QDialog)) == []


def test_keys_work_in_a_window_beside_the_main_one(opened: OpenModule, echo: Path) -> None:
    """A viewport that was taken out of the main window is a window of its own."""
    from PySide6 import QtCore, QtTest, QtWidgets

    opened.predict(echo, 0, 1)
    opened.click_row(0)
    beside = QtWidgets.QWidget()
    beside.show()
    beside.activateWindow()
    beside.setFocus()
    QtTest.QTest.qWait(1)
    QtTest.QTest.keyClick(beside, QtCore.Qt.Key_Right)
    beside.deleteLater()
    assert opened.desk.study.frame == 1


@pytest.mark.parametrize("widget", ["placeCombo", "measurementTree"])
def test_a_letter_typed_ahead_in_a_list_decides_nothing(
    opened: OpenModule, echo: Path, widget: str
) -> None:
    from PySide6 import QtCore, QtTest

    opened.predict(echo, 0, 1)
    opened.click_row(0)
    listed = getattr(opened.ui, widget)
    opened.frame.activateWindow()
    listed.setFocus()
    QtTest.QTest.qWait(1)
    QtTest.QTest.keyClick(listed, QtCore.Qt.Key_A)
    assert [row[4] for row in opened.table()] == ["unreviewed", "unreviewed"]
    if widget == "placeCombo":
        assert listed.currentText().startswith("A")
    opened.key("A", "calipersTable")
    assert opened.table()[0][4] == "accepted"


def test_a_key_pressed_while_files_are_written_decides_nothing(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    from PySide6 import QtCore, QtTest

    opened.predict(echo, 0, 1)
    opened.click_row(0)
    dialog = opened.export_dialog(Export.MARKUPS)
    opened.answers.path = tmp_path / "markups"
    opened.answers.meanwhile = lambda: QtTest.QTest.keyClick(
        opened.ui.calipersTable, QtCore.Qt.Key_A
    )
    opened.click_widget(dialog.write)
    assert len(opened.answers.progressed) == 2
    assert [row[4] for row in opened.table()] == ["unreviewed", "unreviewed"]
    opened.key("A", "calipersTable")
    assert opened.table()[0][4] == "accepted"


def test_a_measurement_is_ticked_with_the_mouse(opened: OpenModule, echo: Path) -> None:
    from PySide6 import QtCore, QtTest, QtWidgets

    opened.open_file(echo)
    tree = opened.ui.measurementTree
    item = next(i for i in opened._items(tree) if i.text(0) == CATALOG["lvid"].name)
    tree.scrollToItem(item)
    QtWidgets.QApplication.processEvents()
    row = tree.visualItemRect(item)
    box = tree.style().subElementRect
    option = QtWidgets.QStyleOptionViewItem()
    option.initFrom(tree)
    option.rect = row
    option.features = QtWidgets.QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
    place = box(QtWidgets.QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, tree).center()
    assert not opened.enabled("measureButton")
    QtTest.QTest.mouseClick(tree.viewport(), QtCore.Qt.LeftButton, pos=place)
    assert opened.widget.logic.getParameterNode().measurements == "lvid"
    QtTest.QTest.mouseClick(tree.viewport(), QtCore.Qt.LeftButton, pos=place)
    assert opened.widget.logic.getParameterNode().measurements == ""


@pytest.mark.parametrize("height", [900, 1280, 1340, 1400])
def test_no_section_lies_over_the_next_one(opened: OpenModule, echo: Path, height: int) -> None:
    """Outside a scroll area, at the heights of common screens, with every section unfolded."""
    from PySide6 import QtCore, QtWidgets

    opened.predict(echo, 0, 1)
    for name in ("imageSection", "measureSection", "calipersSection", "derivedSection"):
        opened.open_section(name)
    opened.frame.resize(470, height)
    for _ in range(3):
        QtWidgets.QApplication.processEvents()
    table, line = opened.ui.calipersTable, opened.ui.summaryLabel
    below = line.mapTo(opened.frame, QtCore.QPoint(0, 0)).y()
    bottom = table.mapTo(opened.frame, QtCore.QPoint(0, table.height())).y()
    assert bottom <= below
    assert table.height() >= 120
