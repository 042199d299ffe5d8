"""OpenVINO finds what torch finds; a network is converted once and then needs no torch."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

import numpy as np
import openvino
import pytest
import torch
from openvino import opset13 as operations
from small_networks import write_small_networks
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.errors import EngineProblem, MissingPackage
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference import openvino_models
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.engines import make_engine
from EchoMeasureLib.inference.openvino_models import SIZES, is_whole, keep, network_model
from EchoMeasureLib.inference.predicting import Predictor, predict
from EchoMeasureLib.inference.quantising import accept
from EchoMeasureLib.inference.settings import EngineName, Precision, Settings
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.staging import staging

PLAX = ["ivs", "lvid", "lvpw", "aortic_root", "la"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's data folder of these tests, so that each network is converted once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def shared_folder(no_surprises: None, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHOMEASURE_DATA", str(kept))


def settings(engine: EngineName, precision: Precision) -> Settings:
    return Settings(engine=engine, precision=precision, view_check=False)


@pytest.mark.parametrize(
    ("view", "asked", "frames"), [("plax", PLAX, 3), ("avvmax", ["avvmax"], 1)]
)
def test_landmarks_are_those_of_torch_in_float32(
    tmp_path: Path, view: str, asked: list[str], frames: int
) -> None:
    cine = read(write(generate(view, "768x1024", 31, frames), tmp_path)[0])
    exact = settings(EngineName.TORCH, Precision.FLOAT32)
    quick = settings(EngineName.OPENVINO, Precision.AUTO)
    wanted, found = (
        list(predict(cine, asked, range(frames), Store(package_folder()), how))
        for how in (exact, quick)
    )
    away = [
        math.dist((p.x, p.y), (q.x, q.y))
        for one, other in zip(wanted, found, strict=True)
        for p, q in zip(one.points, other.points, strict=True)
    ]
    assert np.quantile(away, 0.95) <= 0.5
    assert {one.model.engine for one in found} == {f"openvino {metadata.version('openvino')}"}


def test_a_network_that_was_converted_is_loaded_without_torch(tmp_path: Path) -> None:
    weights = write_small_networks(tmp_path, ["lvid"])
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing\n"
        "from EchoMeasureLib.inference.predicting import predict\n"
        "from EchoMeasureLib.inference.settings import Settings\n"
        "from EchoMeasureLib.inference.weight_store import Store\n"
        "cine = Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing(None, ''))\n"
        f"found = predict(cine, ['lvid'], [0], Store({str(weights)!r}), "
        "Settings(engine='openvino', precision='float32'))\n"
        "print([(p.x, p.y) for one in found for p in one.points], 'torch' in sys.modules)\n"
    )
    cine = Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing(None, ""))
    how = settings(EngineName.OPENVINO, Precision.FLOAT32)
    (here,) = predict(cine, ["lvid"], [0], Store(weights), how)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == f"{[(p.x, p.y) for p in here.points]} False"


def test_the_types_of_networks_may_be_asked_for_in_several_threads_at_once() -> None:
    """In a process of its own: it is the first question there that hung for good, 7 times in 10."""
    code = (
        "import sys, threading\n"
        "import openvino\n"
        "from EchoMeasureLib.inference.openvino_models import core\n"
        "core()\n"
        "sys.setswitchinterval(1e-6)\n"
        "together, found = threading.Barrier(8), []\n"
        "def ask():\n"
        "    together.wait()\n"
        "    found.append(openvino.Type.f32.to_dtype())\n"
        "threads = [threading.Thread(target=ask) for _ in range(8)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "print(*found)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.split() == 8 * ["float32"]


@pytest.mark.parametrize(
    ("id", "order"),
    [("rv_base", (0, 1)), pytest.param("mvpeak", (1, 0), marks=pytest.mark.slow)],
)
def test_maps_of_deeplab_are_those_of_torch(
    tmp_path: Path, id: str, order: tuple[int, int]
) -> None:
    """Random weights of the published shape, on a small canvas; one canvas and several.

    The second channel of the file of mvpeak is E, which is the first point.
    """
    torch.manual_seed(5)
    network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2).eval()
    state = {f"m.{key}": value for key, value in network.state_dict().items()}
    torch.save(state, tmp_path / f"{id}.ckpt")
    checkpoint = Store(tmp_path).find(id)
    engine = make_engine(EngineName.OPENVINO, checkpoint, id, Precision.FLOAT32)
    pictures = list(np.random.default_rng(1).integers(0, 256, (2, 72, 96, 3), np.uint8))
    with torch.inference_mode():
        batch = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2) / 255
        wanted = network.classifier(network.backbone(batch)["out"]).numpy()
    wanted, canvases = wanted[:, order], [Canvas.of(picture) for picture in pictures]
    one, both = engine.run(canvases[:1])[id], engine.run(canvases)[id]
    assert np.abs(both - wanted).max() < 1e-3 * np.ptp(wanted)
    assert np.abs(one - wanted[:1]).max() < 1e-3 * np.ptp(wanted)


def test_without_the_package_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(MissingPackage) as refused:
        make_engine(
            EngineName.OPENVINO, Store(package_folder()).find("lvid"), "lvid", Precision.AUTO
        )
    assert str(refused.value) == (
        "The engine 'openvino' needs the package openvino, which is not installed. "
        "Install it with: pip install 'echomeasure[fast]'"
    )


def test_a_runtime_that_fails_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Store(write_small_networks(tmp_path, ["lvid"])).find("lvid")
    engine = make_engine(EngineName.OPENVINO, checkpoint, "lvid", Precision.FLOAT32)
    monkeypatch.setenv("OMP_NUM_THREADS", "9" * 30)
    with pytest.raises(EngineProblem, match=r"OpenVINO failed \("):
        engine.run([Canvas.of(np.zeros((480, 640, 3), np.uint8))])


def test_int8_is_taken_only_where_it_was_accepted_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any network of that shape stands in for the quantised one here."""
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "data"))
    weights = write_small_networks(tmp_path, ["lvid"])
    checkpoint = Store(weights).find("lvid")
    cine = Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing(None, ""))
    asked = settings(EngineName.OPENVINO, Precision.INT8)
    with pytest.raises(EngineProblem) as refused:
        list(predict(cine, ["lvid"], [0], Store(weights), asked))
    assert str(refused.value) == (
        "No network in int8 was accepted for lvid. "
        "Make one: echomeasure weights quantise --frames FILE"
    )
    accept(network_model(checkpoint, "lvid", (640, 480)), checkpoint, "lvid", (640, 480), {})
    (found,) = predict(cine, ["lvid"], [0], Store(weights), asked)
    assert found.model.precision == "int8"
    usual = Predictor(Store(weights), settings(EngineName.OPENVINO, Precision.AUTO))
    list(usual.predict(cine, ["lvid"], [0]))
    assert usual.notes == ["image.ckpt runs in int8, as it was accepted on your frames."]
    with pytest.raises(EngineProblem, match="PyTorch runs no network in int8"):
        make_engine(EngineName.TORCH, checkpoint, "lvid", Precision.INT8)


