"""The real module file and its form on PySide6, over the real scene.

`ECHOMEASURE_MODULES` names a folder in which the extension is laid out as Slicer
installs it; without it the module of the repository is used.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from open_module import OpenModule
from scripted_worker import PromptChild, ScriptedWorker
from slicer_scene import HeadlessSlicer
from waiting import POLL_S, SLOW_POLL
from watch import Watch

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
def module(slicer_app: HeadlessSlicer) -> types.ModuleType:
    """EchoMeasure.py, imported as Slicer imports it: by its path, with its folder on sys.path."""
    sys.path.insert(0, str(MODULE_FILE.parent))
    spec = importlib.util.spec_from_file_location("EchoMeasure", MODULE_FILE)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules["EchoMeasure"] = found
    spec.loader.exec_module(found)
    import EchoMeasureLib

    if SLOW_POLL:
        from EchoMeasureLib.panel import panel, run_section

        panel.HOUSEKEEPING_MS = run_section.POLL_MS = round(1000 * POLL_S)
    if INSTALLED:
        assert Path(EchoMeasureLib.__file__).parent == Path(INSTALLED) / "EchoMeasureLib"
    return found


@pytest.fixture
def empty_scene(slicer_app: HeadlessSlicer) -> Iterator[HeadlessSlicer]:
    """The headless Slicer as on its first day. Its slice view is drawn on request only."""
    from PySide6 import QtCore

    interactor = slicer_app.view.interactor()
    interactor.EnableRenderOff()
    slicer_app.clear()
    QtCore.QSettings().clear()
    yield slicer_app
    slicer_app.clear()
    interactor.EnableRenderOn()


@pytest.fixture
def worker() -> ScriptedWorker:
    """What measures in `opened`: it finds what the test says."""
    return ScriptedWorker()


@pytest.fixture
def open_module(
    module: types.ModuleType, empty_scene: HeadlessSlicer, worker: ScriptedWorker
) -> Iterator[Callable[[], OpenModule]]:
    """Opens the module over the scene, as each session does: by the test's clock and workers.

    Networks are looked into by the real worker, which has answered as soon as it is asked.
    """
    from EchoMeasureLib.desk.in_slicer import desk_in_slicer
    from EchoMeasureLib.inference.worker_client import WorkerClient

    made: list[OpenModule] = []

    def make() -> OpenModule:
        watch = Watch()
        measurer, librarian = WorkerClient(worker.start, watch), WorkerClient(PromptChild, watch)
        desk = desk_in_slicer(measurer, librarian, watch)
        made.append(OpenModule(module, empty_scene, desk, watch))
        return made[-1]

    yield make
    for user in reversed(made):
        user.close()


@pytest.fixture
def opened(open_module: Callable[[], OpenModule]) -> OpenModule:
    """The module, just opened over an empty scene."""
    user = open_module()
    user.look()
    return user


@pytest.fixture
def opened_for_real(module: types.ModuleType, empty_scene: HeadlessSlicer) -> Iterator[OpenModule]:
    """The same with processes of its own and the clock on the wall, for what only these show."""
    user = OpenModule(module, empty_scene)
    yield user
    user.close()


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small seeded networks for two measurements; their numbers mean nothing."""
    from small_networks import write_small_networks

    return write_small_networks(tmp_path_factory.mktemp("weights"), ["lvid", "ivs"])


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight frames of 240 x 320 pixels of 0.5 mm, 25 a second: a ring that beats.

    It is so faint that it speaks neither for nor against calipers of walls.
    """
    from ultrasound_files import region, write_ultrasound

    y, x = np.mgrid[:240, :320]
    noise = np.random.default_rng(3).integers(0, 3, (8, 240, 320))
    pixels = np.zeros((8, 240, 320, 3), np.uint8)
    for frame in range(8):
        radius = 70 + 15 * np.cos(2 * np.pi * frame / 8)
        wall = np.abs(np.hypot(y - 120, x - 160) - radius) < 8
        pixels[frame] = (np.where(wall, 140, 132) + noise[frame])[:, :, None]
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
def inflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three beats of mitral inflow."""
    from inflow_strip import write_inflow

    return write_inflow(tmp_path_factory.mktemp("inflow"))


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
