"""The module as a user has it before them: what they see, click, type and answer."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slicer_scene import HeadlessSlicer
from waiting import wait_until
from watch import Watch

from EchoMeasureLib.desk.export_kinds import OFFERS, Export, Option
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.progress import Cancelled, Monitor, Progress

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.panel.export_dialog import ExportDialog
    from EchoMeasureLib.panel.panel import Panel

ROOT = Path(__file__).resolve().parents[2]


class Answers:
    """Dialogs that are answered beforehand, and remember what they were asked."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.questions: list[str] = []
        self.asked_for: list[str] = []
        self.yes = True
        self.path: Path | None = None
        self.typed: str | None = None
        """What this user answers when asked for a word."""
        self.progressed: list[Progress] = []
        self.patience = 10**6
        """After so many steps of progress this user cancels."""
        self.meanwhile: Callable[[], object] = lambda: None
        """What the user does while the progress is shown."""

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def ask(self, question: str) -> bool:
        self.questions.append(question)
        return self.yes

    def text(self, question: str) -> str | None:
        self.asked_for.append(question)
        return self.typed

    def open_file(self, title: str, kinds: str) -> Path | None:
        return self.path

    def save_file(self, title: str, kinds: str, proposed: str) -> Path | None:
        assert "Phantom" not in proposed, "a patient's name in a file name"
        return self.path

    def folder(self, title: str) -> Path | None:
        return self.path

    @contextmanager
    def progress(self, title: str) -> Iterator[Monitor]:
        def monitor(progress: Progress) -> None:
            self.progressed.append(progress)
            self.meanwhile()
            if len(self.progressed) > self.patience:
                raise Cancelled

        yield monitor


MODEL = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")


def across_the_ring(measurement: str, frame: int, confidence: float = 0.8) -> Prediction:
    """What a network finds on the ring of `echo`: 120 rows, 6.00 cm."""
    points = (Landmark(160, 60, confidence=0.9), Landmark(160, 180, confidence=confidence))
    return Prediction(measurement, frame, points, MODEL)


