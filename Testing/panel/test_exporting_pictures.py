"""Writing many files shows how far it is and can be stopped."""

from __future__ import annotations

from pathlib import Path

from open_module import OpenModule

from EchoMeasureLib.desk.export_kinds import Export
from EchoMeasureLib.panel.dialogs import SlicerDialogs


def test_writing_pictures_tells_how_far_it_is(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3, 6)
    review = opened.desk.study.need_review()
    for frame in (0, 3, 6):
        review.accept(f"lvid-f{frame}")
    opened.export(Export.PICTURES, folder := tmp_path / "pictures")
    steps = [(step.done, step.total) for step in opened.answers.progressed]
    assert steps == [(0, 3), (1, 3), (2, 3)]
    assert opened.text("exportLabel") == f"Wrote 3 pictures to {folder}."


def test_it_can_be_stopped_and_leaves_nothing_half_written(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3, 6)
    opened.answers.patience = 2
    for export, name in (
        (Export.PICTURES, "pictures"),
        (Export.VIDEO, "echo.mp4"),
        (Export.REPORT, "report.html"),
        (Export.MARKUPS, "markups"),
    ):
        opened.answers.progressed.clear()
        opened.answers.patience = 0 if export is Export.REPORT else 2
        dialog = opened.export(export, place := tmp_path / name)
        assert opened.answers.warnings == []
        assert not place.exists(), export
        said = opened.text("exportLabel")
        assert said == opened.read(dialog.said) == f"Stopped. {place} is as it was."
    assert opened.answers.warnings == []


def test_the_bar_of_slicer_counts_and_its_cancel_button_stops(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    from PySide6 import QtCore, QtTest, QtWidgets

    opened.predict(echo, 0, 3, 6)
    dialog = opened.export_dialog(Export.MARKUPS)
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
    dialogs.folder = lambda title: tmp_path / "markups"
    opened.panel.export.dialogs = dialogs
    opened.click_widget(dialog.write)
    timer.stop()
    assert ("Writing markups: 1 of 3", 3) in shown
    assert not (tmp_path / "markups").exists()
    assert opened.text("exportLabel").startswith("Stopped.")
