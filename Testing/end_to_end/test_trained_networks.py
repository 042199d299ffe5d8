"""The networks that the bench trains: one for nine measurements becomes checkpoints of each."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.trainees import echonet_network

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def trained_networks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import trained_networks

    return trained_networks


def test_each_checkpoint_answers_as_the_network_of_all_nine(trained_networks, tmp_path):
    heads = Heads.of(trained_networks.NINE)
    torch.manual_seed(3)
    network = echonet_network(heads.channels).eval()
    state = {"m." + key: value for key, value in network.state_dict().items()}
    torch.save(state, tmp_path / "trained.pt")
    wanted = ("ivs", "la")
    paths = trained_networks.split(tmp_path / "trained.pt", tmp_path / "out", wanted)

    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        whole = network(picture)["out"]
        for id, path in zip(wanted, paths, strict=True):
            state = torch.load(path, weights_only=True)
            one = echonet_network(2, {key[2:]: value for key, value in state.items()}).eval()
            channels = list(trained_networks.CATALOG[id].network.channels)
            maps = one(picture)["out"][:, channels]
            torch.testing.assert_close(maps, whole[:, heads.slices()[id]])
    store = Store(tmp_path / "out")
    assert all(store.find(id) is not None for id in wanted)


def test_weights_of_another_network_are_told(trained_networks, tmp_path):
    torch.save({"backbone.conv1.weight": torch.zeros(1)}, tmp_path / "trained.pt")
    with pytest.raises(InvalidDocument, match="does not hold the network of nine"):
        trained_networks.split(tmp_path / "trained.pt", tmp_path / "out")
    assert not (tmp_path / "out").exists()
