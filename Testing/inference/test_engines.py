"""What runs a network: the same answer, faster, and with the memory there is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.network_facts import NetworkFacts
from EchoMeasureLib.inference.networks import LandmarkNetwork
from EchoMeasureLib.inference.settings import Precision
from EchoMeasureLib.inference.torch_engine import TorchEngine, best_precision

HEADS = {"lvid": 2, "ivs": 2}
FACTS = NetworkFacts(HEADS, compact=True)


def trained_looking() -> CompactNetwork:
    """A small network whose normalisations have something to normalise."""
    torch.manual_seed(3)
    network = CompactNetwork(HEADS, (8, 8, 8, 8, 8, 8)).eval()
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.2)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    return network


def canvases(count: int) -> list[Canvas]:
    rng = np.random.default_rng(count)
    return [Canvas.of(picture) for picture in rng.integers(0, 256, (count, 480, 640, 3), np.uint8)]


def test_folding_the_normalisation_changes_nothing() -> None:
    batch = canvases(2)
    with torch.inference_mode():
        plain = trained_looking()(torch.from_numpy(np.stack([one.pixels for one in batch])))
    folded = TorchEngine(LandmarkNetwork(trained_looking(), FACTS), Precision.FLOAT32).run(batch)
    for id in HEADS:
        np.testing.assert_allclose(folded[id], plain[id].numpy(), rtol=1e-3, atol=1e-4)


def test_bfloat16_differs_little() -> None:
    batch = canvases(1)
    precise, quick = (
        TorchEngine(LandmarkNetwork(trained_looking(), FACTS), precision).run(batch)["lvid"]
        for precision in (Precision.FLOAT32, Precision.BFLOAT16)
    )
    assert quick.dtype == np.float32
    # 8 bits of mantissa through some 30 layers of a network that nobody has trained.
    assert (quick - precise).std() < 0.25 * precise.std()


def test_auto_takes_bfloat16_only_where_the_processor_has_it() -> None:
    flags = ("avx512_bf16", "amx_bf16")
    told = Path("/proc/cpuinfo")
    if told.exists():
        words = set(told.read_text(encoding="utf-8").split())
        expected = Precision.BFLOAT16 if words & set(flags) else Precision.FLOAT32
        assert best_precision(torch.device("cpu")) == expected


class Greedy(nn.Module):
    """A network that has memory for so many frames only."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.batches: list[int] = []
        self.points = HEADS

    def forward(self, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        self.batches.append(len(batch))
        if len(batch) > self.room:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to ...")
        return {id: batch.mean((1, 2, 3)).reshape(-1, 1, 1, 1) for id in HEADS}


class GreedyNetwork(LandmarkNetwork):
    def logits(self, canvases: torch.Tensor) -> dict[str, torch.Tensor]:
        return self.module(canvases)


def test_a_batch_is_halved_until_it_fits() -> None:
    module = Greedy(room=2)
    batch = canvases(5)
    found = TorchEngine(GreedyNetwork(module, FACTS), Precision.FLOAT32).run(batch)["lvid"]
    assert found[:, 0, 0, 0].tolist() == pytest.approx(
        [one.pixels.mean() for one in batch], abs=1e-5
    )
    assert module.batches == [5, 2, 3, 1, 2]


def test_too_little_memory_for_a_single_frame_is_said_plainly() -> None:
    with pytest.raises(EchoMeasureError, match="not enough memory"):
        TorchEngine(GreedyNetwork(Greedy(room=0), FACTS), Precision.FLOAT32).run(canvases(2))


def test_other_errors_of_a_network_are_not_taken_for_a_lack_of_memory() -> None:
    class Broken(Greedy):
        def forward(self, batch: torch.Tensor) -> dict[str, torch.Tensor]:
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        TorchEngine(GreedyNetwork(Broken(1), FACTS), Precision.FLOAT32).run(canvases(1))