def test_an_int8_that_is_damaged_on_the_disk_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one that was cut it was said that none had been accepted; and a new one stayed away."""
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "data"))
    weights, size = write_small_networks(tmp_path, ["lvid"]), (640, 480)
    checkpoint = Store(weights).find("lvid")
    model = network_model(checkpoint, "lvid", size)
    accept(model, checkpoint, "lvid", size, {})
    (graph,) = (tmp_path / "data" / "int8").glob("*/network.xml")
    whole = graph.read_bytes()

    def make_ready() -> None:
        make_engine(EngineName.OPENVINO, checkpoint, "lvid", Precision.INT8).prepare(size, False)

    for data in (whole[:-9], bytes(len(whole))):
        graph.write_bytes(data)
        with pytest.raises(EngineProblem) as refused:
            make_ready()
        assert str(refused.value) == (
            "The network in int8 that was accepted for lvid is damaged. "
            "Make it again: echomeasure weights quantise --frames FILE"
        )
    accept(model, checkpoint, "lvid", size, {})
    make_ready()
    graph.write_bytes(whole[:-9])
    usual = Predictor(Store(weights), settings(EngineName.OPENVINO, Precision.AUTO))
    cine = Cine(ArraySource(np.zeros((1, 480, 640, 3), np.uint8)), Timing(None, ""))
    list(usual.predict(cine, ["lvid"], [0]))
    assert "accepted in int8, which is damaged on the disk, and runs in" in usual.notes[0]


class TestKeeping:
    """Small models of a number each, kept as networks are."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "openvino"

    def model(self, number: float = 1.0) -> openvino.Model:
        given = operations.parameter([1], openvino.Type.f32)
        added = operations.add(given, np.full(1000, number, np.float32))
        return openvino.Model([added], [given])

    def test_it_is_whole_or_not_there(self, folder: Path) -> None:
        keep(self.model(), folder / "one")
        assert is_whole(folder / "one")
        assert [place.name for place in folder.iterdir()] == ["one"]
        (folder / "one" / "network.bin").write_bytes(b"\0" * 10)
        assert not is_whole(folder / "one")
        keep(self.model(), folder / "one")
        assert is_whole(folder / "one")

    def test_what_a_killed_writer_left_goes_and_what_is_written_stays(self, folder: Path) -> None:
        (folder / ".part-dead").mkdir(parents=True)
        (folder / ".part-dead" / ".echomeasure").touch()
        (folder / ".part-dead" / "network.bin").touch()
        with staging(folder) as other:
            keep(self.model(), folder / "one")
            assert sorted(folder.iterdir()) == sorted([folder / "one", other])

    def test_writers_at_the_same_time_leave_one(self, folder: Path) -> None:
        folder.mkdir()
        problems: list[OSError] = []

        def write_it() -> None:
            try:
                keep(self.model(), folder / "one")
            except OSError as error:
                problems.append(error)

        writers = [threading.Thread(target=write_it) for _ in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert is_whole(folder / "one")
        assert [place.name for place in folder.iterdir()] == ["one"]

    def test_the_least_recently_used_goes_first(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for age, name in enumerate(("new", "middle", "old")):
            keep(self.model(age), folder / name)
            os.utime(folder / name / SIZES, (1e9 - age, 1e9 - age))
        each = sum(file.stat().st_size for file in (folder / "old").iterdir())
        monkeypatch.setattr(openvino_models, "MOST_BYTES", 3 * each + each // 2)
        keep(self.model(7), folder / "newest")
        assert sorted(place.name for place in folder.iterdir()) == ["middle", "new", "newest"]
