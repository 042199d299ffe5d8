"""The compact network: one shared trunk and one named head per measurement.

A residual encoder-decoder. The input is averaged 2x2 first; the encoder goes down
to 1/64 of the canvas, where global context is mixed in, and the decoder comes back
up to 1/4. Position matters as much as texture (a label says which structure it is,
and where it stands on the screen says it too), so two coordinate channels are added.

The state dict has the keys `compact.*` for the trunk and `heads.<measurement>.*`
for the heads; widths and heads can be read off its shapes, so it needs no other file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from EchoMeasureLib.errors import WeightsProblem

DEFAULT_WIDTHS = (16, 32, 64, 96, 160, 160)
DEEPEST_STRIDE = 32
"""Of the averaged input."""


class CompactNetwork(nn.Module):
    """Finds the landmarks of all measurements of one kind of canvas in one pass."""

    def __init__(self, heads: Mapping[str, int], width: tuple[int, ...] = DEFAULT_WIDTHS) -> None:
        """`heads`: points per measurement id; `width`: channels of the six stages."""
        super().__init__()
        self.compact = _Trunk(width)
        self.points = dict(heads)
        self.heads = nn.ModuleDict(
            {name: nn.Conv2d(width[1], points, 1) for name, points in heads.items()}
        )
        for head in self.heads.values():
            # Nearly every cell is background, so training starts from "nothing here".
            nn.init.constant_(head.bias, math.log(0.01 / 0.99))  # type: ignore[arg-type]

    @property
    def measurements(self) -> tuple[str, ...]:
        return tuple(self.heads)

    def forward(self, canvas: torch.Tensor) -> dict[str, torch.Tensor]:
        """Logits (n, points, ceil(h/4), ceil(w/4)) per measurement; canvases (n, 3, h, w) in 0..1.

        Channels stand in the order of `Definition.points`; `network_facts.HEAT_STRIDE` says where.
        """
        return self.forward_averaged(average(canvas))

    def forward_averaged(self, averaged: torch.Tensor) -> dict[str, torch.Tensor]:
        """The same for canvases that are averaged 2x2 already: (n, 3, h/2, w/2)."""
        features = self._features(averaged)
        return {name: head(features) for name, head in self.heads.items()}

    def forward_stacked(self, canvas: torch.Tensor) -> torch.Tensor:
        """The logits of all measurements, one after the other: (n, all points, h/4, w/4).

        One convolution for all heads: each for itself takes nearly as long.
        """
        heads = [*self.heads.values()]
        weight = torch.cat([head.weight for head in heads])  # type: ignore[misc]
        bias = torch.cat([head.bias for head in heads])  # type: ignore[misc]
        return F.conv2d(self._features(average(canvas)), weight, bias)

    def _features(self, averaged: torch.Tensor) -> torch.Tensor:
        rows, columns = averaged.shape[-2:]
        pad = (0, -columns % DEEPEST_STRIDE, 0, -rows % DEEPEST_STRIDE)
        features: torch.Tensor = self.compact(F.pad(averaged, pad))
        return features[..., : -(-rows // 2), : -(-columns // 2)]

    @classmethod
    def from_state(cls, state: Mapping[str, torch.Tensor]) -> CompactNetwork:
        """The network that this state dict belongs to, in float32 and in evaluation mode.

        Raises `WeightsProblem` when the keys or shapes are those of something else.
        """
        heads = {
            key.split(".")[1]: int(value.shape[0])
            for key, value in state.items()
            if key.startswith("heads.") and key.endswith(".weight")
        }
        try:
            width = tuple(
                int(state[f"compact.encoder.{i}.0.conv.weight"].shape[0])
                for i in range(len(DEFAULT_WIDTHS))
            )
            with torch.device("meta"):
                # A file can claim any width: nothing of that size is made to find out.
                network = cls(heads, width)
            network.load_state_dict(
                {key: value.float() for key, value in state.items()}, assign=True
            )
        except (LookupError, RuntimeError, MemoryError, ValueError, TypeError) as error:
            # torch says it in several lines, of which the last one names a key or a shape.
            what = (str(error).splitlines() or [type(error).__name__])[-1].strip().rstrip(".")
            raise WeightsProblem(
                f"These are not the weights of a compact network: {what}.",
                "Use a file that `echomeasure train --architecture compact` wrote.",
            ) from error
        return network.eval()


def average(canvas: torch.Tensor) -> torch.Tensor:
    """Canvases (n, 3, h, w) averaged 2x2: (n, 3, ceil(h/2), ceil(w/2))."""
    rows, columns = canvas.shape[-2:]
    if rows % 2 or columns % 2:
        canvas = F.pad(canvas, (0, columns % 2, 0, rows % 2), mode="replicate")
    return F.avg_pool2d(canvas, 2)


class _Norm(nn.Module):
    """Batch normalisation without torch's step counter, which half precision cannot hold."""

    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, 0.05
        )


