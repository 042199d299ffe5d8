"""The two architectures as the trainer sees them: pictures in, heat-map logits out."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.inference.checkpoints import ECHONET_PREFIX
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.network_facts import HEAT_STRIDE
from EchoMeasureLib.training.targets import Grid
from EchoMeasureLib.training.tasks import CANVAS_SIZE, Heads


class Architecture(str, enum.Enum):
    """Which kind of network is trained."""

    COMPACT = "compact"
    ECHONET = "echonet"


class Trainee(nn.Module):
    """A network under training. Subclasses say what it is made of."""

    architecture: Architecture
    reduction: int
    """Canvas pixels per pixel of the pictures it is fed."""

    def __init__(self, heads: Heads, network: nn.Module, grid: Grid) -> None:
        super().__init__()
        self.heads = heads
        self.network = network
        self.grid = grid
        self.fixed_statistics = False
        """Whether normalisation keeps its statistics, as fine-tuning on few cases must."""

    def backbone(self) -> nn.Module:
        """The part that `freeze_backbone` leaves as it is."""
        raise NotImplementedError

    def state(self) -> dict[str, torch.Tensor]:
        """The state dict as it is written to a checkpoint, in float32."""
        raise NotImplementedError

    def freeze_backbone(self) -> None:
        """Only decoder and heads learn from here on."""
        for parameter in self.backbone().parameters():
            parameter.requires_grad_(False)
        self.fixed_statistics = True

    def train(self, mode: bool = True) -> Trainee:
        """As torch's, except that fixed statistics stay fixed."""
        super().train(mode)
        if mode and self.fixed_statistics:
            for module in self.modules():
                if getattr(module, "running_mean", None) is not None:
                    module.eval()
        return self


class CompactTrainee(Trainee):
    """Several measurements, averaged pictures, heat maps at a quarter of the canvas."""

    architecture = Architecture.COMPACT
    reduction = 2

    def __init__(self, heads: Heads, network: CompactNetwork | None = None) -> None:
        rows, columns = CANVAS_SIZE[heads.kind]
        grid = Grid(-(-rows // HEAT_STRIDE), -(-columns // HEAT_STRIDE), HEAT_STRIDE, HEAT_STRIDE)
        super().__init__(heads, network or CompactNetwork(dict(heads.points)), grid)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits (n, channels, rows, columns) of pictures of half the canvas, (n, 3, h, w) 0..1."""
        network = self.network
        assert isinstance(network, CompactNetwork)
        maps = network.forward_averaged(pictures)
        return torch.cat([maps[id] for id in self.heads.ids], 1)

    def backbone(self) -> nn.Module:
        """The encoder, which all heads share."""
        network = self.network
        assert isinstance(network, CompactNetwork)
        return network.compact.encoder

    def state(self) -> dict[str, torch.Tensor]:
        """Keys `compact.*` and `heads.*`, on the CPU."""
        return {key: value.detach().cpu() for key, value in self.network.state_dict().items()}


class DeepLabTrainee(Trainee):
    """The published architecture, DeepLabV3-ResNet50.

    The loss is taken before torchvision's upsampling, at an eighth of the canvas.
    """

    architecture = Architecture.ECHONET
    reduction = 1
    channels: list[int]
    """The output channel of each point of the heads, in their order."""

    def __init__(self, heads: Heads, network: nn.Module | None, channels: Iterable[int]) -> None:
        height, width = CANVAS_SIZE[heads.kind]
        rows, columns = -(-height // 8), -(-width // 8)
        grid = Grid(rows, columns, height / rows, width / columns)
        super().__init__(heads, network or echonet_network(heads.channels), grid)
        self.channels = list(channels)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits (n, channels, rows, columns) of pictures of the canvas, (n, 3, h, w), 0..1."""
        network: Any = self.network
        features = network.backbone(pictures)["out"]
        maps: torch.Tensor = network.classifier(features)
        return maps[:, self.channels]

    def backbone(self) -> nn.Module:
        """The ResNet50."""
        network: Any = self.network
        found: nn.Module = network.backbone
        return found

    def state(self) -> dict[str, torch.Tensor]:
        """Torchvision's keys with the prefix of the published files, on the CPU."""
        state = self.network.state_dict()
        return {ECHONET_PREFIX + key: value.detach().cpu() for key, value in state.items()}


class EchonetTrainee(DeepLabTrainee):
    """One measurement, as in the published files.

    Raises `InvalidArgument` for several measurements.
    """

    def __init__(self, heads: Heads, network: nn.Module | None = None) -> None:
        if len(heads.points) != 1:
            raise InvalidArgument(
                f"EchoNet's format holds one measurement, not {len(heads.points)}.",
                "Name one with --measurement, or use --architecture compact.",
            )
        super().__init__(heads, network, definition(heads.ids[0]).channels)


def echonet_network(channels: int, state: Mapping[str, torch.Tensor] | None = None) -> nn.Module:
    """torchvision's deeplabv3_resnet50 without a download; `state` has no `m.` prefix."""
    from torchvision.models.segmentation import deeplabv3_resnet50

    network: nn.Module = deeplabv3_resnet50(
        weights=None, weights_backbone=None, num_classes=channels, aux_loss=False
    )
    if state is not None:
        network.load_state_dict(dict(state))
    return network


TRAINEES: Mapping[Architecture, type[CompactTrainee] | type[EchonetTrainee]] = {
    Architecture.COMPACT: CompactTrainee,
    Architecture.ECHONET: EchonetTrainee,
}
