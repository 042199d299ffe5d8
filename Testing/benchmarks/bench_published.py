"""What the published scripts do per frame, written from their description, and such networks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.inference.demo_weights import write_demo_checkpoint

GFLOP = 383.0
"""Of DeepLabV3-ResNet50 for one canvas of 640 x 480."""


class PublishedWay:
    """DeepLabV3-ResNet50 in eager float32, a frame at a time."""

    def __init__(self, checkpoint: Path) -> None:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        self.network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2)
        self.network.load_state_dict({k.removeprefix("m."): v for k, v in state.items()})
        self.network.eval()

    def points(self, frame: np.ndarray) -> list[tuple[float, float]]:
        """Centroids of the maps at the frame's own size."""
        canvas = torch.from_numpy(frame.transpose(2, 0, 1)[None] / 255.0).float()
        with torch.no_grad():
            maps = torch.sigmoid(self.network(canvas)["out"])[0].numpy()
        rows, columns = np.mgrid[: maps.shape[1], : maps.shape[2]]
        return [
            (float((m * columns).sum() / m.sum()), float((m * rows).sum() / m.sum())) for m in maps
        ]


def published_size(folder: Path, ids: Sequence[str]) -> list[Path]:
    """Untrained checkpoints in EchoNet's format, one for each of these measurements in images.

    They differ by a hair, so that no two have the same SHA-256.
    """
    found = [folder / Path(CATALOG[id].network.file).name for id in ids]  # type: ignore[union-attr]
    if not found[0].exists():
        write_demo_checkpoint(folder, ids[0], seed=1)
    for number, (id, path) in enumerate(zip(ids, found, strict=True)):
        if not path.exists():
            state = torch.load(found[0], map_location="cpu", weights_only=True)
            state["m.classifier.4.bias"] += 1e-4 * number
            torch.save(state, path)
            facts = json.loads(found[0].with_suffix(".json").read_text(encoding="utf-8"))
            text = json.dumps(facts | {"measurement": id})
            path.with_suffix(".json").write_text(text, encoding="utf-8")
    return found
