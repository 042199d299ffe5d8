"""A desk over the headless scene, without Qt and without a panel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_desk import scripted_desk
from scripted_worker import ScriptedWorker
from slicer_scene import HeadlessSlicer, headless_slicer
from watch import Watch

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.folders import DATA_VARIABLE
from EchoMeasureLib.phantoms.generate import generate, write


@pytest.fixture(scope="session")
def plax(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames of a parasternal long axis on the commonest screen."""
    path, _ = write(generate("plax", "768x1024", 11, 6), tmp_path_factory.mktemp("plax"))
    return path


@pytest.fixture
def slicer_app() -> Iterator[HeadlessSlicer]:
    app = headless_slicer()
    app.render_on_request()
    app.clear()
    yield app
    app.clear()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def worker() -> ScriptedWorker:
    return ScriptedWorker()


@pytest.fixture
def desk(
    slicer_app: HeadlessSlicer,
    watch: Watch,
    worker: ScriptedWorker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """A desk whose clock stands still and whose worker does what a test tells it."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    desk = scripted_desk(slicer_app, watch, worker=worker)
    yield desk
    desk.close()
