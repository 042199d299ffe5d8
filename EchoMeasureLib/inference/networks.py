"""From a checkpoint to a network that gives heat maps.

Two architectures are recognised by their keys: EchoNet-Measurements' DeepLabV3-ResNet50
(`m.backbone...`, one measurement per file) and EchoMeasure's compact network
(`compact...`, `heads.ID...`, all measurements of one kind of canvas in one file).
Loading reads tensors and nothing else: no code in a file is ever run.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.inference.checkpoints import AGAIN_HINT, bare_keys, read_shapes
from EchoMeasureLib.inference.compact import HEAT_STRIDE, CompactNetwork, is_compact
from EchoMeasureLib.inference.fused import FusedDeepLab
from EchoMeasureLib.inference.pickled_shapes import WRAPPERS
from EchoMeasureLib.inference.weight_store import Checkpoint

State = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class HeatGrid:
    """How the cells of a heat map lie on the canvas."""

    to_canvas: Affine2D
    """From cell coordinates (centre of the first cell is 0, 0) to canvas pixels."""
    canvas: tuple[int, int]
    """Columns and rows of the canvas."""


class LandmarkNetwork:
    """One loaded network: its measurements, its module, and the geometry of its heat maps."""

    def __init__(self, module: nn.Module, measurements: Mapping[str, int]) -> None:
        self.module = module.eval()
        self.measurements = tuple(measurements)
        self.points = dict(measurements)

    @property
    def compact(self) -> bool:
        return isinstance(self.module, CompactNetwork)

    def logits(self, canvases: torch.Tensor) -> dict[str, torch.Tensor]:
        """Heat maps before the sigmoid, (n, points, h, w) per measurement, at the net's resolution.

        Channels stand in the order of `Definition.points`.
        """
        if isinstance(self.module, CompactNetwork):
            return self.module.forward(canvases)
        if isinstance(self.module, FusedDeepLab):
            maps = self.module.forward(canvases)
        else:
            parts: Any = self.module
            maps = parts.classifier(parts.backbone(canvases)["out"])
        (id,) = self.measurements
        return {id: maps[:, list(definition(id).channels)]}

    def grid(self, canvas: tuple[int, int], heat: tuple[int, int]) -> HeatGrid:
        """Where the cells of a heat map of size `heat` lie; sizes are (columns, rows)."""
        if self.compact:
            offset = (HEAT_STRIDE - 1) / 2
            return HeatGrid(Affine2D(HEAT_STRIDE, HEAT_STRIDE, offset, offset), canvas)
        return HeatGrid(Affine2D.resize(heat, canvas), canvas)


def full_resolution(logits: torch.Tensor, grid: HeatGrid) -> torch.Tensor:
    """Logits (..., h, w) brought to every canvas pixel, bilinear, as torchvision does."""
    columns, rows = grid.canvas
    maps = logits.float().reshape(1, -1, *logits.shape[-2:])
    scale = grid.to_canvas.scale_x
    if scale == grid.to_canvas.scale_y and scale == round(scale):
        # A whole stride may reach past the canvas: the rest is cut off.
        full = F.interpolate(maps, scale_factor=scale, mode="bilinear", align_corners=False)
    else:
        full = F.interpolate(maps, (rows, columns), mode="bilinear", align_corners=False)
    return full[..., :rows, :columns].reshape(*logits.shape[:-2], rows, columns)


def load_network(checkpoint: Checkpoint, measurement: str) -> LandmarkNetwork:
    """The network in a checkpoint, for this measurement, in float32.

    Raises `WeightsProblem` when the file is damaged, foreign or made for something else.
    """
    state = read_state(checkpoint.path)
    if is_compact(state):
        network = CompactNetwork.from_state(state)
        if measurement not in network.measurements:
            raise WeightsProblem(
                f"{checkpoint.path.name} has no head for {measurement}; it measures "
                f"{', '.join(network.measurements)}."
            )
        wrong = [id for id, n in network.points.items() if n != len(definition(id).points)]
        if wrong:
            raise WeightsProblem(f"The heads for {', '.join(wrong)} have a wrong number of points.")
        return LandmarkNetwork(network, network.points)
    channels = len(definition(measurement).points)
    return LandmarkNetwork(_deeplab(state, channels, checkpoint), {measurement: channels})


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
        first = str(error).splitlines()[-1].strip()
        raise WeightsProblem(f"{name} does not fit DeepLabV3-ResNet50: {first}") from error
    return network
