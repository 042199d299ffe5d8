"""The graphics processor of a Mac: what can be known of its engine without one, and with one."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from small_networks import write_small_networks
from thin_deeplab import thin_network
from torch.utils._python_dispatch import TorchDispatchMode

from EchoMeasureLib.errors import EngineProblem
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.engine_choice import FallingBack, engine_for
from EchoMeasureLib.inference.engines import engines_there, make_engine
from EchoMeasureLib.inference.mps_engine import MpsEngine, agree
from EchoMeasureLib.inference.network_facts import NetworkFacts
from EchoMeasureLib.inference.networks import LandmarkNetwork
from EchoMeasureLib.inference.settings import EngineName, Precision
from EchoMeasureLib.inference.torch_engine import TorchEngine
from EchoMeasureLib.inference.weight_store import Store, package_folder

HEADS = {"lvid": 2}
NO_CARD, OTHER_CARD = torch.device("meta"), torch.device("cpu")
"""torch's device without numbers: nothing can be got from it. And one that computes."""

on_a_mac = pytest.mark.skipif(
    not torch.backends.mps.is_available(), reason="no graphics processor of Apple's here"
)


def compact() -> CompactNetwork:
    torch.manual_seed(5)
    return CompactNetwork(HEADS, (8, 8, 8, 8, 8, 8))


def network(module: torch.nn.Module | None = None) -> LandmarkNetwork:
    return LandmarkNetwork(module or compact(), NetworkFacts(HEADS, compact=True))


def canvases(count: int = 1) -> list[Canvas]:
    noise = np.random.default_rng(count).integers(0, 256, (count, 480, 640, 3), np.uint8)
    return [Canvas.of(picture) for picture in noise]


class Otherwise(CompactNetwork):
    """Says something else each time that it is asked, as a faulty card would."""

    def __init__(self, by: float) -> None:
        super().__init__(HEADS, (8, 8, 8, 8, 8, 8))
        self.by, self.asked = by, 0

    def forward(self, canvases: torch.Tensor) -> dict[str, torch.Tensor]:
        self.asked += 1
        found = super().forward(canvases)
        return {id: maps + self.by * (self.asked - 1) for id, maps in found.items()}


def test_auto_tries_it_on_a_mac_and_nowhere_else() -> None:
    def everything(name: str) -> bool:
        return True

    usual = [EngineName.TORCH, EngineName.OPENVINO]
    assert engines_there(everything, "linux") == engines_there(everything, "win32") == usual
    assert engines_there(everything, "darwin") == [*usual, EngineName.MPS]
    assert engines_there(lambda name: name == "torch", "darwin") == [usual[0], EngineName.MPS]
    assert engines_there(lambda name: name == "openvino", "darwin") == [usual[1]]


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="there is such a card here")
def test_who_names_it_where_there_is_none_is_told(tmp_path: Any) -> None:
    checkpoint = Store(write_small_networks(tmp_path, ["lvid"])).find("lvid")
    with pytest.raises(EngineProblem, match="no graphics processor of Apple's") as problem:
        engine_for(EngineName.MPS, checkpoint, "lvid", Precision.AUTO, print)
    assert "--engine torch" in problem.value.hint


@pytest.mark.parametrize("precision", [Precision.BFLOAT16, Precision.INT8])
def test_it_computes_in_float32_only(precision: Precision) -> None:
    with pytest.raises(EngineProblem, match="float32"):
        MpsEngine(network(), precision, OTHER_CARD)


def test_a_card_that_fails_gives_way_to_the_processor_with_a_sentence() -> None:
    told: list[str] = []
    exact = TorchEngine(network(), Precision.FLOAT32, torch.device("cpu"))
    engine = FallingBack(MpsEngine(network(), card=NO_CARD), lambda: exact, told.append)
    found = engine.run(canvases())["lvid"]
    assert np.array_equal(found, exact.run(canvases())["lvid"])
    assert engine.name is EngineName.TORCH
    (said,) = told
    assert said.startswith("The graphics processor failed (")
    assert said.endswith("). The processor runs the networks instead.")


@pytest.mark.parametrize("by", [0.5, float("nan")])
def test_a_card_that_computes_otherwise_is_not_believed(by: float) -> None:
    with pytest.raises(EngineProblem, match="does not compute what the processor computes"):
        MpsEngine(network(Otherwise(by)), card=OTHER_CARD).run(canvases())


def test_a_card_shows_once_for_each_size_of_batch_that_it_agrees() -> None:
    counted = Otherwise(0)
    engine = MpsEngine(network(counted), card=OTHER_CARD)
    asked = []
    for count in (1, 1, 2, 2, 1):
        engine.run(canvases(count))
        asked.append(counted.asked)
    assert asked == [2, 3, 5, 6, 7]
    exact = TorchEngine(network(), Precision.FLOAT32, torch.device("cpu"))
    plain = MpsEngine(network(), card=OTHER_CARD)
    assert np.array_equal(plain.run(canvases())["lvid"], exact.run(canvases())["lvid"])
    assert (plain.name, plain.precision) == (EngineName.MPS, Precision.FLOAT32)


def test_maps_agree_within_a_hundredth_of_their_span() -> None:
    maps = np.array([[-5.0, 0.0], [2.0, 5.0]], np.float32)
    for away, near in ((0.09, True), (0.11, False), (np.nan, False), (np.inf, False)):
        changed = maps.copy()
        changed[0, 1] += away
        assert agree({"lvid": changed}, {"lvid": maps}) is near
    assert not agree({}, {"lvid": maps})
    assert not agree({"lvid": maps[:1]}, {"lvid": maps})


class Kinds(TorchDispatchMode):
    """Number formats of all tensors that pass through torch."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[torch.dtype] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        self.seen |= {one.dtype for one in (*args, found) if isinstance(one, torch.Tensor)}
        return found


@pytest.mark.parametrize("module", [compact, partial(thin_network, 2)])
def test_nothing_is_asked_in_float64_which_the_card_does_not_have(module: Any) -> None:
    made = module()
    facts = NetworkFacts(HEADS, compact=isinstance(made, CompactNetwork))
    engine = MpsEngine(LandmarkNetwork(made, facts), card=OTHER_CARD)
    with Kinds() as kinds:
        engine.run(canvases())
    assert torch.float32 in kinds.seen
    assert torch.float64 not in kinds.seen


@on_a_mac
def test_on_a_mac_the_maps_are_those_of_the_processor() -> None:
    checkpoint = Store(package_folder()).find("lvid")
    engines = [
        make_engine(name, checkpoint, "lvid", Precision.FLOAT32)
        for name in (EngineName.TORCH, EngineName.MPS)
    ]
    for count in (1, 4):
        exact, found = (engine.run(canvases(count)) for engine in engines)
        assert agree(found, exact)
    deep = MpsEngine(LandmarkNetwork(thin_network(2), NetworkFacts(HEADS, compact=False)))
    deep.run(canvases())
