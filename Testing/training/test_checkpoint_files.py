"""Checkpoints load where they must: in torchvision, and from their own shapes."""

import hashlib
import json
import math
from dataclasses import replace

import pytest
import torch
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.errors import InvalidArgument, WeightsProblem
from EchoMeasureLib.inference.checkpoints import read_sidecar
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.network_facts import HEAT_STRIDE, is_compact
from EchoMeasureLib.inference.networks import read_state
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.training.checkpoint_files import Facts, write_checkpoint
from EchoMeasureLib.training.fine_tuning import from_checkpoint, from_scratch
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.trainees import Architecture, EchonetTrainee

SMALL = (8, 16, 16, 24, 32, 32)


def facts(architecture, *ids):
    return Facts(architecture, ids, {}, {"steps": 1}, {}, 3, 1, 0.5)


@pytest.fixture(scope="module")
def echonet_trainee():
    return from_scratch(Heads.of(["mvpeak"]), Architecture.ECHONET, 0)


def test_an_echonet_checkpoint_loads_strictly_in_torchvision(echonet_trainee, tmp_path):
    path = tmp_path / "mvpeak_2c_weights.ckpt"
    write_checkpoint(path, echonet_trainee.state(), facts("echonet", "mvpeak"))
    state = torch.load(path, weights_only=True)
    assert all(key.startswith("m.") for key in state)
    network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2, aux_loss=False)
    network.load_state_dict({key[2:]: value for key, value in state.items()}, strict=True)
    # The published file of a two-point network, without torch's wrapping: 158 MB of float32.
    assert 155e6 < path.stat().st_size < 160e6


def test_channel_1_of_the_published_inflow_network_is_e(echonet_trainee):
    state = echonet_trainee.network.state_dict()
    bias = "classifier.4.bias"
    with torch.no_grad():
        echonet_trainee.network.classifier[4].weight.zero_()
        state[bias].copy_(torch.tensor([-1.0, 7.0]))
        echonet_trainee.eval()
        maps = echonet_trainee(torch.zeros(1, 3, 64, 128))
    assert maps.shape == (1, 2, 8, 16)
    # E comes first in the catalog.
    assert maps[0, :, 0, 0].tolist() == [7.0, -1.0]


def test_an_echonet_checkpoint_holds_one_measurement():
    with pytest.raises(InvalidArgument, match="one measurement"):
        EchonetTrainee(Heads.of(["lvid", "ivs"]))


def test_the_sidecar_tells_file_hash_versions_and_seed(tmp_path):
    network = CompactNetwork({"lvid": 2}, SMALL)
    path = tmp_path / "lvid.ckpt"
    sidecar = write_checkpoint(path, network.state_dict(), facts("compact", "lvid"))
    told = json.loads(sidecar.read_text())
    assert sidecar == tmp_path / "lvid.json"
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (told["seed"], told["measurements"]) == (3, ["lvid"])
    assert set(told["versions"]) == {"echomeasure", "python", "torch"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lvid.ckpt", "lvid.json"]


@pytest.mark.parametrize("worst", [math.nan, 7e4])
def test_weights_that_half_precision_cannot_hold_are_not_written(tmp_path, worst):
    # The largest number of half precision is 65504.
    network = CompactNetwork({"lvid": 2}, SMALL)
    with torch.no_grad():
        network.heads["lvid"].bias[0] = worst
    with pytest.raises(InvalidArgument, match="too large for a checkpoint"):
        write_checkpoint(tmp_path / "x.ckpt", network.state_dict(), facts("compact", "lvid"))
    assert not list(tmp_path.iterdir())


def test_what_a_training_could_not_measure_is_null_and_the_store_reads_it(tmp_path):
    network = CompactNetwork({"lvid": 2}, SMALL)
    path = tmp_path / "lvid.ckpt"
    metrics = {"loss": 0.5, "history": [{"loss": math.nan}], "held_out": {"error": math.inf}}
    told = replace(facts("compact", "lvid"), metrics=metrics)
    write_checkpoint(path, network.state_dict(), told)
    assert read_sidecar(path)["metrics"] == {
        "loss": 0.5,
        "history": [{"loss": None}],
        "held_out": {"error": None},
    }
    assert Store(tmp_path).find("lvid").set == "custom"


def test_a_compact_network_is_rebuilt_from_its_half_precision_state(tmp_path):
    torch.manual_seed(0)
    network = CompactNetwork({"avvmax": 1, "tapse": 2}, SMALL).eval()
    path = tmp_path / "strip.ckpt"
    write_checkpoint(path, network.state_dict(), facts("compact", "avvmax", "tapse"))
    state = read_state(path)
    assert {value.dtype for value in state.values()} == {torch.float16}
    assert is_compact(state)
    again = CompactNetwork.from_state(state)
    assert again.measurements == ("avvmax", "tapse")
    canvas = torch.rand(1, 3, 426, 1024)
    with torch.no_grad():
        for id, maps in network(canvas).items():
            # 426 rows are 106.5 cells: the last one hangs over the edge.
            assert maps.shape[2:] == (107, 1024 // HEAT_STRIDE)
            assert torch.allclose(maps, again(canvas)[id], atol=0.02)


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: {},
        lambda state: {"m.backbone.conv1.weight": torch.zeros(1)},
        lambda state: {k: v for k, v in state.items() if "encoder.3" not in k},
        lambda state: state | {"compact.encoder.1.0.conv.weight": torch.zeros(16, 9, 3, 3)},
    ],
)
def test_foreign_or_incomplete_states_are_refused(damage):
    state = CompactNetwork({"lvid": 2}, SMALL).state_dict()
    with pytest.raises(WeightsProblem):
        CompactNetwork.from_state(damage(state))


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n"])
def test_a_file_that_is_no_checkpoint_is_refused(content, tmp_path):
    path = tmp_path / "lvid.ckpt"
    path.write_bytes(content)
    with pytest.raises(WeightsProblem, match=r"empty|pointer"):
        read_state(path)


def test_fine_tuning_keeps_known_heads_and_draws_new_ones(tmp_path):
    torch.manual_seed(0)
    network = CompactNetwork({"lvid": 2, "pa": 2}, SMALL)
    path = tmp_path / "image.ckpt"
    write_checkpoint(path, network.state_dict(), facts("compact", "lvid", "pa"))
    trainee = from_checkpoint(Heads.of(["lvid", "ivc"]), path, freeze_backbone=True)
    state = trainee.state()
    assert torch.equal(state["heads.lvid.weight"], network.heads["lvid"].weight.half().float())
    assert "heads.ivc.weight" in state
    assert "heads.pa.weight" not in state
    assert not any(p.requires_grad for p in trainee.backbone().parameters())
    assert any(p.requires_grad for p in trainee.parameters())
