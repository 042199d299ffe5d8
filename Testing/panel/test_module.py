"""The life of the module in Slicer: loading, entering, reloading, its sample data and self-test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from open_module import OpenModule
from packaging.requirements import Requirement
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.errors import EchoMeasureError, MissingPackage
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.panel import packages

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def said(slicer_app: HeadlessSlicer) -> Iterator[list[str]]:
    slicer_app.clear()
    yield []
    slicer_app.clear()


def test_the_self_test_passes_all_ten_steps_and_again_and_leaves_the_users_data_alone(
    module: types.ModuleType,
    slicer_app: HeadlessSlicer,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The second time without torch; once where it is installed (`test_installed.py`)."""
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path))
    slicer_app.view.interactor().EnableRenderOff()
    rounds = 1 if "ECHOMEASURE_MODULES" in os.environ else 2
    for _ in range(rounds):
        test = module.EchoMeasureTest()
        test.delayDisplay = said.append
        test.runTest()
        slicer_app.clear()
        monkeypatch.setattr("EchoMeasureLib.panel.self_test.installed", lambda name: False)
    slicer_app.view.interactor().EnableRenderOn()
    assert [line.split(".")[0] for line in said[:10]] == [str(n) for n in range(1, 11)]
    assert said[10] == "Test passed"
    assert said.count("Test passed") == rounds
    assert not (tmp_path / "reviews").exists()
    assert os.environ["ECHOMEASURE_DATA"] == str(tmp_path)


def test_the_module_says_where_it_belongs(module: types.ModuleType) -> None:
    parent = types.SimpleNamespace(path=module.__file__)
    module.EchoMeasure(parent)
    assert parent.title == "EchoMeasure"
    assert parent.categories == ["Cardiac"]
    assert {"Markups", "Sequences"} <= set(parent.dependencies)
    assert "Research use only" in parent.helpText


def test_sample_data_is_registered_and_made_here(
    module: types.ModuleType,
    slicer_app: HeadlessSlicer,
    monkeypatch: pytest.MonkeyPatch,
    opened: OpenModule,
) -> None:
    """SampleData calls `customDownloader(source)` when its button is clicked."""
    registered: dict[str, Any] = {}
    sample_data = types.ModuleType("SampleData")
    sample_data.SampleDataLogic = types.SimpleNamespace(
        registerCustomSampleDataSource=lambda **facts: registered.update(facts)
    )
    monkeypatch.setitem(sys.modules, "SampleData", sample_data)
    module.registerSampleData()
    assert registered["category"] == "EchoMeasure"
    assert registered["uris"] == ""  # nothing is fetched from anywhere
    assert Path(registered["thumbnailFileName"]).is_file()
    (node,) = registered["customDownloader"](None)
    opened.widget._parameterNode.image = node
    assert "30 frames of 1024 x 768 pixels" in opened.text("imageLabel")
    assert "Calibrated: a 2-D image" in opened.text("calibrationLabel")


def test_reload_drops_the_whole_library(
    opened: OpenModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    reloaded: list[str] = []
    monkeypatch.setattr(slicer.util, "reloadScriptedModule", reloaded.append)
    before = {n: m for n, m in sys.modules.items() if n.partition(".")[0] == "EchoMeasureLib"}
    try:
        opened.widget.onReload()
        left = [name for name in sys.modules if name.partition(".")[0] == "EchoMeasureLib"]
    finally:
        sys.modules.update(before)
    assert len(before) > 20
    assert left == []
    assert reloaded == ["EchoMeasure"]


def test_cleanup_leaves_no_observer_and_no_process(
    module: types.ModuleType, slicer_app: HeadlessSlicer, opened: OpenModule, echo: Path
) -> None:
    opened.open_file(echo)
    scene = slicer_app.scene
    opened.widget.exit()
    opened.widget.cleanup()
    assert opened.widget.Observations == []
    assert opened.desk.measuring.worker_pid is None
    slicer_app.clear()
    scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")  # nobody reacts
    assert opened.desk.study.cine is None


WITHOUT_TORCH = """
import importlib.util, json, sys
class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "torchvision"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None
    def invalidate_caches(self): ...
sys.meta_path.insert(0, NoTorch())
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: (
    None if name in ("torch", "torchvision") else find_spec(name, package)
)
sys.argv = ["pytest"]
import pytest
sys.exit(pytest.main(json.loads(sys.stdin.read())))
"""


def test_the_panel_opens_and_calipers_are_placed_without_torch(tmp_path: Path) -> None:
    """In a Python in which torch cannot be imported."""
    arguments = [
        str(Path(__file__).with_name("without_torch.py")),
        "-q",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tmp_path / 'inner'}",
    ]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        input=json.dumps(arguments),
        text=True,
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "5 passed" in done.stdout


class Answers:
    """A user who says yes or no."""

    def __init__(self, yes: bool) -> None:
        self.yes = yes
        self.asked: list[str] = []

    def ask(self, question: str) -> bool:
        self.asked.append(question)
        return self.yes


class PyTorchExtension(types.ModuleType):
    """The part of the PyTorch extension that is used; it remembers how it was called."""

    def __init__(self) -> None:
        super().__init__("PyTorchUtils")
        self.installs: list[bool] = []

    def PyTorchUtilsLogic(self) -> PyTorchExtension:
        return self

    def installTorch(self, askConfirmation: bool) -> object:
        self.installs.append(askConfirmation)
        return object()


