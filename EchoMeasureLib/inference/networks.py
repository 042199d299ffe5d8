"""From a checkpoint to a network that gives heat maps.

Two architectures are recognised by their keys: EchoNet-Measurements' DeepLabV3-ResNet50
(`m.backbone...`, one measurement per file) and EchoMeasure's compact network
(`compact...`, `heads.ID...`, all measurements of one kind of canvas in one file).
Loading reads tensors and nothing else: no code in a file is ever run.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.checkpoints import AGAIN_HINT, bare_keys, read_shapes
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.network_facts import NetworkFacts, facts_of
from EchoMeasureLib.inference.pickled_shapes import WRAPPERS
from EchoMeasureLib.inference.weight_store import Checkpoint

State = dict[str, torch.Tensor]


class LandmarkNetwork:
    """One loaded network: what is known of it, and its module."""

    def __init__(self, module: nn.Module, facts: NetworkFacts) -> None:
        self.module = module.eval()
        self.facts = facts

    def logits(self, canvases: torch.Tensor) -> dict[str, torch.Tensor]:
        """Heat maps before the sigmoid, (n, points, h, w) per measurement, at the net's resolution.

        Channels stand in the order of `Definition.points`.
        """
        if isinstance(self.module, CompactNetwork):
            return self.module.forward(canvases)
        (id,) = self.facts.points
        return {id: self.stacked(canvases)}

    def stacked(self, canvases: torch.Tensor) -> torch.Tensor:
        """The same, (n, all points, h, w): those of one measurement after the other."""
        if isinstance(self.module, CompactNetwork):
            return self.module.forward_stacked(canvases)
        parts: Any = self.module
        maps: torch.Tensor = parts.classifier(parts.backbone(canvases)["out"])
        (id,) = self.facts.points
        return maps[:, list(definition(id).channels)]


def load_network(checkpoint: Checkpoint, measurement: str) -> LandmarkNetwork:
    """The network in a checkpoint, for this measurement, in float32.

    Raises `WeightsProblem` when the file is damaged, foreign or made for something else.
    """
    state = read_state(checkpoint.path)
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    facts = facts_of(shapes, measurement, checkpoint.path.name)
    if facts.compact:
        return LandmarkNetwork(CompactNetwork.from_state(state), facts)
    return LandmarkNetwork(_deeplab(state, facts.points[measurement], checkpoint), facts)


def read_state(path: Path) -> State:
    """The tensors of a checkpoint by name, without running anything that may be in it.

    Names are those of the network's parts, whatever stands before them in the file
    (`checkpoints.bare_keys`). Raises `WeightsProblem`.
    """
    # Names what is wrong better than torch does, and keeps from it what it could not bear.
    read_shapes(path)
    try:
        found: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except _DAMAGE as error:
        raise _damaged(path) from error
    inside = next((w for w in WRAPPERS if isinstance(found.get(w), dict)), None)
    state: Mapping[object, Any] = found if inside is None else found[inside]
    if not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise _damaged(path)
    for key, value in state.items():
        # Some engines turn what is not a number into 0 on the way, so that no result shows it.
        if value.is_floating_point() and not value.sum(dtype=torch.float32).isfinite():
            raise WeightsProblem(
                f"{path.name} is damaged: its {key} holds numbers that are not finite.",
                "Get it again, or use other weights.",
            )
    return bare_keys({str(key): value for key, value in state.items()})


_DAMAGE = (
    *(RuntimeError, OSError, EOFError, pickle.UnpicklingError, MemoryError, AssertionError),
    *(ValueError, LookupError, TypeError, AttributeError, OverflowError),
)
"""What torch raises about a file that is not as it should be."""


def _damaged(path: Path) -> WeightsProblem:
    return WeightsProblem(f"{path.name} is damaged, truncated or not a checkpoint.", AGAIN_HINT)


def _deeplab(state: State, channels: int, checkpoint: Checkpoint) -> nn.Module:
    name = checkpoint.path.name
    last = state.get("classifier.4.weight")
    if last is None or not last.ndim or "backbone.conv1.weight" not in state:
        raise WeightsProblem(
            f"{name} holds no network that EchoMeasure knows.",
            "It needs EchoNet-Measurements' DeepLabV3-ResNet50 or a compact network.",
        )
    if last.shape[0] != channels:
        raise WeightsProblem(
            f"{name} has {last.shape[0]} output channel(s); this measurement needs {channels}.",
            "It was made for another measurement.",
        )
    with torch.device("meta"):
        # Nothing is drawn at random only to be thrown away.
        network: nn.Module = deeplabv3_resnet50(
            weights=None, weights_backbone=None, num_classes=channels
        )
    try:
        network.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in state.items()}, assign=True
        )
    except (RuntimeError, MemoryError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[-1].strip()
        raise WeightsProblem(f"{name} does not fit DeepLabV3-ResNet50: {first}") from error
    return network
