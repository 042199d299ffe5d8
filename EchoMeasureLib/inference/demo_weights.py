"""Untrained checkpoints in EchoNet's format, for demonstrations, benchmarks and tests.

Their landmarks mean nothing, and every result says so: a sidecar marks the set as `demo`.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.files import make_folder, write_text, written_whole
from EchoMeasureLib.inference.checkpoints import ECHONET_PREFIX
from EchoMeasureLib.inference.settings import WeightSet

if TYPE_CHECKING:
    import torch
    from torch import nn

BLOB = 0.1
"""Standard deviation of the wanted heat around a point, as a share of the picture's width."""
GAIN, STRIP_GAIN, LOWEST = 20.0, 8.0, -5.0
"""From the fitted heat (0 to 1) to logits. A strip is all noise, and its heat goes over 1."""
EVERY = 8
RIDGE = 0.01
"""Share of the features' variance that keeps the fit from following single pixels."""


def write_demo_checkpoint(folder: Path, measurement: str, seed: int) -> Path:
    """Write a seeded random DeepLabV3-ResNet50 for this measurement; returns the checkpoint.

    Only the last layer is not random: it is fitted to one blob per point on a picture of
    noise, so that the heat maps have peaks. Maps of random layers are flat or have many
    equal peaks, which tells nothing about precision. Raises `OutputProblem`.
    """
    import torch
    from torchvision.models.segmentation import deeplabv3_resnet50

    row = definition(measurement)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = deeplabv3_resnet50(
            weights=None, weights_backbone=None, num_classes=len(row.points)
        ).eval()
        _fit_last_layer(network, row)
    name = Path(row.network.file).name if row.network else f"{measurement}.ckpt"
    path = make_folder(folder) / name
    with written_whole(path) as beside:
        torch.save(
            {ECHONET_PREFIX + key: value for key, value in network.state_dict().items()}, beside
        )
    facts = {"set": WeightSet.DEMO.value, "measurement": measurement, "seed": seed}
    sidecar = {**facts, "note": "Untrained."}
    write_text(path.with_suffix(".json"), json.dumps(sidecar, indent=1) + "\n")
    return path


def _fit_last_layer(network: nn.Module, row: Definition) -> None:
    """Ridge regression from the random features of a noisy picture to one blob per channel."""
    import torch

    picture = torch.rand(3, 216, 512) if row.on_strip else _sector()
    gain = STRIP_GAIN if row.on_strip else GAIN
    head: Any = network.classifier
    last = head[-1]
    head[-1] = torch.nn.Identity()
    with torch.no_grad():
        maps = network(picture[None])["out"][0, :, ::EVERY, ::EVERY]
        rows, columns = maps.shape[-2:]
        features = maps.flatten(1).T.double()
        wanted = torch.stack([_blob(rows, columns) for _ in row.points], 1).double()
        centred = features - features.mean(0)
        scatter = centred.T @ centred / len(centred)
        scatter += RIDGE * centred.var() * torch.eye(len(scatter))
        fitted = torch.linalg.solve(scatter, centred.T @ (wanted - wanted.mean(0)) / len(centred))
        last.weight.copy_(gain * fitted.T[:, :, None, None])
        last.bias.copy_(LOWEST + gain * (wanted.mean(0) - features.mean(0) @ fitted))
    head[-1] = last


def _sector() -> torch.Tensor:
    """Speckle in the shape of a sector, (3, 240, 320)."""
    import torch
    import torch.nn.functional as F  # noqa: N812

    y, x = torch.meshgrid(torch.arange(240.0) - 20, torch.arange(320.0) - 160, indexing="ij")
    inside = (torch.hypot(x, y) < 200) & (torch.atan2(x.abs(), y) < math.pi / 4)
    tissue = F.interpolate(torch.rand(1, 1, 60, 80), (240, 320), mode="bilinear")[0, 0]
    return (torch.rand(240, 320) * tissue * inside).expand(3, -1, -1)


def _blob(rows: int, columns: int) -> torch.Tensor:
    """A Gaussian somewhere in the middle of a map, as (rows * columns,)."""
    import torch

    across, down = (0.35 + 0.3 * torch.rand(2)).tolist()
    y, x = torch.meshgrid(torch.arange(float(rows)), torch.arange(float(columns)), indexing="ij")
    square = (x - across * columns) ** 2 + (y - down * rows) ** 2
    return torch.exp(-square / (2 * (BLOB * columns) ** 2)).flatten()