@pytest.mark.parametrize("yes", [True, False])
def test_pytorch_comes_through_its_extension_after_asking(
    monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    extension, user = PyTorchExtension(), Answers(yes)
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension)
    monkeypatch.setattr(packages, "installed", lambda name: False)
    assert packages.ensure_torch(user) is yes
    assert len(user.asked) == 1
    assert "PyTorch" in user.asked[0]
    assert extension.installs == ([False] if yes else [])  # it need not ask a second time


def test_without_the_extension_the_user_is_told_where_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packages, "installed", lambda name: False)
    with pytest.raises(EchoMeasureError, match="Extensions Manager"):
        packages.ensure_torch(Answers(True))


def test_torch_that_is_there_is_not_asked_for() -> None:
    user = Answers(False)
    assert packages.ensure_torch(user)
    assert user.asked == []


class Kept(dict[str, str]):
    """Settings of the application."""

    def value(self, name: str, default: str = "") -> str:
        return self.get(name, default)

    def setValue(self, name: str, value: str) -> None:
        self[name] = value


@pytest.mark.parametrize("yes", [True, False])
def test_openvino_is_offered_once_and_for_all(monkeypatch: pytest.MonkeyPatch, yes: bool) -> None:
    slicer_packaging, user, kept = SlicerPackaging(), Answers(yes), Kept()
    monkeypatch.setitem(sys.modules, "slicer", types.ModuleType("slicer"))
    monkeypatch.setitem(sys.modules, "slicer.packaging", slicer_packaging)
    monkeypatch.setattr(packages, "installed", lambda name: name != "openvino")
    for _ in range(2):
        packages.offer_openvino(user, kept)
    assert len(user.asked) == 1
    assert slicer_packaging.installed == (["openvino>=2026.4"] if yes else [])


def test_openvino_that_is_there_is_not_asked_for() -> None:
    user = Answers(True)
    packages.offer_openvino(user, Kept())
    assert user.asked == []


class SlicerPackaging(types.ModuleType):
    """`slicer.packaging` of Slicer 5.11 on, with the signature in its source."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        super().__init__("slicer.packaging")
        self._then = then
        self.installed: list[str] = []

    def pip_ensure(
        self,
        requirements: list[Requirement],
        constraints: str | Path | None = None,
        skip_packages: list[str] | None = None,
        prompt_install: bool = True,
        prompt_restart: bool = True,
        requester: str | None = None,
        skip_in_testing: bool = True,
        show_progress: bool = True,
    ) -> list[str] | None:
        assert isinstance(requirements, list)
        assert not prompt_install
        self.installed += [f"{one.name}{one.specifier}" for one in requirements]
        self._then()
        return None


@pytest.mark.parametrize("yes", [True, False])
def test_an_optional_package_is_installed_after_asking(
    slicer_app: HeadlessSlicer, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    import slicer

    installs: list[str] = []
    monkeypatch.setattr(slicer.util, "pip_install", installs.append)
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)  # Slicer 5.10 has none
    user = Answers(yes)
    missing = MissingPackage("av", "Reading a video", "video")
    assert packages.offer(missing, user) is yes
    assert "Reading a video" in user.asked[0]
    assert installs == (["av>=16.1"] if yes else [])


def test_newer_slicers_install_in_their_own_way(
    slicer_app: HeadlessSlicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slicer_packaging = SlicerPackaging()
    monkeypatch.setitem(sys.modules, "slicer.packaging", slicer_packaging)
    assert packages.offer(MissingPackage("av", "Reading a video", "video"), Answers(True))
    assert slicer_packaging.installed == ["av>=16.1"]


def test_what_the_measuring_process_lacks_is_offered_and_it_measures_then(
    opened_for_real: OpenModule, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A video is open; PyAV is not there for the worker, until it is installed."""
    opened = opened_for_real
    blocked = tmp_path / "blocked" / "av.py"
    blocked.parent.mkdir()
    blocked.write_text("raise ModuleNotFoundError('No module named av', name='av')")
    monkeypatch.setenv("PYTHONPATH", str(blocked.parent))
    monkeypatch.setitem(sys.modules, "slicer.packaging", SlicerPackaging(blocked.unlink))
    opened.open_file(video(tmp_path / "plax.avi"))
    region = Region(-1, RegionKind.TWO_D, Box(0, 0, 159, 119), ("cm", "cm"), (0.05, 0.05))
    opened.desk.study.review.calibrate([region], opened.desk.study.image)
    opened.answers.path = weights
    opened.panel.weights.use_folder()
    opened.panel.measurements.tick(("lvid",))
    opened.choose("framesCombo", "current")
    opened.wait(lambda: "2 custom" in opened.text("weightsLabel"))
    opened.click("measureButton")
    opened.wait(lambda: len(opened.table()) == 1)
    assert "Install av>=16.1 now?" in opened.answers.questions[0]
    assert opened.answers.warnings == []


def video(path: Path) -> Path:
    """Four grey frames."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuvj420p"
        for level in (40, 80, 120, 160):
            picture = np.full((120, 160, 3), level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    return path


def test_a_package_that_slicer_brings_is_never_installed(slicer_app: HeadlessSlicer) -> None:
    user = Answers(True)
    assert not packages.offer(MissingPackage("numpy", "Everything", "x"), user)
    assert user.asked == []
