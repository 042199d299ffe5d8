"""The real module file and its form on PySide6, over the real scene.

`ECHOMEASURE_MODULES` names a folder in which the extension is laid out as Slicer
installs it; without it the module of the repository is used.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, str(Path(__file__).with_name("standins")))

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = os.environ.get("ECHOMEASURE_MODULES")
MODULE_FILE = (Path(INSTALLED) if INSTALLED else ROOT / "EchoMeasure") / "EchoMeasure.py"


@pytest.fixture(scope="session")
def qt_app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from PySide6 import QtCore, QtGui, QtWidgets

    settings = str(tmp_path_factory.mktemp("settings"))
    kind = QtCore.QSettings.Format.IniFormat
    QtCore.QSettings.setDefaultFormat(kind)
    QtCore.QSettings.setPath(kind, QtCore.QSettings.Scope.UserScope, settings)

    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["Slicer"])
    app.setStyle("Fusion")
    app.setFont(QtGui.QFont("DejaVu Sans", 9))
    QtCore.QCoreApplication.setOrganizationName("EchoMeasureTest")
    return app


@pytest.fixture(scope="session")
def slicer_app(qt_app: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The headless Slicer of `slicer_scene` with what it lacks of the application."""
    import slicer_application
    from slicer_scene import headless_slicer

    app = headless_slicer()
    slicer_application.install(app.app, MODULE_FILE, tmp_path_factory.mktemp("slicer"))
    return app


@pytest.fixture(scope="session")
def module(slicer_app: Any) -> types.ModuleType:
    """EchoMeasure.py, imported as Slicer imports it: by its path, with its folder on sys.path."""
    sys.path.insert(0, str(MODULE_FILE.parent))
    spec = importlib.util.spec_from_file_location("EchoMeasure", MODULE_FILE)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules["EchoMeasure"] = found
    spec.loader.exec_module(found)
    import EchoMeasureLib

    if INSTALLED:
        assert Path(EchoMeasureLib.__file__).parent == Path(INSTALLED) / "EchoMeasureLib"
    return found


