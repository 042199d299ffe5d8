"""DeepLabV3-ResNet50 in fewer passes over memory, for the CPU.

oneDNN (through torch) adds, cuts at zero and rounds once while a convolution's result is still
in the processor's cache, and keeps its weights in the layout it computes in. The arithmetic is
that of torchvision's module; sums are rounded less often.
"""

from __future__ import annotations

import platform
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn


def can_fuse(module: nn.Module, dtype: torch.dtype) -> bool:
    """Whether this is a DeepLabV3 with bottlenecks, and torch has what it takes here.

    The operations are those that torch's own compiler uses. A torch without them, and any
    processor but the kind that they were tried on, is served by the plain module.
    """
    if platform.machine() not in ("x86_64", "AMD64"):
        return False
    if not hasattr(module, "backbone") or not hasattr(module, "classifier"):
        return False
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    operations = torch.ops.mkldnn
    names = ("_convolution_pointwise", "_convolution_pointwise_", "_reorder_convolution_weight")
    if not all(hasattr(operations, name) for name in names):
        return False
    if dtype == torch.float32:
        return True
    known = getattr(operations, "_is_mkldnn_bf16_supported", None)
    return dtype == torch.bfloat16 and known is not None and bool(known())


class FusedDeepLab(nn.Module):
    """Takes over a DeepLabV3-ResNet50 whose normalisations are folded into its convolutions."""

    def __init__(self, module: nn.Module) -> None:
        """`module`: on the CPU, in its final number format. Its weights are moved, not copied."""
        super().__init__()
        parts: Any = module
        backbone, classifier = parts.backbone, parts.classifier
        self.stem, self.pool = _Fused(backbone.conv1), backbone.maxpool
        layers = (backbone.layer1, backbone.layer2, backbone.layer3, backbone.layer4)
        self.blocks = nn.ModuleList(_Block(block) for layer in layers for block in layer)
        pyramid = classifier[0]
        *local, pooled = pyramid.convs
        self.local = nn.ModuleList(_Fused(branch[0]) for branch in local)
        self.pooled, self.project = pooled[1], pyramid.project[0]
        self.mix, self.last = _Fused(classifier[1]), classifier[4]

    def forward(self, canvases: torch.Tensor) -> torch.Tensor:
        """Logits (n, channels, h/8, w/8) of canvases (n, 3, h, w) that lie channels-last."""
        x = self.pool(self.stem(canvases))
        for block in self.blocks:
            x = block(x)
        local = torch.cat([branch(x) for branch in self.local], 1)
        # The pooled branch is the same everywhere, so its share of the projection is a constant.
        weight = self.project.weight.flatten(1).float()
        channels = local.shape[1]
        pooled = F.relu(_linear(self.pooled, _mean(x)))
        constant = F.linear(pooled, weight[:, channels:], self.project.bias.float())
        mixed = F.conv2d(local, self.project.weight[:, :channels])
        mixed = F.relu_(mixed + constant[:, :, None, None].to(mixed.dtype))
        logits: torch.Tensor = self.last(self.mix(mixed))
        return logits


class _Block(nn.Module):
    """A bottleneck: three convolutions and the way around them."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.first, self.second = _Fused(block.conv1), _Fused(block.conv2)
        self.third = _Fused(block.conv3)
        around = block.downsample
        self.around = None if around is None else _Fused(around[0], active=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # Each block writes its sum over what came around it, which nobody needs any more.
        base = x if self.around is None else self.around(x)
        return self.third.added(self.second(self.first(x)), base)


class _Fused(nn.Module):
    """A convolution with what follows it, its weights laid out at the first call."""

    def __init__(self, convolution: nn.Conv2d, active: bool = True) -> None:
        super().__init__()
        self.weight = convolution.weight.detach()
        self.bias = None if convolution.bias is None else convolution.bias.detach()
        self.padding, self.stride = list(convolution.padding), list(convolution.stride)
        self.dilation = list(convolution.dilation)
        self.after = "relu" if active else "none"
        self._laid_out = False

    def _lay_out(self, x: torch.Tensor) -> None:
        if not self._laid_out:
            self.weight = torch.ops.mkldnn._reorder_convolution_weight(
                self.weight, self.padding, self.stride, self.dilation, 1, list(x.shape)
            )
            self._laid_out = True

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self._lay_out(x)
        pointwise: Any = torch.ops.mkldnn._convolution_pointwise
        facts: Any = (self.padding, self.stride, self.dilation, 1, self.after, [], "")
        result: torch.Tensor = pointwise(x, self.weight, self.bias, *facts)
        return result

    def added(self, x: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
        """relu(base + convolution of x), written over `base`."""
        self._lay_out(x)
        pointwise: Any = torch.ops.mkldnn._convolution_pointwise_.binary
        facts: Any = (self.padding, self.stride, self.dilation, 1, "add", 1.0, "relu", [], "")
        result: torch.Tensor = pointwise(base, x, self.weight, self.bias, *facts)
        return result


def _mean(x: torch.Tensor) -> torch.Tensor:
    """Mean over the pixels of (n, channels, h, w), in float32.

    Rows are summed by a matrix product, which is ten times as fast as torch's own reduction of
    bfloat16; only the rows' sums are rounded.
    """
    ones = torch.ones(1, x.shape[3], dtype=x.dtype)
    rows = torch.matmul(ones, x.permute(0, 2, 3, 1))
    return rows.float().sum((1, 2)) / (x.shape[2] * x.shape[3])


def _linear(convolution: Any, x: torch.Tensor) -> torch.Tensor:
    """A 1 x 1 convolution of one pixel, in float32."""
    return F.linear(x, convolution.weight.flatten(1).float(), convolution.bias.float())
