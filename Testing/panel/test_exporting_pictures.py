"""Writing many files shows how far it is and can be stopped."""

from __future__ import annotations

from pathlib import Path

from open_module import OpenModule

from EchoMeasureLib.panel.dialogs import SlicerDialogs


def test_writing_pictures_tells_how_far_it_is(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3, 6)
    opened.open_section("exportSection")
    opened.answers.path = folder = tmp_path / "pictures"
    opened.click("exportPicturesButton")
    steps = [(step.done, step.total) for step in opened.answers.progressed]
    assert steps == [(0, 3), (1, 3), (2, 3)]
    assert opened.text("exportLabel") == f"Wrote 5 files to {folder}."


def test_it_can_be_stopped_and_leaves_nothing_half_written(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3, 6)
    opened.open_section("exportSection")
    opened.answers.path = folder = tmp_path / "pictures"
    opened.answers.patience = 2
    opened.click("exportPicturesButton")
    assert not folder.exists()
    assert opened.text("exportLabel") == f"Stopped. {folder} is as it was."
    assert opened.answers.warnings == []


def test_the_bar_of_slicer_counts_and_its_cancel_button_stops(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    from PySide6 import QtCore, QtTest, QtWidgets

    opened.predict(echo, 0, 3, 6)
    opened.open_section("exportSection")
    shown: list[tuple[str, int]] = []

    def cancel_the_second() -> None:
        for bar in opened.frame.findChildren(QtWidgets.QProgressDialog):
            shown.append((bar.labelText(), bar.maximum()))
            if bar.value() == 1:
                QtTest.QTest.mouseClick(bar.findChild(QtWidgets.QPushButton), QtCore.Qt.LeftButton)

    timer = QtCore.QTimer()
    timer.setInterval(0)
    timer.timeout.connect(cancel_the_second)
    timer.start()
    dialogs = SlicerDialogs(opened.frame)
    dialogs.folder = lambda title: tmp_path / "pictures"
    opened.panel.export.dialogs = dialogs
    opened.click("exportPicturesButton")
    timer.stop()
    assert ("Writing pictures: 1 of 3", 3) in shown
    assert not (tmp_path / "pictures").exists()
    assert opened.text("exportLabel").startswith("Stopped.")