class _Unit(nn.Module):
    """Convolution, normalisation, activation."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = _Norm(outputs)
        self.active = active

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm.forward(self.conv(x))
        return F.relu(x, inplace=True) if self.active else x


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _Unit(channels, channels)
        self.second = _Unit(channels, channels, active=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.second.forward(self.first.forward(x)))


class _Context(nn.Module):
    """What is on the whole screen, as a gate on every channel (squeeze and excitation)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(2 * channels, channels // 2, 1)
        self.excite = nn.Conv2d(channels // 2, 2 * channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = torch.cat((x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)), 1)
        gate, shift = self.excite(F.relu(self.squeeze(pooled))).chunk(2, 1)
        mixed: torch.Tensor = x * torch.sigmoid(gate) + shift
        return mixed


class _Up(nn.Module):
    """Twice the resolution, with the encoder's features of that resolution beside it."""

    def __init__(self, deep: int, skip: int, outputs: int, last: bool = False) -> None:
        super().__init__()
        self.reduce = _Unit(deep, outputs, 1)
        self.skip = _Unit(skip, outputs, 1)
        # At the highest resolution a layer costs most and has least to find out.
        self.mix: nn.Module = _Unit(outputs, outputs) if last else _Residual(outputs)

    def forward(self, deep: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        up = F.interpolate(self.reduce(deep), scale_factor=2.0, mode="bilinear")
        mixed: torch.Tensor = self.mix(up + self.skip(skip))
        return mixed


class _Trunk(nn.Module):
    """(n, 3, h, w) with h, w multiples of 32 -> (n, width[1], h/2, w/2)."""

    def __init__(self, width: tuple[int, ...]) -> None:
        super().__init__()
        self.width = width
        stages: list[nn.Module] = [nn.Sequential(_Unit(5, width[0], 5, 2))]
        stages += [
            nn.Sequential(_Unit(width[i - 1], width[i], 3, 2), _Residual(width[i]))
            for i in range(1, len(width) - 1)
        ]
        stages.append(
            nn.Sequential(_Unit(width[-2], width[-1], 3), _Residual(width[-1]), _Context(width[-1]))
        )
        self.encoder = nn.ModuleList(stages)
        self.up = nn.ModuleList(
            [
                _Up(width[5], width[3], width[3]),
                _Up(width[3], width[2], width[2]),
                _Up(width[2], width[1], width[1]),
                _Up(width[1], width[0], width[1], last=True),
            ]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows, columns = x.shape[-2:]
        down = torch.linspace(-1, 1, rows, device=x.device, dtype=x.dtype)
        across = torch.linspace(-1, 1, columns, device=x.device, dtype=x.dtype)
        grid = torch.stack(torch.meshgrid(down, across, indexing="ij")).expand(len(x), -1, -1, -1)
        # `cat` of a channels-last picture and a plain grid would give a plain tensor.
        x = torch.cat((x - 0.2, grid), 1).contiguous(memory_format=torch.channels_last)
        skips: list[torch.Tensor] = []
        for stage in self.encoder:
            x = stage(x)
            skips.append(x)
        for up, skip in zip(self.up, (skips[3], skips[2], skips[1], skips[0]), strict=True):
            x = up(x, skip)
        return x