class Answers:
    """Dialogs that are answered beforehand, and remember what they were asked."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.questions: list[str] = []
        self.yes = True
        self.path: Path | None = None
        self.progressed: list[Any] = []
        self.patience = 10**6
        """After so many steps of progress this user cancels."""
        self.meanwhile: Callable[[], object] = lambda: None
        """What the user does while the progress is shown."""

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def ask(self, question: str) -> bool:
        self.questions.append(question)
        return self.yes

    def open_file(self, title: str, kinds: str) -> Path | None:
        return self.path

    def save_file(self, title: str, kinds: str, proposed: str) -> Path | None:
        assert "Phantom" not in proposed, "a patient's name in a file name"
        return self.path

    def folder(self, title: str) -> Path | None:
        return self.path

    @contextmanager
    def progress(self, title: str) -> Iterator[Callable[[Any], None]]:
        from EchoMeasureLib.progress import Cancelled

        def monitor(progress: Any) -> None:
            self.progressed.append(progress)
            self.meanwhile()
            if len(self.progressed) > self.patience:
                raise Cancelled

        yield monitor


class OpenModule:
    """The module as a user has it before them."""

    def __init__(self, module: types.ModuleType, slicer_app: Any) -> None:
        import slicer
        from PySide6 import QtWidgets

        self.slicer = slicer_app
        self.answers = Answers()
        self.frame = slicer.qMRMLWidget()
        QtWidgets.QVBoxLayout(self.frame)
        self.frame.resize(470, 1400)
        self.widget = module.EchoMeasureWidget(self.frame)
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
    def panel(self) -> Any:
        return self.widget.panel

    @property
    def desk(self) -> Any:
        return self.widget.logic.desk

    def open_file(self, path: Path) -> None:
        """As the user does it with "Choose file"."""
        self.answers.path = path
        self.click("chooseFileButton")

    def click(self, name: str) -> None:
        """Click a button, which must be enabled."""
        from PySide6 import QtCore, QtTest

        button = getattr(self.ui, name)
        assert button.isEnabled(), f"{name} is disabled: {button.toolTip()}"
        QtTest.QTest.mouseClick(button, QtCore.Qt.LeftButton)

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
        QtTest.QTest.keyClick(getattr(self.ui, name), QtCore.Qt.Key_Return)

    def key(self, name: str) -> None:
        """Press a key while the table has the focus."""
        from PySide6 import QtCore, QtTest

        self.frame.activateWindow()
        self.ui.reviewTable.setFocus()
        QtTest.QTest.qWait(1)
        QtTest.QTest.keyClick(self.ui.reviewTable, getattr(QtCore.Qt, f"Key_{name}"))

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Let the event loop run, as the application does, until something is so."""
        from PySide6 import QtTest

        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come to pass"
            QtTest.QTest.qWait(20)

    def pause(self, seconds: float = 0.3) -> None:
        """Do nothing for so long that the panel has looked after everything."""
        from PySide6 import QtTest

        QtTest.QTest.qWait(round(1000 * seconds))

    def table(self, name: str = "reviewTable") -> list[list[str]]:
        """The texts of a table of the panel."""
        return self.cells(getattr(self.ui, name))

    def cells(self, table: Any) -> list[list[str]]:
        """The texts of any table."""
        return [
            [table.item(row, column).text() for column in range(table.columnCount())]
            for row in range(table.rowCount())
        ]

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
            texts = [(i.text(c), c) for i in self._items(view) for c in range(view.columnCount())]
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
        """What the review table says of each row when the mouse rests on a column."""
        table = self.ui.reviewTable
        return [table.item(row, column).toolTip() for row in range(table.rowCount())]

    def choose(self, combo: str, key: str) -> None:
        """Choose a row of a combo box, as the user does."""
        box = getattr(self.ui, combo)
        index = box.findData(key)
        assert index >= 0, f"{combo} has no row {key}"
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def choices(self, combo: str) -> list[str]:
        """What a combo box offers."""
        box = getattr(self.ui, combo)
        return [str(box.itemText(index)) for index in range(box.count())]

    def click_row(self, row: int) -> None:
        """Click a caliper in the review table."""
        from PySide6 import QtCore, QtTest

        table = self.ui.reviewTable
        place = table.visualItemRect(table.item(row, 0)).center()
        QtTest.QTest.mouseClick(table.viewport(), QtCore.Qt.LeftButton, pos=place)

    def click_widget(self, button: Any) -> None:
        """Click a button of a dialog."""
        from PySide6 import QtCore, QtTest

        QtTest.QTest.mouseClick(button, QtCore.Qt.LeftButton)

    def spin(self, name: str, value: float) -> None:
        """Set a spin box, as typing and leaving it does."""
        box = getattr(self.ui, name)
        box.setValue(value)
        box.editingFinished.emit()

    def open_section(self, name: str) -> None:
        """Unfold a section of the panel."""
        getattr(self.ui, name).setProperty("collapsed", False)

    def predict(
        self, echo: Path, *frames: int, measurement: str = "lvid", confidence: float = 0.8
    ) -> None:
        """Calipers across the ring as a network would have put them, without running one."""
        from EchoMeasureLib.geometry import Landmark
        from EchoMeasureLib.inference.prediction import Prediction, Provenance

        self.open_file(echo)
        model = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")
        points = (Landmark(160, 60, confidence=0.9), Landmark(160, 180, confidence=confidence))
        for frame in frames:
            self.desk.study.review.add_prediction(Prediction(measurement, frame, points, model))
        self.wait(lambda: len(self.table()) == len(frames), 5)

    def fold(self, name: str) -> None:
        """Fold a section of the panel."""
        getattr(self.ui, name).setProperty("collapsed", True)

    def show(self) -> None:
        """The open image in the slice view."""
        self.slicer.show(self.desk.study.located.nodes.volume)

    def click_pixel(self, x: float, y: float) -> None:
        """Click a source pixel of the image in the slice view."""
        self.slicer.click(*self._screen(x, y))

    def drag_pixel(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one source pixel to another in the slice view."""
        (x, y), (x1, y1) = self._screen(*start), self._screen(*end)
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

    def _screen(self, x: float, y: float) -> tuple[int, int]:
        from EchoMeasureLib.geometry import PixelPoint
        from EchoMeasureLib.mrml.mapping import PixelMap

        world = PixelMap(self.desk.study.located.nodes.volume).to_world(PixelPoint(x, y))
        return self.slicer.on_screen(world)

    def grab(self, widget: Any, name: str) -> None:
        """A picture of any widget."""
        folder = ROOT / "build" / "screens"
        folder.mkdir(parents=True, exist_ok=True)
        assert widget.grab().save(str(folder / name))

    def screenshot(self, name: str, height: int = 1400) -> None:
        """What the panel looks like, for people to look at."""
        from PySide6 import QtWidgets

        self.frame.resize(470, height)
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


@pytest.fixture
def opened(module: types.ModuleType, slicer_app: Any) -> Iterator[OpenModule]:
    """The module, just opened over an empty scene. The slice view is drawn on request only."""
    from PySide6 import QtCore

    interactor = slicer_app.view.interactor()
    interactor.EnableRenderOff()
    slicer_app.clear()
    QtCore.QSettings().clear()
    user = OpenModule(module, slicer_app)
    yield user
    user.close()
    slicer_app.clear()
    interactor.EnableRenderOn()


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small seeded networks for two measurements; their numbers mean nothing."""
    from small_networks import write_small_networks

    return write_small_networks(tmp_path_factory.mktemp("weights"), ["lvid", "ivs"])


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight frames of 240 x 320 pixels of 0.5 mm, 25 a second: a ring that beats."""
    from ultrasound_files import region, write_ultrasound

    y, x = np.mgrid[:240, :320]
    noise = np.random.default_rng(3).integers(0, 30, (8, 240, 320))
    pixels = np.zeros((8, 240, 320, 3), np.uint8)
    for frame in range(8):
        radius = 70 + 15 * np.cos(2 * np.pi * frame / 8)
        wall = np.abs(np.hypot(y - 120, x - 160) - radius) < 8
        pixels[frame] = (np.where(wall, 190, 20) + noise[frame])[:, :, None]
    path = tmp_path_factory.mktemp("echo") / "plax.dcm"
    return write_ultrasound(
        path, pixels, [region((0, 0, 319, 239), (0.05, 0.05))], {"FrameTime": "40"}
    )


@pytest.fixture(scope="session")
def doppler(echo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A continuous-wave still of the same study; zero at row 442, 0.5 cm/s a row."""
    import pydicom
    from ultrasound_files import spectral, write_ultrasound

    study = pydicom.dcmread(echo, stop_before_pixels=True).StudyInstanceUID
    path = tmp_path_factory.mktemp("doppler") / "tr.dcm"
    return write_ultrasound(path, regions=[spectral()], tags={"StudyInstanceUID": study})


@pytest.fixture(scope="session")
def other_echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A still of another study."""
    from ultrasound_files import region, write_ultrasound

    path = tmp_path_factory.mktemp("other") / "other.dcm"
    return write_ultrasound(path, regions=[region((0, 0, 1023, 767), (0.02, 0.02))])


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph of a screen: nothing says how large a pixel is."""
    from PIL import Image

    path = tmp_path_factory.mktemp("picture") / "screen.png"
    Image.new("RGB", (320, 240), (20, 20, 20)).save(path)
    return path
