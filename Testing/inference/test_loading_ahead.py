"""The first network is loaded beside the file and its frames, however one measures.

Beside means: of two that wait for each other neither would come any further alone.
"""

from __future__ import annotations

import gc
import io
import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_networks import write_small_networks
from waiting import DEADLINE_S

from EchoMeasureLib.batch.batch_settings import BatchSettings
from EchoMeasureLib.batch.deciding import Orders
from EchoMeasureLib.batch.file_measuring import Measurer
from EchoMeasureLib.batch.map_rules import Manifest
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.inference import loading_ahead, predicting, quality, view_check
from EchoMeasureLib.inference.messages import (
    MeasureRequest,
    expected_message,
    request_message,
)
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.settings import EngineName, Precision, Settings
from EchoMeasureLib.inference.view_check import VIEWS
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.inference.worker import Worker

HOW = Settings(engine=EngineName.OPENVINO, precision=Precision.FLOAT32, view_check=False)
OPTIONS = ("--engine", "openvino", "--precision", "float32", "--frames", "0", "--no-view-check")
OPTIONS += ("--no-neighbours",)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One network that measures, and knows the head of every view."""
    heads = [id for view in VIEWS for id in view.measurements if not view.on_strip]
    return write_small_networks(tmp_path_factory.mktemp("networks"), heads)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, weights: Path, noisy_echo: Path) -> Path:
    """A user's data folder in which that network is converted already."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECHOMEASURE_DATA", str(folder))
        list(Predictor(Store(weights), HOW).predict(still(), ["lvid"], [0]))
    return folder


def still() -> Cine:
    return Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing(None, ""))


def by_command(*words: str) -> Callable[[Path, Path, Path], object]:
    """Measure with this command; FILE, OUT and REVIEW stand for what they say."""

    def measure(file: Path, weights: Path, folder: Path) -> None:
        review = folder / "made.json"
        if "REVIEW" in words:
            assert main(["review", "init", str(file), "--out", str(review)]) == 0
        names = {"FILE": file, "OUT": folder / "out", "REVIEW": review}
        line = [str(names.get(word, word)) for word in words]
        assert main([*line, "--weights", str(weights), *OPTIONS]) == 0

    return measure


def by_worker(file: Path, weights: Path, folder: Path) -> None:
    """As panel and page measure."""
    replies = io.BytesIO()
    request = MeasureRequest(("lvid",), (0,), file, weights=weights, settings=HOW)
    Worker(io.BytesIO(), replies).answer(request_message(1, request))
    assert b'"reply":"done"' in replies.getvalue()


def by_batch(file: Path, weights: Path, folder: Path) -> None:
    orders = Orders(manifest=Manifest({os.path.realpath(file): {"lvid": ()}}))
    settings = BatchSettings(("lvid",), "0", weights, networks=HOW, neighbours=False)
    Measurer(settings, orders).measure(file)


WAYS = {
    "measure": by_command("measure", "FILE", "-m", "lvid", "--out", "OUT"),
    "measure auto": by_command("measure", "FILE", "-m", "auto", "--out", "OUT"),
    "review init": by_command("review", "init", "FILE", "-m", "auto", "--out", "OUT"),
    "review add": by_command("review", "add", "REVIEW", "FILE", "-m", "lvid", "--reviewer", "AB"),
    "beats": by_command("beats", "FILE", "-m", "lvid"),
    "worker": by_worker,
    "batch": by_batch,
}


def meeting(monkeypatch: pytest.MonkeyPatch, parties: int, *places: tuple[Any, str]) -> list[str]:
    """Whoever comes to one of these functions waits there for the others, once.

    Returns who was there, as they leave.
    """
    barrier = threading.Barrier(parties, timeout=DEADLINE_S)
    met: list[str] = []

    def waits(function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **more: Any) -> Any:
            if len(met) < parties:
                barrier.wait()
                met.append(threading.current_thread().name.partition("_")[0])
            return function(*args, **more)

        return called

    for module, name in places:
        monkeypatch.setattr(module, name, waits(getattr(module, name)))
    return met


def wait_for_loading() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("loading-ahead"):
            thread.join(DEADLINE_S)
            assert not thread.is_alive()


