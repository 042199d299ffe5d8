"""Untrained checkpoints in EchoNet's format, for demonstrations and tests of the way through.

Their landmarks mean nothing, and every result says so: a sidecar marks the set as `demo`.
"""

from __future__ import annotations

import json
from pathlib import Path

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.files import make_folder, write_text, written_whole

LOGIT_SPREAD = 4.0
"""Standard deviation of the logits over a noisy picture: peaked, and not saturated."""


def write_demo_checkpoint(folder: Path, measurement: str, seed: int) -> Path:
    """Write a seeded random DeepLabV3-ResNet50 for this measurement; returns the checkpoint.

    The last layer is scaled up until the heat maps are not flat. Raises `OutputProblem`.
    """
    import torch
    from torchvision.models.segmentation import deeplabv3_resnet50

    row = definition(measurement)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = deeplabv3_resnet50(
            weights=None, weights_backbone=None, num_classes=len(row.points)
        ).eval()
        noise = torch.rand(1, 3, 96, 128)
        with torch.inference_mode():
            maps = network(noise)["out"]
    last = network.classifier[4]
    with torch.no_grad():
        factor = LOGIT_SPREAD / maps.std()
        last.weight.mul_(factor)
        last.bias.copy_((last.bias - maps.mean()) * factor - LOGIT_SPREAD)
    path = make_folder(folder) / Path(row.network.file).name
    with written_whole(path) as beside:
        torch.save({f"m.{key}": value for key, value in network.state_dict().items()}, beside)
    sidecar = {"set": "demo", "measurement": measurement, "seed": seed, "note": "Untrained."}
    write_text(path.with_suffix(".json"), json.dumps(sidecar, indent=1) + "\n")
    return path
