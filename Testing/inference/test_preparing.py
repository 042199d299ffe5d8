"""A large network is converted by another process; a monitor ends it, and one works at a time."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scripted_worker import PromptChild
from small_networks import write_small_networks

from EchoMeasureLib.errors import EngineProblem, WeightsProblem
from EchoMeasureLib.folder_lock import only_one
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.inference import engine_trial, openvino_models, preparing
from EchoMeasureLib.inference.child import Child, ChildProcess
from EchoMeasureLib.inference.openvino_models import is_kept, kept_in, network_model
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.quantising import accept
from EchoMeasureLib.inference.settings import EngineName, Precision, Settings
from EchoMeasureLib.inference.weight_store import Checkpoint, Store
from EchoMeasureLib.inference.worker_client import WorkerClient
from EchoMeasureLib.progress import Cancelled, Monitor, Progress, silent

SIZE = (640, 480)
ENDED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Small networks that count as large."""
    monkeypatch.setattr(preparing, "LARGE", 0)
    return Store(write_small_networks(tmp_path, ["lvid"]))


@pytest.fixture
def checkpoint(store: Store) -> Checkpoint:
    return store.find("lvid")


@pytest.fixture
def cine() -> Cine:
    return Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing(None, ""))


def openvino(store: Store) -> Predictor:
    how = Settings(engine=EngineName.OPENVINO, precision=Precision.FLOAT32, view_check=False)
    return Predictor(store, how)


def convert_alone(checkpoint: Checkpoint, monitor: Monitor) -> None:
    with preparing.alone(checkpoint, monitor) as there:
        if there:
            preparing.convert(checkpoint, "lvid", monitor)


def test_it_is_converted_elsewhere_and_finds_the_same(
    store: Store,
    checkpoint: Checkpoint,
    cine: Cine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    stages: list[str] = []
    converted: list[object] = []
    here = openvino_models._converted
    monkeypatch.setattr(
        openvino_models, "_converted", lambda *asked: converted.append(asked) or here(*asked)
    )
    (elsewhere,) = openvino(store).predict(
        cine, ["lvid"], [0], lambda progress: stages.append(progress.stage)
    )
    assert not converted
    assert "converting image.ckpt, once" in stages
    monkeypatch.setattr(preparing, "LARGE", 1 << 40)
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "other"))
    (found,) = openvino(store).predict(cine, ["lvid"], [0])
    assert converted
    assert found.points == elsewhere.points


def test_who_cancels_waits_for_nothing_and_leaves_nothing(
    store: Store, checkpoint: Checkpoint, cine: Cine
) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage.startswith("converting"):
            raise Cancelled

    with pytest.raises(Cancelled):
        list(openvino(store).predict(cine, ["lvid"], [0], stop))
    assert not is_kept(checkpoint, "lvid", SIZE)
    folder = kept_in()
    assert folder is not None
    with only_one(folder, preparing.LOCK, "converts networks in"):
        assert [item.name for item in folder.iterdir()] == [preparing.LOCK]


def test_one_converts_at_a_time(checkpoint: Checkpoint) -> None:
    told: list[str] = []

    def stop(progress: Progress) -> None:
        told.append(progress.stage)
        if len(told) == 3:
            raise Cancelled

    folder = kept_in()
    assert folder is not None
    with only_one(folder, preparing.LOCK, "converts networks in"), pytest.raises(Cancelled):
        convert_alone(checkpoint, stop)
    assert set(told) == {"waiting for another process that converts image.ckpt"}


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system ends what converts, as it does when memory runs out."""
    start = partial(ChildProcess, [sys.executable, "-c", ENDED])
    monkeypatch.setattr(preparing, "WorkerClient", partial(WorkerClient, start=start))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_lock_that_cannot_be_opened_is_no_other_process(checkpoint: Checkpoint) -> None:
    """It was waited for without end."""
    folder = kept_in()
    assert folder is not None
    (folder / preparing.LOCK).mkdir()

    def waited(progress: Progress) -> None:
        raise Cancelled(progress.stage)

    convert_alone(checkpoint, waited)
    assert not is_kept(checkpoint, "lvid", SIZE)


def test_a_named_engine_says_that_the_process_was_ended(
    store: Store, cine: Cine, killed: None
) -> None:
    with pytest.raises(EngineProblem, match=r"image\.ckpt could not be made ready .* memory"):
        list(openvino(store).predict(cine, ["lvid"], [0]))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_auto_goes_on_with_torch_and_says_why(
    store: Store, cine: Cine, killed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ECHOMEASURE_ENGINE")
    predictor = Predictor(store, Settings(view_check=False))
    (found,) = predictor.predict(cine, ["lvid"], [0])
    assert found.model.engine.startswith("torch ")
    assert all(note.endswith("PyTorch runs the networks instead.") for note in predictor.notes)
    assert "image.ckpt could not be made ready for OpenVINO" in predictor.notes[0]


def test_each_engine_is_tried_in_a_process_of_its_own(
    store: Store, cine: Cine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in one would take the memory of all."""
    monkeypatch.delenv("ECHOMEASURE_ENGINE")
    children: list[PromptChild] = []

    def start() -> Child:
        children.append(PromptChild())
        return children[-1]

    monkeypatch.setattr(preparing, "WorkerClient", partial(WorkerClient, start=start))
    predictor = Predictor(store, Settings(view_check=False))
    (found,) = predictor.predict(cine, ["lvid"], [0])
    converting, *trying = [[request["type"] for request in one.requests] for one in children]
    assert converting == ["prepare"]
    assert trying == 2 * [(1 + engine_trial.ROUNDS) * ["try"]]
    assert len({request["engine"] for one in children[1:] for request in one.requests}) == 2
    chosen = (data_folder() / "engines.json").read_text(encoding="utf-8")
    assert found.model.engine.partition(" ")[0] in chosen
    started = len(children)
    list(Predictor(store, Settings(view_check=False)).predict(cine, ["lvid"], [0]))
    assert len(children) == started


def test_what_is_wrong_with_the_weights_is_told_as_ever(checkpoint: Checkpoint) -> None:
    checkpoint.path.write_bytes(b"no weights")
    with pytest.raises(WeightsProblem, match=r"image\.ckpt"):
        convert_alone(checkpoint, silent)


def test_an_int8_that_was_accepted_for_another_version_is_missed_aloud(
    checkpoint: Checkpoint, store: Store, cine: Cine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOMEASURE_ENGINE", "openvino")
    monkeypatch.setattr(preparing, "LARGE", 1 << 40)

    def notes() -> str:
        predictor = Predictor(store, Settings(view_check=False))
        list(predictor.predict(cine, ["lvid"], [0]))
        return " ".join(predictor.notes)

    assert notes() == ""
    model = network_model(checkpoint, "lvid", SIZE)
    with monkeypatch.context() as older:
        older.setattr(openvino_models, "FORM", openvino_models.FORM - 1)
        accept(model, checkpoint, "lvid", SIZE, {})
    assert "image.ckpt was accepted in int8 for another version" in notes()
    assert "echomeasure weights quantise --frames FILE" in notes()
    accept(model, checkpoint, "lvid", SIZE, {})
    assert notes() == "image.ckpt runs in int8, as it was accepted on your frames."