@pytest.mark.parametrize("way", WAYS)
def test_the_network_is_loaded_while_the_picture_is_looked_at(
    way: str,
    weights: Path,
    kept: Path,
    noisy_echo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ECHOMEASURE_DATA", str(kept))
    monkeypatch.setattr(view_check, "package_folder", lambda: weights)
    places = (loading_ahead, "engine_for"), (quality, "look_at")
    met = meeting(monkeypatch, 2, *places)
    WAYS[way](noisy_echo, weights, tmp_path)
    assert sorted(met) == ["MainThread", "loading-ahead"]
    wait_for_loading()


def test_the_network_that_tells_views_apart_is_loaded_beside_both(
    weights: Path,
    kept: Path,
    noisy_echo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ECHOMEASURE_DATA", str(kept))
    monkeypatch.setenv("ECHOMEASURE_ENGINE", "openvino")
    monkeypatch.setattr(view_check, "package_folder", lambda: weights)
    met = meeting(monkeypatch, 3, (loading_ahead, "engine_for"), (quality, "look_at"))
    line = ["measure", str(noisy_echo), "-m", "auto", "--weights", str(weights)]
    assert main([*line, "--frames", "0", "--out", str(tmp_path / "out")]) == 0
    assert sorted(met) == ["MainThread", "loading-ahead", "loading-ahead"]


def test_a_worker_that_is_told_what_will_be_asked_loads_before_it_is_asked(
    weights: Path, kept: Path, noisy_echo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOMEASURE_DATA", str(kept))
    loaded = []
    plain = loading_ahead.engine_for

    def counted(*args: Any) -> Any:
        loaded.append(args)
        return plain(*args)

    for module in (loading_ahead, predicting):
        monkeypatch.setattr(module, "engine_for", counted)
    replies = io.BytesIO()
    worker = Worker(io.BytesIO(), replies)
    worker.answer(expected_message(weights, HOW, ["lvid"], False))
    wait_for_loading()
    assert (len(loaded), replies.getvalue()) == (1, b"")
    request = MeasureRequest(("lvid",), (0,), noisy_echo, weights=weights, settings=HOW)
    worker.answer(request_message(1, request))
    assert b'"reply":"done"' in replies.getvalue()
    assert len(loaded) == 1


@pytest.mark.parametrize("asked", ["cancel", "a file that is not there"])
def test_what_nobody_comes_to_ask_for_is_dropped(
    asked: str, weights: Path, kept: Path, noisy_echo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is held in the middle of loading until the job is over."""
    monkeypatch.setenv("ECHOMEASURE_DATA", str(kept))
    begun, over = threading.Event(), threading.Event()
    engines: list[weakref.ref[Any]] = []
    plain = loading_ahead.engine_for

    def held(*args: Any) -> Any:
        engine = plain(*args)
        engines.append(weakref.ref(engine))
        begun.set()
        assert over.wait(DEADLINE_S)
        return engine

    monkeypatch.setattr(loading_ahead, "engine_for", held)
    replies = io.BytesIO()
    worker = Worker(io.BytesIO(), replies)

    def while_it_loads(*_: Any) -> Any:
        assert begun.wait(DEADLINE_S)
        worker.take({"id": 1, "type": "cancel"})
        return plain_look(*_)

    plain_look = quality.look_at
    monkeypatch.setattr(quality, "look_at", while_it_loads)
    file = noisy_echo if asked == "cancel" else noisy_echo.with_name("gone.dcm")
    request = MeasureRequest(("lvid",), (0,), file, weights=weights, settings=HOW)
    worker.answer(request_message(1, request))
    ended = b"cancelled" if asked == "cancel" else b"no longer there"
    assert ended in replies.getvalue()
    over.set()
    wait_for_loading()
    gc.collect()
    assert [engine() for engine in engines if engine() is not None] == []


def test_another_network_than_the_expected_one_waits_for_none(
    weights: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was expected never comes to an end here, as long as it is waited for."""
    monkeypatch.setenv("ECHOMEASURE_DATA", str(kept))
    (tmp_path / "lvid.ckpt").write_bytes((weights / "image.ckpt").read_bytes())
    (tmp_path / "ivs.ckpt").write_bytes(
        (write_small_networks(tmp_path, ["ivs"]) / "image.ckpt").read_bytes()
    )
    begun, over = threading.Event(), threading.Event()

    def never(*_: Any) -> Any:
        begun.set()
        assert over.wait(DEADLINE_S)

    monkeypatch.setattr(loading_ahead, "engine_for", never)
    predictor = Predictor(Store(tmp_path), HOW)
    predictor.expect(["lvid"])
    assert begun.wait(DEADLINE_S)
    assert [found.measurement for found in predictor.predict(still(), ["ivs"], [0])] == ["ivs"]
    over.set()
    wait_for_loading()


def test_a_network_that_is_expected_is_loaded_once_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what was converted before: nothing is made that nobody may come to ask for."""
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "data"))
    store = Store(write_small_networks(tmp_path, ["lvid"]))
    cine = Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing(None, ""))
    how = HOW
    early = Predictor(store, how)
    early.expect(["lvid"])
    wait_for_loading()
    assert not (tmp_path / "data" / "openvino").exists()
    usual = list(early.predict(cine, ["lvid"], [0]))
    later = Predictor(store, how)
    later.expect(["lvid"])
    monkeypatch.setattr(
        "EchoMeasureLib.inference.predicting.engine_for", lambda *_: pytest.fail("loaded twice")
    )
    assert list(later.predict(cine, ["lvid"], [0])) == usual


@pytest.mark.parametrize("id", ["nothing", "tapse", "trvti"])
def test_what_is_wrong_with_an_expected_network_is_said_when_it_is_asked_for(
    tmp_path: Path, id: str
) -> None:
    """One that does not exist, one without weights, and one that no network finds."""
    store = Store(write_small_networks(tmp_path, ["lvid"]))
    cine = Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing(None, ""))
    said = []
    for expected in ([], [id]):
        predictor = Predictor(store)
        predictor.expect(expected)
        with pytest.raises(EchoMeasureError) as problem:
            list(predictor.predict(cine, [id], [0]))
        said.append(str(problem.value))
    assert said[0] == said[1]