class OpenModule:
    """The module as a user has it before them."""

    def __init__(
        self,
        module: types.ModuleType,
        slicer_app: HeadlessSlicer,
        desk: Desk | None = None,
        watch: Watch | None = None,
    ) -> None:
        """`desk` as the module makes it itself when there is none; `watch` is its clock."""
        import slicer
        from PySide6 import QtWidgets

        self.slicer = slicer_app
        self.pressed = 0
        """How many keys were pressed."""
        self.watch = watch
        self.answers = Answers()
        self.frame = slicer.qMRMLWidget()
        QtWidgets.QVBoxLayout(self.frame)
        self.frame.resize(470, 1400)
        self.widget = module.EchoMeasureWidget(self.frame)
        self.widget.logic = module.EchoMeasureLogic(desk)
        self.widget.setup()
        self.widget.panel.dialogs = self.answers
        for section in self.widget.panel.sections:
            section.dialogs = self.answers
        self.frame.isEntered = True
        self.frame.show()
        self.widget.enter()

    @property
    def ui(self) -> Any:
        return self.widget.ui

    @property
    def panel(self) -> Panel:
        panel: Panel = self.widget.panel
        return panel

    @property
    def desk(self) -> Desk:
        desk: Desk = self.widget.logic.desk
        return desk

    def open_file(self, path: Path) -> None:
        """As the user does it with "Choose file"."""
        self.answers.path = path
        self.click("chooseFileButton")

    def click(self, name: str) -> None:
        """Click a button, which must be enabled."""
        from PySide6 import QtCore, QtTest

        button = getattr(self.ui, name)
        self._unfold(button)
        assert button.isEnabled(), f"{name} is disabled: {button.toolTip()}"
        QtTest.QTest.mouseClick(button, QtCore.Qt.MouseButton.LeftButton)

    def _unfold(self, widget: Any) -> None:
        """Open the section that a widget lies in, as the user does to get at it."""
        parent = widget.parentWidget()
        while parent is not None:
            if parent.property("collapsed"):
                parent.setProperty("collapsed", False)
            parent = parent.parentWidget()

    # PySide6 has methods here and properties in the panel; so tests ask through these.
    def text(self, name: str) -> str:
        return str(getattr(self.ui, name).text())

    def read(self, label: Any) -> str:
        """The text of a label of a dialog."""
        return str(label.text())

    def tip(self, name: str) -> str:
        return str(getattr(self.ui, name).toolTip())

    def enabled(self, name: str) -> bool:
        return bool(getattr(self.ui, name).isEnabled())

    def visible(self, name: str) -> bool:
        return bool(getattr(self.ui, name).isVisible())

    def hidden(self, widget: Any) -> bool:
        return not widget.isVisible()

    def write(self, name: str, text: str) -> None:
        """Type into a line edit, and no more."""
        from PySide6 import QtTest

        edit = getattr(self.ui, name)
        edit.setFocus()
        edit.selectAll()
        QtTest.QTest.keyClicks(edit, text)

    def type(self, name: str, text: str) -> None:
        """Type into a line edit and press Enter."""
        from PySide6 import QtCore, QtTest

        self.write(name, text)
        QtTest.QTest.keyClick(getattr(self.ui, name), QtCore.Qt.Key.Key_Return)

    def key(self, name: str, table: str = "answersTree") -> None:
        """Press a key, such as "A" or "Shift+A", while this table has the focus."""
        from PySide6 import QtCore, QtTest

        widget = getattr(self.ui, table)
        if table == "calipersTable":
            self.open_section("calipersSection")
        self.frame.activateWindow()
        widget.setFocus()
        QtTest.QTest.qWait(1)
        *_, letter = name.split("+")
        modifier = QtCore.Qt.KeyboardModifier.NoModifier
        if name.startswith("Shift+"):
            modifier = QtCore.Qt.KeyboardModifier.ShiftModifier
        QtTest.QTest.keyClick(widget, getattr(QtCore.Qt, f"Key_{letter}"), modifier)
        self.pressed += 1

    def look(self, seconds: float = 30.0) -> None:
        """Let so much time pass on the panel's clock, and let it look after everything once.

        What has not happened then does not happen by itself.
        """
        from PySide6 import QtWidgets

        assert self.watch is not None, "this panel runs by the clock on the wall; wait for events"
        QtWidgets.QApplication.processEvents()
        self.watch.now += seconds
        self.panel.run.poll()
        self.panel.housekeeping.beat()
        QtWidgets.QApplication.processEvents()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the event loop run, as the application does, until something is so."""
        from PySide6 import QtTest

        wait_until(condition, pause=lambda seconds: QtTest.QTest.qWait(round(1000 * seconds)))

    def table(self, name: str = "calipersTable") -> list[list[str]]:
        """The texts of a table of the panel."""
        return self.cells(getattr(self.ui, name))

    def cells(self, table: Any) -> list[list[str]]:
        """The texts of any table."""
        return [
            [table.item(row, column).text() for column in range(table.columnCount())]
            for row in range(table.rowCount())
        ]

    def answer_rows(self) -> list[list[str]]:
        """The answers as they are read, without their beats: a line of texts for each row."""
        tree = self.ui.answersTree
        tops = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
        return [[top.text(c).strip() for c in range(tree.columnCount())] for top in tops]

    def beat_rows(self, name: str) -> list[list[str]]:
        """The texts of the rows below an answer."""
        tree, item = self.ui.answersTree, self._answer_item(name)
        below = [item.child(i) for i in range(item.childCount())]
        return [[child.text(c) for c in range(tree.columnCount())] for child in below]

    def unfolded(self, name: str) -> bool:
        """Whether the beats of an answer are to be seen."""
        return bool(self._answer_item(name).isExpanded())

    def ticks(self) -> list[int]:
        """Columns of the ticks under the frame slider."""
        from PySide6 import QtGui

        picture = self.ui.frameTicks.pixmap().toImage()
        row = [QtGui.QColor(picture.pixelColor(x, 0)).alpha() > 0 for x in range(picture.width())]
        return [x for x in range(1, len(row)) if row[x] and not row[x - 1]]

    def missing_rows(self) -> list[str]:
        """What the last line holds back: all that was not measured."""
        last = self._last_item()
        return [str(last.child(i).text(0)) for i in range(last.childCount())]

    def choose_missing(self, name: str) -> None:
        """Unfold the last line and click this value in it."""
        from PySide6 import QtCore, QtTest

        tree, last = self.ui.answersTree, self._last_item()
        last.setExpanded(True)
        items = [last.child(i) for i in range(last.childCount())]
        item = next(one for one in items if one.text(0).startswith(name))
        tree.scrollToItem(item)
        place = tree.visualItemRect(item).center()
        QtTest.QTest.mouseClick(tree.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=place)

    def _last_item(self) -> Any:
        tree = self.ui.answersTree
        return tree.topLevelItem(tree.topLevelItemCount() - 1)

    def _answer_item(self, name: str) -> Any:
        tree = self.ui.answersTree
        tops = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
        return next(top for top in tops if top.text(0).partition(":")[0] == name)

    def click_answer(self, name: str) -> None:
        """Click the row of an answer."""
        from PySide6 import QtCore, QtTest

        tree, item = self.ui.answersTree, self._answer_item(name)
        place = tree.visualItemRect(item).center()
        QtTest.QTest.mouseClick(tree.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=place)

    def tree_texts(self, name: str, column: int) -> list[str]:
        """The texts of a column of a tree, from top to bottom."""
        return [item.text(column) for item in self._items(getattr(self.ui, name))]

    def header(self, name: str, column: int) -> str:
        """What stands above a column of a tree."""
        return str(getattr(self.ui, name).headerItem().text(column))

    def cut_off(self, name: str) -> list[str]:
        """Texts of a table or tree that are wider than their column."""
        from PySide6 import QtWidgets

        QtWidgets.QApplication.processEvents()
        view = getattr(self.ui, name)
        metrics = view.fontMetrics()
        if hasattr(view, "topLevelItem"):
            items = [i for i in self._items(view) if not i.isFirstColumnSpanned()]
            texts = [(i.text(c), c) for i in items for c in range(view.columnCount())]
        else:
            texts = [(i.text(), i.column()) for i in self._items(view)]
        return [
            text
            for text, column in texts
            if metrics.horizontalAdvance(text) > view.columnWidth(column)
        ]

    def width(self, name: str) -> int:
        """Width of a widget, in pixels."""
        return int(getattr(self.ui, name).width())

    def _items(self, view: Any) -> list[Any]:
        if hasattr(view, "topLevelItem"):
            tops = [view.topLevelItem(i) for i in range(view.topLevelItemCount())]
            return [top.child(i) for top in tops for i in range(top.childCount())]
        return [
            view.item(row, column)
            for row in range(view.rowCount())
            for column in range(view.columnCount())
        ]

    def tips(self, column: int) -> list[str]:
        """What the table of calipers says of each row when the mouse rests on a column."""
        table = self.ui.calipersTable
        return [table.item(row, column).toolTip() for row in range(table.rowCount())]

    def choose(self, combo: str, key: str) -> None:
        """Choose a row of a combo box, as the user does."""
        box = getattr(self.ui, combo)
        index = box.findData(key)
        assert index >= 0, f"{combo} has no row {key}"
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def chosen(self, combo: str) -> str:
        """Key of the row that a combo box shows."""
        box = getattr(self.ui, combo)
        return str(box.itemData(box.currentIndex()))

    def choices(self, combo: str) -> list[str]:
        """What a combo box offers."""
        box = getattr(self.ui, combo)
        return [str(box.itemText(index)) for index in range(box.count())]

    def click_row(self, row: int) -> None:
        """Click a caliper in the table of calipers."""
        from PySide6 import QtCore, QtTest, QtWidgets

        self.open_section("calipersSection")
        table = self.ui.calipersTable
        QtWidgets.QApplication.processEvents()
        place = table.visualItemRect(table.item(row, 0)).center()
        QtTest.QTest.mouseClick(table.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=place)

    def click_widget(self, button: Any) -> None:
        """Click a button of a dialog."""
        from PySide6 import QtCore, QtTest

        QtTest.QTest.mouseClick(button, QtCore.Qt.MouseButton.LeftButton)

    def export(
        self, export: Export, path: Path | None, form: str = "", *options: Option
    ) -> ExportDialog:
        """Export this to `path` by the dialog, as the user does it."""
        dialog = self.export_dialog(export, form, *options)
        self.answers.path = path
        self.click_widget(dialog.write)
        return dialog

    def export_dialog(self, export: Export, form: str = "", *options: Option) -> ExportDialog:
        """The dialog with this chosen in it; `options` alone are ticked."""
        dialog = self.chosen_export(export)
        if form:
            index = dialog.form.findData(form)
            assert index >= 0, f"there is no form {form}"
            dialog.form.setCurrentIndex(index)
            dialog.form.activated.emit(index)
        for option, box in dialog.options.items():
            if box.isHidden():
                assert option not in options, f"{option} is not offered"
            elif box.isChecked() != (option in options):
                box.click()
        return dialog

    def chosen_export(self, export: Export) -> ExportDialog:
        """The dialog with this chosen in its list, and nothing else touched."""
        self.open_section("exportSection")
        self.click("exportButton")
        dialog = self.panel.export.dialog
        assert dialog is not None
        dialog.kinds.setCurrentRow(list(OFFERS).index(export))
        return dialog

    def spin(self, name: str, value: float) -> None:
        """Set a spin box, as typing and leaving it does."""
        self.spin_box(getattr(self.ui, name), value)

    def spin_box(self, box: Any, value: float | None) -> None:
        """The same with any spin box; None for its lowest value, which is "not known"."""
        box.setValue(box.minimum() if value is None else value)
        box.editingFinished.emit()

    def open_section(self, name: str) -> None:
        """Unfold a section of the panel."""
        getattr(self.ui, name).setProperty("collapsed", False)

    def predict(
        self, echo: Path, *frames: int, measurement: str = "lvid", confidence: float = 0.8
    ) -> None:
        """Calipers across the ring as a network would have put them, without running one."""
        self.open_file(echo)
        for frame in frames:
            found = across_the_ring(measurement, frame, confidence)
            self.desk.study.need_review().add_prediction(found)
        self.look()
        assert len(self.table()) == len(frames)

    def fold(self, name: str) -> None:
        """Fold a section of the panel."""
        getattr(self.ui, name).setProperty("collapsed", True)

    def show(self) -> None:
        """The open image in the slice view."""
        self.slicer.show(self.desk.study.need_located().nodes.volume)

    def click_pixel(self, x: float, y: float) -> None:
        """Click a source pixel of the image in the slice view."""
        self.slicer.click(*self.on_screen(x, y))

    def drag_pixel(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one source pixel to another in the slice view."""
        (x, y), (x1, y1) = self.on_screen(*start), self.on_screen(*end)
        self.slicer.drag((x, y), (x1 - x, y1 - y))

    def nodes(self, kind: str) -> list[Any]:
        """Every node of a class in the scene."""
        scene = self.slicer.scene
        return [
            scene.GetNthNodeByClass(i, kind) for i in range(scene.GetNumberOfNodesByClass(kind))
        ]

    def picture(self, name: str) -> None:
        """What the slice view shows."""
        self.slicer.view.interactor().EnableRenderOn()
        self.slicer.screenshot(ROOT / "build" / "screens" / name)
        self.slicer.view.interactor().EnableRenderOff()

    def on_screen(self, x: float, y: float) -> tuple[int, int]:
        """Where a source pixel of the open image lies in the slice view."""
        from EchoMeasureLib.geometry import PixelPoint
        from EchoMeasureLib.mrml.mapping import PixelMap

        world = PixelMap(self.desk.study.need_located().nodes.volume).to_world(PixelPoint(x, y))
        return self.slicer.on_screen(world)

    def grab(self, widget: Any, name: str) -> None:
        """A picture of any widget."""
        from PySide6 import QtWidgets

        folder = ROOT / "build" / "screens"
        folder.mkdir(parents=True, exist_ok=True)
        # What was shown or hidden just now is laid out in the second round.
        for _ in range(2):
            QtWidgets.QApplication.processEvents()
        assert widget.grab().save(str(folder / name))

    def screenshot(self, name: str, height: int = 1400, width: int = 470) -> None:
        """What the panel looks like, for people to look at."""
        from PySide6 import QtWidgets

        self.frame.resize(width, height)
        # A label that has grown is laid out in the second round.
        for _ in range(2):
            QtWidgets.QApplication.processEvents()
        folder = ROOT / "build" / "screens"
        folder.mkdir(parents=True, exist_ok=True)
        assert self.frame.grab().save(str(folder / name))

    def close(self) -> None:
        self.widget.exit()
        self.widget.cleanup()
        self.ui.inputSelector.setMRMLScene(None)
        self.frame.hide()
        self.frame.deleteLater()
